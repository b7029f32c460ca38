//! What is in a file system, read with the code that the target reads it with.

use anyhow::{Context, Result, bail};
use drv_fs_core::{FileSystem, Kind, Open, Path};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::ops::ControlFlow;

/// The files by path, `/` between folders, with their sizes and a hash of their bytes.
pub type Tree = BTreeMap<String, (u64, u64)>;

/// More files and folders than that are a file system that leads around in a ring.
const MOST: usize = 1 << 16;
const PIECE: usize = 1 << 16;

/// Mounts a file system and reads all files on it.
///
/// # Errors
/// If it cannot be mounted, or anything on it cannot be read to its end.
pub fn tree<F: FileSystem>(system: &mut F) -> Result<Tree> {
    system.mount()?;
    let mut tree = Tree::new();
    let mut folders = vec![String::new()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let names = list(system, &folder).with_context(|| format!("/{folder}"))?;
        for (name, kind) in names {
            seen += 1;
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if seen > MOST {
                bail!("more than {MOST} files and folders, the last at {path}");
            }
            match kind {
                Kind::Directory => folders.push(path),
                Kind::File => {
                    let contents = read(system, &path).with_context(|| format!("/{path}"))?;
                    tree.insert(path, contents);
                }
                Kind::Link | Kind::Other => {}
            }
        }
    }
    Ok(tree)
}

fn plain(path: &str) -> Result<Path<'_>> {
    Path::new(path).context("no name that a file can have")
}

/// What is in a folder.
fn list<F: FileSystem>(system: &mut F, folder: &str) -> Result<Vec<(String, Kind)>> {
    let mut names = Vec::new();
    system.list(plain(folder)?, 0, |entry| {
        names.push((entry.name.to_owned(), entry.info.kind));
        if names.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(names)
}

/// A file's size, and a hash of its bytes.
fn read<F: FileSystem>(system: &mut F, path: &str) -> Result<(u64, u64)> {
    let (file, info) = system.open(plain(path)?, Open::default())?;
    let mut hasher = DefaultHasher::new();
    let (mut offset, mut piece) = (0, vec![0; PIECE]);
    while offset < info.size {
        match system.read(file, offset, &mut piece)? {
            0 => bail!("it has {} bytes, but ends after {offset}", info.size),
            length => {
                hasher.write(&piece[..length]);
                offset += length as u64;
            }
        }
    }
    system.close(file)?;
    Ok((info.size, hasher.finish()))
}
