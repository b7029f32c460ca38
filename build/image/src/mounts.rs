//! Who has which file systems in its tree, as records: see `userlib::mounts`.

use appfile::App;
use appfile::app::Task;
use config::{MOUNT_PATH, MOUNTED_BY, MOUNTS};

type Records = Vec<[u64; 2]>;

/// Bytes of a record.
const RECORD: usize = 16;

/// Of a client: its tree.
pub fn client(task: &Task) -> Records {
    let mounts = task.mounts.iter();
    let entries = mounts.map(|mount| entry(mount.server as u64, 0, 0, &mount.path));
    table(entries.collect(), MOUNTS)
}

/// Of a server: its clients.
pub fn server(app: &App, index: usize) -> Records {
    let mut entries = Vec::new();
    for (client, task) in app.tasks.iter().enumerate() {
        for mount in task.mounts.iter().filter(|mount| mount.server == index) {
            let flags = u64::from(mount.write) | u64::from(mount.open.unwrap_or(0)) << 8;
            entries.push(entry(client as u64, flags, 16, &mount.subtree));
        }
    }
    table(entries, MOUNTED_BY)
}

/// How many there are, they, and the rest of the room.
fn table(entries: Vec<Records>, room: usize) -> Records {
    let mut records = vec![[entries.len() as u64, 0]];
    records.extend(entries.into_iter().flatten());
    records.resize(1 + room * (1 + MOUNT_PATH / RECORD), [0; 2]);
    records
}

/// A task, flags with the path's length from bit `shift` on, and the path.
fn entry(task: u64, flags: u64, shift: u32, path: &str) -> Records {
    let mut bytes = path.as_bytes().to_vec();
    bytes.resize(MOUNT_PATH, 0);
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let mut records = vec![[task, flags | (path.len() as u64) << shift]];
    records.extend(bytes.chunks(RECORD).map(|piece| [word(&piece[..8]), word(&piece[8..])]));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_in_memory_as_it_is_written() {
        let path = "/a/path/of/some/length";
        let records = table(vec![entry(7, 1, 16, path)], 2);
        assert_eq!(records.len(), 1 + 2 * 5);
        assert_eq!(records[..2], [[1, 0], [7, 1 | 22 << 16]]);
        let words = records[2..6].as_flattened().iter();
        let bytes: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(bytes[..path.len()], *path.as_bytes());
        assert!(bytes[path.len()..].iter().all(|&byte| byte == 0));
    }
}
