//! The kernel's last words, read from the guest's memory.

use config::Epitaph;
use std::time::{Duration, Instant};
use zerocopy::FromBytes;

/// Between two looks at it.
const LOOK: Duration = Duration::from_millis(500);
/// A kernel that resets is gone by then.
const CERTAIN: Duration = Duration::from_secs(1);

/// Bytes to read.
pub const SIZE: u64 = size_of::<Epitaph>() as u64;

/// What the epitaph in these bytes says, if there is one.
#[must_use]
pub fn describe(bytes: &[u8]) -> Option<String> {
    let (epitaph, _) = Epitaph::read_from_prefix(bytes).ok()?;
    if epitaph.magic != Epitaph::MAGIC || epitaph.check != epitaph.expected_check() {
        return None;
    }
    let reason = match epitaph.reason {
        Epitaph::KERNEL_PANIC => "the kernel panicked",
        Epitaph::KERNEL_FAULT => "the kernel faulted",
        Epitaph::SUPERVISOR_FAULT => "the supervisor faulted",
        Epitaph::REQUESTED => "a reset was requested",
        Epitaph::WRONG_ADDRESS => "the image was loaded at another address than it is linked for",
        _ => "the kernel ended for an unknown reason",
    };
    let length = (epitaph.length as usize).min(epitaph.text.len());
    let text = String::from_utf8_lossy(&epitaph.text[..length]);
    Some(if text.is_empty() { reason.to_owned() } else { format!("{reason}: {text}") })
}

/// Whether the kernel has stopped for good. One that leaves an epitaph and resets has not.
pub struct Watch {
    address: Option<u64>,
    looked: Option<Instant>,
    first_seen: Option<Instant>,
    /// Words that told of a reset. A boot loader may take its time before the kernel takes them away.
    told: Option<String>,
}

impl Watch {
    /// Over the epitaph at this physical address.
    pub fn new(address: Option<u64>) -> Self {
        Self { address, looked: None, first_seen: None, told: None }
    }

    /// Where the epitaph is.
    pub fn address(&self) -> Option<u64> {
        self.address
    }

    /// Where to look, if it is time to.
    pub fn due(&mut self, now: Instant) -> Option<u64> {
        let recent = self.looked.is_some_and(|looked| now < looked + LOOK);
        if recent {
            return None;
        }
        self.looked = Some(now);
        self.address
    }

    /// Takes what was seen there; gives it back when it has stood there long enough.
    pub fn saw(&mut self, words: Option<String>, now: Instant) -> Option<String> {
        if words.is_none() {
            self.forget();
            self.told = None;
            return None;
        }
        if words == self.told {
            return None;
        }
        let first = *self.first_seen.get_or_insert(now);
        words.filter(|_| now >= first + CERTAIN)
    }

    /// The machine was reset.
    pub fn forget(&mut self) {
        self.first_seen = None;
    }

    /// These words were why.
    pub fn told(&mut self, words: &str) {
        self.told = Some(words.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zerocopy::{FromZeros, IntoBytes};

    #[test]
    fn only_a_whole_epitaph_says_anything() {
        let mut epitaph = Epitaph::new_zeroed();
        assert_eq!(describe(epitaph.as_bytes()), None);
        epitaph.magic = Epitaph::MAGIC;
        epitaph.reason = Epitaph::KERNEL_PANIC;
        epitaph.text[..4].copy_from_slice(b"oops");
        epitaph.length = 4;
        assert_eq!(describe(epitaph.as_bytes()), None, "not finished");
        epitaph.check = epitaph.expected_check();
        assert_eq!(describe(epitaph.as_bytes()).as_deref(), Some("the kernel panicked: oops"));
        epitaph.length = u64::MAX;
        assert!(describe(epitaph.as_bytes()).is_some());
        assert_eq!(describe(&[1, 2, 3]), None);
    }

    #[test]
    fn an_epitaph_that_goes_away_was_a_reset() {
        let start = Instant::now();
        let after = |looks: u32| start + LOOK * looks;
        let words = || Some("oops".to_owned());
        let mut watch = Watch::new(Some(8));
        assert_eq!(watch.due(after(0)), Some(8));
        assert_eq!(watch.due(after(0)), None, "not again at once");
        assert_eq!(watch.due(after(1)), Some(8));
        assert_eq!(watch.saw(words(), after(1)), None);
        assert_eq!(watch.saw(None, after(2)), None, "the next boot cleared it");
        assert_eq!(watch.saw(words(), after(3)), None, "another one");
        assert_eq!(watch.saw(words(), after(4)), None);
        assert_eq!(watch.saw(words(), after(5)), words());
        watch.forget();
        assert_eq!(watch.saw(words(), after(6)), None);
    }

    #[test]
    fn an_epitaph_that_told_of_a_reset_may_stay_until_the_kernel_runs() {
        let start = Instant::now();
        let after = |looks: u32| start + LOOK * looks;
        let words = || Some("oops".to_owned());
        let mut watch = Watch::new(Some(8));
        watch.told("oops");
        assert_eq!(watch.saw(words(), after(1)), None);
        assert_eq!(watch.saw(words(), after(9)), None, "the boot loader waits for a key");
        assert_eq!(watch.saw(None, after(10)), None, "the kernel took it away");
        assert_eq!(watch.saw(words(), after(11)), None);
        assert_eq!(watch.saw(words(), after(14)), words(), "and left another one");
    }
}
