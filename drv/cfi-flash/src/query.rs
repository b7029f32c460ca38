//! What the chips say of themselves: the CFI query (JESD68.01, section 2).

use crate::Error;

/// What a pair of chips is like. All sizes are of both together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Bytes.
    pub size: u64,
    /// Bytes in a block.
    pub erase_size: u32,
    /// Bytes that one program through the buffers takes at most; it lies within as many.
    pub buffer_size: u32,
    /// How long such a program may take, in microseconds.
    pub program_us: u64,
    /// How long the erase of a block may take, in microseconds.
    pub erase_us: u64,
    /// An erase can be suspended to read other blocks.
    pub suspends: bool,
}

/// Chips on the bus: all numbers are of one, the pair has twice as much.
const CHIPS: u64 = 2;
/// Intel's basic, and its extended command set.
const COMMAND_SETS: [u16; 2] = [1, 3];
/// What a chip is given that does not say how long it takes.
const SLOW_US: u64 = 20_000_000;

/// Places in the query (JESD68.01, tables 1 to 3), in words of the bus.
mod place {
    pub const SIGNATURE: usize = 0x10;
    pub const COMMAND_SET: usize = 0x13;
    /// Where the command set's own table is.
    pub const EXTENDED: usize = 0x15;
    /// Exponents of the typical times: a program in microseconds, an erase in milliseconds. The factors
    /// to the longest ones, exponents too, are four places on.
    pub const PROGRAM_TIME: usize = 0x20;
    pub const ERASE_TIME: usize = 0x21;
    pub const SIZE: usize = 0x27;
    pub const BUFFER: usize = 0x2a;
    pub const REGIONS: usize = 0x2c;
    pub const BLOCKS: usize = 0x2d;
    pub const BLOCK_SIZE: usize = 0x2f;
    /// In the command set's own table: what the chip can do besides (JEP137, command set 1).
    pub const FEATURES: usize = 5;
}

/// The bit of the features that says that an erase can be suspended.
const SUSPENDS: u16 = 1 << 1;
/// Tables are not farther away than that, in words of the bus.
const FARTHEST: usize = 0x100;

impl Query {
    /// Reads it; `word` is what the bus has at a place.
    pub(crate) fn read(word: impl Fn(usize) -> u32) -> Result<Self, Error> {
        let signature = [b'Q', b'R', b'Y'].map(|letter| both(letter.into()));
        if (0..3).any(|i| word(place::SIGNATURE + i) != signature[i]) {
            return Err(Error::NoDevice);
        }
        let byte = |place: usize| (word(place) & 0xff) as u16;
        let pair = |place: usize| byte(place) | byte(place + 1) << 8;
        if !COMMAND_SETS.contains(&pair(place::COMMAND_SET)) {
            return Err(Error::NoDevice);
        }
        let size = power(byte(place::SIZE)).and_then(|size| size.checked_mul(CHIPS));
        let buffer = power(pair(place::BUFFER)).and_then(|size| size.checked_mul(CHIPS));
        let blocks = u64::from(pair(place::BLOCKS)) + 1;
        // In units of 256 bytes; 0 stands for half of one.
        let block = CHIPS * (u64::from(pair(place::BLOCK_SIZE)) * 256).max(128);
        let (Some(size), Some(buffer)) = (size, buffer) else { return Err(Error::OddShape) };
        // The addresses of a window, and the count of a program in 16 bits.
        let usual = size <= 1 << 31 && (4..=1 << 17).contains(&buffer) && block.is_power_of_two();
        if byte(place::REGIONS) != 1 || blocks * block != size || buffer > block || !usual {
            return Err(Error::OddShape);
        }
        let extended = usize::from(pair(place::EXTENDED));
        let named = || [b'P', b'R', b'I'].map(|letter| both(letter.into()));
        let is_there = (0x10..FARTHEST).contains(&extended)
            && (extended..).zip(named()).all(|(place, letter)| word(place) == letter);
        Ok(Self {
            size,
            erase_size: block as u32,
            buffer_size: buffer as u32,
            program_us: time(byte(place::PROGRAM_TIME), byte(place::PROGRAM_TIME + 4), 1),
            erase_us: time(byte(place::ERASE_TIME), byte(place::ERASE_TIME + 4), 1000),
            suspends: is_there
                && word(extended + place::FEATURES) & both(SUSPENDS) == both(SUSPENDS),
        })
    }
}

/// A command or a letter, for both chips.
pub const fn both(chip: u16) -> u32 {
    (chip as u32) << 16 | chip as u32
}

fn power(exponent: u16) -> Option<u64> {
    1u64.checked_shl(exponent.into())
}

/// The longest time: typical and factor as exponents, in units of so many microseconds.
fn time(typical: u16, factor: u16, unit: u64) -> u64 {
    let longest = power(typical + factor).and_then(|time| time.checked_mul(unit));
    // 0 says that the chip does not say, or cannot do it.
    longest.filter(|_| typical != 0).map_or(SLOW_US, |time| time.min(SLOW_US))
}
