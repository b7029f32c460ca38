//! Disks with a GPT that `sgdisk` makes, and a file system in every partition.

use crate::files::{Format, Source, format_littlefs};
use crate::{Content, Volume, ext, fat32};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fmt::{self, Display};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

/// Where the first partition begins, and what is left behind the last one.
const MARGIN: u64 = 1 << 20;
const SECTOR: u64 = 512;

/// How a partition is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its label.
    Label(String),
    /// By its own GUID.
    Guid(String),
    /// By its number.
    Index(u32),
}

impl Named {
    /// From `label:boot`, `guid:…` or `index:2`; `None` if it is none of these.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("label", label) => Some(Self::Label(label.into())),
            ("guid", guid) => Some(Self::Guid(guid.into())),
            ("index", index) => index.parse().ok().map(Self::Index),
            _ => None,
        }
    }
}

impl Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(f, "label:{label}"),
            Self::Guid(guid) => write!(f, "guid:{guid}"),
            Self::Index(index) => write!(f, "index:{index}"),
        }
    }
}

/// Makes an image with these partitions, of so many bytes each, in this order: those of littlefs empty, the others with the
/// same contents.
///
/// # Errors
/// If the file cannot be written, `sgdisk` is missing or refuses, or the contents do not fit.
pub fn make_partitioned(
    path: &Path,
    partitions: &[(Named, Format)],
    size: usize,
    contents: &[Content],
) -> Result<()> {
    let size = size as u64;
    let cannot = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let aside = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
    let aside = aside.with_context(cannot)?;
    let total = 2 * MARGIN + size * partitions.len() as u64;
    aside.as_file().set_len(total).with_context(cannot)?;
    sgdisk(aside.path(), &arguments(partitions, size))?;
    // By its name: what `sgdisk` has written need not be the file it was given.
    let file = OpenOptions::new().write(true).open(aside.path()).with_context(cannot)?;
    for (offset, (named, format)) in (MARGIN..).step_by(size as usize).zip(partitions) {
        match *format {
            Format::Fat => {
                let volume = fat32(&Volume { size: size as usize, offset, label: None }, contents)?;
                write_sparse(&file, &volume, offset).with_context(cannot)?;
            }
            Format::Littlefs { block_size } => {
                let partition = named.to_string();
                let source = Source::whole(aside.path());
                let part = Source { partition: Some(&partition), ..source };
                format_littlefs(part, block_size).with_context(cannot)?;
            }
            Format::Ext(version) => {
                let volume = ext_volume(version, size, contents).with_context(cannot)?;
                write_sparse(&file, &volume, offset).with_context(cannot)?;
            }
        }
    }
    aside.persist(path).with_context(cannot)?;
    Ok(())
}

/// The bytes of a file system that holds these.
fn ext_volume(version: u8, size: u64, contents: &[Content]) -> Result<Vec<u8>> {
    let file = tempfile::NamedTempFile::new()?;
    file.as_file().set_len(size)?;
    ext::make(file.path(), version, SECTOR as u32, contents)?;
    Ok(std::fs::read(file.path())?)
}

/// What `sgdisk` is told.
fn arguments(partitions: &[(Named, Format)], size: u64) -> Vec<String> {
    let taken = |number: &u32| partitions.iter().any(|(named, _)| *named == Named::Index(*number));
    let mut free = (1..).filter(|number| !taken(number));
    let mut arguments = vec!["--clear".to_owned()];
    for (place, (named, _)) in (0..).zip(partitions) {
        let number = match named {
            Named::Index(number) => *number,
            _ => free.next().unwrap_or_default(),
        };
        let first = (MARGIN + place * size) / SECTOR;
        let last = first + size / SECTOR - 1;
        arguments.push(format!("--new={number}:{first}:{last}"));
        arguments.push(format!("--typecode={number}:0700"));
        match named {
            Named::Label(label) => arguments.push(format!("--change-name={number}:{label}")),
            Named::Guid(guid) => arguments.push(format!("--partition-guid={number}:{guid}")),
            Named::Index(_) => {}
        }
    }
    arguments
}

fn sgdisk(image: &Path, arguments: &[String]) -> Result<()> {
    // Debian keeps it where ordinary users do not look.
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(OsString::from(":/usr/sbin:/sbin"));
    let output = Command::new("sgdisk").args(arguments).arg(image).env("PATH", path).output();
    let output = output.context("cannot start sgdisk (package gdisk)")?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("sgdisk refused the partitions:\n{}", String::from_utf8_lossy(&said));
    }
    Ok(())
}

/// What is zero stays a hole.
fn write_sparse(file: &File, bytes: &[u8], offset: u64) -> std::io::Result<()> {
    const STEP: usize = 64 << 10;
    for (at, piece) in (offset..).step_by(STEP).zip(bytes.chunks(STEP)) {
        if piece.iter().any(|&byte| byte != 0) {
            file.write_all_at(piece, at)?;
        }
    }
    Ok(())
}
