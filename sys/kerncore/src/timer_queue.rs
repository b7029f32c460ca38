//! Armed deadlines, the earliest first: a binary heap with a place for every timer.
//!
//! Timer `n` is `task * TIMERS_PER_TASK + kind`. Entry `n` of the array holds two unrelated
//! things: the heap's element number `n`, and where in the heap timer `n` is. The first element of
//! an empty heap says `NO_DEADLINE`. Arming and
//! cancelling cost at most log₂(512) = 9 exchanges.

use crate::lost;
use abi::NO_DEADLINE;

/// A task's own timer, the deadline of its `SEND`, and what paces it: slice or budget. The fourth
/// is never armed: it makes a division a shift.
pub const TIMERS_PER_TASK: usize = 4;

const NOT_ARMED: u32 = u32::MAX;

/// One entry of the array.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TimerEntry {
    deadline: u64,
    timer: u32,
    position: u32,
}

impl TimerEntry {
    /// No element, and no timer armed.
    pub const EMPTY: Self = Self { deadline: NO_DEADLINE, timer: 0, position: NOT_ARMED };
}

/// The heap.
#[derive(Debug)]
pub(crate) struct TimerQueue<'t> {
    entries: &'t mut [TimerEntry],
    armed: usize,
}

impl<'t> TimerQueue<'t> {
    /// Over an array of [`TimerEntry::EMPTY`].
    pub(crate) fn new(entries: &'t mut [TimerEntry]) -> Self {
        Self { entries, armed: 0 }
    }

    /// The earliest deadline, or [`NO_DEADLINE`].
    #[inline]
    pub(crate) fn earliest(&self) -> u64 {
        self.entries.first().map_or(NO_DEADLINE, |first| first.deadline)
    }

    /// Disarms the earliest timer and says which it was, if it is due.
    #[inline]
    pub(crate) fn pop(&mut self, now: u64) -> Option<usize> {
        let first = self.entries.first().filter(|first| first.deadline <= now)?;
        let timer = first.timer as usize;
        self.entries.get_mut(timer)?.position = NOT_ARMED;
        self.close(0);
        Some(timer)
    }

    fn deadline(&self, at: usize) -> u64 {
        self.entries.get(at).map_or(NO_DEADLINE, |element| element.deadline)
    }

    #[inline]
    fn entry(&mut self, at: usize) -> &mut TimerEntry {
        self.entries.get_mut(at).unwrap_or_else(|| lost())
    }

    /// Arms a timer, or moves it if it is armed.
    pub(crate) fn arm(&mut self, timer: usize, deadline: u64) {
        self.cancel(timer);
        let at = self.armed;
        self.armed += 1;
        self.put(at, deadline, timer as u32);
        self.rise(at);
    }

    /// Disarms a timer, if it is armed.
    #[inline]
    pub(crate) fn cancel(&mut self, timer: usize) {
        let at = self.entry(timer).position;
        if at == NOT_ARMED {
            return;
        }
        self.entry(timer).position = NOT_ARMED;
        self.close(at as usize);
    }

    /// There is one element less: not that which was here.
    #[inline]
    fn close(&mut self, at: usize) {
        self.armed = self.armed.wrapping_sub(1);
        if at != self.armed {
            self.fill(at);
        } else if let Some(first) = self.entries.first_mut().filter(|_| at == 0) {
            first.deadline = NO_DEADLINE;
        }
    }

    /// Moves the element behind the last to a place that is free.
    #[inline(never)]
    fn fill(&mut self, at: usize) {
        let last = *self.entry(self.armed);
        self.put(at, last.deadline, last.timer);
        self.rise(at);
        self.sink(at);
    }

    fn put(&mut self, at: usize, deadline: u64, timer: u32) {
        let element = self.entry(at);
        (element.deadline, element.timer) = (deadline, timer);
        self.entry(timer as usize).position = at as u32;
    }

    fn swap(&mut self, a: usize, b: usize) {
        let (first, second) = (*self.entry(a), *self.entry(b));
        self.put(a, second.deadline, second.timer);
        self.put(b, first.deadline, first.timer);
    }

    fn rise(&mut self, mut at: usize) {
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.deadline(parent) <= self.deadline(at) {
                return;
            }
            self.swap(at, parent);
            at = parent;
        }
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let children = [2 * at + 1, 2 * at + 2];
            let in_heap = children.into_iter().filter(|&child| child < self.armed);
            let Some(child) = in_heap.min_by_key(|&child| self.deadline(child)) else {
                return;
            };
            if self.deadline(at) <= self.deadline(child) {
                return;
            }
            self.swap(at, child);
            at = child;
        }
    }
}

#[cfg(test)]
impl TimerQueue<'_> {
    /// When each timer is due, by its number. Panics if heap and positions contradict each other.
    pub(crate) fn armed(&self) -> Vec<Option<u64>> {
        let mut armed = vec![None; self.entries.len()];
        for (at, entry) in self.entries[..self.armed].iter().enumerate() {
            assert!(at == 0 || self.entries[(at - 1) / 2].deadline <= entry.deadline);
            armed[entry.timer as usize] = Some(entry.deadline);
            assert_eq!(self.entries[entry.timer as usize].position as usize, at);
        }
        let positions = self.entries.iter().filter(|entry| entry.position != NOT_ARMED);
        assert_eq!(positions.count(), self.armed);
        armed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_out_in_order_whatever_was_done_to_it() {
        let mut entries = vec![TimerEntry::EMPTY; 64];
        let mut queue = TimerQueue::new(&mut entries);
        let mut model = [None; 64];
        let mut random = 1u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (timer, deadline) = ((random >> 40) as usize % 64, random >> 50);
            if random >> 33 & 1 == 0 {
                queue.arm(timer, deadline);
                model[timer] = Some(deadline);
            } else {
                queue.cancel(timer);
                model[timer] = None;
            }
            let earliest = model.iter().flatten().min().copied();
            assert_eq!(queue.earliest(), earliest.unwrap_or(NO_DEADLINE));
            if random >> 34 & 3 == 0 {
                let popped = queue.pop(1 << 12);
                let due = earliest.filter(|&earliest| earliest <= 1 << 12);
                assert_eq!(popped.map(|timer| model[timer].take()), due.map(Some));
            }
        }
    }
}
