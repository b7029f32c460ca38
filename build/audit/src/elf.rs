//! `image.elf` must carry the very bytes of `image.bin`, and the archive's name.

use crate::report::Findings;
use crate::rule::Rule;
use crate::{Subject, image::Image};
use config::BootDesc;

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// Compares the files with each other.
pub fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(elf) = subject.image_elf else { return };
    let file = Image { base: 0, bytes: elf };
    let Some(segments) = segments(&file) else {
        findings.plain(Rule::Image, "image.elf is no ELF that can be read".into());
        return;
    };
    let boot = Image { base: 0, bytes: subject.image_bin }.record::<BootDesc>(0);
    let same = match (segments.as_slice(), boot) {
        ([(address, bytes)], Some(boot)) => {
            *address == boot.load_address && *bytes == subject.image_bin
        }
        _ => false,
    };
    if !same {
        let words = "image.elf does not load the bytes of image.bin, and nothing else, at its \
                     address";
        findings.plain(Rule::Image, words.into());
    }
}

/// Physical address and bytes of each segment that is loaded.
fn segments<'e>(file: &Image<'e>) -> Option<Vec<(u64, &'e [u8])>> {
    let half = |at: usize| file.record::<[u8; 2]>(at as u64).map(u16::from_le_bytes);
    // 64 bits, little-endian.
    if file.at(0, 6)? != b"\x7fELF\x02\x01" || usize::from(half(54)?) != PROGRAM_HEADER {
        return None;
    }
    let table = usize::try_from(file.number(32)?).ok()?;
    if table < HEADER {
        return None;
    }
    let mut loaded = Vec::new();
    for index in 0..usize::from(half(56)?) {
        let at = table.checked_add(index * PROGRAM_HEADER)? as u64;
        let kind = file.record::<[u8; 4]>(at).map(u32::from_le_bytes)?;
        let size = file.number(at + 40)?;
        if kind == 1 && size > 0 {
            let bytes =
                file.at(file.number(at + 8)?, usize::try_from(file.number(at + 32)?).ok()?)?;
            loaded.push((file.number(at + 24)?, bytes));
        }
    }
    Some(loaded)
}
