//! Readings that one task leaves for another, in a region they share.

use crate::Stamp;
use userlib::Region;

/// What can be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Place {
    /// Whether the supervisor has measured its own start already; see [`crate::boot`].
    Boot,
    /// The counter's value at the supervisor's first start.
    BootTime,
    /// Before the supervisor started a second time.
    BootAgain,
    /// The server's first reading after the receive that ended its wait.
    Woken,
    /// Not zero once `Woken` is there.
    Done,
    /// Not zero while the server is to die.
    Expected,
    /// Before the server died.
    FaultStart,
    /// The supervisor's first reading after the receive that told it so.
    FaultEnd,
    /// Before the supervisor restarted the server.
    RestartStart,
    /// After it.
    RestartEnd,
    /// The server's first reading in its new life.
    Reborn,
}

/// The region, as words with names.
#[derive(Debug)]
pub struct Board {
    base: usize,
}

impl Board {
    /// Over a region of at least a page.
    #[must_use]
    pub fn new(region: &Region) -> Self {
        assert!(region.size() >= 4096, "the region is smaller than a page");
        Self { base: region.base() }
    }

    /// Where a place is.
    #[must_use]
    pub const fn address(&self, place: Place) -> usize {
        self.base + place as usize * 8
    }

    /// Leaves a word.
    pub fn put(&self, place: Place, word: u64) {
        // SAFETY: `new` took a region of this task's that has room for all places; they lie apart
        // from everything Rust knows of. Volatile, because other tasks read it.
        unsafe { (self.address(place) as *mut u64).write_volatile(word) }
    }

    /// The word that was left.
    #[must_use]
    pub fn get(&self, place: Place) -> u64 {
        // SAFETY: as `put`.
        unsafe { (self.address(place) as *const u64).read_volatile() }
    }

    /// Leaves a reading.
    pub fn put_stamp(&self, place: Place, stamp: Stamp) {
        self.put(place, stamp.pack());
    }

    /// The reading that was left.
    #[must_use]
    pub fn stamp(&self, place: Place) -> Stamp {
        Stamp::unpack(self.get(place))
    }
}
