//! One figure of one image.

use serde::Serialize;

/// Median, least and most of many measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// Half of them are no larger.
    pub median: u64,
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

impl Range {
    /// Always the same.
    #[must_use]
    pub const fn constant(value: u64) -> Self {
        Self { median: value, min: value, max: value }
    }

    /// Whether all measurements agree.
    #[must_use]
    pub const fn is_constant(self) -> bool {
        self.min == self.max
    }
}

/// A figure: guest instructions, or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// How many measurements.
    pub repeats: u64,
    /// Kernel and tasks.
    pub total: Range,
    /// The kernel's share. Absent for sizes.
    pub kernel: Option<Range>,
    /// Nanoseconds of the host's clock, where they were measured.
    pub wall: Option<Range>,
}

impl Figure {
    /// Measured once, as a whole.
    #[must_use]
    pub const fn once(total: Range) -> Self {
        Self { repeats: 1, total, kernel: None, wall: None }
    }

    /// The tasks' share of the median.
    #[must_use]
    pub fn user(&self) -> Option<u64> {
        self.kernel.map(|kernel| self.total.median.saturating_sub(kernel.median))
    }
}
