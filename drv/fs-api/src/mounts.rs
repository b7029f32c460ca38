//! The volumes of a task in one tree.
//!
//! The table is the task's own: which slot is which volume is fixed by `app.toml`. A path goes
//! straight to the right server, and a move between volumes is refused without asking one. `..`
//! takes back the name before it, so it may lead from one volume to another; symbolic links that
//! begin with `/` are counted from the root of this tree.

use crate::client::Fs;
use crate::retry::{Failure, again, until_done};
use crate::unsynced::Unsynced;
use crate::{Directory, File, FsError, Info, MAX_PATH, Space};
use drv_fs_core::{Error, Path, normalize};
use userlib::ipc::ClientError;
use userlib::mounts::{MOUNT_PATH, MOUNTS};

/// How many links that begin with `/` are followed on one path.
const MAX_REDIRECTS: usize = 8;

/// A volume and where it is.
#[derive(Clone, Debug)]
pub struct Mount {
    at: [u8; MOUNT_PATH],
    length: usize,
    fs: Fs,
    unsynced: Unsynced,
}

impl Mount {
    /// `None` if this is no path, or too long for one of a mount.
    fn new(at: &str, fs: Fs) -> Option<Self> {
        let plain = Path::new(at.trim_matches('/'))?.as_str();
        let unsynced = Unsynced::default();
        let mut mount = Self { at: [0; MOUNT_PATH], length: plain.len(), fs, unsynced };
        mount.at.get_mut(..plain.len())?.copy_from_slice(plain.as_bytes());
        Some(mount)
    }

    /// Where it is, without a slash at the beginning.
    #[must_use]
    pub fn at(&self) -> &str {
        let path = self.at.get(..self.length).unwrap_or(&[]);
        core::str::from_utf8(path).unwrap_or_default()
    }

    /// What is left of a path on this volume; `None` if it does not lie there.
    fn rest<'p>(&self, path: Path<'p>) -> Option<&'p str> {
        let text = path.as_str();
        if self.length == 0 {
            return Some(text);
        }
        let rest = text.as_bytes().strip_prefix(self.at.get(..self.length)?)?;
        match rest.first() {
            None => Some(""),
            Some(b'/') => text.get(self.length + 1..),
            Some(_) => None,
        }
    }

    /// Its server.
    #[must_use]
    pub const fn fs(&self) -> &Fs {
        &self.fs
    }

    /// The server has answered a change.
    fn changed(&self) {
        self.unsynced.add(self.fs.server());
    }

    /// Returns when everything is on the medium, or says that some of it may be lost.
    fn sync(&self) -> Result<(), Failure> {
        again(|| self.fs.sync_all())?;
        let all = self.unsynced.settle(self.fs.server());
        if all { Ok(()) } else { Err(ClientError::Server(FsError::Lost)) }
    }
}

/// The volumes of a task in one tree.
#[derive(Clone, Debug)]
pub struct Mounts([Option<Mount>; MOUNTS]);

/// A plain path. Clients and servers make it alike.
fn plain<'b>(path: &str, room: &'b mut [u8; MAX_PATH]) -> Result<Path<'b>, Failure> {
    normalize(path.as_bytes(), room, 0).map_err(|error| match error {
        Error::NameTooLong => ClientError::Server(FsError::NameTooLong),
        _ => ClientError::Server(FsError::BadPath),
    })
}

impl Mounts {
    /// Those that `app.toml` gives a task.
    #[must_use]
    pub fn new(given: &userlib::Mounts) -> Self {
        Self::of(given.all().map(|(path, server)| (path, Fs::new(server))))
    }

