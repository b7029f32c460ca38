//! Sizes, durations and names as they are written.

/// Largest size that any key takes: what the kernel's linear map has room for.
pub(crate) const MAX_SIZE: u64 = config::window::LINEAR_LIMIT;

const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
/// Microseconds.
const DURATIONS: [(&str, u64); 3] = [("us", 1), ("ms", 1_000), ("s", 1_000_000)];

/// Shortest budget or time slice, in nanoseconds: still long against a switch of tasks.
const LEAST_NS: u64 = 10_000;
/// Longest duration, in milliseconds.
const MAX_MS: u64 = u32::MAX as u64;

/// What is wrong with a size or a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Not digits and a unit.
    Malformed,
    /// Digits, and a unit that is none.
    Unit,
    /// Nothing at all.
    Zero,
    /// More than there can be.
    TooLarge,
    /// Between two milliseconds.
    Fraction,
    /// Less than [`LEAST_NS`].
    TooShort,
}

/// Bytes in "512 B", "8 KiB", "1 MiB" or "2 GiB", for other tools; of any amount.
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    quantity(text, &SIZES).ok()
}

/// Bytes in "512 B", "8 KiB", "1 MiB" or "2 GiB".
pub(crate) fn bytes(text: &str) -> Result<u64, Trouble> {
    checked_bytes(quantity(text, &SIZES)?)
}

/// The same for a plain number.
pub(crate) const fn checked_bytes(bytes: u64) -> Result<u64, Trouble> {
    match bytes {
        0 => Err(Trouble::Zero),
        _ if bytes > MAX_SIZE => Err(Trouble::TooLarge),
        _ => Ok(bytes),
    }
}

/// Milliseconds in "1000us", "100ms" or "2s".
pub(crate) fn milliseconds(text: &str) -> Result<u32, Trouble> {
    let micros = quantity(text, &DURATIONS)?;
    match (micros, micros % 1000) {
        (0, _) => Err(Trouble::Zero),
        (_, 0) => u32::try_from(micros / 1000).map_err(|_| Trouble::TooLarge),
        _ => Err(Trouble::Fraction),
    }
}

/// Nanoseconds in "250us", "100ms" or "2s".
pub(crate) fn nanoseconds(text: &str) -> Result<u64, Trouble> {
    match quantity(text, &DURATIONS)?.checked_mul(1000) {
        Some(..LEAST_NS) => Err(Trouble::TooShort),
        Some(nanoseconds) if nanoseconds <= MAX_MS * 1_000_000 => Ok(nanoseconds),
        _ => Err(Trouble::TooLarge),
    }
}

fn quantity(text: &str, units: &[(&str, u64)]) -> Result<u64, Trouble> {
    let end = text.find(|c: char| !c.is_ascii_digit()).ok_or(Trouble::Malformed)?;
    let (digits, unit) = (&text[..end], text[end..].trim_start_matches(' '));
    if digits.is_empty() || !unit.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(Trouble::Malformed);
    }
    let (_, factor) = units.iter().find(|(name, _)| *name == unit).ok_or(Trouble::Unit)?;
    let number: u64 = digits.parse().map_err(|_| Trouble::TooLarge)?;
    number.checked_mul(*factor).ok_or(Trouble::TooLarge)
}

/// Rounded up to whole pages.
pub(crate) const fn pages(bytes: u64) -> u64 {
    bytes.next_multiple_of(config::PAGE)
}

/// A size for people.
pub(crate) fn show_size(bytes: u64) -> String {
    let fitting = SIZES.iter().rev().find(|(_, factor)| bytes.is_multiple_of(*factor));
    let (unit, factor) = fitting.unwrap_or(&SIZES[0]);
    format!("{} {unit}", bytes / factor)
}

/// An address for people: eight hexadecimal digits or more, in groups of four.
pub(crate) fn show_address(address: u64) -> String {
    let (high, middle, low) = (address >> 32, address >> 16 & 0xffff, address & 0xffff);
    match high {
        0 => format!("0x{middle:04x}_{low:04x}"),
        _ => format!("0x{high:x}_{middle:04x}_{low:04x}"),
    }
}

/// Whether it is `[a-z][a-z0-9-]*`.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Whether it can name a package or a feature.
pub(crate) fn is_package(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        assert_eq!(bytes("512 B"), Ok(512));
        assert_eq!(bytes("8KiB"), Ok(8 << 10));
        assert_eq!(bytes("0 KiB"), Err(Trouble::Zero));
        assert_eq!(bytes("8 KB"), Err(Trouble::Unit));
        assert_eq!(bytes("8"), Err(Trouble::Malformed));
        assert_eq!(bytes("1.5 KiB"), Err(Trouble::Malformed));
        assert_eq!(bytes("-1 B"), Err(Trouble::Malformed));
        assert_eq!(bytes("1000 GiB"), Err(Trouble::TooLarge));
        assert_eq!(bytes("99999999999999999999 B"), Err(Trouble::TooLarge));
        assert_eq!(show_size(12 << 10), "12 KiB");
        assert_eq!(show_size(1000), "1000 B");
        assert_eq!(show_address(0x900_0000), "0x0900_0000");
        assert_eq!(show_address(0x40_0000_1000), "0x40_0000_1000");
    }

    #[test]
    fn time_to_run_is_counted_in_microseconds() {
        assert_eq!(nanoseconds("10us"), Ok(10_000));
        assert_eq!(nanoseconds("1501 us"), Ok(1_501_000));
        assert_eq!(nanoseconds("2s"), Ok(2_000_000_000));
        assert_eq!(nanoseconds("9us"), Err(Trouble::TooShort));
        assert_eq!(nanoseconds("0ms"), Err(Trouble::TooShort));
        assert_eq!(nanoseconds("4294967295ms"), Ok(4_294_967_295_000_000));
        assert_eq!(nanoseconds("4294967296ms"), Err(Trouble::TooLarge));
        assert_eq!(nanoseconds("18446744073709551615us"), Err(Trouble::TooLarge));
        assert_eq!(nanoseconds("1ns"), Err(Trouble::Unit));
    }

    #[test]
    fn durations_are_whole_milliseconds() {
        assert_eq!(milliseconds("2s"), Ok(2000));
        assert_eq!(milliseconds("5000 us"), Ok(5));
        assert_eq!(milliseconds("500us"), Err(Trouble::Fraction));
        assert_eq!(milliseconds("5000000s"), Err(Trouble::TooLarge));
        assert_eq!(milliseconds("2 min"), Err(Trouble::Unit));
        assert_eq!(milliseconds("soon"), Err(Trouble::Malformed));
    }
}
