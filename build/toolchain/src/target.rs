//! What code is compiled for.

/// One of the two kinds of code in an image. They differ in nothing but the use of floating-point
/// registers, so they speak to each other by messages as anybody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Leaves floating-point registers alone: the kernel, and tasks that do not ask for them.
    Soft,
    /// Uses them wherever the compiler sees fit, for copying memory too.
    Hard,
}

impl Target {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Soft, Self::Hard];

    /// As compilers call it.
    #[must_use]
    pub const fn triple(self) -> &'static str {
        match self {
            Self::Soft => "aarch64-unknown-none-softfloat",
            Self::Hard => "aarch64-unknown-none",
        }
    }
}
