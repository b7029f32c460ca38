//! Many measurements as three numbers.

use crate::Stamp;
use crate::protocol::{Figure, NAME, REPEATS};

/// Measures again and again. The first time does not count: a server's loop begins with a `RECV`,
/// and is in its stride only afterwards.
pub fn collect(name: &str, mut measure: impl FnMut() -> Stamp) -> Figure {
    let _ = measure();
    let mut total = [0; REPEATS];
    let mut kernel = [0; REPEATS];
    for (total, kernel) in total.iter_mut().zip(&mut kernel) {
        let counted = measure();
        (*total, *kernel) = (counted.total, counted.kernel);
    }
    let mut padded = [0; NAME];
    padded[..name.len()].copy_from_slice(name.as_bytes());
    Figure {
        name: padded,
        repeats: REPEATS as u32,
        total: summary(&mut total),
        kernel: summary(&mut kernel),
    }
}

/// Median, least, most.
pub fn summary(all: &mut [u32; REPEATS]) -> [u32; 3] {
    all.sort_unstable();
    [all[REPEATS / 2], all[0], all[REPEATS - 1]]
}
