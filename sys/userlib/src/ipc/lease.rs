//! Memory that a caller lent, as its server sees it.

use super::kernel;
use abi::{Handle, LeaseAttributes, MAX_BORROW, ReplyFault};
use core::fmt;
use core::marker::PhantomData;

/// What a server may do with a lease: [`Read`], [`Write`] or [`ReadWrite`].
pub trait Access {
    /// As the kernel names it.
    const ATTRIBUTES: LeaseAttributes;
}

/// The server may read.
pub struct Read;
/// The server may write.
pub struct Write;
/// The server may do both.
pub struct ReadWrite;

impl Access for Read {
    const ATTRIBUTES: LeaseAttributes = LeaseAttributes::READ;
}

impl Access for Write {
    const ATTRIBUTES: LeaseAttributes = LeaseAttributes::WRITE;
}

impl Access for ReadWrite {
    const ATTRIBUTES: LeaseAttributes = LeaseAttributes::READ_WRITE;
}

/// The caller no longer waits: it died, was restarted, or its deadline passed. Nobody is to be
/// answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Memory lent for one call. It may outlive the call that brought it; then it answers [`Gone`].
pub struct Lease<A> {
    caller: Handle,
    number: u8,
    length: u32,
    access: PhantomData<A>,
}

impl<A> Clone for Lease<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Lease<A> {}

impl<A> fmt::Debug for Lease<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lease {} of {:?}, {} bytes", self.number, self.caller, self.length)
    }
}

/// Why a lease is not what the interface says.
pub(super) enum BadLease {
    /// Nobody is there any more.
    Gone,
    /// The caller is at fault.
    Fault(ReplyFault),
}

impl<A: Access> Lease<A> {
    /// The same; none if nothing may be done with it, which says that it was left out.
    pub(super) fn check_optional(
        caller: Handle,
        number: u8,
        limit: u32,
    ) -> Result<Option<Self>, BadLease> {
        let (attributes, length) =
            kernel::borrow_info(caller, number.into()).map_err(|_| BadLease::Gone)?;
        if attributes == LeaseAttributes::NONE && length == 0 {
            return Ok(None);
        }
        Self::check(caller, number, limit).map(Some)
    }

    /// The lease with this number, if it allows what `A` says and is at most `limit` long.
    pub(super) fn check(caller: Handle, number: u8, limit: u32) -> Result<Self, BadLease> {
        let (attributes, length) =
            kernel::borrow_info(caller, number.into()).map_err(|_| BadLease::Gone)?;
        match u32::try_from(length) {
            Ok(length) if length <= limit && attributes.allows(A::ATTRIBUTES) => {
                Ok(Self { caller, number, length, access: PhantomData })
            }
            _ => Err(BadLease::Fault(ReplyFault::BadLeases)),
        }
    }
}

impl<A> Lease<A> {
    /// How many bytes are lent.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length as usize
    }

    /// Whether no byte is lent.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many of `length` bytes lie within the lease, from `offset` on.
    const fn inside(&self, offset: usize, length: usize) -> usize {
        let room = self.len().saturating_sub(offset);
        if length < room { length } else { room }
    }

    fn read_at(&self, offset: usize, into: &mut [u8]) -> Result<usize, Gone> {
        let length = self.inside(offset, into.len());
        let mut done = 0;
        while done < length {
            let end = length.min(done + MAX_BORROW);
            let part = &mut into[done..end];
            done +=
                moved(kernel::borrow_read(self.caller, self.number.into(), offset + done, part))?;
        }
        Ok(length)
    }

    fn write_at(&self, offset: usize, from: &[u8]) -> Result<usize, Gone> {
        let length = self.inside(offset, from.len());
        let mut done = 0;
        while done < length {
            let end = length.min(done + MAX_BORROW);
            let part = &from[done..end];
            done +=
                moved(kernel::borrow_write(self.caller, self.number.into(), offset + done, part))?;
        }
        Ok(length)
    }
}

/// The lease was checked, so the kernel moves at least one byte as long as the caller waits.
fn moved(result: Result<usize, kernel::BorrowError>) -> Result<usize, Gone> {
    match result {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(Gone),
    }
}

impl Lease<Read> {
    /// Copies from `offset` on, as far as both go, and says how many bytes that were.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<usize, Gone> {
        self.read_at(offset, into)
    }
}

impl Lease<Write> {
    /// Copies to `offset`, as far as both go, and says how many bytes that were.
    pub fn write(&self, offset: usize, from: &[u8]) -> Result<usize, Gone> {
        self.write_at(offset, from)
    }
}

impl Lease<ReadWrite> {
    /// Copies from `offset` on, as far as both go, and says how many bytes that were.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<usize, Gone> {
        self.read_at(offset, into)
    }

    /// Copies to `offset`, as far as both go, and says how many bytes that were.
    pub fn write(&self, offset: usize, from: &[u8]) -> Result<usize, Gone> {
        self.write_at(offset, from)
    }
}
