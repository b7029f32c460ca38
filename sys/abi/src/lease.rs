//! Leases: memory a caller lends to a server for the time of one call.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What the server may do with a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct LeaseAttributes(pub u32);

impl LeaseAttributes {
    /// Nothing: how an optional lease that is left out travels.
    pub const NONE: Self = Self(0);
    /// The server may read it.
    pub const READ: Self = Self(1);
    /// The server may write it.
    pub const WRITE: Self = Self(2);
    /// Both.
    pub const READ_WRITE: Self = Self(3);

    /// Whether everything in `wanted` is allowed.
    #[must_use]
    pub const fn allows(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }
}

/// One entry of the lease table whose address goes with a `SEND` in x12. Eight-byte aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LeaseDesc {
    /// First byte, in the lender's address space.
    pub address: u64,
    /// Length in bytes.
    pub length: u32,
    /// What the borrower may do.
    pub attributes: LeaseAttributes,
}
