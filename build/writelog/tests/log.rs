//! Reading logs: what was written comes back, and a bad log is told from a good one.

use std::path::{Path, PathBuf};
use tempfile::TempDir;
use writelog::{Action, Log, Writer};

const SECTOR: usize = 512;

/// A log with one entry of each kind.
fn written(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("w.log");
    let mut log = Writer::create(&path, SECTOR as u32).unwrap();
    log.write(7, &[1; 2 * SECTOR]).unwrap();
    log.flush().unwrap();
    log.mark("halfway").unwrap();
    log.write_through(9, &[2; SECTOR]).unwrap();
    log.discard(100, 50).unwrap();
    path
}

fn refusal(path: &Path) -> String {
    format!("{:#}", Log::open(path).expect_err("a bad log"))
}

/// What is said of the log after this was done to its bytes.
fn damaged(damage: impl FnOnce(&mut Vec<u8>)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder);
    let mut bytes = std::fs::read(&path).unwrap();
    damage(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    refusal(&path)
}

#[test]
fn what_was_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(&written(&folder)).unwrap();
    let entries = log.entries();
    let runs: Vec<_> = entries.iter().map(|entry| (entry.first, entry.sectors)).collect();
    assert_eq!(runs, [(7, 2), (0, 0), (0, 0), (9, 1), (100, 50)]);
    assert_eq!(log.data(&entries[0]).unwrap(), [1; 2 * SECTOR]);
    assert!(entries[1].flush && entries[1].action == Action::Nothing);
    assert_eq!(entries[2].action, Action::Mark("halfway".into()));
    assert!(entries[3].fua && !entries[3].flush);
    assert_eq!(log.data(&entries[3]).unwrap(), [2; SECTOR]);
    assert_eq!(entries[4].action, Action::Discard);
    assert_eq!(log.data(&entries[4]).unwrap(), [0; 50 * SECTOR]);
}

#[test]
fn of_a_part_only_what_lies_in_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(&written(&folder)).unwrap().within(8, 100);
    let entries = log.entries();
    let runs: Vec<_> = entries.iter().map(|entry| (entry.first, entry.sectors)).collect();
    // The second half of the first write, the write through, and the first eight discarded.
    assert_eq!(runs, [(0, 1), (0, 0), (0, 0), (1, 1), (92, 8)]);
    assert_eq!(log.data(&entries[0]).unwrap(), [1; SECTOR]);
    assert_eq!(log.data(&entries[3]).unwrap(), [2; SECTOR]);
    let before = Log::open(&written(&folder)).unwrap().within(0, 8);
    assert_eq!((before.entries()[0].first, before.entries()[0].sectors), (7, 1));
    assert_eq!(before.entries()[3].action, Action::Nothing);
    assert!(before.entries()[1].flush && before.entries()[3].fua);
}

#[test]
fn what_is_no_log_says_so() {
    assert!(damaged(|bytes| bytes[0] ^= 1).contains("it is no log of dm-log-writes"));
    assert!(damaged(Vec::clear).contains("it is empty"));
    assert!(damaged(|bytes| bytes.truncate(20)).contains("20 bytes are no log"));
    assert!(damaged(|bytes| bytes[8] = 2).contains("its version is 2, not 1"));
    assert!(damaged(|bytes| bytes[24] = 1).contains("513 bytes in a sector"));
    let missing = refusal(Path::new("no such folder/w.log"));
    assert!(missing.contains("no such folder/w.log"), "{missing}");
}

#[test]
fn a_bad_entry_is_named() {
    // Entry 0 begins at sector 1, entry 1 after its two sectors, at byte 2048.
    let flags = damaged(|bytes| bytes[2048 + 17] = 1);
    assert!(flags.contains("entry 1 of 5, at byte 2048: flags 0x101 are unknown"), "{flags}");
    let cut = damaged(|bytes| bytes.truncate(2 * SECTOR));
    assert!(cut.contains("entry 0 of 5, at byte 512: the file ends before what it wrote"), "{cut}");
    let cut = damaged(|bytes| bytes.truncate(2048 + 100));
    assert!(cut.contains("entry 1 of 5, at byte 2048: the file ends before it"), "{cut}");
    let more = damaged(|bytes| bytes[16] = 200);
    assert!(more.contains("entry 5 of 200"), "{more}");
    let huge = damaged(|bytes| bytes[SECTOR + 8..SECTOR + 16].fill(0xff));
    assert!(huge.contains("no disk has them"), "{huge}");
    let name = damaged(|bytes| bytes[2048 + 2 * 512 - 512 + 25] = 9);
    assert!(name.contains("a name of"), "{name}");
}

#[test]
fn no_damage_makes_the_reader_fail_otherwise_than_with_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder);
    let good = std::fs::read(&path).unwrap();
    let headers = [0, 512, 2048, 2560, 3072, 4096];
    for place in headers.into_iter().flat_map(|start| start..start + 40) {
        for value in [0x00, 0x01, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[place] = value;
            std::fs::write(&path, bytes).unwrap();
            if let Ok(log) = Log::open(&path) {
                for entry in log.entries().iter().filter(|entry| entry.sectors < 1 << 20) {
                    let _ = log.data(entry);
                }
            }
        }
    }
}

#[test]
fn a_writer_refuses_what_a_log_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.log");
    assert!(Writer::create(&path, 1000).is_err());
    let mut log = Writer::create(&path, 512).unwrap();
    assert!(log.write(0, &[0; 100]).is_err());
    assert!(log.mark(&"x".repeat(481)).is_err());
    log.mark(&"x".repeat(480)).unwrap();
    assert_eq!(Log::open(&path).unwrap().entries().len(), 1);
}
