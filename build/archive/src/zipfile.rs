//! Reading and writing the zip.

use crate::{FORMAT, Manifest};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

/// A file that goes into an archive.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Path inside the archive.
    pub name: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// The bytes of an archive with this manifest and these further entries, in this order.
pub fn write(manifest: &Manifest, entries: &[Entry]) -> Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.set_comment(format!("aidos archive format {FORMAT}"))?;
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(3))
        .last_modified_time(zip::DateTime::DEFAULT)
        .unix_permissions(0o644);
    zip.start_file("manifest.json", options)?;
    zip.write_all(&serde_json::to_vec_pretty(manifest)?)?;
    for entry in entries {
        zip.start_file(&entry.name, options)?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// An archive opened for reading.
pub struct Archive {
    zip: zip::ZipArchive<BufReader<File>>,
    /// Its manifest.
    pub manifest: Manifest,
}

impl Archive {
    /// Opens an archive and reads its manifest.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let mut zip = zip::ZipArchive::new(BufReader::new(file))
            .with_context(|| format!("{} is not a zip archive", path.display()))?;
        let bytes = read_entry(&mut zip, "manifest.json")
            .with_context(|| format!("{} is not an archive of this system", path.display()))?;
        let format: Format = serde_json::from_slice(&bytes).context("manifest.json is damaged")?;
        if format.format > FORMAT {
            bail!(
                "{} has format {}, newer than {FORMAT}; use a newer humility-lite",
                path.display(),
                format.format
            );
        }
        let manifest = serde_json::from_slice(&bytes).context("manifest.json is damaged")?;
        Ok(Self { zip, manifest })
    }

    /// The contents of one entry.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>> {
        read_entry(&mut self.zip, name)
    }
}

#[derive(serde::Deserialize)]
struct Format {
    format: u32,
}

fn read_entry(zip: &mut zip::ZipArchive<BufReader<File>>, name: &str) -> Result<Vec<u8>> {
    let mut entry = zip.by_name(name).with_context(|| format!("no {name} in the archive"))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).with_context(|| format!("{name} is damaged"))?;
    Ok(bytes)
}
