//! Who has opened what.
//!
//! A client is named by the kernel, not by its message; a handle is looked up together with the
//! client that presents it, so what one opened no other can use. A client's later life does not
//! inherit what its earlier one had open.

use crate::Error;

/// A client as the kernel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Which task.
    pub task: u16,
    /// Which of its lives.
    pub life: u32,
}

/// Names something open: the place in the table in bits 0 to 7, a number never used before in
/// this life of the server in the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(pub u32);

const PLACE_BITS: u32 = 8;

#[derive(Debug)]
struct Open<T> {
    owner: Client,
    handle: Handle,
    value: T,
}

/// A table of at most `N` open things.
#[derive(Debug)]
pub struct Handles<T, const N: usize> {
    open: [Option<Open<T>>; N],
    serial: u32,
}

impl<T, const N: usize> Handles<T, N> {
    const FITS: () = assert!(N <= 1 << PLACE_BITS, "a handle has bits for its place");

    /// An empty table. Serial numbers begin at `seed`: one that differs from life to life keeps a
    /// client from using a handle that an earlier life of the server gave it.
    pub const fn new(seed: u32) -> Self {
        let () = Self::FITS;
        Self { open: [const { None }; N], serial: seed }
    }

    /// Whether `client`, or anybody, could open one more, if a client may have `limit`.
    pub fn has_room(&self, client: Client, limit: usize) -> bool {
        let own = self.open.iter().flatten().filter(|open| open.owner.task == client.task).count();
        own < limit && self.open.iter().any(Option::is_none)
    }

    /// Adds one; gives it back if the table is full.
    pub fn insert(&mut self, owner: Client, value: T) -> Result<Handle, T> {
        let Some(place) = self.open.iter().position(Option::is_none) else { return Err(value) };
        self.serial = self.serial.wrapping_add(1);
        let handle = Handle(self.serial << PLACE_BITS | place as u32);
        self.open[place] = Some(Open { owner, handle, value });
        Ok(handle)
    }

    /// What `client` opened under this handle.
    pub fn get(&self, client: Client, handle: Handle) -> Result<&T, Error> {
        let place = (handle.0 & ((1 << PLACE_BITS) - 1)) as usize;
        match self.open.get(place) {
            Some(Some(open)) if open.handle == handle && open.owner == client => Ok(&open.value),
            _ => Err(Error::BadHandle),
        }
    }

    /// Takes out what `client` opened under this handle.
    pub fn remove(&mut self, client: Client, handle: Handle) -> Result<T, Error> {
        self.get(client, handle)?;
        self.take_first(|open| open.handle == handle).ok_or(Error::BadHandle)
    }

    /// Takes out one thing whose owner is `stale`.
    pub fn take_stale(&mut self, stale: impl Fn(Client) -> bool) -> Option<T> {
        self.take_first(|open| stale(open.owner))
    }

    fn take_first(&mut self, wanted: impl Fn(&Open<T>) -> bool) -> Option<T> {
        let place = self.open.iter_mut().find(|place| place.as_ref().is_some_and(&wanted))?;
        place.take().map(|open| open.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Client = Client { task: 3, life: 0 };
    const BEN: Client = Client { task: 4, life: 0 };

    #[test]
    fn only_the_owner_can_use_a_handle() {
        let mut handles = Handles::<_, 4>::new(7);
        let handle = handles.insert(ANN, "x").unwrap();
        assert_eq!(handles.get(ANN, handle), Ok(&"x"));
        assert_eq!(handles.get(BEN, handle), Err(Error::BadHandle));
        assert_eq!(handles.remove(BEN, handle), Err(Error::BadHandle));
        assert_eq!(handles.get(Client { life: 1, ..ANN }, handle), Err(Error::BadHandle));
        assert_eq!(handles.remove(ANN, handle), Ok("x"));
        assert_eq!(handles.remove(ANN, handle), Err(Error::BadHandle));
    }

    #[test]
    fn a_place_used_again_has_another_handle() {
        let mut handles = Handles::<_, 1>::new(u32::MAX);
        let old = handles.insert(ANN, 1).unwrap();
        handles.remove(ANN, old).unwrap();
        let new = handles.insert(ANN, 2).unwrap();
        assert_ne!(old, new);
        assert_eq!(handles.get(ANN, old), Err(Error::BadHandle));
        assert_eq!(handles.insert(BEN, 3), Err(3));
    }

    #[test]
    fn a_new_life_begins_with_nothing_open() {
        let mut handles = Handles::<_, 4>::new(0);
        handles.insert(ANN, 1).unwrap();
        handles.insert(BEN, 2).unwrap();
        handles.insert(ANN, 3).unwrap();
        assert!(!handles.has_room(ANN, 2) && handles.has_room(BEN, 2));
        assert_eq!(handles.take_stale(|owner| owner == Client { life: 1, ..ANN }), None);
        assert_eq!(handles.take_stale(|owner| owner == ANN), Some(1));
        assert_eq!(handles.take_stale(|owner| owner == ANN), Some(3));
        assert_eq!(handles.take_stale(|owner| owner == ANN), None);
        assert!(handles.has_room(ANN, 2));
    }

    #[test]
    fn numbers_made_up_are_refused() {
        let handles = Handles::<u8, 4>::new(0);
        for raw in [0, 3, 4, 255, 256, u32::MAX] {
            assert_eq!(handles.get(ANN, Handle(raw)), Err(Error::BadHandle));
        }
    }
}
