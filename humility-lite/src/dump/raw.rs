//! A plain file of RAM, such as a shared `memory-backend-file` of QEMU's.

use super::{Segment, Segments};
use anyhow::{Context, Result};
use std::io::{Seek, SeekFrom};
use std::path::Path;

/// Opens a file whose first byte is the one at physical address `base`.
///
/// # Errors
/// If the file cannot be opened or measured.
pub fn open(path: &Path, base: u64) -> Result<Segments> {
    let open = || -> std::io::Result<_> {
        let mut file = std::fs::File::open(path)?;
        let size = file.seek(SeekFrom::End(0))?;
        Ok((file, size))
    };
    let (file, size) = open().with_context(|| format!("cannot read {}", path.display()))?;
    let all = Segment { physical: base, size, offset: 0 };
    Ok(Segments::new(Box::new(file), vec![all], Vec::new(), Vec::new()))
}
