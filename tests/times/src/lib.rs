//! A few times, as least, middle and most: for tasks that measure something again and again.

#![no_std]
#![forbid(unsafe_code)]

use userlib::time;

/// At most `N` times, in steps of the counter.
#[derive(Debug)]
pub struct Times<const N: usize> {
    times: [u64; N],
    count: usize,
}

impl<const N: usize> Times<N> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { times: [0; N], count: 0 }
    }

    /// Keeps them sorted; one too many is not kept.
    pub fn add(&mut self, time: u64) {
        let Some(last) = self.times.get_mut(self.count) else { return };
        *last = time;
        let mut at = self.count;
        while at > 0 && self.times[at - 1] > self.times[at] {
            self.times.swap(at - 1, at);
            at -= 1;
        }
        self.count += 1;
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// In microseconds; zeros if there are none.
    #[must_use]
    pub fn summary(&self) -> [u64; 3] {
        let at = |index: usize| self.times.get(index).map_or(0, |&time| microseconds(time));
        [at(0), at(self.count / 2), at(self.count.saturating_sub(1))]
    }
}

impl<const N: usize> Default for Times<N> {
    fn default() -> Self {
        Self::new()
    }
}

fn microseconds(time: u64) -> u64 {
    time.saturating_mul(1_000_000) / time::frequency().max(1)
}
