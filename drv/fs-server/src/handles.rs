//! Who has opened what.
//!
//! A client is named by the kernel, not by its message; a handle is looked up together with the
//! client that presents it, so what one opened no other can use. A client's later life does not
//! inherit what its earlier one had open.

use fs_api::FsError;

/// How much can be open at once, over all clients.
pub const MAX_OPEN: usize = 32;

/// A client as the kernel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Which task.
    pub task: u16,
    /// Which of its lives.
    pub life: u32,
}

const PLACE_BITS: u32 = 8;

/// A lock on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    None,
    Shared,
    Alone,
}

impl Lock {
    /// Whether two clients can have these on one file.
    const fn goes_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::None, _) | (_, Self::None) | (Self::Shared, Self::Shared) => true,
            (Self::Alone, _) | (_, Self::Alone) => false,
        }
    }
}

/// Something open.
#[derive(Clone, Copy, Debug)]
pub struct Open<F> {
    pub file: F,
    pub read: bool,
    pub write: bool,
    lock: Lock,
}

impl<F> Open<F> {
    pub const fn new(file: F, read: bool, write: bool) -> Self {
        Self { file, read, write, lock: Lock::None }
    }
}

#[derive(Debug)]
struct Place<F> {
    owner: Client,
    /// The place in bits 0 to 7, a number never used before in this life of the server in the rest.
    handle: u32,
    open: Open<F>,
}

impl<F> Place<F> {
    const fn place(&self) -> usize {
        place_of(self.handle)
    }
}

const fn place_of(handle: u32) -> usize {
    (handle & ((1 << PLACE_BITS) - 1)) as usize
}

/// All that is open.
#[derive(Debug)]
pub struct Handles<F> {
    places: [Option<Place<F>>; MAX_OPEN],
    /// How many of them are taken: a search need not go on behind the last.
    taken: usize,
    serial: u32,
}

impl<F: Copy + Eq> Handles<F> {
    const FITS: () = assert!(MAX_OPEN <= 1 << PLACE_BITS, "a handle has bits for its place");

    /// An empty table. Serial numbers begin at `seed`: one that differs from life to life keeps a
    /// client from using a handle that an earlier life of the server gave it.
    pub const fn new(seed: u32) -> Self {
        let () = Self::FITS;
        Self { places: [const { None }; MAX_OPEN], taken: 0, serial: seed }
    }

    /// Whether `client`, or anybody, could open one more, if a client may have `limit`.
    pub fn has_room(&self, client: Client, limit: usize) -> bool {
        let own = self.all().filter(|open| open.owner.task == client.task);
        self.taken < MAX_OPEN && own.count() < limit
    }

    fn all(&self) -> impl Iterator<Item = &Place<F>> {
        self.places.iter().flatten().take(self.taken)
    }

    /// Adds one.
    pub fn insert(&mut self, owner: Client, open: Open<F>) -> Result<u32, FsError> {
        let place = self.places.iter().position(Option::is_none).ok_or(FsError::TooManyOpen)?;
        self.serial = self.serial.wrapping_add(1);
        self.taken += 1;
        let handle = self.serial << PLACE_BITS | place as u32;
        self.places[place] = Some(Place { owner, handle, open });
        Ok(handle)
    }

    /// Where that is which `client` opened under this handle.
    fn find(&self, client: Client, handle: u32) -> Result<usize, FsError> {
        let place = place_of(handle);
        match self.places.get(place) {
            Some(Some(one)) if one.handle == handle && one.owner == client => Ok(place),
            _ => Err(FsError::BadHandle),
        }
    }

    /// What `client` opened under this handle.
    pub fn get(&self, client: Client, handle: u32) -> Result<Open<F>, FsError> {
        let place = self.places[self.find(client, handle)?].as_ref();
        place.map(|place| place.open).ok_or(FsError::BadHandle)
    }

    /// Takes out what `client` opened under this handle.
    pub fn remove(&mut self, client: Client, handle: u32) -> Result<F, FsError> {
        let place = self.find(client, handle)?;
        self.take(place).ok_or(FsError::BadHandle)
    }

    /// Takes out one thing whose owner is `stale`.
    pub fn take_stale(&mut self, stale: impl Fn(Client) -> bool) -> Option<F> {
        let place = self.all().find(|open| stale(open.owner))?.place();
        self.take(place)
    }

    fn take(&mut self, place: usize) -> Option<F> {
        let one = self.places.get_mut(place)?.take()?;
        self.taken -= 1;
        Some(one.open.file)
    }

