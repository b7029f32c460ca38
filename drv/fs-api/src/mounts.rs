//! The volumes of a task in one tree.
//!
//! The table is the task's own: which slot is which volume is fixed by `app.toml`. A path goes
//! straight to the right server, and a move between volumes is refused without asking one. `..`
//! takes back the name before it, so it may lead from one volume to another; symbolic links that
//! begin with `/` are counted from the root of this tree.

use crate::client::Fs;
use crate::retry::{Failure, again, until_done};
use crate::{Directory, File, FsError, Info, MAX_PATH, Space};
use drv_fs_core::{Error, Path, normalize};
use userlib::ipc::ClientError;

/// How many links that begin with `/` are followed on one path.
const MAX_REDIRECTS: usize = 8;

/// A volume and where it is.
#[derive(Clone, Debug)]
pub struct Mount<'m> {
    at: &'m str,
    fs: Fs,
}

impl<'m> Mount<'m> {
    /// The volume of a server at a path: `/`, `/data`.
    #[must_use]
    pub fn new(at: &'m str, fs: Fs) -> Self {
        Self { at: at.trim_matches('/'), fs }
    }

    /// Where it is, without a slash at the beginning.
    #[must_use]
    pub const fn at(&self) -> &'m str {
        self.at
    }

    /// Its server.
    #[must_use]
    pub const fn fs(&self) -> &Fs {
        &self.fs
    }
}

/// The volumes of a task in one tree.
#[derive(Clone, Copy, Debug)]
pub struct Mounts<'m>(&'m [Mount<'m>]);

/// A plain path. Clients and servers make it alike.
fn plain<'b>(path: &str, room: &'b mut [u8; MAX_PATH]) -> Result<Path<'b>, Failure> {
    normalize(path.as_bytes(), room, 0).map_err(|error| match error {
        Error::NameTooLong => ClientError::Server(FsError::NameTooLong),
        _ => ClientError::Server(FsError::BadPath),
    })
}

