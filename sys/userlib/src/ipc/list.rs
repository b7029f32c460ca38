//! Lists with a bound: the last part of a message, or all of an answer.

use super::kernel::Payload;
use super::wire::{Decode, Fixed, Wire};
use abi::ReplyFault;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Deref;
use zerocopy::{IntoBytes, TryFromBytes};

/// Arguments with a list at the end, as they travel: first the values of fixed layout, then as
/// many elements as the message has room for, at most `N`.
#[derive(Clone, Copy, Debug)]
pub struct WithList<'a, H, T, const N: usize> {
    /// What has a fixed layout.
    pub head: H,
    /// The elements.
    pub list: &'a [T],
}

impl<H: Fixed, T: Fixed, const N: usize> Wire for WithList<'_, H, T, N> {
    const MAX: usize = size_of::<H>() + N * size_of::<T>();
    const EXACT: bool = false;

    fn store<'r>(&self, room: &'r mut [u8]) -> Option<Payload<'r>> {
        let (head, list) = (self.head.as_bytes(), self.list.as_bytes());
        if self.list.len() > N {
            return None;
        }
        let room = room.get_mut(..head.len() + list.len())?;
        let (first, second) = room.split_at_mut_checked(head.len())?;
        first.copy_from_slice(head);
        second.copy_from_slice(list);
        Some(Payload::new(room))
    }
}

impl<'a, H: Fixed, T: Fixed, const N: usize> Decode<'a> for WithList<'a, H, T, N> {
    fn decode(bytes: &'a [u8]) -> Result<Self, ReplyFault> {
        let (head, list) =
            bytes.split_at_checked(size_of::<H>()).ok_or(ReplyFault::BadMessageSize)?;
        Ok(Self { head: H::decode(head)?, list: elements::<T, N>(list)? })
    }
}

/// The elements that these bytes are, at most `N`.
fn elements<T: Fixed, const N: usize>(bytes: &[u8]) -> Result<&[T], ReplyFault> {
    if !bytes.len().is_multiple_of(size_of::<T>().max(1)) || bytes.len() > N * size_of::<T>() {
        return Err(ReplyFault::BadMessageSize);
    }
    // Aligned, because messages are and the head fills whole elements.
    <[T]>::try_ref_from_bytes(bytes).map_err(|_| ReplyFault::BadMessageContents)
}

/// At most `N` values of one type.
#[derive(Clone, Copy)]
pub struct List<T: Copy, const N: usize> {
    /// The first `length` are initialised.
    items: [MaybeUninit<T>; N],
    length: usize,
}

impl<T: Copy, const N: usize> List<T, N> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { items: [MaybeUninit::uninit(); N], length: 0 }
    }

    /// These, if they are not too many.
    #[must_use]
    pub fn from_slice(from: &[T]) -> Option<Self> {
        let mut list = Self::new();
        from.iter().try_for_each(|&item| list.push(item)).is_ok().then_some(list)
    }

    /// One more.
    ///
    /// # Errors
    /// Gives it back if there is no room.
    pub fn push(&mut self, item: T) -> Result<(), T> {
        let Some(place) = self.items.get_mut(self.length) else { return Err(item) };
        place.write(item);
        self.length += 1;
        Ok(())
    }
}

impl<T: Copy, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy, const N: usize> Deref for List<T, N> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        let items = self.items.get(..self.length).unwrap_or(&[]);
        // SAFETY: `push` initialised each of the first `length`; a `MaybeUninit<T>` lies in memory
        // as a `T` does.
        unsafe { core::slice::from_raw_parts(items.as_ptr().cast(), items.len()) }
    }
}

impl<T: Copy + fmt::Debug, const N: usize> fmt::Debug for List<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Copy + PartialEq, const N: usize> PartialEq for List<T, N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Copy + Eq, const N: usize> Eq for List<T, N> {}

impl<T: Fixed, const N: usize> Wire for List<T, N> {
    const MAX: usize = N * size_of::<T>();
    const EXACT: bool = false;

    fn encode<'r>(&'r self, _: &'r mut [u8]) -> Option<Payload<'r>> {
        Some(Payload::new((**self).as_bytes()))
    }

    fn store<'r>(&self, room: &'r mut [u8]) -> Option<Payload<'r>> {
        let bytes = (**self).as_bytes();
        let room = room.get_mut(..bytes.len())?;
        room.copy_from_slice(bytes);
        Some(Payload::new(room))
    }
}

impl<T: Fixed, const N: usize> Decode<'_> for List<T, N> {
    fn decode(bytes: &[u8]) -> Result<Self, ReplyFault> {
        Self::from_slice(elements::<T, N>(bytes)?).ok_or(ReplyFault::BadMessageSize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_was_put_in_and_no_more() {
        let mut list = List::<u16, 2>::new();
        assert_eq!((list.push(7), list.push(8), list.push(9)), (Ok(()), Ok(()), Err(9)));
        assert_eq!(*list, [7, 8]);
        assert_eq!(List::<u16, 2>::from_slice(&[7, 8]), Some(list));
        assert_eq!(List::<u16, 2>::from_slice(&[7, 8, 9]), None);
    }

    #[test]
    fn a_message_ends_with_its_list() {
        type Message<'a> = WithList<'a, [u8; 2], u16, 2>;
        let mut room = super::super::Buffer::<8>::new();
        let sent = Message { head: [1, 2], list: &[3] }.store(&mut room).map(|p| p.len());
        assert_eq!((sent, &room[..4]), (Some(4), &[1, 2, 3, 0][..]));
        assert!(Message { head: [1, 2], list: &[3, 4, 5] }.store(&mut room).is_none());
        let read = Message::decode(&room[..4]).map(|message| (message.head, message.list));
        assert_eq!(read, Ok(([1, 2], &[3][..])));
        for length in [0, 1, 3, 5, 8] {
            assert!(Message::decode(&room[..length]).is_err(), "{length}");
        }
    }
}
