//! Reads whose bytes are not gathered in this task.
//!
//! The format reads a file to some bytes of the server, as ever. What it would have put there, one
//! behind the other from the first byte on, goes straight to the client instead: sectors that the disk
//! would read there it puts into the client's region, where the client shared one; what a cache has is
//! copied to what the client lent. What the format must look at or cut itself is not moved so; there it
//! ends, and the rest is read in the usual way.

use core::cell::Cell;
use drv_fs_core::{Error, FileSystem};
use userlib::Shares;
use userlib::ipc::{Gone, Lease, Write};

/// What is shorter than this, and not all that is read, is gathered: copying it is cheaper than
/// another call of the kernel.
const LEAST: usize = 2048;

/// Where bytes go instead.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// The client's region, and where in it: for the disk.
    Region(u32, u64),
    /// What the client lent, and where in it.
    Lease(Lease<Write>, usize),
}

/// Where bytes go that are read to some bytes of this task.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Address and number of the bytes.
    from: usize,
    length: usize,
    /// How many of them have gone there.
    moved: usize,
    to: Target,
    /// The client that lent is there no more.
    gone: bool,
}

impl Way {
    /// Whether these bytes are next.
    fn is_next(&self, into: &[u8]) -> bool {
        into.as_ptr().addr() == self.from + self.moved && into.len() <= self.length - self.moved
    }
}

/// A way past the task, between its server and its disk.
#[derive(Debug)]
pub struct Direct(Cell<Option<Way>>);

impl Direct {
    /// None at the moment.
    #[must_use]
    pub const fn new() -> Self {
        Self(Cell::new(None))
    }

    /// Where the disk puts what is read to `into`, if it is next on the way to a region.
    #[must_use]
    pub fn place(&self, into: &[u8]) -> Option<(u32, u64)> {
        let way = self.0.get().filter(|way| way.is_next(into))?;
        match way.to {
            Target::Region(region, at) => Some((region, at + way.moved as u64)),
            Target::Lease(..) => None,
        }
    }

    /// So many bytes more are there.
    pub fn count(&self, bytes: usize) {
        self.0.set(self.0.get().map(|way| Way { moved: way.moved + bytes, ..way }));
    }

    /// Copies what would be read to `into` to what the client lent, if it is next on the way there.
    #[must_use]
    pub fn hand_over(&self, bytes: &[u8], into: &[u8]) -> bool {
        let next = self.0.get().filter(|way| !way.gone && way.is_next(into));
        let Some(Way { to: Target::Lease(lease, at), moved, length, .. }) = next else {
            return false;
        };
        if bytes.len() < LEAST.min(length) {
            return false;
        }
        match lease.write(at + moved, bytes) {
            Ok(count) => self.count(count),
            Err(Gone) => self.0.set(self.0.get().map(|way| Way { gone: true, ..way })),
        }
        true
    }

    /// Reads a file to `bytes`, or as much of it as goes to the target at once; says how much that is,
    /// and how much was read with it.
    pub(crate) fn read<F: FileSystem>(
        &self,
        fs: &mut F,
        (file, offset): (F::File, u64),
        to: Target,
        bytes: &mut [u8],
    ) -> Result<(usize, usize), Error> {
        let (from, length) = (bytes.as_ptr().addr(), bytes.len());
        self.0.set(Some(Way { from, length, moved: 0, to, gone: false }));
        let read = fs.read(file, offset, bytes);
        let moved = self.0.take().map_or(0, |way| way.moved);
        let read = read?.min(length);
        Ok((moved.min(read), read))
    }
}

impl Default for Direct {
    fn default() -> Self {
        Self::new()
    }
}

/// What a server needs to let clients' reads go past it.
#[derive(Debug)]
pub struct Past {
    /// Which clients have which regions.
    pub(crate) shares: Shares,
    /// An earlier life of this task may have left the disk's device at work.
    pub(crate) held: bool,
}

impl Past {
    /// With what `app.toml` says, and the memory that the disk may hold back.
    #[must_use]
    pub const fn new(shares: Shares, held: bool) -> Self {
        Self { shares, held }
    }
}
