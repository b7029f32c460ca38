//! Making, listing, filling, reading and checking images, with the code that the target uses.

pub use crate::image::{Flash, Source};
use crate::{Volume, ext, fat32};
use anyhow::{Context, Result, bail, ensure};
use drv_ext::{Ext, Known};
use drv_fatfs::{Fat, Place, RepairMemory};
pub use drv_fs_core::Kind;
use drv_fs_core::{Create, FileSystem, MAX_PATH, Open, Path as Plain, Space};
use drv_littlefs::{Littlefs, Memory, Settings};
use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// More names than that are a file system that leads around in a ring.
const MOST: usize = 1 << 16;
const PIECE: usize = 1 << 16;

/// A format that images can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// FAT32.
    Fat,
    /// The power-safe one, in blocks of so many bytes.
    Littlefs {
        /// Bytes.
        block_size: u32,
    },
    /// Ext2, ext3 or ext4, by this number; made by `mke2fs`.
    Ext(u8),
}

/// Something with a name in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its path, `/` between names.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Bytes of a file.
    pub size: u64,
    /// Where a symbolic link leads.
    pub target: Option<String>,
}

/// Makes an image with an empty file system.
///
/// # Errors
/// If it is there already, cannot be written, or is too small.
pub fn make(path: &Path, format: Format, size: u64, sector_size: u32) -> Result<()> {
    let cannot = || format!("cannot make {}", path.display());
    let file = File::create_new(path).with_context(cannot)?;
    let made = match format {
        Format::Fat => {
            ensure!(sector_size == 512, "FAT images are made with sectors of 512 bytes");
            let volume = Volume { size: usize::try_from(size)?, ..Volume::default() };
            fat32(&volume, &[]).and_then(|bytes| Ok(file.write_all_at(&bytes, 0)?))
        }
        Format::Littlefs { block_size } => file.set_len(size).map_err(Into::into).and_then(|()| {
            format_littlefs(Source { sector_size, ..Source::whole(path) }, block_size)
        }),
        Format::Ext(version) => file
            .set_len(size)
            .map_err(Into::into)
            .and_then(|()| ext::make(path, version, sector_size, &[])),
    };
    if made.is_err() {
        std::fs::remove_file(path)?;
    }
    made.with_context(cannot)
}

/// Makes an empty littlefs of an image or a part of one.
///
/// # Errors
/// If it cannot be written, or is too small.
pub fn format_littlefs(source: Source<'_>, block_size: u32) -> Result<()> {
    let image = source.open(true)?;
    let settings = Settings { block_size: Some(block_size), ..image.settings() };
    let mut memory = Box::new(Memory::<1>::new());
    Ok(Littlefs::<_, 1>::new(image, &mut memory, settings).format()?)
}

/// Makes an image of flash memory, all erased, with an empty littlefs in a part of it; its blocks are
/// the erase blocks.
///
/// # Errors
/// If it is there already, cannot be written, or is too small.
pub fn make_flash(path: &Path, size: u64, sector_size: u32, flash: Flash) -> Result<()> {
    let cannot = || format!("cannot make {}", path.display());
    let file = File::create_new(path).with_context(cannot)?;
    let source = Source { sector_size, flash: Some(flash), ..Source::whole(path) };
    let made = (0..size).step_by(PIECE).try_for_each(|at| {
        let piece = [0xff; PIECE];
        let length = (size - at).min(PIECE as u64) as usize;
        file.write_all_at(&piece[..length], at)
    });
    let made = made.map_err(Into::into).and_then(|()| format_littlefs(source, flash.erase_size));
    if made.is_err() {
        std::fs::remove_file(path)?;
    }
    made.with_context(cannot)
}

/// Something to do with a mounted file system, whatever its format.
trait Job {
    type Answer;
    fn run<F: FileSystem>(self, fs: &mut F) -> Result<Self::Answer>;
}

/// Mounts what is on an image, and does a job with it.
fn mounted<J: Job>(source: Source<'_>, writes: bool, job: J) -> Result<J::Answer> {
    let image = source.open(writes)?;
    let (what, settings) = (|| source.to_string(), image.settings());
    let is_littlefs = image.begins_with(8, b"littlefs");
    // Before FAT: what starts a machine may stand before it, and ends as a FAT volume begins.
    if !is_littlefs && image.begins_with(1024 + 0x38, &[0x53, 0xef]) {
        let mut known = Box::new(Known::new());
        let mut ext = Ext::new(image, &mut known);
        ext.mount().with_context(what)?;
        return job.run(&mut ext).with_context(what);
    }
    if !is_littlefs && image.begins_with(510, &[0x55, 0xaa]) {
        let mut place = Box::new(Place::new());
        let mut repair = Box::new(RepairMemory::new());
        let mut fat = Fat::new(&mut place, image).repairing(&mut repair);
        fat.mount().with_context(what)?;
        return job.run(&mut fat).with_context(what);
    }
    let mut memory = Box::new(Memory::<1>::new());
    let mut littlefs = Littlefs::<_, 1>::new(image, &mut memory, settings);
    littlefs.mount().with_context(what)?;
    job.run(&mut littlefs).with_context(what)
}

fn plain(path: &str) -> Result<Plain<'_>> {
    let path = path.trim_matches('/');
    Plain::new(path).with_context(|| format!("`{path}` is no plain path"))
}

