//! File systems: which a task has in its tree of files, and who has a file system in its own.
//!
//! Both sides of `[tasks.NAME.mounts]` are made by the build tool from the one place where it
//! stands: [`Mounts`] for the client, [`Mounted`] for the server, by which it checks each call.

use crate::resources::{Records, Resource, Slot};
use config::MOUNTED_BY;
pub use config::{MOUNT_PATH, MOUNTS};

/// Records of a path.
const PATH_RECORDS: usize = MOUNT_PATH / size_of::<[u64; 2]>();

/// A path of at most [`MOUNT_PATH`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Path {
    bytes: [u8; MOUNT_PATH],
    length: usize,
}

impl Path {
    const EMPTY: Self = Self { bytes: [0; MOUNT_PATH], length: 0 };

    fn read(records: &mut Records, length: u64) -> Self {
        let mut bytes = [0; MOUNT_PATH];
        for piece in bytes.chunks_mut(size_of::<[u64; 2]>()) {
            let words = records.next().map(u64::to_le_bytes);
            for (byte, from) in piece.iter_mut().zip(words.as_flattened()) {
                *byte = *from;
            }
        }
        Self { bytes, length: (length as usize).min(MOUNT_PATH) }
    }

    fn text(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or(&[]);
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// The file systems in a task's tree. Kind `mounts`, name `mounts`: a record with their number, and
/// for each of [`MOUNTS`] one with server and length of the path, and those of the path.
#[derive(Clone, Copy, Debug)]
pub struct Mounts {
    list: [(Slot, Path); MOUNTS],
    count: usize,
}

impl Mounts {
    /// Their paths, `/` or `/data`, and their servers.
    pub fn all(&self) -> impl Iterator<Item = (&str, Slot)> {
        self.list.iter().take(self.count).map(|(slot, path)| (path.text(), *slot))
    }

    /// The server of the file system at exactly this path.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<Slot> {
        self.all().find(|(at, _)| *at == path).map(|(_, slot)| slot)
    }
}

impl Resource for Mounts {
    const KIND: &'static str = "mounts";
    const RECORDS: usize = 1 + MOUNTS * (1 + PATH_RECORDS);
    fn from_records(records: &mut Records) -> Self {
        let count = (records.next()[0] as usize).min(MOUNTS);
        let mut list = [(Slot::to(0), Path::EMPTY); MOUNTS];
        for (slot, path) in &mut list {
            let [server, length] = records.next();
            (*slot, *path) = (Slot::to(server as u16), Path::read(records, length));
        }
        Self { list, count }
    }
}

/// What a client of a file system may do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MountedBy {
    /// The client's index.
    pub task: u16,
    /// Whether it may change anything.
    pub write: bool,
    /// How many files it can have open; `None`: as many as the server thinks fit.
    pub open: Option<u8>,
    subtree: Path,
}

impl MountedBy {
    /// The directory that is its root.
    #[must_use]
    pub fn subtree(&self) -> &str {
        self.subtree.text()
    }
}

/// Who has this task's file system in its tree. Kind `mounted`, name `mounted`: a record with their
/// number, and for each of [`MOUNTED_BY`] one with task and flags (bit 0: it may write; from bit 8 on how
/// many files it can have open, from bit 16 on the length of the subtree), and those of the
/// subtree.
#[derive(Clone, Copy, Debug)]
pub struct Mounted {
    list: [MountedBy; MOUNTED_BY],
    count: usize,
}

impl Mounted {
    /// The clients.
    pub fn by(&self) -> impl Iterator<Item = &MountedBy> {
        self.list.iter().take(self.count)
    }
}

impl Resource for Mounted {
    const KIND: &'static str = "mounted";
    const RECORDS: usize = 1 + MOUNTED_BY * (1 + PATH_RECORDS);
    fn from_records(records: &mut Records) -> Self {
        let count = (records.next()[0] as usize).min(MOUNTED_BY);
        let nobody = MountedBy { task: 0, write: false, open: None, subtree: Path::EMPTY };
        let mut list = [nobody; MOUNTED_BY];
        for client in &mut list {
            let [task, flags] = records.next();
            let open = Some((flags >> 8) as u8).filter(|&open| open != 0);
            let subtree = Path::read(records, flags >> 16);
            *client = MountedBy { task: task as u16, write: flags & 1 != 0, open, subtree };
        }
        Self { list, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path as the build tool writes it.
    fn path(text: &str) -> [[u64; 2]; PATH_RECORDS] {
        let mut bytes = [0; MOUNT_PATH];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        core::array::from_fn(|record| [word(record * 16), word(record * 16 + 8)])
    }

    #[test]
    fn a_table_has_what_was_written_and_no_more() {
        let mut records = [[0; 2]; Mounts::RECORDS];
        records[0][0] = 2;
        for (place, (slot, text)) in [(3, "/"), (7, "/long/path/to/data")].into_iter().enumerate() {
            let first = 1 + place * (1 + PATH_RECORDS);
            records[first] = [slot, text.len() as u64];
            records[first + 1..][..PATH_RECORDS].copy_from_slice(&path(text));
        }
        let mounts = Mounts::from_records(&mut Records::new(records.to_vec().leak()));
        let all = mounts.all().map(|(path, slot)| (path, slot.index()));
        assert!(all.eq([("/", 3), ("/long/path/to/data", 7)]));
        assert_eq!(mounts.at("/").map(|slot| slot.index()), Some(3));
        assert_eq!(mounts.at("/long"), None);
    }

    #[test]
    fn rights_are_read_as_they_were_written() {
        let mut records = [[0; 2]; Mounted::RECORDS];
        records[0][0] = 2;
        records[1] = [5, 1 | 2 << 8 | 5 << 16];
        records[2..2 + PATH_RECORDS].copy_from_slice(&path("/logs"));
        records[2 + PATH_RECORDS] = [9, 1 << 16];
        records[3 + PATH_RECORDS..][..PATH_RECORDS].copy_from_slice(&path("/"));
        let mounted = Mounted::from_records(&mut Records::new(records.to_vec().leak()));
        let mut by = mounted.by();
        let one = by.next().unwrap();
        assert_eq!((one.task, one.write, one.open, one.subtree()), (5, true, Some(2), "/logs"));
        let other = by.next().unwrap();
        assert_eq!((other.task, other.write, other.open, other.subtree()), (9, false, None, "/"));
        assert!(by.next().is_none());
    }
}
