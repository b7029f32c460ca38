//! `ls`, `cat`, `crc`, `write`, `rm`, `mkdir`, `mv`, `df` and `mounts`: what is on the disks.
//!
//! A file-system server that is restarted forgets what was open; `fs-api` opens anew and goes on.

use crate::terminal::Terminal;
use core::fmt::{self, Write};
use crc::{CRC_32_ISO_HDLC, Crc};
use fs_api::{FsError, Kind, Mounts, Name, Space, flags};
use userlib::ipc::ClientError;

/// Bytes read at a time.
const PIECE: usize = 4096;

/// CRC-32 as in zip files and Ethernet.
static CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Why something about a file did not succeed.
pub type Failure = ClientError<FsError>;

/// The file systems, each with its place in the tree.
pub struct Files {
    tree: Mounts,
}

impl Files {
    /// Those that `app.toml` gives the shell.
    pub fn new(mounts: &userlib::Mounts) -> Self {
        Self { tree: Mounts::new(mounts) }
    }

    /// The tree.
    pub const fn tree(&self) -> &Mounts {
        &self.tree
    }

    /// Prints the names in a directory.
    pub fn list(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        let mut buffer = [0; PIECE];
        let mounted = match self.tree.points(path) {
            Ok(mounted) => mounted.fold(false, |_, name| show_point(name, out).is_ok()),
            Err(failure) => return complain(path, failure, out),
        };
        let mut directory = match self.tree.directory(path, &mut buffer) {
            Ok(directory) => directory,
            // A directory of mounts alone.
            Err(ClientError::Server(FsError::NotFound)) if mounted => return Ok(()),
            Err(failure) => return complain(path, failure, out),
        };
        loop {
            match directory.next_name() {
                Ok(None) => return Ok(()),
                // What is mounted hides it.
                Ok(Some(entry)) if self.is_point(path, entry.name) => {}
                Ok(Some(entry)) => show(&entry, out)?,
                Err(failure) => return complain(path, failure, out),
            }
        }
    }

    fn is_point(&self, directory: &str, name: &str) -> bool {
        self.tree.points(directory).is_ok_and(|mut points| points.any(|point| point == name))
    }

    /// Prints a file.
    pub fn cat(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        let mut last = b'\n';
        let end = self.each_piece(path, |piece| {
            last = piece.last().copied().unwrap_or(last);
            out.bytes(piece)
        })?;
        if last != b'\n' {
            out.write_char('\n')?;
        }
        end.map_or_else(|failure| complain(path, failure, out), |_| Ok(()))
    }

    /// Prints a file's checksum and size.
    pub fn crc(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        let mut digest = CRC_32.digest();
        let end = self.each_piece(path, |piece| {
            digest.update(piece);
            Ok(())
        })?;
        match end {
            Ok(size) => writeln!(out, "{:08x} {size} bytes", digest.finalize()),
            Err(failure) => complain(path, failure, out),
        }
    }

    /// Reads a file from its beginning to its end. The outer error is that of `take`.
    fn each_piece(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> fmt::Result,
    ) -> Result<Result<u64, Failure>, fmt::Error> {
        let mut file = match self.tree.open(path, flags::READ) {
            Ok(file) => file,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut piece = [0; PIECE];
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(Ok(file.position())),
                Ok(count) => take(&piece[..count.min(PIECE)])?,
                Err(failure) => return Ok(Err(failure)),
            }
        }
    }

    /// Makes a file of one line.
    pub fn write(&self, path: &str, text: &str, out: &mut Terminal) -> fmt::Result {
        let how = flags::WRITE | flags::CREATE | flags::TRUNCATE;
        let written = self.tree.open(path, how).and_then(|mut file| {
            file.write(text.as_bytes())?;
            file.write(b"\n")?;
            file.sync()
        });
        done(path, written, out)
    }

    /// Removes a file or an empty directory.
    pub fn remove(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        let removed = match self.tree.remove(path) {
            Err(ClientError::Server(FsError::IsADirectory)) => self.tree.remove_directory(path),
            other => other,
        };
        self.synced(path, removed, out)
    }

    /// Makes a directory.
    pub fn make_directory(&self, path: &str, out: &mut Terminal) -> fmt::Result {
        self.synced(path, self.tree.make_directory(path), out)
    }

    /// Moves a file or directory.
    pub fn rename(&self, from: &str, to: &str, out: &mut Terminal) -> fmt::Result {
        self.synced(from, self.tree.rename(from, to), out)
    }

    /// What a person did is on the medium when the next prompt appears.
    fn synced(&self, path: &str, result: Result<(), Failure>, out: &mut Terminal) -> fmt::Result {
        done(path, result.and_then(|()| self.tree.sync()), out)
    }

    /// Prints how full the disks are.
    pub fn space(&self, out: &mut Terminal) -> fmt::Result {
        self.each_volume(out, |space, out| {
            let kib = |blocks: u64| blocks.saturating_mul(space.block_size.into()) / 1024;
            let (all, free) = (kib(space.blocks), kib(space.free));
            write!(out, "{all:>10} KiB {free:>10} KiB free")
        })
    }

    /// Prints which file system is where.
    pub fn mounts(&self, out: &mut Terminal) -> fmt::Result {
        self.each_volume(out, |space, out| {
            let format = core::str::from_utf8(&space.format).unwrap_or("?");
            let access = if space.read_only == 0 { "read-write" } else { "read-only" };
            write!(out, "{} {access}", format.trim_end_matches('\0'))?;
            // Something was not synced when the power failed, or the server died.
            if space.repairs > 0 { write!(out, ", {} repairs", space.repairs) } else { Ok(()) }
        })
    }

    /// A line for every volume.
    fn each_volume(
        &self,
        out: &mut Terminal,
        say: impl Fn(&Space, &mut Terminal) -> fmt::Result,
    ) -> fmt::Result {
        for mount in self.tree.all() {
            match mount.fs().space() {
                Ok(space) => {
                    write!(out, "/{:<16}", mount.at())?;
                    say(&space, out)?;
                    out.write_char('\n')?;
                }
                Err(failure) => complain(mount.at(), failure, out)?,
            }
        }
        Ok(())
    }
}