    /// Locks the file for who has the handle.
    pub fn lock(&mut self, client: Client, handle: u32, lock: Lock) -> Result<(), FsError> {
        let (place, file) = (self.find(client, handle)?, self.get(client, handle)?.file);
        let others = self.all().filter(|one| one.handle != handle);
        let mut same = others.filter(|one| one.open.file == file);
        let free = same.all(|one| lock.goes_with(one.open.lock));
        drop(same);
        if !free {
            return Err(FsError::Locked);
        }
        if let Some(one) = &mut self.places[place] {
            one.open.lock = lock;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Client = Client { task: 3, life: 0 };
    const BEN: Client = Client { task: 4, life: 0 };

    fn open(file: char) -> Open<char> {
        Open::new(file, true, true)
    }

    #[test]
    fn only_the_owner_can_use_a_handle() {
        let mut handles = Handles::new(7);
        let handle = handles.insert(ANN, open('x')).unwrap();
        let file = |result: Result<Open<char>, _>| result.map(|open| open.file);
        assert_eq!(file(handles.get(ANN, handle)), Ok('x'));
        assert_eq!(file(handles.get(BEN, handle)), Err(FsError::BadHandle));
        assert_eq!(handles.remove(BEN, handle), Err(FsError::BadHandle));
        assert_eq!(handles.lock(BEN, handle, Lock::Alone), Err(FsError::BadHandle));
        assert_eq!(file(handles.get(Client { life: 1, ..ANN }, handle)), Err(FsError::BadHandle));
        assert_eq!(handles.remove(ANN, handle), Ok('x'));
        assert_eq!(handles.remove(ANN, handle), Err(FsError::BadHandle));
    }

    #[test]
    fn a_place_used_again_has_another_handle() {
        let mut handles = Handles::new(u32::MAX);
        let old = handles.insert(ANN, open('a')).unwrap();
        handles.remove(ANN, old).unwrap();
        let new = handles.insert(ANN, open('b')).unwrap();
        assert_ne!(old, new);
        assert!(handles.get(ANN, old).is_err());
        for _ in 1..MAX_OPEN {
            handles.insert(BEN, open('c')).unwrap();
        }
        assert_eq!(handles.insert(BEN, open('d')), Err(FsError::TooManyOpen));
    }

    #[test]
    fn a_new_life_begins_with_nothing_open() {
        let mut handles = Handles::new(0);
        handles.insert(ANN, open('a')).unwrap();
        handles.insert(BEN, open('b')).unwrap();
        handles.insert(ANN, open('c')).unwrap();
        assert!(!handles.has_room(ANN, 2) && handles.has_room(BEN, 2));
        assert_eq!(handles.take_stale(|owner| owner == Client { life: 1, ..ANN }), None);
        assert_eq!(handles.take_stale(|owner| owner == ANN), Some('a'));
        assert_eq!(handles.take_stale(|owner| owner == ANN), Some('c'));
        assert_eq!(handles.take_stale(|owner| owner == ANN), None);
        assert!(handles.has_room(ANN, 2));
    }

    #[test]
    fn numbers_made_up_are_refused() {
        let handles = Handles::<u8>::new(0);
        for raw in [0, 3, 4, 255, 256, u32::MAX] {
            assert!(handles.get(ANN, raw).is_err());
        }
    }

    #[test]
    fn locks_keep_others_out_of_the_same_file_only() {
        let mut handles = Handles::new(0);
        let anns = handles.insert(ANN, open('x')).unwrap();
        let bens = handles.insert(BEN, open('x')).unwrap();
        let other = handles.insert(BEN, open('y')).unwrap();
        assert_eq!(handles.lock(ANN, anns, Lock::Shared), Ok(()));
        assert_eq!(handles.lock(BEN, bens, Lock::Shared), Ok(()));
        assert_eq!(handles.lock(ANN, anns, Lock::Alone), Err(FsError::Locked));
        assert_eq!(handles.lock(BEN, other, Lock::Alone), Ok(()));
        assert_eq!(handles.lock(BEN, bens, Lock::None), Ok(()));
        assert_eq!(handles.lock(ANN, anns, Lock::Alone), Ok(()));
        assert_eq!(handles.lock(ANN, anns, Lock::Alone), Ok(()));
        assert_eq!(handles.lock(BEN, bens, Lock::Shared), Err(FsError::Locked));
        // What dies lets go.
        assert_eq!(handles.take_stale(|owner| owner == ANN), Some('x'));
        assert_eq!(handles.lock(BEN, bens, Lock::Alone), Ok(()));
    }
}
