//! Reads that go past this task, from the disk to a client's memory.
//!
//! The format reads a file to some bytes of the server, as ever. Sectors that it would have the disk
//! put there, one behind the other from the first byte on, the disk puts into the client's memory
//! instead, and nobody copies them. What the format must look at or cut itself is not moved so; there
//! it ends, and the client reads on in the usual way.

use core::cell::Cell;
use drv_fs_core::FileSystem;
use userlib::Shares;

/// Where bytes go that are read to some bytes of this task.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Address and number of the bytes.
    from: usize,
    length: usize,
    /// How many of them have gone there.
    moved: usize,
    /// The client's region, and where in it.
    region: u32,
    at: u64,
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

    /// Where the disk puts what is read to `into`, if it is next on the way.
    #[must_use]
    pub fn place(&self, into: &[u8]) -> Option<(u32, u64)> {
        let Way { from, length, moved, region, at } = self.0.get()?;
        let is_next = into.as_ptr().addr() == from + moved && into.len() <= length - moved;
        is_next.then_some((region, at + moved as u64))
    }

    /// So many bytes more are there.
    pub fn count(&self, bytes: usize) {
        self.0.set(self.0.get().map(|way| Way { moved: way.moved + bytes, ..way }));
    }

    /// Reads a file to `bytes`, or as much of it as the disk moves to the client's region; says how
    /// much that is.
    pub(crate) fn read<F: FileSystem>(
        &self,
        fs: &mut F,
        (file, offset): (F::File, u64),
        (region, at): (u32, u64),
        bytes: &mut [u8],
    ) -> Result<usize, drv_fs_core::Error> {
        let (from, length) = (bytes.as_ptr().addr(), bytes.len());
        self.0.set(Some(Way { from, length, moved: 0, region, at }));
        let read = fs.read(file, offset, bytes);
        let moved = self.0.take().map_or(0, |way| way.moved);
        Ok(moved.min(read?))
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
    pub(crate) direct: &'static Direct,
    /// Which clients have which regions.
    pub(crate) shares: Shares,
    /// An earlier life of this task may have left the disk's device at work.
    pub(crate) held: bool,
}

impl Past {
    /// With what `app.toml` says, and the memory that the disk may hold back.
    #[must_use]
    pub const fn new(direct: &'static Direct, shares: Shares, held: bool) -> Self {
        Self { direct, shares, held }
    }
}
