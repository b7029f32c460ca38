//! A piece of DMA memory, and which parts of it a device is shown.

use core::ops::Range;
use core::ptr::NonNull;

/// DMA memory with one owner: the driver, or the queue while the device works on it.
#[derive(Debug)]
pub struct Buffer {
    start: NonNull<u8>,
    length: usize,
}

impl Buffer {
    /// # Safety
    ///
    /// The bytes must be readable and writable for ever, and nobody else's.
    pub(crate) const unsafe fn new(start: NonNull<u8>, length: usize) -> Self {
        Self { start, length }
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        // SAFETY: ours alone, as `new`'s caller said; a buffer a device works on is in its queue.
        unsafe { core::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// The bytes, to be written.
    #[must_use]
    pub const fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `&mut self` says nobody else in the task is at them.
        unsafe { core::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }

    /// Calls `f` with the parts as `virtio-drivers` wants them.
    pub(crate) fn with_parts<R>(
        &mut self,
        parts: &Parts,
        f: impl for<'p> FnOnce(&'p [&'p [u8]], &'p mut [&'p mut [u8]]) -> R,
    ) -> R {
        let mut rest = self.bytes_mut();
        let mut before = 0;
        let mut cut = |range: &Range<usize>| {
            let (_, tail) = core::mem::take(&mut rest).split_at_mut(range.start - before);
            let (part, tail) = tail.split_at_mut(range.len());
            (rest, before) = (tail, range.end);
            part
        };
        let mut pieces: [&mut [u8]; 4] = Default::default();
        for &slot in &parts.by_address() {
            pieces[slot] = cut(parts.part(slot));
        }
        let [in0, in1, mut out0, mut out1] = pieces;
        let inputs: [&[u8]; 2] = [in0, in1];
        let mut outputs = [core::mem::take(&mut out0), core::mem::take(&mut out1)];
        let inputs = &inputs[..parts.used(&parts.to_device)];
        f(inputs, &mut outputs[..parts.used(&parts.from_device)])
    }
}

/// Which bytes of a buffer the device reads and which it writes, in the order it meets them.
/// An empty range stands for "no such part"; only the second of a pair may be empty alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The device reads these.
    pub to_device: [Range<usize>; 2],
    /// The device writes these.
    pub from_device: [Range<usize>; 2],
}

impl Parts {
    const fn part(&self, slot: usize) -> &Range<usize> {
        match slot {
            0 => &self.to_device[0],
            1 => &self.to_device[1],
            2 => &self.from_device[0],
            _ => &self.from_device[1],
        }
    }

    /// The four parts' numbers, sorted by where they begin; empty ones first among equals.
    fn by_address(&self) -> [usize; 4] {
        let mut order = [0, 1, 2, 3];
        order.sort_unstable_by_key(|&slot| (self.part(slot).start, self.part(slot).end));
        order
    }

    fn used(&self, pair: &[Range<usize>; 2]) -> usize {
        pair.iter().filter(|range| !range.is_empty()).count()
    }

    /// How many bytes the device may write.
    #[must_use]
    pub fn writable(&self) -> usize {
        self.from_device.iter().map(ExactSizeIterator::len).sum()
    }

    /// Whether the parts lie in a buffer of `length` bytes, none over another, none missing.
    pub(crate) fn fit(&self, length: usize) -> bool {
        let no_gap = |pair: &[Range<usize>; 2]| !pair[0].is_empty() || pair[1].is_empty();
        let mut end = 0;
        let apart = self.by_address().into_iter().all(|slot| {
            let part = self.part(slot);
            let apart = part.start >= end && part.end >= part.start;
            end = part.end;
            apart
        });
        let some = !self.to_device[0].is_empty() || !self.from_device[0].is_empty();
        apart && end <= length && some && no_gap(&self.to_device) && no_gap(&self.from_device)
    }
}
