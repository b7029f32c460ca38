//! Callers whose answer has to wait.

use abi::TaskId;

/// What callers wait for, in the order they came, at most `N`.
pub struct Waiting<T, const N: usize> {
    places: [Option<(TaskId, T)>; N],
}

impl<T, const N: usize> Waiting<T, N> {
    /// Nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self { places: [const { None }; N] }
    }

    /// Lets a call of this task wait behind the others; false if there is no place left. A task
    /// makes one call at a time, so an older one of the same task is over and gives up its place.
    #[must_use]
    pub fn add(&mut self, task: TaskId, call: T) -> bool {
        self.retain(|other| other.index() != task.index());
        let Some(place) = self.places.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        *place = Some((task, call));
        true
    }

    /// What has waited longest.
    pub fn first(&self) -> Option<&T> {
        self.places.first()?.as_ref().map(|(_, call)| call)
    }

    /// Takes out what has waited longest.
    pub fn take_first(&mut self) -> Option<T> {
        let first = self.places.first_mut()?.take();
        self.places.rotate_left(1);
        first.map(|(_, call)| call)
    }

    /// Lets go of the calls of all tasks but these.
    pub fn retain(&mut self, keep: impl Fn(TaskId) -> bool) {
        for place in &mut self.places {
            if place.as_ref().is_some_and(|&(task, _)| !keep(task)) {
                *place = None;
            }
        }
        // Stable, so the order of those who stay is the order in which they came.
        let mut filled = 0;
        for index in 0..N {
            if self.places[index].is_some() {
                self.places.swap(filled, index);
                filled += 1;
            }
        }
    }
}

impl<T, const N: usize> Default for Waiting<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::Generation;

    fn task(index: usize) -> TaskId {
        TaskId::new(index, Generation(1))
    }

    fn order<const N: usize>(mut waiting: Waiting<&str, N>) -> [Option<&str>; N] {
        core::array::from_fn(|_| {
            let first = waiting.first().copied();
            assert_eq!(waiting.take_first(), first);
            first
        })
    }

    #[test]
    fn first_come_first_served() {
        let mut waiting = Waiting::<_, 3>::new();
        assert!(waiting.add(task(5), "five") && waiting.add(task(2), "two"));
        assert_eq!(order(waiting), [Some("five"), Some("two"), None]);
    }

    #[test]
    fn a_new_call_takes_the_place_of_one_that_is_over() {
        let mut waiting = Waiting::<_, 2>::new();
        assert!(waiting.add(task(5), "old") && waiting.add(task(2), "two"));
        assert!(waiting.add(task(5), "new"));
        assert!(!waiting.add(task(3), "three"), "there is no third place");
        assert_eq!(order(waiting), [Some("two"), Some("new")]);
    }

    #[test]
    fn the_dead_are_let_go_and_the_others_keep_their_order() {
        let mut waiting = Waiting::<_, 4>::new();
        for (index, call) in [(1, "one"), (2, "two"), (3, "three"), (4, "four")] {
            assert!(waiting.add(task(index), call));
        }
        waiting.retain(|task| task.index() % 2 == 0);
        assert_eq!(order(waiting), [Some("two"), Some("four"), None, None]);
    }

    #[test]
    fn taking_from_nobody_is_nothing() {
        let mut waiting = Waiting::<&str, 2>::new();
        assert_eq!(waiting.take_first(), None);
        assert_eq!(order(waiting), [None, None]);
    }
}
