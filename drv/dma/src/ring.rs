//! A split virtqueue (virtio 1.2, section 2.7) as it lies in DMA memory.
//!
//! Request number `n` has a place of its own: descriptors `n * CHAIN` onwards, in the ring's table,
//! or, if indirect descriptors were agreed on, in a table of its own that descriptor `n` names. So
//! nothing is ever searched for, and what the device writes into its part decides nothing but
//! which request has ended.

use crate::barrier;
use crate::pool::{AREA, PAGE};
use core::ptr::NonNull;

/// Descriptors of one request: what the driver says, data, what the device says. A power of two, so
/// that a ring's size is one.
pub const CHAIN: u16 = 16;
/// The most pieces of data in one request.
pub const PIECES: usize = CHAIN as usize - 2;
/// Bytes of a request's own that are no data: what the driver says comes first.
const CONTROL: usize = 64;
/// The most the driver says.
pub const HEAD: usize = 48;
/// The most the device says.
pub const TAIL: usize = CONTROL - HEAD;

const DESCRIPTOR: usize = 16;
const NEXT: u16 = 1;
const WRITE: u16 = 2;
const INDIRECT: u16 = 4;
/// In the ring of what was used: the device looks by itself.
const NO_NOTIFY: u16 = 1;

/// What was agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// A request takes one descriptor of the ring, whatever it consists of.
    pub indirect: bool,
    /// Each side says at which request it wants to hear of the other.
    pub events: bool,
}

/// Where the parts are, from the first byte on.
#[derive(Clone, Copy, Debug)]
struct Layout {
    available: usize,
    used: usize,
    tables: usize,
    control: usize,
    end: usize,
}

impl Layout {
    /// The driver's and the device's rings lie as legacy devices want them, the device's on a new
    /// page; others do not mind.
    const fn new(size: usize, requests: usize, indirect: bool) -> Self {
        let available = size * DESCRIPTOR;
        let used = (available + 6 + 2 * size).next_multiple_of(PAGE);
        let tables = (used + 6 + 8 * size).next_multiple_of(CONTROL);
        let own = if indirect { requests * CHAIN as usize * DESCRIPTOR } else { 0 };
        let control = tables + own;
        Self { available, used, tables, control, end: control + requests * CONTROL }
    }

    const fn pages(&self) -> usize {
        self.end.div_ceil(PAGE)
    }
}

/// A part of a request, as the device sees it.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Physical address.
    pub address: u64,
    /// Bytes.
    pub length: u32,
    /// The device writes it.
    pub writable: bool,
}

/// The memory of a queue. It is given back only by [`Ring::free`].
#[derive(Debug)]
pub struct Ring {
    base: NonNull<u8>,
    physical: u64,
    layout: Layout,
    abilities: Abilities,
    /// Descriptors in the ring: a power of two.
    size: u16,
    /// How far requests were made, and how far the device was told so.
    made: u16,
    told: u16,
    /// How far answers were taken, and whether the device knows it.
    taken: u16,
    awaited: bool,
}

impl Ring {
    /// A ring's size for so many requests.
    pub const fn size(requests: u16, indirect: bool) -> u16 {
        if indirect { requests } else { requests * CHAIN }
    }

    /// A ring for so many requests, a power of two. `None` if there is too little memory.
    pub fn new(requests: u16, abilities: Abilities) -> Option<Self> {
        let size = Self::size(requests, abilities.indirect);
        let layout = Layout::new(size.into(), requests.into(), abilities.indirect);
        let base = AREA.take(layout.pages())?;
        let physical = AREA.physical(base.addr().get(), layout.end);
        let ring = Self {
            base,
            physical,
            layout,
            abilities,
            size,
            made: 0,
            told: 0,
            taken: 0,
            awaited: true,
        };
        if abilities.indirect {
            for number in 0..requests {
                let length = u32::from(CHAIN) * DESCRIPTOR as u32;
                let part = Part { address: ring.table(number), length, writable: false };
                ring.descriptor(usize::from(number) * DESCRIPTOR, part, INDIRECT, 0);
            }
        }
        Some(ring)
    }

    /// Gives the memory back. No device may know it any more.
    pub fn free(self) {
        AREA.give_back(self.base, self.layout.pages());
    }

    /// Physical addresses of descriptors, the driver's and the device's ring; and the size.
    pub const fn addresses(&self) -> (u64, u64, u64, u16) {
        let Layout { available, used, .. } = self.layout;
        (self.physical, self.physical + available as u64, self.physical + used as u64, self.size)
    }

    const fn table(&self, number: u16) -> u64 {
        let table = self.layout.tables + number as usize * CHAIN as usize * DESCRIPTOR;
        self.physical + table as u64
    }

    const fn control(&self, number: u16) -> usize {
        self.layout.control + number as usize * CONTROL
    }

    /// Physical address of what the driver says in request `number`.
    pub const fn head(&self, number: u16) -> u64 {
        self.physical + self.control(number) as u64
    }

    /// Physical address of what the device says in request `number`.
    pub const fn tail(&self, number: u16) -> u64 {
        self.head(number) + HEAD as u64
    }

    /// Writes what the driver says.
    #[inline]
    pub fn say<const N: usize>(&mut self, number: u16, words: &[u8; N]) {
        const { assert!(N <= HEAD, "there is no room for more") };
        // SAFETY: the request's control bytes, inside the ring's memory as for `at`; no request of
        // this number is in flight, as the queue checked.
        unsafe { self.at::<[u8; N]>(self.control(number)).write_volatile(*words) };
    }

