//! How large the kernel is, by its ELF and its layout.

use crate::{Figure, Range};
use anyhow::{Context, Result};
use archive::Archive;
use object::{Object, ObjectSection, SectionFlags, elf};
use std::path::Path;

/// The window onto the tasks' memory, which is theirs.
const LINEAR: &str = "linear";

/// `kernel_text`, `kernel_rodata` (sections of its ELF) and `kernel_ram`, the writable memory that
/// the layout gives it, in whole pages: variables, arrays, stacks, epitaph, trace ring.
pub fn sizes(archive: &Path) -> Result<Vec<(&'static str, Figure)>> {
    let mut archive = Archive::open(archive)?;
    let kernel = archive.manifest.kernel.clone();
    let bytes = archive.read(&kernel.elf)?;
    let file = object::File::parse(&*bytes).context("the kernel's ELF is damaged")?;
    let (mut text, mut rodata) = (0, 0);
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        let has = |flag: elf::SectionFlags| sh_flags.0 & flag.0 != 0;
        if !has(elf::SHF_ALLOC) || has(elf::SHF_WRITE) {
            continue;
        }
        let sum = if has(elf::SHF_EXECINSTR) { &mut text } else { &mut rodata };
        *sum += section.size();
    }
    let ram = kernel
        .regions
        .iter()
        .filter(|region| region.name != LINEAR)
        .filter(|region| region.access.contains('w') && !region.access.contains('d'))
        .map(|region| region.size)
        .sum();
    let figure = |size| Figure { repeats: 1, total: Range::constant(size), kernel: None };
    Ok(vec![
        ("kernel_text", figure(text)),
        ("kernel_rodata", figure(rodata)),
        ("kernel_ram", figure(ram)),
    ])
}