/// What is in a directory of an image; with `all`, also what is in those below.
///
/// # Errors
/// If it cannot be read.
pub fn list(source: Source<'_>, directory: &str, all: bool) -> Result<Vec<Named>> {
    mounted(source, false, List { directory, all })
}

struct List<'p> {
    directory: &'p str,
    all: bool,
}

impl Job for List<'_> {
    type Answer = Vec<Named>;

    fn run<F: FileSystem>(self, fs: &mut F) -> Result<Vec<Named>> {
        let mut found: Vec<Named> = Vec::new();
        let mut left = vec![plain(self.directory)?.as_str().to_owned()];
        while let Some(directory) = left.pop() {
            let before = found.len();
            fs.list(plain(&directory)?, 0, |entry| {
                let path = format!("{directory}/{}", entry.name).trim_matches('/').to_owned();
                let (kind, size) = (entry.info.kind, entry.info.size);
                found.push(Named { path, kind, size, target: None });
                if found.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            ensure!(found.len() <= MOST, "more than {MOST} names");
            for named in found[before..].iter_mut().filter(|named| named.kind == Kind::Link) {
                named.target = Some(target(fs, &named.path)?);
            }
            if self.all {
                let is_directory = |named: &&Named| named.kind == Kind::Directory;
                let directories = found[before..].iter().filter(is_directory);
                left.extend(directories.map(|named| named.path.clone()));
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }
}

/// Where a symbolic link leads.
fn target<F: FileSystem>(fs: &mut F, path: &str) -> Result<String> {
    let mut target = vec![0; MAX_PATH];
    let length = fs.read_link(plain(path)?, &mut target).with_context(|| format!("/{path}"))?;
    target.truncate(length);
    Ok(String::from_utf8_lossy(&target).into_owned())
}

/// The bytes of a file in an image.
///
/// # Errors
/// If it cannot be read.
pub fn get(source: Source<'_>, file: &str) -> Result<Vec<u8>> {
    mounted(source, false, Get(file))
}

struct Get<'p>(&'p str);

impl Job for Get<'_> {
    type Answer = Vec<u8>;

    fn run<F: FileSystem>(self, fs: &mut F) -> Result<Vec<u8>> {
        let what = || format!("/{}", self.0.trim_matches('/'));
        let (file, info) = fs.open(plain(self.0)?, Open::default()).with_context(what)?;
        let (mut bytes, mut piece) = (Vec::new(), vec![0; PIECE]);
        while (bytes.len() as u64) < info.size {
            match fs.read(file, bytes.len() as u64, &mut piece).with_context(what)? {
                0 => bail!("{}: it ends before its {} bytes", what(), info.size),
                count => bytes.extend_from_slice(&piece[..count]),
            }
        }
        fs.close(file)?;
        Ok(bytes)
    }
}

/// Writes a file into an image, in place of one that is there; the directories it is in are made.
///
/// # Errors
/// If it cannot be written.
pub fn put(source: Source<'_>, file: &str, bytes: &[u8]) -> Result<()> {
    mounted(source, true, Put { file, bytes })
}

struct Put<'p> {
    file: &'p str,
    bytes: &'p [u8],
}

impl Job for Put<'_> {
    type Answer = ();

    fn run<F: FileSystem>(self, fs: &mut F) -> Result<()> {
        let path = plain(self.file)?;
        for (end, _) in path.as_str().match_indices('/') {
            match fs.make_directory(plain(&path.as_str()[..end])?) {
                Ok(()) | Err(drv_fs_core::Error::AlreadyExists) => {}
                Err(error) => return Err(error).context(path.to_string()),
            }
        }
        let how = Open { create: Create::IfMissing, truncate: true };
        let (file, _) = fs.open(path, how).with_context(|| path.to_string())?;
        for (number, piece) in self.bytes.chunks(PIECE).enumerate() {
            fs.write(file, (number * PIECE) as u64, piece).with_context(|| path.to_string())?;
        }
        fs.close(file)?;
        Ok(fs.sync()?)
    }
}

/// What a check found: names, bytes of all files, and how full it is.
#[derive(Clone, Copy, Debug)]
pub struct Checked {
    /// Files and directories.
    pub names: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// How large it is.
    pub space: Space,
    /// How many things were repaired.
    pub repairs: u32,
}

/// Reads everything on an image to its end.
///
/// # Errors
/// What is wrong.
pub fn check(source: Source<'_>) -> Result<Checked> {
    mounted(source, false, Check)
}

/// Repairs what the target would when it mounts the volume, and then reads everything.
///
/// # Errors
/// What is wrong still.
pub fn repair(source: Source<'_>) -> Result<Checked> {
    mounted(source, true, Check)
}

struct Check;

impl Job for Check {
    type Answer = Checked;

    fn run<F: FileSystem>(self, fs: &mut F) -> Result<Checked> {
        let all = List { directory: "", all: true }.run(fs)?;
        let mut bytes = 0;
        for named in all.iter().filter(|named| named.kind == Kind::File) {
            bytes += Get(&named.path).run(fs)?.len() as u64;
        }
        Ok(Checked { names: all.len(), bytes, space: fs.space()?, repairs: fs.repairs() })
    }
}