fn show_point(name: &str, out: &mut Terminal) -> fmt::Result {
    writeln!(out, "{:>12} {name}/", "mounted")
}

fn show(entry: &Name<'_>, out: &mut Terminal) -> fmt::Result {
    let directory = entry.info.kind == Kind::Directory;
    if directory {
        write!(out, "{:>12} ", "directory")?;
    } else {
        write!(out, "{:>12} ", entry.info.size)?;
    }
    out.bytes(entry.name.as_bytes())?;
    out.write_str(if directory { "/\n" } else { "\n" })
}

/// Says nothing of what went well.
fn done(path: &str, result: Result<(), Failure>, out: &mut Terminal) -> fmt::Result {
    result.map_or_else(|failure| complain(path, failure, out), Ok)
}

/// Says why something about a path did not succeed.
pub fn complain(path: &str, failure: Failure, out: &mut Terminal) -> fmt::Result {
    let why = match failure {
        ClientError::Server(error) => described(error),
        ClientError::ServerDied => "the file system keeps dying; see `tasks`",
        ClientError::Gone => "the file system is stopped; `tasks` and `start` help",
        ClientError::TooLong => "the path is too long",
        ClientError::TimedOut | ClientError::BadAnswer => "the file system does not answer",
    };
    let path = if path.is_empty() { "/" } else { path };
    writeln!(out, "{path}: {why}")
}

const fn described(error: FsError) -> &'static str {
    match error {
        FsError::NoDevice => "there is no disk",
        FsError::DeviceError => "the disk failed; see `tasks`",
        FsError::NotRecognized => "the disk holds no file system known here",
        FsError::Corrupt => "the file system on the disk is damaged",
        FsError::NotFound => "there is nothing of this name",
        FsError::NotADirectory => "this is not a directory",
        FsError::IsADirectory => "this is a directory; `ls` lists it",
        FsError::BadPath => "no file can have this name",
        FsError::BadHandle => "the file system keeps forgetting it; see `tasks`",
        FsError::TooManyOpen => "too many files are open",
        FsError::NameTooLong => "the name is too long",
        FsError::AlreadyExists => "there is already something of this name",
        FsError::NotEmpty => "the directory is not empty",
        FsError::NoSpace => "the disk is full",
        FsError::TooLarge => "the file would become too large",
        FsError::ReadOnly => "it takes no writes",
        FsError::Busy => "it is in use, or would be moved into itself",
        FsError::Unsupported => "this file system cannot do that",
        FsError::NoAttribute => "there is no attribute of this name",
        FsError::NotPermitted => "app.toml does not allow the shell to do that",
        FsError::Locked => "another task has locked it",
        FsError::TooManyLinks | FsError::Redirect => "too many symbolic links",
        FsError::CrossDevice => "the new place is on another disk",
        FsError::Lost => "the file system was restarted meanwhile; do it again",
        FsError::BadArgument => "the file system does not understand the shell",
        FsError::NotShared | FsError::Held => "the disk does not reach the shell's memory",
    }
}