impl<'m> Mounts<'m> {
    /// These volumes.
    #[must_use]
    pub const fn new(mounts: &'m [Mount<'m>]) -> Self {
        Self(mounts)
    }

    /// The volumes.
    #[must_use]
    pub const fn all(&self) -> &'m [Mount<'m>] {
        self.0
    }

    /// The volume on which a path is, by the longest of their paths, and what is left of it there.
    fn pick<'p>(&self, path: Path<'p>) -> Result<(&'m Mount<'m>, &'p str), Failure> {
        let below = |mount: &'m Mount<'m>| {
            let rest = path.below(Path::new(mount.at)?)?;
            Some((mount, rest.as_str()))
        };
        let found = self.0.iter().filter_map(below).max_by_key(|(mount, _)| mount.at.len());
        found.ok_or(ClientError::Server(FsError::NotFound))
    }

    /// Does something on the volume on which a path is, with what is left of it there.
    ///
    /// # Errors
    /// What `act` says; [`FsError::TooManyLinks`], [`FsError::BadPath`]; [`FsError::NotFound`] if no
    /// volume is there.
    pub fn with<T>(
        &self,
        path: &str,
        mut act: impl FnMut(&'m Fs, &str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut text = [0; MAX_PATH];
        let mut length = plain(path, &mut text)?.as_str().len();
        for _ in 0..=MAX_REDIRECTS {
            let path = core::str::from_utf8(text.get(..length).unwrap_or(&[])).unwrap_or("");
            let (mount, rest) = self.pick(Path::new(path).unwrap_or(Path::ROOT))?;
            match act(&mount.fs, rest) {
                Err(ClientError::Server(FsError::Redirect)) => {
                    length = redirected(&mount.fs, rest, &mut [0; MAX_PATH]).and_then(
                        |(to, count)| {
                            let to = core::str::from_utf8(to.get(..count).unwrap_or(&[]));
                            let to = to.map_err(|_| ClientError::BadAnswer)?;
                            Ok(plain(to, &mut text)?.as_str().len())
                        },
                    )?;
                }
                other => return other,
            }
        }
        Err(ClientError::Server(FsError::TooManyLinks))
    }

    /// Opens a file with [`flags`](crate::flags).
    ///
    /// # Errors
    /// Those of [`File::open_with`].
    pub fn open(&self, path: &str, how: u32) -> Result<File<'m>, Failure> {
        self.with(path, |fs, path| File::open_with(fs, path, how))
    }

    /// What a path leads to.
    ///
    /// # Errors
    /// What the server says.
    pub fn stat(&self, path: &str) -> Result<Info, Failure> {
        self.with(path, |fs, path| fs.stat(1, path.as_bytes()))
    }

    /// The names in a directory. The buffer has at least 840 bytes.
    ///
    /// # Errors
    /// What the server says.
    pub fn directory<'b>(
        &self,
        path: &str,
        buffer: &'b mut [u8],
    ) -> Result<Directory<'m, 'b>, Failure> {
        let mut buffer = Some(buffer);
        self.with(path, |fs, path| {
            // A link that leads elsewhere says so here.
            fs.stat(1, path.as_bytes())?;
            Directory::new(fs, path, buffer.take().ok_or(ClientError::BadAnswer)?)
        })
    }

    /// Makes an empty directory.
    ///
    /// # Errors
    /// What the server says.
    pub fn make_directory(&self, path: &str) -> Result<(), Failure> {
        self.with(path, |fs, path| {
            until_done(FsError::AlreadyExists, || fs.make_directory(path.as_bytes()))
        })
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// What the server says.
    pub fn remove_directory(&self, path: &str) -> Result<(), Failure> {
        self.with(path, |fs, path| {
            until_done(FsError::NotFound, || fs.remove_directory(path.as_bytes()))
        })
    }

    /// Removes a file or link.
    ///
    /// # Errors
    /// What the server says.
    pub fn remove(&self, path: &str) -> Result<(), Failure> {
        self.with(path, |fs, path| until_done(FsError::NotFound, || fs.remove(path.as_bytes())))
    }

    /// Moves something within its volume.
    ///
    /// # Errors
    /// [`FsError::CrossDevice`] if the new place is on another volume; what the server says.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Failure> {
        let (mut old, mut new) = ([0; MAX_PATH], [0; MAX_PATH]);
        let (old, new) = (plain(from, &mut old)?, plain(to, &mut new)?);
        let ((mount, from), (other, to)) = (self.pick(old)?, self.pick(new)?);
        if !core::ptr::eq(mount, other) {
            return Err(ClientError::Server(FsError::CrossDevice));
        }
        let moved = || mount.fs.rename(from.as_bytes(), to.as_bytes());
        let answer = until_done(FsError::NotFound, moved);
        // Done before the server died: then it is where it should be.
        answer.and_then(|()| mount.fs.stat(0, to.as_bytes()).map(|_| ()))
    }

    /// How large the volume is on which a path is.
    ///
    /// # Errors
    /// What the server says.
    pub fn space(&self, path: &str) -> Result<Space, Failure> {
        self.with(path, |fs, _| fs.space())
    }

    /// Returns when everything is on the medium, on all volumes.
    ///
    /// # Errors
    /// The first of what the servers say.
    pub fn sync(&self) -> Result<(), Failure> {
        let synced = self.0.iter().map(|mount| again(|| mount.fs.sync_all()));
        synced.fold(Ok(()), Result::and)
    }
}

/// Where the links of a path lead to, counted from the root of the tree.
fn redirected<'b>(
    fs: &Fs,
    path: &str,
    room: &'b mut [u8; MAX_PATH],
) -> Result<(&'b [u8], usize), Failure> {
    let resolved = fs.resolve(path.as_bytes(), room)?;
    if resolved.outside == 0 {
        return Err(ClientError::BadAnswer);
    }
    Ok((room, resolved.length as usize))
}