    /// A byte that the device said, or [`Self::unsay`] left.
    #[inline]
    pub fn said(&self, number: u16, index: usize) -> u8 {
        // SAFETY: as for `say`.
        unsafe { self.at::<u8>(self.control(number) + HEAD + index % TAIL).read_volatile() }
    }

    /// Puts something where the device is to speak.
    #[inline]
    pub fn unsay(&mut self, number: u16, index: usize, byte: u8) {
        let at = self.control(number) + HEAD + index % TAIL;
        // SAFETY: as for `say`.
        unsafe { self.at::<u8>(at).write_volatile(byte) };
    }

    #[inline]
    fn at<T>(&self, offset: usize) -> *mut T {
        debug_assert!(offset + size_of::<T>() <= self.layout.end, "inside the ring");
        // SAFETY: `layout` was made for the pages that `base` begins, and every caller's offset is
        // one of its parts plus a number below the part's length.
        unsafe { self.base.as_ptr().add(offset).cast() }
    }

    #[inline]
    fn word(&self, offset: usize) -> u16 {
        // SAFETY: a field of a ring, aligned as the standard lays it out.
        u16::from_le(unsafe { self.at::<u16>(offset).read_volatile() })
    }

    #[inline]
    fn set_word(&self, offset: usize, value: u16) {
        // SAFETY: as for `word`.
        unsafe { self.at::<u16>(offset).write_volatile(value.to_le()) };
    }

    #[inline]
    fn descriptor(&self, offset: usize, part: Part, flags: u16, next: u16) {
        let flags = flags | if part.writable { WRITE } else { 0 };
        let rest = u64::from(part.length) | u64::from(flags) << 32 | u64::from(next) << 48;
        let at = self.at::<u64>(offset);
        // SAFETY: a descriptor has two words of 64 bits, aligned as the standard lays it out.
        unsafe {
            at.write_volatile(part.address.to_le());
            at.add(1).write_volatile(rest.to_le());
        }
    }

    /// Makes a request of its parts, at least one and at most [`CHAIN`]. The device sees it; it hears
    /// of it by [`Self::is_to_be_told`].
    #[inline]
    pub fn make(&mut self, number: u16, parts: &[Part]) {
        let first = number * CHAIN;
        let (table, mut next) =
            if self.abilities.indirect { (self.layout.tables, 0) } else { (0, first) };
        let mut at = table + usize::from(first) * DESCRIPTOR;
        let Some((last, before)) = parts.split_last() else { return };
        for part in before.iter().take(usize::from(CHAIN) - 1) {
            next += 1;
            self.descriptor(at, *part, NEXT, next);
            at += DESCRIPTOR;
        }
        self.descriptor(at, *last, 0, 0);
        let head = if self.abilities.indirect { number } else { first };
        let slot = usize::from(self.made & (self.size - 1));
        self.set_word(self.layout.available + 4 + 2 * slot, head);
        self.made = self.made.wrapping_add(1);
        // The device must not see the count before what it counts.
        barrier::full();
        self.set_word(self.layout.available + 2, self.made);
    }

    /// Whether the device is to be told of requests made since it was last asked.
    pub fn is_to_be_told(&mut self) -> bool {
        let told = core::mem::replace(&mut self.told, self.made);
        if told == self.made {
            return false;
        }
        // The device must see the new count before the driver looks whether it sleeps.
        barrier::full();
        if self.abilities.events {
            let wanted = self.word(self.layout.used + 4 + 8 * usize::from(self.size));
            self.made.wrapping_sub(wanted).wrapping_sub(1) < self.made.wrapping_sub(told)
        } else {
            self.word(self.layout.used) & NO_NOTIFY == 0
        }
    }

    /// The next answer: which request, and how many bytes it is said to have written. With none
    /// left, the device is to announce the next.
    #[inline]
    pub fn next(&mut self) -> Option<(u32, u32)> {
        if self.word(self.layout.used + 2) == self.taken && !self.await_next() {
            return None;
        }
        // The answer may be read only after the count.
        barrier::full();
        let slot = usize::from(self.taken & (self.size - 1));
        let at = self.at::<u32>(self.layout.used + 4 + 8 * slot);
        // SAFETY: an entry of the used ring has two words of 32 bits, aligned.
        let (head, written) = unsafe { (at.read_volatile(), at.add(1).read_volatile()) };
        self.taken = self.taken.wrapping_add(1);
        self.awaited = false;
        Some((u32::from_le(head), u32::from_le(written)))
    }

    /// Asks to hear of the next answer; true if it is there already.
    fn await_next(&mut self) -> bool {
        if !self.abilities.events || self.awaited {
            return false;
        }
        self.set_word(self.layout.available + 4 + 2 * usize::from(self.size), self.taken);
        self.awaited = true;
        // An answer given before the device saw that raises no interrupt.
        barrier::full();
        self.word(self.layout.used + 2) != self.taken
    }

    /// Which request a number that the device gave stands for.
    #[inline]
    pub fn number(&self, head: u32) -> Option<u16> {
        let head = u16::try_from(head).ok().filter(|&head| head < self.size)?;
        if self.abilities.indirect {
            return Some(head);
        }
        head.is_multiple_of(CHAIN).then_some(head / CHAIN)
    }
}
