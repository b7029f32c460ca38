//! Doing one thing to many, on every processor there is.

use std::sync::Mutex;
use std::thread;

/// `make(0)` to `make(count - 1)`, in this order.
pub fn map<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count);
    let next = Mutex::new(0..count);
    let take = || next.lock().map_or(None, |mut next| next.next());
    let work = || {
        let mut done = Vec::new();
        while let Some(index) = take() {
            done.push((index, make(index)));
        }
        done
    };
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_are_in_order() {
        assert_eq!(super::map(1000, |n| n * 2), (0..2000).step_by(2).collect::<Vec<_>>());
        assert!(super::map(0, |n| n).is_empty());
    }
}
