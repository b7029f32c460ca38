//! Where a kernel that was built to measure it keeps the longest time with interrupts masked.

use anyhow::{Context, Result, bail};
use archive::Archive;
use object::{Object, ObjectSymbol};
use std::path::Path;

/// Physical addresses of the meter's 64-bit words.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// The longest way, in instructions.
    pub worst: u64,
}

impl Meter {
    /// In the image of this archive.
    ///
    /// # Errors
    /// If its kernel has no meter.
    pub fn find(archive: &Path) -> Result<Self> {
        let mut archive = Archive::open(archive)?;
        let kernel = archive.manifest.kernel.clone();
        let bytes = archive.read(&kernel.elf)?;
        let file = object::File::parse(&*bytes).context("the kernel's ELF is damaged")?;
        let find = |name: &str| {
            let symbol = file.symbols().find(|symbol| {
                symbol.name().is_ok_and(|full| full.contains(name)) && symbol.size() == 8
            });
            let address = symbol.with_context(|| format!("the kernel has no {name}"))?.address();
            for region in &kernel.regions {
                let offset = address.wrapping_sub(region.base);
                if offset < region.size {
                    return Ok(region.physical.wrapping_add(offset));
                }
            }
            bail!("{name} is in no region of the kernel")
        };
        Ok(Self { worst: find("METER_WORST")? })
    }
}
