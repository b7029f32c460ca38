//! The kernel's last words, read from the guest's memory.

use config::Epitaph;
use zerocopy::FromBytes;

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
}
