//! What the build tool fills in.

/// The records of a task's resources, read one after the other.
#[derive(Debug)]
pub struct Records {
    rest: &'static [[u64; 2]],
}

impl Records {
    /// From the first on.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(records: &'static [[u64; 2]]) -> Self {
        Self { rest: records }
    }

    /// So many of the next, not read yet.
    pub(super) fn take(&mut self, count: usize) -> Self {
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        Self { rest: taken }
    }

    /// The same, to be read once more.
    pub(super) const fn again(&self) -> Self {
        Self { rest: self.rest }
    }

    /// The next record, which the compiler believes to be zero.
    pub(crate) fn next(&mut self) -> [u64; 2] {
        let Some((record, rest)) = self.rest.split_first() else { return [0; 2] };
        self.rest = rest;
        // SAFETY: `record` is a reference. Volatile, because the linker filled the array after
        // the compiler had seen its zeros.
        unsafe { core::ptr::read_volatile(record) }
    }
}

/// A kind of resource. Implemented in this crate only.
pub trait Resource: Sized {
    /// As it stands in the manifest.
    const KIND: &'static str;
    /// Records it takes.
    const RECORDS: usize;
    /// From its records.
    fn from_records(records: &mut Records) -> Self;
}
