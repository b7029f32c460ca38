//! What is in a file system, read with the code that the target reads it with.

use crate::Image;
use anyhow::{Context, Result, bail};
use drv_block::Block;
use drv_fatfs::{Client, FileSystem, MAX_NAME, Place, SECTOR, SectorError, Sectors};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

/// The files by path, `/` between folders, with their sizes and a hash of their bytes.
pub type Tree = BTreeMap<String, (u64, u64)>;

/// More files and folders than that are a file system that leads around in a ring.
const MOST: usize = 1 << 16;
const PIECE: usize = 1 << 16;
const READER: Client = Client { task: 1, life: 0 };

struct Disk<'i>(&'i mut Image);

impl Sectors for Disk<'_> {
    fn count(&mut self) -> Result<u64, SectorError> {
        Ok(self.0.size() / SECTOR as u64)
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), SectorError> {
        Block::read(self.0, first, into).map_err(|_| SectorError::Failed)
    }
}

/// Reads all files of a FAT volume.
///
/// # Errors
/// If it cannot be mounted, or anything on it cannot be read to its end.
pub fn fat(image: &mut Image) -> Result<Tree> {
    let mut place = Place::new();
    let mut volume = FileSystem::new(&mut place, Disk(image), 0);
    let mut tree = Tree::new();
    let mut folders = vec![String::new()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for (name, directory) in list(&mut volume, &folder)? {
            seen += 1;
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if seen > MOST {
                bail!("more than {MOST} files and folders, the last at {path}");
            } else if directory {
                folders.push(path);
            } else {
                let contents = read(&mut volume, &path).with_context(|| format!("/{path}"))?;
                tree.insert(path, contents);
            }
        }
    }
    Ok(tree)
}

type Volume<'v> = FileSystem<'v, Disk<'v>>;

fn failed(error: drv_fatfs::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

/// The names in a folder, and which of them are folders.
fn list(volume: &mut Volume<'_>, folder: &str) -> Result<Vec<(String, bool)>> {
    let (handle, _) =
        volume.open(READER, folder).map_err(failed).with_context(|| format!("/{folder}"))?;
    let mut names = Vec::new();
    let (mut cookie, mut name) = (0, [0; MAX_NAME]);
    while let Some(entry) =
        volume.read_directory(READER, handle, cookie, &mut name).map_err(failed)?
    {
        cookie = entry.next;
        let name = String::from_utf8_lossy(&name[..entry.name_length]).into_owned();
        names.push((name, entry.info.is_directory()));
        if names.len() > MOST {
            bail!("more than {MOST} names in {folder}");
        }
    }
    volume.close(READER, handle).map_err(failed)?;
    Ok(names)
}

/// A file's size, and a hash of its bytes.
fn read(volume: &mut Volume<'_>, path: &str) -> Result<(u64, u64)> {
    let (handle, info) = volume.open(READER, path).map_err(failed)?;
    let mut hasher = DefaultHasher::new();
    let (mut offset, mut piece) = (0, vec![0; PIECE]);
    while offset < info.size {
        match volume.read(READER, handle, offset, &mut piece).map_err(failed)? {
            0 => bail!("{} bytes, but it ends after {offset}", info.size),
            length => {
                hasher.write(&piece[..length]);
                offset += length as u64;
            }
        }
    }
    volume.close(READER, handle).map_err(failed)?;
    Ok((info.size, hasher.finish()))
}