    /// These; at most [`MOUNTS`].
    #[must_use]
    pub fn of<'p>(list: impl IntoIterator<Item = (&'p str, Fs)>) -> Self {
        let mut mounts = list.into_iter().filter_map(|(at, fs)| Mount::new(at, fs));
        Self(core::array::from_fn(|_| mounts.next()))
    }

    /// The volumes.
    pub fn all(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter().flatten()
    }

    /// Names in a directory that are there because something is mounted there, or below.
    ///
    /// # Errors
    /// [`FsError::BadPath`], [`FsError::NameTooLong`].
    pub fn points(&self, directory: &str) -> Result<impl Iterator<Item = &str>, Failure> {
        let mut room = [0; MAX_PATH];
        let path = plain(directory, &mut room)?;
        let name = |mount: &'_ Option<Mount>| {
            let below = Path::new(mount.as_ref()?.at())?.below(path)?;
            let first = below.names().next()?.len();
            let begin = mount.as_ref()?.length - below.as_str().len();
            Some((begin, begin + first))
        };
        let places = self.0.each_ref().map(name);
        let names = move |index: usize| -> Option<&str> {
            let (begin, end) = (*places.get(index)?)?;
            self.0.get(index)?.as_ref()?.at().get(begin..end)
        };
        let is_first = move |&index: &usize| (0..index).all(|other| names(other) != names(index));
        Ok((0..MOUNTS).filter(is_first).filter_map(names))
    }

    /// The volume on which a path is, by the longest of their paths, and what is left of it there.
    fn pick<'p>(&self, path: Path<'p>) -> Result<(&Mount, &'p str), Failure> {
        let below = |mount| -> Option<(&Mount, &str)> { Some((mount, Mount::rest(mount, path)?)) };
        let found = self.all().filter_map(below).max_by_key(|(mount, _)| mount.length);
        found.ok_or(ClientError::Server(FsError::NotFound))
    }

    /// Does something on the volume on which a path is, with what is left of it there. What it
    /// changes, [`Self::sync`] does not watch over.
    ///
    /// # Errors
    /// What `act` says; [`FsError::TooManyLinks`], [`FsError::BadPath`]; [`FsError::NotFound`] if no
    /// volume is there.
    pub fn with<'m, T>(
        &'m self,
        path: &str,
        mut act: impl FnMut(&'m Fs, &str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.on(path, |mount, path| act(&mount.fs, path))
    }

    /// Changes something there.
    fn change(
        &self,
        path: &str,
        mut act: impl FnMut(&Fs, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.on(path, |mount, path| {
            act(&mount.fs, path.as_bytes())?;
            mount.changed();
            Ok(())
        })
    }

    fn on<'m, T>(
        &'m self,
        path: &str,
        mut act: impl FnMut(&'m Mount, &str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // As a rule it is plain already, and leads to where it says.
        let text = path.strip_prefix('/').unwrap_or(path);
        if let Some(path) = Path::new(text) {
            let (mount, rest) = self.pick(path)?;
            match act(mount, rest) {
                Err(ClientError::Server(FsError::Redirect)) => {}
                other => return other,
            }
        }
        self.redirected(path, act)
    }

    /// The same with a path that must be made plain, or leads elsewhere.
    fn redirected<'m, T>(
        &'m self,
        path: &str,
        mut act: impl FnMut(&'m Mount, &str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut text = [0; MAX_PATH];
        let mut length = plain(path, &mut text)?.as_str().len();
        for _ in 0..=MAX_REDIRECTS {
            let (mount, rest) = self.pick(path_in(&text, length))?;
            match act(mount, rest) {
                Err(ClientError::Server(FsError::Redirect)) => {
                    length =
                        target(&mount.fs, rest, &mut [0; MAX_PATH]).and_then(|(to, count)| {
                            let to = core::str::from_utf8(to.get(..count).unwrap_or(&[]));
                            let to = to.map_err(|_| ClientError::BadAnswer)?;
                            Ok(plain(to, &mut text)?.as_str().len())
                        })?;
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
    pub fn open(&self, path: &str, how: u32) -> Result<File<'_>, Failure> {
        self.on(path, |mount, path| File::open_on(&mount.fs, Some(&mount.unsynced), path, how))
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
    pub fn directory<'m, 'b>(
        &'m self,
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
        self.change(path, |fs, path| until_done(FsError::AlreadyExists, || fs.make_directory(path)))
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// What the server says.
    pub fn remove_directory(&self, path: &str) -> Result<(), Failure> {
        self.change(path, |fs, path| until_done(FsError::NotFound, || fs.remove_directory(path)))
    }

    /// Removes a file or link.
    ///
    /// # Errors
    /// What the server says.
    pub fn remove(&self, path: &str) -> Result<(), Failure> {
        self.change(path, |fs, path| until_done(FsError::NotFound, || fs.remove(path)))
    }

    /// Moves something within its volume. Which volumes two paths are on is decided by their letters;
    /// if that is one, also by where links on them lead that begin with `/`.
    ///
    /// # Errors
    /// [`FsError::CrossDevice`] if the new place is on another volume; if the letters say so, nobody is
    /// asked. What the server says.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Failure> {
        let (mut old, mut new) = ([0; MAX_PATH], [0; MAX_PATH]);
        let mut from = plain(from, &mut old)?.as_str().len();
        let mut to = plain(to, &mut new)?.as_str().len();
        for links in 0..=MAX_REDIRECTS {
            let (mount, before) = self.pick(path_in(&old, from))?;
            let (other, after) = self.pick(path_in(&new, to))?;
            if !core::ptr::eq(mount, other) {
                // One of them may have more links before it than the other.
                if links == 0 || !self.follow_both((&mut old, &mut from), (&mut new, &mut to))? {
                    return Err(ClientError::Server(FsError::CrossDevice));
                }
                continue;
            }
            let moved = || mount.fs.rename(before.as_bytes(), after.as_bytes());
            match until_done(FsError::NotFound, moved) {
                // Done before the server died: then it is where it should be.
                Ok(()) => {
                    let there = mount.fs.stat(0, after.as_bytes());
                    return there.map(|_| mount.changed());
                }
                Err(ClientError::Server(FsError::Redirect)) => {
                    if !self.follow_both((&mut old, &mut from), (&mut new, &mut to))? {
                        return Err(ClientError::BadAnswer);
                    }
                }
                failed => return failed,
            }
        }
        Err(ClientError::Server(FsError::TooManyLinks))
    }

    /// Follows the links above the last names of two paths, where they lead out of their volumes. False
    /// if none does.
    fn follow_both(
        &self,
        (old, from): (&mut [u8; MAX_PATH], &mut usize),
        (new, to): (&mut [u8; MAX_PATH], &mut usize),
    ) -> Result<bool, Failure> {
        let one = self.follow_above(old, from)?;
        Ok(self.follow_above(new, to)? || one)
    }

    /// Follows the links above the last name of a path, if they lead out of its volume. False if
    /// they do not.
    fn follow_above(&self, text: &mut [u8; MAX_PATH], length: &mut usize) -> Result<bool, Failure> {
        let (mount, rest) = self.pick(path_in(text, *length))?;
        let split = Path::new(rest).and_then(Path::split_last);
        let Some((parent, name)) = split else { return Ok(false) };
        let mut room = [0; MAX_PATH];
        let resolved = mount.fs.resolve(parent.as_str().as_bytes(), &mut room)?;
        if resolved.outside == 0 {
            return Ok(false);
        }
        let end = resolved.length as usize;
        let place = room.get_mut(end..end + 1 + name.len());
        let place = place.ok_or(ClientError::Server(FsError::NameTooLong))?;
        place[0] = b'/';
        place[1..].copy_from_slice(name.as_bytes());
        let path = room.get(..end + 1 + name.len()).unwrap_or(&[]);
        let path = core::str::from_utf8(path).map_err(|_| ClientError::BadAnswer)?;
        *length = plain(path, text)?.as_str().len();
        Ok(true)
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
    /// [`FsError::Lost`], once: a server was restarted since something was changed here, so that it may be
    /// gone. The first of what the servers say.
    pub fn sync(&self) -> Result<(), Failure> {
        self.all().map(Mount::sync).fold(Ok(()), Result::and)
    }
}

/// The first bytes of a plain path, themselves one.
fn path_in(text: &[u8; MAX_PATH], length: usize) -> Path<'_> {
    let text = text.get(..length).and_then(|text| core::str::from_utf8(text).ok());
    text.and_then(Path::new).unwrap_or(Path::ROOT)
}

/// Where the links of a path lead to, counted from the root of the tree.
fn target<'b>(
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
