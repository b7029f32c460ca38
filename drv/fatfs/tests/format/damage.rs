//! Each kind of damage by itself, and what is made of it.

use crate::common::{Disk, Image};
use crate::repair::{KINDS, Layout, Tree, image, mount, tree};
use drv_fatfs::Repairs;

/// A volume to be damaged.
struct Volume {
    bytes: Vec<u8>,
    layout: Layout,
}

impl Volume {
    fn at(&self, table: usize, cluster: u32) -> usize {
        let bits = self.layout.bits as usize;
        self.layout.table + table * self.layout.table_size + cluster as usize * bits / 8
    }

    fn entry(&self, cluster: u32) -> u32 {
        let bytes = &self.bytes[self.at(0, cluster)..];
        let word = u32::from(bytes[0]) | u32::from(bytes[1]) << 8;
        match self.layout.bits {
            12 => word >> (cluster % 2 * 4) & 0xfff,
            16 => word,
            _ => word | u32::from(bytes[2]) << 16 | u32::from(bytes[3] & 0xf) << 24,
        }
    }

    fn set(&mut self, cluster: u32, value: u32) {
        for table in 0..self.layout.tables {
            self.set_in(table, cluster, value);
        }
    }

    fn set_in(&mut self, table: usize, cluster: u32, value: u32) {
        let at = self.at(table, cluster);
        let [a, b, c, d] = value.to_le_bytes();
        let there = &mut self.bytes[at..at + 4];
        match (self.layout.bits, cluster % 2) {
            (12, 0) => (there[0], there[1]) = (a, there[1] & 0xf0 | b & 0xf),
            (12, _) => (there[0], there[1]) = (there[0] & 0xf | a << 4, a >> 4 | b << 4),
            (16, _) => there[..2].copy_from_slice(&[a, b]),
            _ => there.copy_from_slice(&[a, b, c, d]),
        }
    }

    fn end(&self) -> u32 {
        (1 << self.layout.bits.min(28)) - 1
    }

    /// A free cluster, each time another if the last is used.
    fn free(&self) -> u32 {
        (300..).find(|&cluster| self.entry(cluster) == 0).expect("there are many")
    }

    /// Where the entry with this short name is, anywhere.
    fn slot(&self, name: &[u8; 11]) -> usize {
        let slots = self.layout.root.min(self.layout.data)..self.bytes.len();
        let mut slots = slots.step_by(32);
        slots.find(|&at| self.bytes[at..].starts_with(name)).expect("it is there")
    }

    fn cluster(&self, slot: usize) -> u32 {
        let word = |at: usize| u32::from(self.bytes[at]) | u32::from(self.bytes[at + 1]) << 8;
        let high = if self.layout.bits == 32 { word(slot + 20) } else { 0 };
        high << 16 | word(slot + 26)
    }

    fn set_cluster(&mut self, slot: usize, cluster: u32) {
        let [a, b, c, d] = cluster.to_le_bytes();
        self.bytes[slot + 26..slot + 28].copy_from_slice(&[a, b]);
        if self.layout.bits == 32 {
            self.bytes[slot + 20..slot + 22].copy_from_slice(&[c, d]);
        }
    }

    fn data(&self, cluster: u32) -> usize {
        self.layout.data + (cluster as usize - 2) * self.layout.cluster
    }

    /// The first slot behind the last of the root.
    fn root_end(&self) -> usize {
        let mut slots = (self.layout.root..).step_by(32);
        slots.find(|&at| self.bytes[at] == 0).expect("it has an end")
    }

    /// A copy of an entry in the root, with another name.
    fn copy(&mut self, slot: usize, name: &[u8; 11]) -> usize {
        let end = self.root_end();
        self.bytes.copy_within(slot..slot + 32, end);
        self.bytes[end..end + 11].copy_from_slice(name);
        end
    }
}

const LAST: &[u8; 11] = b"LAST    BIN";
const HELLO: &[u8; 11] = b"HELLO   TXT";
const D: &[u8; 11] = b"D          ";
const E: &[u8; 11] = b"E          ";

