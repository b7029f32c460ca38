//! How large the kernel is, by its ELF and its layout.

use crate::{Figure, Range};
use anyhow::Result;
use archive::Archive;
use std::path::Path;

/// The window onto the tasks' memory, which is theirs.
const LINEAR: &str = "linear";

/// `kernel_text`, `kernel_rodata` (sections of its ELF) and `kernel_ram`, the writable memory that
/// the layout gives it, in whole pages: variables, arrays, stacks, epitaph, trace ring.
pub fn sizes(archive: &Path) -> Result<Vec<(&'static str, Figure)>> {
    let mut archive = Archive::open(archive)?;
    let kernel = sizes::kernel(&mut archive)?;
    let regions = &archive.manifest.kernel.regions;
    let ram = regions
        .iter()
        .filter(|region| region.name != LINEAR)
        .filter(|region| region.access.contains('w') && !region.access.contains('d'))
        .map(|region| region.size)
        .sum();
    let figure = |size| Figure::once(Range::constant(size));
    Ok(vec![
        ("kernel_text", figure(kernel.text)),
        ("kernel_rodata", figure(kernel.rodata)),
        ("kernel_ram", figure(ram)),
    ])
}
