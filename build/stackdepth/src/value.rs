//! What is known of a register at some instruction.

/// Constants that one register may hold at a time; more are as good as anything.
const MOST: usize = 4;

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Anything.
    Any,
    /// The stack pointer as the function was entered, and so many bytes.
    Stack(i64),
    /// One of these numbers.
    Among(Constants),
    /// `adrp`: an address whose lower part is still to come.
    Page(u64),
    /// Read from memory nobody knows, this far behind the address in a register.
    Loaded(i64),
    /// An entry of a table of constants: address of the table, bytes of an entry, whether signed.
    Entry(u64, u8, bool),
    /// Such an entry, times so much, and an address.
    Target(u64, u8, bool, u32, u64),
}

/// A few numbers, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constants {
    count: u8,
    numbers: [u64; MOST],
}

impl Constants {
    /// The numbers.
    pub fn get(&self) -> &[u64] {
        &self.numbers[..usize::from(self.count)]
    }

    fn with(&self, number: u64) -> Option<Self> {
        let at = match self.get().binary_search(&number) {
            Ok(_) => return Some(*self),
            Err(_) if usize::from(self.count) == MOST => return None,
            Err(at) => at,
        };
        let mut more = *self;
        more.numbers.copy_within(at..usize::from(self.count), at + 1);
        more.numbers[at] = number;
        more.count += 1;
        Some(more)
    }
}

impl Value {
    /// One number.
    pub fn constant(number: u64) -> Self {
        Self::Among(Constants { count: 1, numbers: [number, 0, 0, 0] })
    }

    /// The number, if it is one.
    pub fn as_constant(&self) -> Option<u64> {
        match self {
            Self::Among(numbers) if numbers.count == 1 => Some(numbers.numbers[0]),
            _ => None,
        }
    }

    /// Either.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::Among(one), Self::Among(two)) => {
                let all = two.get().iter().try_fold(one, |all, number| all.with(*number));
                all.map_or(Self::Any, Self::Among)
            }
            _ => Self::Any,
        }
    }

    /// And so much more.
    pub fn plus(self, distance: i64) -> Self {
        match self {
            Self::Stack(from) => from.checked_add(distance).map_or(Self::Any, Self::Stack),
            Self::Page(page) => Self::constant(page.wrapping_add_signed(distance)),
            Self::Among(numbers) if numbers.count == 1 => {
                Self::constant(numbers.numbers[0].wrapping_add_signed(distance))
            }
            _ => Self::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_constants_are_remembered_and_more_are_anything() {
        let mut value = Value::constant(3);
        for number in [9, 3, 1, 5] {
            value = value.or(Value::constant(number));
        }
        let Value::Among(numbers) = value else { panic!("{value:?}") };
        assert_eq!(numbers.get(), [1, 3, 5, 9]);
        assert_eq!(value.or(Value::constant(2)), Value::Any);
        assert_eq!(value.or(Value::Loaded(8)), Value::Any);
    }

    #[test]
    fn a_page_becomes_an_address() {
        assert_eq!(Value::Page(0x1000).plus(8).as_constant(), Some(0x1008));
        assert_eq!(Value::Stack(-16).plus(-32), Value::Stack(-48));
        assert_eq!(Value::Any.plus(8), Value::Any);
    }
}
