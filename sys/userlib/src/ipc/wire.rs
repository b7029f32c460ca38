//! Values as the bytes of a message.

use abi::ReplyFault;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// What travels as one message or answer.
pub trait Wire: Sized {
    /// The most bytes it can take.
    const MAX: usize;

    /// What [`Self::bytes`] gives.
    type Bytes<'a>: AsRef<[u8]>
    where
        Self: 'a;

    /// Its bytes.
    fn bytes(&self) -> Self::Bytes<'_>;

    /// Writes its bytes to the beginning of `into` and says how many there are. None if it does
    /// not fit.
    fn write(&self, into: &mut [u8]) -> Option<usize>;

    /// Reads it from exactly these bytes, which may come from anyone.
    fn read(bytes: &[u8]) -> Result<Self, ReplyFault>;
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

    type Bytes<'a>
        = &'a [u8]
    where
        Self: 'a;

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    #[inline(always)]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        self.write_to_prefix(into).ok()?;
        Some(size_of::<T>())
    }

    #[inline(always)]
    fn read(bytes: &[u8]) -> Result<Self, ReplyFault> {
        if bytes.len() != size_of::<T>() {
            return Err(ReplyFault::BadMessageSize);
        }
        // By reference: a `Buffer` is aligned, and then nothing is copied but the fields used.
        match T::try_ref_from_bytes(bytes) {
            Ok(value) => Ok(*value),
            Err(_) => T::try_read_from_bytes(bytes).map_err(|_| ReplyFault::BadMessageContents),
        }
    }
}

/// At most `N` bytes: a value whose bytes are not those in memory.
#[derive(Clone, Copy, Debug)]
pub struct Packed<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Packed<N> {
    /// The bytes of a value that has at most `N`.
    #[must_use]
    pub fn new(value: &impl Wire) -> Self {
        let mut bytes = [0; N];
        let length = value.write(&mut bytes).unwrap_or(0);
        Self { bytes, length }
    }
}

impl<const N: usize> AsRef<[u8]> for Packed<N> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

/// A byte that is zero: what fills a message up to a multiple of its alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(u8)]
pub enum Zero {
    /// Zero.
    Zero = 0,
}
