//! Requests to servers with a disk behind them, from the client's call to its result.
//!
//! Everything that is executed until then counts: the client, the kernel, and the servers. What the
//! machine sleeps counts as time only. Time means something where instructions are not counted, so
//! the host runs the image twice.

use crate::protocol::{Figure, REPEATS};
use crate::statistics::{collect_some, summary};
use crate::{Span, Stamp, calls, counters};
use core::fmt::{self, Write};
use userlib::time;

/// Something to measure.
pub trait Request {
    /// What comes before it and does not count.
    fn prepare(&mut self) {}

    /// How often it is measured: at most [`REPEATS`].
    fn repeats(&self) -> usize {
        REPEATS
    }

    /// How many calls it is: what is told is the share of one.
    fn calls(&self) -> u32 {
        1
    }

    /// The request. Whether it came to what it should.
    fn run(&mut self) -> bool;
}

/// What the readings themselves count.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    reading: u32,
}

impl Timer {
    /// Lets the counters run. Once in an image.
    #[must_use]
    pub fn begin() -> Self {
        counters::program();
        Self { reading: calls::nothing().counted().total }
    }

    /// Measures it again and again and prints what it came to.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// # Panics
    /// If a request fails.
    pub fn measure(
        self,
        name: &str,
        request: &mut impl Request,
        out: &mut impl Write,
    ) -> fmt::Result {
        let mut times = [0; REPEATS + 1];
        let mut next = times.iter_mut();
        let (repeats, calls) = (request.repeats(), request.calls());
        let figure = collect_some(name, repeats, || {
            request.prepare();
            let begin = time::now();
            let start = counters::before();
            let good = request.run();
            let end = counters::after();
            let elapsed = time::now() - begin;
            assert!(good, "{name} failed");
            if let Some(time) = next.next() {
                *time = nanoseconds(elapsed) / calls;
            }
            let Stamp { total, kernel } = Span { start, end }.counted();
            Stamp { total: total.wrapping_sub(self.reading) / calls, kernel: kernel / calls }
        });
        // The first one does not count.
        let times = &mut times[1..=repeats];
        let Figure { repeats, total: [t0, t1, t2], kernel: [k0, k1, k2], .. } = figure;
        let [w0, w1, w2] = summary(times);
        writeln!(
            out,
            "bench: {name} {repeats} total {t0} {t1} {t2} kernel {k0} {k1} {k2} wall {w0} {w1} {w2}"
        )
    }
}

fn nanoseconds(steps: u64) -> u32 {
    let scaled = steps.saturating_mul(1_000_000_000) / time::frequency().max(1);
    u32::try_from(scaled).unwrap_or(u32::MAX)
}
