//! What was done, for programs and for people.

use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The disk.
    pub path: PathBuf,
    /// Whether it is a block device.
    pub device: bool,
    /// Bytes of the whole disk.
    pub size: u64,
    /// First byte of the partition.
    pub partition_offset: u64,
    /// Bytes of the partition.
    pub partition_size: u64,
    /// The files on the partition.
    pub files: Vec<String>,
    /// Id of the image, 16 hexadecimal digits as everywhere.
    pub image_id: String,
    /// Where the boot loader puts it.
    pub load_address: u64,
    /// Bytes that were written.
    pub written: u64,
    /// Bytes that were read back and compared.
    pub verified: u64,
}

impl Report {
    /// For programs.
    ///
    /// # Errors
    /// If the path is not UTF-8.
    pub fn json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, image_id, load_address, written, verified, .. } = self;
        writeln!(f, "{}: image {image_id}, started at {load_address:#x}", path.display())?;
        let kib = |bytes: &u64| bytes.div_ceil(1024);
        writeln!(f, "{} KiB written, {} KiB read back and found equal", kib(written), kib(verified))
    }
}
