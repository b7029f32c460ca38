//! Many measurements as three numbers.

use crate::Stamp;
use crate::protocol::{Figure, NAME, REPEATS};

/// Measures again and again. The first time does not count: a server's loop begins with a `RECV`,
/// and is in its stride only afterwards.
pub fn collect(name: &str, measure: impl FnMut() -> Stamp) -> Figure {
    collect_some(name, REPEATS, measure)
}

/// The same, so many times.
pub fn collect_some(name: &str, repeats: usize, mut measure: impl FnMut() -> Stamp) -> Figure {
    let _ = measure();
    let (mut total, mut kernel) = ([0; REPEATS], [0; REPEATS]);
    let (total, kernel) = (&mut total[..repeats], &mut kernel[..repeats]);
    for (total, kernel) in total.iter_mut().zip(&mut *kernel) {
        let counted = measure();
        (*total, *kernel) = (counted.total, counted.kernel);
    }
    let mut padded = [0; NAME];
    padded[..name.len()].copy_from_slice(name.as_bytes());
    Figure { name: padded, repeats: repeats as u32, total: summary(total), kernel: summary(kernel) }
}

/// Median, least, most.
pub fn summary(all: &mut [u32]) -> [u32; 3] {
    all.sort_unstable();
    [all[all.len() / 2], all[0], all[all.len() - 1]]
}