/// Damages a volume of every kind, and says what must be there when it is mounted.
fn case(damage: impl Fn(&mut Volume), expected: impl Fn(&Volume, &mut Tree), kinds: Repairs) {
    for kind in [0, 1, 2, 3] {
        let bytes = image(kind).bytes();
        let layout = Layout::of(&bytes);
        let mut volume = Volume { bytes, layout };
        volume.layout.soil(&mut volume.bytes);
        damage(&mut volume);
        let before = Image::of(&volume.bytes, KINDS[kind].1);
        // Wrong summaries it only mentions.
        let mild = kinds.copies > 0 || kinds == NONE;
        assert!(before.complaint().is_some() || mild, "fsck.fat sees it, too");
        let disk = Disk::new(volume.bytes.clone(), KINDS[kind].1);
        let (repairs, there) = mount(&disk).expect("it can be repaired");
        let after = Image::of(&disk.bytes.borrow(), disk.sector);
        assert_eq!(after.complaint(), None, "{:?}: {repairs:?}", KINDS[kind]);
        let mut wanted = tree();
        expected(&volume, &mut wanted);
        let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&there), names(&wanted), "{:?}", KINDS[kind]);
        for (path, content) in &wanted {
            assert!(there[path] == *content, "{path}, {:?}", KINDS[kind]);
        }
        let seen = |happened: u32, wanted: u32| (happened > 0) == (wanted > 0);
        assert!(
            seen(repairs.removed, kinds.removed)
                && seen(repairs.resized, kinds.resized)
                && seen(repairs.moved, kinds.moved)
                && seen(repairs.slots, kinds.slots)
                && seen(repairs.chains, kinds.chains)
                && seen(repairs.freed, kinds.freed)
                && seen(repairs.copies, kinds.copies),
            "{repairs:?} where {kinds:?} was to be, {:?}",
            KINDS[kind]
        );
    }
}

const NONE: Repairs =
    Repairs { removed: 0, resized: 0, moved: 0, slots: 0, chains: 0, freed: 0, copies: 0 };

fn cut_to(tree: &mut Tree, path: &str, size: usize) {
    tree.get_mut(path).expect("a file").as_mut().expect("no directory").truncate(size);
}

/// What was appended or cut off, and not synced.
#[test]
fn chains_that_are_longer_than_their_files_lose_the_rest() {
    let damage = |volume: &mut Volume| {
        let (hello, end, free) = (volume.slot(HELLO), volume.end(), volume.free());
        volume.set(volume.cluster(hello), free);
        volume.set(free, end);
    };
    case(damage, |_, _| (), Repairs { chains: 1, freed: 1, ..NONE });
    // One that should have nothing.
    let damage = |volume: &mut Volume| {
        let (slot, end, free) = (volume.slot(b"EMPTY      "), volume.end(), volume.free());
        volume.set_cluster(slot, free);
        volume.set(free, end);
    };
    case(damage, |_, _| (), Repairs { resized: 1, freed: 1, ..NONE });
}

#[test]
fn files_are_no_longer_than_their_chains() {
    let one = |volume: &Volume, tree: &mut Tree| {
        cut_to(tree, "a long directory name/another long name.bin", volume.layout.cluster);
    };
    let first = |volume: &Volume| volume.cluster(volume.slot(b"ANOTHE~1BIN"));
    // The end of the chain comes too early.
    let damage = |volume: &mut Volume| volume.set(first(volume), volume.end());
    case(damage, one, Repairs { resized: 1, freed: 1, ..NONE });
    // It leads to a free cluster, a bad one, one that is none, and back to where it began.
    let cut = Repairs { resized: 1, freed: 1, chains: 1, ..NONE };
    case(|volume| volume.set(first(volume), volume.free()), one, cut);
    let to_bad = |volume: &mut Volume| {
        let bad = volume.free();
        volume.set(bad, volume.end() - 8);
        volume.set(first(volume), bad);
    };
    case(to_bad, one, cut);
    case(|volume| volume.set(first(volume), volume.layout.clusters as u32 + 2), one, cut);
    case(|volume| volume.set(first(volume), first(volume)), one, cut);
    // There is no beginning.
    let nothing = |_: &Volume, tree: &mut Tree| {
        cut_to(tree, "a long directory name/another long name.bin", 0)
    };
    let gone = Repairs { resized: 1, freed: 1, ..NONE };
    case(|volume| volume.set(first(volume), 0), nothing, gone);
    let damage = |volume: &mut Volume| {
        let slot = volume.slot(b"ANOTHE~1BIN");
        volume.set_cluster(slot, volume.layout.clusters as u32 + 9);
    };
    case(damage, nothing, gone);
}

