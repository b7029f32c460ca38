//! What a format has open, each file once however often it was opened.

/// Names a file in an [`OpenTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    place: u16,
    /// Tells files apart that had one place after each other.
    serial: u32,
}

#[derive(Debug)]
struct Place<T> {
    value: T,
    times: u32,
    serial: u32,
}

/// At most `N` open files, and how often each was opened.
#[derive(Debug)]
pub struct OpenTable<T, const N: usize> {
    places: [Option<Place<T>>; N],
    /// How many of them are taken: a search need not go on behind the last.
    taken: usize,
    serial: u32,
}

impl<T, const N: usize> Default for OpenTable<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> OpenTable<T, N> {
    const FITS: () = assert!(N <= u16::MAX as usize);

    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        let () = Self::FITS;
        Self { places: [const { None }; N], taken: 0, serial: 0 }
    }

    /// Whether one more file has room.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.taken < N
    }

    /// The open file of which `is` is true.
    pub fn find(&self, is: impl Fn(&T) -> bool) -> Option<Shared> {
        self.all().find(|(_, value)| is(value)).map(|(shared, _)| shared)
    }

    /// All open files.
    pub fn all(&self) -> impl Iterator<Item = (Shared, &T)> {
        let all = (0..).zip(&self.places).filter_map(|(place, one)| {
            let one = one.as_ref()?;
            Some((Shared { place, serial: one.serial }, &one.value))
        });
        all.take(self.taken)
    }

    /// Counts that an open file was opened once more.
    pub fn again(&mut self, shared: Shared) {
        if let Some(place) = self.place(shared) {
            place.times = place.times.saturating_add(1);
        }
    }

    /// Adds a file that was not open.
    ///
    /// # Errors
    /// Gives it back if there is no room.
    pub fn insert(&mut self, value: T) -> Result<Shared, T> {
        let Some(place) = self.places.iter().position(Option::is_none) else { return Err(value) };
        self.serial = self.serial.wrapping_add(1);
        self.taken += 1;
        self.places[place] = Some(Place { value, times: 1, serial: self.serial });
        Ok(Shared { place: place as u16, serial: self.serial })
    }

    /// Closes a file once; gives it back if that was the last time.
    pub fn close(&mut self, shared: Shared) -> Option<T> {
        let place = self.place(shared)?;
        place.times = place.times.saturating_sub(1);
        if place.times > 0 {
            return None;
        }
        let place = self.places.get_mut(usize::from(shared.place))?.take()?;
        self.taken -= 1;
        Some(place.value)
    }

    /// What is open under this name.
    #[must_use]
    pub fn get(&self, shared: Shared) -> Option<&T> {
        let place = self.places.get(usize::from(shared.place))?.as_ref()?;
        (place.serial == shared.serial).then_some(&place.value)
    }

    /// What is open under this name, to be changed.
    pub fn get_mut(&mut self, shared: Shared) -> Option<&mut T> {
        self.place(shared).map(|place| &mut place.value)
    }

    fn place(&mut self, shared: Shared) -> Option<&mut Place<T>> {
        let place = self.places.get_mut(usize::from(shared.place))?.as_mut()?;
        (place.serial == shared.serial).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_open_until_it_was_closed_as_often_as_opened() {
        let mut table = OpenTable::<_, 2>::new();
        let shared = table.insert("a").unwrap();
        table.again(shared);
        assert_eq!(table.find(|name| *name == "a"), Some(shared));
        assert_eq!(table.close(shared), None);
        assert_eq!(table.get(shared), Some(&"a"));
        assert_eq!(table.close(shared), Some("a"));
        assert_eq!(table.close(shared), None);
        assert_eq!(table.get(shared), None);
        assert_eq!(table.find(|_| true), None);
    }

    #[test]
    fn who_has_the_place_later_is_another() {
        let mut table = OpenTable::<_, 1>::new();
        let old = table.insert("a").unwrap();
        assert!(!table.has_room());
        assert_eq!(table.insert("b"), Err("b"));
        table.close(old);
        let new = table.insert("b").unwrap();
        assert_ne!(old, new);
        assert_eq!((table.get(old), table.get(new)), (None, Some(&"b")));
        table.again(old);
        *table.get_mut(new).unwrap() = "c";
        assert_eq!(table.close(old), None);
        assert_eq!(table.close(new), Some("c"));
    }
}
