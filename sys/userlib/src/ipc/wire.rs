//! Values as the bytes of a message.

use super::kernel::Payload;
use abi::{INLINE, ReplyFault};
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// What travels as one message or answer.
pub trait Wire {
    /// The most bytes it can take.
    const MAX: usize;
    /// Whether it always takes so many.
    const EXACT: bool;

    /// Its bytes, in `room` if they do not lie somewhere as they are. None if there is too little
    /// room.
    #[inline]
    fn encode<'r>(&'r self, room: &'r mut [u8]) -> Option<Payload<'r>> {
        self.store(room)
    }

    /// As [`Self::encode`], for a value that will be gone.
    fn store<'r>(&self, room: &'r mut [u8]) -> Option<Payload<'r>>;
}

/// What can be read from bytes that may come from anyone.
pub trait Decode<'a>: Wire + Sized {
    /// From exactly these bytes.
    fn decode(bytes: &'a [u8]) -> Result<Self, ReplyFault>;
}

/// A type without padding or pointers, whose bytes in memory are what travels.
pub trait Fixed: TryFromBytes + IntoBytes + Immutable + KnownLayout + Copy {}

macro_rules! fixed {
    ($($type:ty)*) => { $(impl Fixed for $type {})* };
}
fixed!(bool u8 u16 u32 u64 i8 i16 i32 i64);
impl Fixed for () {}
impl<T: Fixed, const N: usize> Fixed for [T; N] {}

impl<T: Fixed> Wire for T {
    const MAX: usize = size_of::<T>();
    const EXACT: bool = true;

    #[inline(always)]
    fn encode<'r>(&'r self, _: &'r mut [u8]) -> Option<Payload<'r>> {
        Some(Payload::new(self.as_bytes()))
    }

    #[inline(always)]
    fn store<'r>(&self, room: &'r mut [u8]) -> Option<Payload<'r>> {
        let bytes = self.as_bytes();
        if bytes.len() <= INLINE {
            return Some(Payload::short(bytes));
        }
        let room = room.get_mut(..bytes.len())?;
        room.copy_from_slice(bytes);
        Some(Payload::new(room))
    }
}

impl<T: Fixed> Decode<'_> for T {
    #[inline(always)]
    fn decode(bytes: &[u8]) -> Result<Self, ReplyFault> {
        if bytes.len() != size_of::<T>() {
            return Err(ReplyFault::BadMessageSize);
        }
        // By reference: messages are aligned, and then nothing is copied but the fields used.
        match T::try_ref_from_bytes(bytes) {
            Ok(value) => Ok(*value),
            Err(_) => T::try_read_from_bytes(bytes).map_err(|_| ReplyFault::BadMessageContents),
        }
    }
}

/// A byte that is zero: what fills a message up to a multiple of its alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(u8)]
pub enum Zero {
    /// Zero.
    Zero = 0,
}
