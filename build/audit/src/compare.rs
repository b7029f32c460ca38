//! Two accounts of the same virtual memory, and where they differ.

/// Contiguous memory as one source tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// First virtual address.
    pub address: u64,
    /// Bytes.
    pub size: u64,
    /// Physical address of the first byte.
    pub physical: u64,
    /// Loads are allowed.
    pub read: bool,
    /// Stores are allowed.
    pub write: bool,
    /// Instructions are allowed.
    pub execute: bool,
    /// Device memory.
    pub device: bool,
}

impl Stretch {
    const fn last(&self) -> u64 {
        self.address.wrapping_add(self.size).wrapping_sub(1)
    }

    /// What it says of the memory from an address inside on.
    const fn from(&self, address: u64, size: u64) -> Self {
        let physical = self.physical.wrapping_add(address.wrapping_sub(self.address));
        Self { address, size, physical, ..*self }
    }

    /// What is said, in words.
    pub fn words(&self) -> String {
        let letter = |yes, letter| if yes { letter } else { "-" };
        format!(
            "{:#x} ({}{}{}{})",
            self.physical,
            letter(self.read, "r"),
            letter(self.write, "w"),
            letter(self.execute, "x"),
            if self.device { ", device" } else { "" }
        )
    }
}

/// Where two accounts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// First virtual address.
    pub address: u64,
    /// Bytes.
    pub size: u64,
    /// What was expected there; `None`: nothing.
    pub expected: Option<Stretch>,
    /// What was found there; `None`: nothing.
    pub found: Option<Stretch>,
}

/// Every stretch of addresses for which the accounts differ. Neither says two things of an address.
pub fn differences(mut expected: Vec<Stretch>, mut found: Vec<Stretch>) -> Vec<Difference> {
    for account in [&mut expected, &mut found] {
        account.retain(|stretch| stretch.size > 0);
        account.sort_by_key(|stretch| stretch.address);
    }
    let all = expected.iter().chain(&found);
    // Last addresses, not ends: the last page's end is no number of 64 bits.
    let mut starts: Vec<u64> = all
        .flat_map(|stretch| [Some(stretch.address), stretch.last().checked_add(1)])
        .flatten()
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let mut differences = Vec::new();
    for (index, &address) in starts.iter().enumerate() {
        let size = match starts.get(index + 1) {
            Some(next) => next - address,
            None => 0u64.wrapping_sub(address),
        };
        let [expected, found] =
            [&expected, &found].map(|account| Some(at(account, address)?.from(address, size)));
        if expected != found {
            differences.push(Difference { address, size, expected, found });
        }
    }
    differences
}

/// What an account says of an address.
fn at(account: &[Stretch], address: u64) -> Option<&Stretch> {
    let behind = account.partition_point(|stretch| stretch.address <= address);
    let found = account.get(behind.checked_sub(1)?)?;
    (address <= found.last()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(address: u64, size: u64, physical: u64) -> Stretch {
        let (write, execute, device) = (false, false, false);
        Stretch { address, size, physical, read: true, write, execute, device }
    }

    #[test]
    fn it_does_not_matter_how_neighbours_are_joined() {
        let whole = vec![stretch(0x1000, 0x3000, 0x8000)];
        let parts = vec![stretch(0x2000, 0x2000, 0x9000), stretch(0x1000, 0x1000, 0x8000)];
        assert_eq!(differences(whole, parts), []);
    }

    #[test]
    fn only_what_differs_is_told() {
        let page = stretch(0x2000, 0x1000, 0x9000);
        let found = Stretch { write: true, ..page };
        let parts = vec![stretch(0x1000, 0x1000, 0x8000), found, stretch(0x3000, 0x1000, 0xa000)];
        let whole = vec![stretch(0x1000, 0x3000, 0x8000)];
        let (expected, found) = (Some(page), Some(found));
        let difference = Difference { address: 0x2000, size: 0x1000, expected, found };
        assert_eq!(differences(whole, parts), [difference]);
    }

    #[test]
    fn what_only_one_knows_is_a_difference_up_to_the_last_page() {
        let last = stretch(u64::MAX - 0xfff, 0x1000, 0x8000);
        let difference = Difference {
            address: last.address,
            size: last.size,
            expected: None,
            found: Some(last),
        };
        assert_eq!(differences(Vec::new(), vec![last]), [difference]);
        assert_eq!(differences(vec![last], Vec::new())[0].found, None);
    }
}
