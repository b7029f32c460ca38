//! Callers whose answer has to wait.

use abi::Handle;

/// Callers in the order they came, at most `N`.
pub struct Waiting<const N: usize> {
    callers: [Option<Handle>; N],
}

impl<const N: usize> Waiting<N> {
    /// Nobody waits.
    pub const fn new() -> Self {
        Self { callers: [None; N] }
    }

    /// Lets a caller wait behind the others; false if there is no place left. A task makes one
    /// call at a time, so an older one of the same task is over and gives up its place.
    #[must_use]
    pub fn add(&mut self, caller: Handle) -> bool {
        let stale = |place: &Option<Handle>| place.is_some_and(|h| h.index() == caller.index());
        if let Some(index) = self.callers.iter().position(stale) {
            self.remove(index);
        }
        let Some(place) = self.callers.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        *place = Some(caller);
        true
    }

    /// Who has waited longest.
    pub fn first(&self) -> Option<Handle> {
        self.callers.first().copied().flatten()
    }

    /// Lets go of who has waited longest.
    pub fn remove_first(&mut self) {
        self.remove(0);
    }

    fn remove(&mut self, index: usize) {
        self.callers[index..].rotate_left(1);
        if let Some(last) = self.callers.last_mut() {
            *last = None;
        }
    }
}

impl<const N: usize> Default for Waiting<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::Generation;

    fn call(task: usize, number: usize) -> Handle {
        (0..number).fold(Handle::first(task, Generation(1)), |handle, _| handle.next())
    }

    fn order<const N: usize>(mut waiting: Waiting<N>) -> [Option<Handle>; N] {
        core::array::from_fn(|_| {
            let first = waiting.first();
            waiting.remove_first();
            first
        })
    }

    #[test]
    fn first_come_first_served() {
        let mut waiting = Waiting::<3>::new();
        assert!(waiting.add(call(5, 0)) && waiting.add(call(2, 0)));
        assert_eq!(order(waiting), [Some(call(5, 0)), Some(call(2, 0)), None]);
    }

    #[test]
    fn a_new_call_takes_the_place_of_one_that_is_over() {
        let mut waiting = Waiting::<2>::new();
        assert!(waiting.add(call(5, 0)) && waiting.add(call(2, 0)));
        assert!(waiting.add(call(5, 1)));
        assert!(!waiting.add(call(3, 0)), "there is no third place");
        assert_eq!(order(waiting), [Some(call(2, 0)), Some(call(5, 1))]);
    }

    #[test]
    fn removing_from_nobody_is_nothing() {
        let mut waiting = Waiting::<2>::new();
        waiting.remove_first();
        assert_eq!(order(waiting), [None, None]);
    }
}
