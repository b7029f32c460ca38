//! The task's DMA memory, in pages.
//!
//! The one area a task has lives in a static, [`AREA`]: a task has one, and whoever turns an address
//! into a device's need not carry it along. A task has one thread; the atomics are there because a
//! static must be shareable, not because anybody contends.

use crate::{Buffer, Quiet};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use mmio::DmaMemory;

/// Bytes in a page.
pub const PAGE: usize = virtio_drivers::PAGE_SIZE;
/// The most pages a pool can have.
pub const MAX_PAGES: usize = WORDS * 64;
const WORDS: usize = 16;

pub(crate) static AREA: Area = Area::new();

/// Where the area is and which of its pages are taken. Size 0: there is none yet.
pub(crate) struct Area {
    base: AtomicUsize,
    size: AtomicUsize,
    physical: AtomicU64,
    taken: [AtomicU64; WORDS],
}

impl Area {
    const fn new() -> Self {
        Self {
            base: AtomicUsize::new(0),
            size: AtomicUsize::new(0),
            physical: AtomicU64::new(0),
            taken: [const { AtomicU64::new(0) }; WORDS],
        }
    }

    fn install(&self, memory: &DmaMemory) {
        self.base.store(memory.base(), Relaxed);
        self.physical.store(memory.physical(), Relaxed);
        self.size.store(memory.size(), Relaxed);
    }

    /// As at the start of a task's life.
    #[cfg(feature = "fake")]
    pub(crate) fn forget(&self) {
        self.size.store(0, Relaxed);
        for word in &self.taken {
            word.store(0, Relaxed);
        }
    }

    fn pages(&self) -> usize {
        self.size.load(Relaxed) / PAGE
    }

    fn is_taken(&self, page: usize) -> bool {
        self.taken[page / 64].load(Relaxed) & (1 << (page % 64)) != 0
    }

    fn mark(&self, first: usize, count: usize, taken: bool) {
        for page in first..first + count {
            let (word, bit) = (&self.taken[page / 64], 1 << (page % 64));
            let old = word.load(Relaxed);
            word.store(if taken { old | bit } else { old & !bit }, Relaxed);
        }
    }

    fn free_pages(&self) -> usize {
        (0..self.pages()).filter(|&page| !self.is_taken(page)).count()
    }

    /// Takes the first free run of `count` pages and clears it.
    pub(crate) fn take(&self, count: usize) -> Option<NonNull<u8>> {
        let last = self.pages().checked_sub(count)?;
        let first = (0..=last).find(|&at| (at..at + count).all(|page| !self.is_taken(page)))?;
        let start = NonNull::new((self.base.load(Relaxed) + first * PAGE) as *mut u8)?;
        self.mark(first, count, true);
        // SAFETY: the pages lie in the area, whose owner was moved into the pool, and were free
        // until now, so nothing else names them.
        unsafe { start.write_bytes(0, count * PAGE) };
        Some(start)
    }

    /// Gives pages back that [`Area::take`] gave out.
    pub(crate) fn give_back(&self, start: NonNull<u8>, count: usize) {
        let first = (start.addr().get() - self.base.load(Relaxed)) / PAGE;
        self.mark(first, count, false);
    }

    /// The address at which the device sees these bytes. A driver that shares memory from
    /// elsewhere has a bug, and dies before a device can hear of it.
    pub(crate) fn physical(&self, address: usize, length: usize) -> u64 {
        let offset = address.checked_sub(self.base.load(Relaxed));
        let end = offset.and_then(|offset| offset.checked_add(length));
        match (offset, end) {
            (Some(offset), Some(end)) if end <= self.size.load(Relaxed) => {
                self.physical.load(Relaxed) + offset as u64
            }
            _ => panic!("a buffer outside the DMA memory cannot be shared"),
        }
    }
}

/// Why DMA memory cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// It does not begin and end on page boundaries, is empty, or is larger than [`MAX_PAGES`].
    BadSize,
    /// The task has a pool already.
    SecondPool,
}

/// The task's DMA memory. There is one, from the first call of [`Pool::new`] on.
#[derive(Debug)]
pub struct Pool(());

impl Pool {
    /// Takes charge of the memory. Needs every device that can reach it to be quiet: an earlier
    /// life of the task may have left one at work.
    pub fn new(memory: DmaMemory, _: &Quiet) -> Result<Self, PoolError> {
        let aligned = memory.base().is_multiple_of(PAGE)
            && memory.size().is_multiple_of(PAGE)
            && memory.physical().is_multiple_of(PAGE as u64);
        if !aligned || memory.physical() == 0 || !(1..=MAX_PAGES).contains(&(memory.size() / PAGE))
        {
            return Err(PoolError::BadSize);
        }
        if AREA.pages() != 0 {
            return Err(PoolError::SecondPool);
        }
        AREA.install(&memory);
        Ok(Self(()))
    }

    /// Pages not given out yet.
    #[must_use]
    pub fn free_pages(&self) -> usize {
        AREA.free_pages()
    }

    /// A buffer of so many pages, zeroed; `None` when no free run is that long. It is never given
    /// back: what a driver needs it takes once.
    #[must_use]
    pub fn buffer(&self, pages: usize) -> Option<Buffer> {
        if pages == 0 {
            return None;
        }
        let start = AREA.take(pages)?;
        // SAFETY: `take` gave these pages to nobody else and never will.
        Some(unsafe { Buffer::new(start, pages * PAGE) })
    }
}