#[test]
fn what_cannot_be_a_directory_goes() {
    let without_e = |_: &Volume, tree: &mut Tree| tree.retain(|path, _| !path.starts_with("d/e"));
    let gone = Repairs { removed: 1, freed: 1, ..NONE };
    let nowhere = |volume: &mut Volume| {
        let slot = volume.slot(E);
        volume.set_cluster(slot, 1);
    };
    case(nowhere, without_e, gone);
    case(|volume| volume.set(volume.cluster(volume.slot(E)), 0), without_e, gone);
    // What it was to hold did not arrive.
    let empty = |volume: &mut Volume| {
        let at = volume.data(volume.cluster(volume.slot(E)));
        volume.bytes[at..at + 96].fill(0);
    };
    case(empty, without_e, gone);
}

/// Of two that have one cluster, one is as it should be.
#[test]
fn who_is_whole_keeps_what_another_claims() {
    // Renamed, and neither is there alone.
    let damage = |volume: &mut Volume| {
        let last = volume.slot(LAST);
        volume.copy(last, b"COPY    BIN");
    };
    case(damage, |_, _| (), Repairs { removed: 1, ..NONE });
    // The first is of another size, and has two clusters of its own before.
    let damage = |volume: &mut Volume| {
        let (hello, last) = (volume.slot(HELLO), volume.slot(LAST));
        volume.bytes[hello + 28..hello + 32].copy_from_slice(&9999u32.to_le_bytes());
        volume.set(volume.cluster(hello), volume.cluster(last));
    };
    let expected = |volume: &Volume, tree: &mut Tree| {
        let at = volume.data(volume.cluster(volume.slot(HELLO)));
        let content = volume.bytes[at..at + volume.layout.cluster].to_vec();
        tree.insert("hello.txt".to_owned(), Some(content));
    };
    case(damage, expected, Repairs { resized: 1, chains: 1, ..NONE });
    // A directory that is in two.
    let damage = |volume: &mut Volume| {
        let directory = volume.slot(E);
        volume.copy(directory, b"MOVED      ");
    };
    case(damage, |_, _| (), Repairs { removed: 1, ..NONE });
}

#[test]
fn directories_know_themselves_and_their_parents() {
    let dots = |volume: &Volume| volume.data(volume.cluster(volume.slot(E)));
    let moved = Repairs { moved: 1, ..NONE };
    let damage = |volume: &mut Volume| {
        let at = dots(volume);
        volume.set_cluster(at, 5);
        volume.set_cluster(at + 32, 7);
    };
    case(damage, |_, _| (), moved);
    let damage = |volume: &mut Volume| {
        let at = dots(volume);
        volume.bytes[at..at + 32].fill(0xff);
    };
    case(damage, |_, _| (), moved);
    let damage = |volume: &mut Volume| {
        let at = dots(volume) + 32;
        volume.bytes[at..at + 32].fill(0xff);
    };
    case(damage, |_, _| (), moved);
    // Moved, and the old name did not go alone: the new one did not arrive.
    let damage = |volume: &mut Volume| {
        let directory = volume.slot(E);
        volume.copy(directory, b"MOVED      ");
        volume.bytes[directory] = 0xe5;
    };
    let expected = |_: &Volume, tree: &mut Tree| {
        let inside: Vec<_> = tree.extract_if(.., |path, _| path.starts_with("d/e")).collect();
        let renamed = |(path, content): (String, _)| (path.replacen("d/e", "moved", 1), content);
        tree.extend(inside.into_iter().map(renamed));
    };
    case(damage, expected, moved);
}

