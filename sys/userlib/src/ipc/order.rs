//! In which order a server answers.

use core::convert::Infallible;
use core::fmt;

/// A server says in its trait's `Order` whether it may answer later.
pub trait Order {
    /// What a method must have to say [`Refuse::Later`](super::Refuse::Later).
    type Later: Copy + fmt::Debug + PartialEq;
}

/// Answers each call before it takes the next: it cannot say "later".
///
/// ```compile_fail
/// use userlib::ipc::{Pending, Refuse};
/// fn method(pending: &mut Pending<u8, 1>) -> Result<(), Refuse> {
///     pending.keep(1).map_or(Ok(()), |kept| Err(Refuse::Later(kept)))
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InOrder {}

impl Order for InOrder {
    type Later = Infallible;
}

/// May owe up to `N` answers, and give them in any order. It keeps them in a [`Pending`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipelined<const N: usize> {}

impl<const N: usize> Order for Pipelined<N> {
    type Later = Kept<N>;
}

/// Says that a call was kept to be answered later. A [`Pending`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept<const N: usize>(());

impl<const N: usize> Kept<N> {
    /// In a table of the server's own, which holds at most `N`.
    #[must_use]
    pub const fn elsewhere() -> Self {
        Self(())
    }
}

/// Calls to be answered later, at most `N`, in the order in which they came.
#[derive(Debug)]
pub struct Pending<T, const N: usize> {
    /// The first `length` are there.
    calls: [Option<T>; N],
    length: usize,
}

impl<T, const N: usize> Pending<T, N> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { calls: [const { None }; N], length: 0 }
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether there is no room for another.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.length == N
    }

    /// Keeps a call; with what comes back its method says [`Refuse::Later`](super::Refuse::Later).
    ///
    /// # Errors
    /// Gives the call back if there is no room: answer it with an error. A server that has none to
    /// answer with lets callers wait in line: see `accepts` in its trait.
    pub fn keep(&mut self, call: T) -> Result<Kept<N>, T> {
        let Some(place) = self.calls.get_mut(self.length) else { return Err(call) };
        *place = Some(call);
        self.length += 1;
        Ok(Kept(()))
    }

    /// Each of them, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.calls.iter().flatten()
    }

    /// As [`Self::iter`].
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.calls.iter_mut().flatten()
    }

    /// Takes the oldest of those that are meant.
    pub fn take(&mut self, is_meant: impl FnMut(&T) -> bool) -> Option<T> {
        let place = self.iter().position(is_meant)?;
        let call = self.calls.get_mut(place)?.take();
        // The later ones move up.
        self.calls.get_mut(place..self.length)?.rotate_left(1);
        self.length -= 1;
        call
    }

    /// Forgets those that are not meant.
    pub fn retain(&mut self, mut is_meant: impl FnMut(&T) -> bool) {
        while self.take(|call| !is_meant(call)).is_some() {}
    }
}

impl<T, const N: usize> Default for Pending<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_order_stays() {
        let mut pending = Pending::<u8, 3>::new();
        assert!(pending.keep(1).is_ok() && pending.keep(2).is_ok() && pending.keep(3).is_ok());
        assert_eq!((pending.keep(4), pending.is_full()), (Err(4), true));
        assert_eq!(pending.take(|&call| call == 2), Some(2));
        assert_eq!(pending.take(|&call| call == 2), None);
        assert!(pending.keep(4).is_ok());
        assert!(pending.iter().eq(&[1, 3, 4]));
        pending.retain(|&call| call != 3);
        assert_eq!((pending.take(|_| true), pending.take(|_| true)), (Some(1), Some(4)));
        assert!(pending.is_empty() && pending.take(|_| true).is_none());
    }
}
