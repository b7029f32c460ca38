//! A path of a client: where it is on the volume, and its symbolic links.

use crate::rights::Right;
use crate::words::refusal;
use drv_fs_core::{Error, FileSystem, Kind, MAX_PATH, Path, normalize_bytes};
use fs_api::FsError;
use userlib::ipc::{Gone, Lease, Read};

/// How many links are followed on one path.
const MAX_LINKS: usize = 8;

/// Room for a path and for what a link makes of it.
#[derive(Debug)]
pub struct Place {
    text: [u8; MAX_PATH],
    length: usize,
    /// How much of it is the client's root.
    root: usize,
    scratch: [u8; 2 * MAX_PATH],
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Astray {
    /// The client is told so.
    Refused(FsError),
    /// Nobody is there to be told.
    Gone,
}

impl From<FsError> for Astray {
    fn from(error: FsError) -> Self {
        Self::Refused(error)
    }
}

impl From<Gone> for Astray {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl Place {
    pub const fn new() -> Self {
        Self { text: [0; MAX_PATH], length: 0, root: 0, scratch: [0; 2 * MAX_PATH] }
    }

    /// Takes the path a client lends, below the root that it has.
    pub fn take(&mut self, right: &Right, path: &Lease<Read>) -> Result<(), Astray> {
        let length = path.read(0, &mut self.scratch[..MAX_PATH])?;
        Ok(self.set(right, length)?)
    }

    /// Takes a path as if a client had lent it.
    #[cfg(test)]
    pub fn set_text(&mut self, right: &Right, text: &str) -> Result<(), FsError> {
        self.scratch[..text.len()].copy_from_slice(text.as_bytes());
        self.set(right, text.len())
    }

    /// Makes the first bytes of `scratch` the path.
    fn set(&mut self, right: &Right, length: usize) -> Result<(), FsError> {
        let root = right.subtree();
        self.text[..root.len()].copy_from_slice(root);
        self.root = root.len();
        self.normalize(length)
    }

    fn normalize(&mut self, length: usize) -> Result<(), FsError> {
        let length = normalize_bytes(&self.scratch[..length], &mut self.text, self.root);
        self.length = length.map_err(refusal)?;
        Ok(())
    }

    /// Where it is on the volume.
    pub fn path(&self) -> Result<Path<'_>, Error> {
        Path::of_normalized(self.text.get(..self.length).unwrap_or(&[]))
    }

    /// Whether it is the client's root itself, which stays where it is.
    pub const fn is_root(&self) -> bool {
        self.length == self.root
    }

    /// Does something with the path, and again with where its links lead to.
    pub fn follow<F: FileSystem, T>(
        &mut self,
        fs: &mut F,
        mut act: impl FnMut(&mut F, Path<'_>) -> Result<T, Error>,
    ) -> Result<T, FsError> {
        for _ in 0..=MAX_LINKS {
            match self.path().and_then(|path| act(fs, path)) {
                Err(Error::Link) => self.step(fs)?,
                other => return other.map_err(refusal),
            }
        }
        Err(FsError::TooManyLinks)
    }

    /// What a client hears that may not change what is here: whether it may, another server says if a link
    /// on the path leads out of the volume; at its end only if `last`.
    #[cold]
    #[inline(never)]
    pub fn refused<F: FileSystem>(&mut self, fs: &mut F, last: bool, refusal: FsError) -> FsError {
        let led = self.follow(fs, |fs, path| match fs.stat(path)?.kind {
            Kind::Link if last => Err(Error::Link),
            _ => Ok(()),
        });
        if led == Err(FsError::Redirect) { FsError::Redirect } else { refusal }
    }

    /// Puts what the first link on the path leads to in its place.
    fn step<F: FileSystem>(&mut self, fs: &mut F) -> Result<(), FsError> {
        let end = self.first_link(fs)?.ok_or(FsError::Corrupt)?;
        match self.splice(fs, end)? {
            (_, true) => Err(FsError::Redirect),
            (length, false) => self.normalize(length),
        }
    }

    /// Where the first link on the path ends.
    fn first_link<F: FileSystem>(&self, fs: &mut F) -> Result<Option<usize>, FsError> {
        let text = self.path().map_err(refusal)?.as_str();
        for (end, _) in text.match_indices('/').chain([(text.len(), "")]) {
            let Some(path) = text.get(..end).and_then(Path::new) else { continue };
            if end > self.root && fs.stat(path).map_err(refusal)?.kind == Kind::Link {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Writes into `scratch` the path below the client's root with the link that ends at `end` put
    /// in its place; if that begins with `/`, from there on. Says how long it is, and whether that
    /// was so.
    fn splice<F: FileSystem>(&mut self, fs: &mut F, end: usize) -> Result<(usize, bool), FsError> {
        let text = self.text.get(..self.length).unwrap_or(&[]);
        let link = text.get(..end).and_then(|text| core::str::from_utf8(text).ok());
        let link = link.and_then(Path::new).ok_or(FsError::Corrupt)?;
        let parent = link.split_last().map_or(0, |(parent, _)| parent.as_str().len());
        let above = text.get(self.root..parent.max(self.root)).unwrap_or(&[]);
        let mut length = above.len();
        self.scratch[..length].copy_from_slice(above);
        if length > 0 {
            self.scratch[length] = b'/';
            length += 1;
        }
        let room = self.scratch.get_mut(length..length + MAX_PATH).ok_or(FsError::NameTooLong)?;
        let target = fs.read_link(link, room).map_err(refusal)?.min(MAX_PATH);
        let absolute = self.scratch.get(length) == Some(&b'/');
        if absolute {
            self.scratch.copy_within(length..length + target, 0);
            length = 0;
        }
        length += target;
        let rest = text.get(end..).unwrap_or(&[]);
        let room = self.scratch.get_mut(length..length + rest.len());
        room.ok_or(FsError::NameTooLong)?.copy_from_slice(rest);
        Ok((length + rest.len(), absolute))
    }

    /// Follows all links, also one at the end. What the path leads to need not be there. Says what
    /// it is then, and whether it is counted from the root of the client's mount table.
    pub fn resolve<F: FileSystem>(&mut self, fs: &mut F) -> Result<(&[u8], bool), FsError> {
        for _ in 0..=MAX_LINKS {
            let link = match self.first_link(fs) {
                Err(FsError::NotFound) => None,
                other => other?,
            };
            let Some(end) = link else {
                let below = self.text.get(self.root..self.length).unwrap_or(&[]);
                return Ok((below.strip_prefix(b"/").unwrap_or(below), false));
            };
            match self.splice(fs, end)? {
                (length, true) => return Ok((&self.scratch[..length], true)),
                (length, false) => self.normalize(length)?,
            }
        }
        Err(FsError::TooManyLinks)
    }
}