#[test]
fn slots_that_mean_nothing_go() {
    let slots = Repairs { slots: 1, ..NONE };
    // A long name that is nobody's.
    let damage = |volume: &mut Volume| {
        let end = volume.root_end();
        volume.bytes[end..end + 32].fill(b'x');
        volume.bytes[end..end + 2].copy_from_slice(b"\x41x");
        volume.bytes[end + 11..end + 14].copy_from_slice(&[0x0f, 0, 77]);
        volume.bytes[end + 26..end + 28].fill(0);
    };
    case(damage, |_, _| (), slots);
    // Behind the end: who writes an entry there would bring it back.
    let damage = |volume: &mut Volume| {
        let last = volume.slot(LAST);
        let end = volume.copy(last, b"GONE    BIN");
        volume.bytes.copy_within(end..end + 32, end + 32);
        volume.bytes[end..end + 32].fill(0);
    };
    case(damage, |_, _| (), slots);
    // No name that anything has.
    let damage = |volume: &mut Volume| {
        let hello = volume.slot(HELLO);
        let at = volume.copy(hello, b"IS*BAD?    ");
        volume.set_cluster(at, 0);
        volume.bytes[at + 28..at + 32].fill(0);
    };
    case(damage, |_, _| (), slots);
    // A letter that no path can have: what is left is the short name.
    let damage = |volume: &mut Volume| {
        let first_letter = volume.slot(b"ANOTHE~1BIN") - 32 + 1;
        volume.bytes[first_letter] = b'/';
        let end = volume.root_end();
        // So that fsck.fat has something to say, too.
        volume.bytes[end..end + 11].copy_from_slice(b"IS*BAD?    ");
    };
    let expected = |_: &Volume, tree: &mut Tree| {
        let content = tree.remove("a long directory name/another long name.bin");
        let content = content.expect("it was there");
        tree.insert("a long directory name/ANOTHE~1.BIN".to_owned(), content);
    };
    case(damage, expected, slots);
    // Twice the same name.
    let damage = |volume: &mut Volume| {
        let hello = volume.slot(HELLO);
        let at = volume.copy(hello, HELLO);
        volume.set_cluster(at, 0);
        volume.bytes[at + 28..at + 32].fill(0);
    };
    case(damage, |_, _| (), Repairs { removed: 1, ..NONE });
    let damage = |volume: &mut Volume| {
        let at = volume.slot(D);
        volume.bytes[at + 28..at + 32].fill(1);
    };
    case(damage, |_, _| (), slots);
}

#[test]
fn what_nobody_has_is_free_and_all_tables_are_alike() {
    let damage = |volume: &mut Volume| {
        let (end, one) = (volume.end(), volume.free());
        volume.set(one, one + 1);
        volume.set(one + 1, end);
    };
    case(damage, |_, _| (), Repairs { freed: 2, ..NONE });
    let damage = |volume: &mut Volume| {
        let free = volume.free();
        volume.set_in(1, free, 77);
    };
    case(damage, |_, _| (), Repairs { copies: 1, ..NONE });
    let damage = |volume: &mut Volume| {
        if volume.layout.bits == 32 {
            // The summary's count of free clusters.
            volume.bytes[512 + 488] ^= 3;
        } else {
            let free = volume.free();
            volume.set_in(1, free, 5);
        }
    };
    case(damage, |_, _| (), Repairs { copies: 1, ..NONE });
}

#[test]
fn what_is_sound_is_left_as_it_is() {
    case(|_| (), |_, _| (), NONE);
    for kind in [0, 1, 2] {
        let sound = image(kind).bytes();
        let mut soiled = sound.clone();
        let layout = Layout::of(&sound);
        layout.soil(&mut soiled);
        let disk = Disk::new(soiled, 512);
        mount(&disk).expect("it is sound");
        assert!(*disk.bytes.borrow() == sound, "but for the mark");
    }
}

/// The mark is asked, where there is one; and a disk that takes no writes gets none.
#[test]
fn only_what_was_not_left_as_it_should_be_is_looked_at() {
    for (kind, read_only) in [(1, false), (2, false), (0, true), (1, true), (2, true)] {
        let bytes = image(kind).bytes();
        let layout = Layout::of(&bytes);
        let mut volume = Volume { bytes, layout };
        let (end, free) = (volume.end(), volume.free());
        volume.set(free, end);
        if read_only {
            volume.layout.soil(&mut volume.bytes);
        }
        let disk = Disk::new(volume.bytes.clone(), 512);
        disk.read_only.set(read_only);
        let (repairs, there) = mount(&disk).expect("it can be used");
        assert_eq!((repairs, there == tree()), (NONE, true));
        assert!(*disk.bytes.borrow() == volume.bytes);
    }
    // Linux marks the boot sector.
    let bytes = image(1).bytes();
    let layout = Layout::of(&bytes);
    let mut volume = Volume { bytes, layout };
    let (end, free) = (volume.end(), volume.free());
    volume.set(free, end);
    volume.bytes[37] |= 1;
    let disk = Disk::new(volume.bytes, 512);
    let (repairs, _) = mount(&disk).expect("it can be repaired");
    assert_eq!((repairs.freed, disk.bytes.borrow()[37] & 1), (1, 0));
}
