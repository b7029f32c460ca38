//! Where paths lead to, for those that were asked of last.
//!
//! A format puts here what it found by reading directories, and forgets it when that may have
//! changed. So a path that is asked of again and again costs a comparison.

use crate::Path;

/// The longest path that is kept, in bytes. Longer ones are looked for each time.
pub const MAX_KEPT: usize = 56;
/// How many places a path may be in.
const WAYS: usize = 2;

#[derive(Debug)]
struct Kept<V> {
    hash: u32,
    length: u8,
    text: [u8; MAX_KEPT],
    value: V,
}

/// What at most `N` paths lead to; `N` is a power of two, and at least 2.
#[derive(Debug)]
pub struct Names<V, const N: usize> {
    places: [Option<Kept<V>>; N],
    /// Nothing is kept.
    empty: bool,
    /// Which of two gives way next.
    turn: usize,
}

impl<V, const N: usize> Default for Names<V, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V, const N: usize> Names<V, N> {
    const FITS: () = assert!(N.is_power_of_two() && N >= WAYS);

    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        let () = Self::FITS;
        Self { places: [const { None }; N], empty: true, turn: 0 }
    }

    /// The places a path of this hash may be in.
    const fn first(hash: u32) -> usize {
        hash as usize & (N - WAYS)
    }

    /// What a path leads to, if that is known.
    #[must_use]
    pub fn get(&self, path: Path<'_>) -> Option<&V> {
        let text = path.as_str().as_bytes();
        if self.empty || text.len() > MAX_KEPT {
            return None;
        }
        let hash = hash(text);
        let places = self.places.iter().skip(Self::first(hash)).take(WAYS).flatten();
        let mut found = places.filter(|kept| {
            kept.hash == hash && kept.text.get(..usize::from(kept.length)) == Some(text)
        });
        found.next().map(|kept| &kept.value)
    }

    /// Notes what a path leads to.
    pub fn put(&mut self, path: Path<'_>, value: V) {
        let text = path.as_str().as_bytes();
        if text.len() > MAX_KEPT {
            return;
        }
        let hash = hash(text);
        let first = Self::first(hash);
        self.turn = (self.turn + 1) % WAYS;
        let Some(places) = self.places.get_mut(first..first + WAYS) else { return };
        let is_free = |place: &Option<Kept<V>>| {
            place.as_ref().is_none_or(|kept| {
                kept.hash == hash && kept.text.get(..usize::from(kept.length)) == Some(text)
            })
        };
        let way = places.iter().position(is_free).unwrap_or(self.turn);
        let mut kept = Kept { hash, length: text.len() as u8, text: [0; MAX_KEPT], value };
        kept.text[..text.len()].copy_from_slice(text);
        places[way] = Some(kept);
        self.empty = false;
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        if !self.empty {
            self.places.fill_with(|| None);
            self.empty = true;
        }
    }

    /// Forgets those of which `is` is true.
    pub fn forget(&mut self, is: impl Fn(&V) -> bool) {
        if self.empty {
            return;
        }
        for place in &mut self.places {
            if place.as_ref().is_some_and(|kept| is(&kept.value)) {
                *place = None;
            }
        }
    }
}

/// Eight bytes a turn. Whoever chooses names that collide makes only their own lookups slow.
fn hash(text: &[u8]) -> u32 {
    let mut hash = text.len() as u64;
    for chunk in text.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        // 2^64 divided by the golden ratio: Knuth's multiplicative hashing.
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 32;
    }
    hash as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::format;
    use std::string::String;

    fn path(text: &str) -> Path<'_> {
        Path::new(text).unwrap()
    }

    #[test]
    fn what_was_put_is_there_until_it_is_forgotten() {
        let mut names = Names::<u32, 8>::new();
        assert_eq!(names.get(path("a/b")), None);
        names.put(path("a/b"), 1);
        names.put(path("a"), 2);
        names.put(path(""), 3);
        names.put(path("a/b"), 4);
        assert_eq!(names.get(path("a/b")), Some(&4));
        assert_eq!(names.get(path("a")), Some(&2));
        assert_eq!(names.get(Path::ROOT), Some(&3));
        names.forget(|value| *value == 2);
        assert_eq!((names.get(path("a")), names.get(path("a/b"))), (None, Some(&4)));
        names.clear();
        assert_eq!(names.get(path("a/b")), None);
    }

    #[test]
    fn no_path_is_taken_for_another() {
        let mut names = Names::<u32, 16>::new();
        let mut truth = HashMap::<String, u32>::new();
        let mut hits = 0;
        for number in 0..10_000_u32 {
            let text = format!("d{}/name-{}", number % 3, number.wrapping_mul(2_654_435_761) % 40);
            if let Some(value) = names.get(path(&text)) {
                assert_eq!(truth.get(&text), Some(value));
                hits += 1;
            }
            names.put(path(&text), number);
            truth.insert(text, number);
        }
        assert!(hits > 100, "{hits}");
    }

    #[test]
    fn long_paths_are_not_kept() {
        let mut names = Names::<u32, 2>::new();
        let long = "x".repeat(MAX_KEPT);
        names.put(path(&long), 1);
        assert_eq!(names.get(path(&long)), Some(&1));
        let longer = "x".repeat(MAX_KEPT + 1);
        names.put(path(&longer), 2);
        assert_eq!(names.get(path(&longer)), None);
    }
}
