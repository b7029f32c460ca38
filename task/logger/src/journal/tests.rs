//! Files in memory, with deaths in the middle.

extern crate std;
use super::*;
use std::string::String;
use std::vec::Vec;

/// Files by number, and how many changes are made before the file system dies in the middle of one.
#[derive(Default)]
struct Files {
    files: Vec<Option<Vec<u8>>>,
    left: Option<usize>,
    /// Whether what is written arrives in part when it dies.
    torn: bool,
}

impl Files {
    fn dies(&mut self) -> bool {
        match &mut self.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    fn text(&self) -> String {
        let files = self.files.iter().rev().flatten();
        files.map(|bytes| String::from_utf8(bytes.clone()).unwrap()).collect()
    }

    /// What was printed, without the markers.
    fn printed(&self) -> String {
        let text = self.text();
        let lines = text.split_inclusive('\n');
        let mut all = String::new();
        for line in lines {
            match line.split_once('\x1e') {
                Some((before, _)) => all.push_str(before),
                None => all.push_str(line),
            }
        }
        all
    }
}

impl Store for Files {
    type Error = ();

    fn size(&mut self, file: u8) -> Result<Option<u64>, ()> {
        Ok(self.files.get(file as usize).and_then(|file| Some(file.as_ref()?.len() as u64)))
    }

    fn read(&mut self, file: u8, offset: u64, into: &mut [u8]) -> Result<(), ()> {
        let bytes = self.files[file as usize].as_ref().unwrap();
        into.copy_from_slice(&bytes[offset as usize..][..into.len()]);
        Ok(())
    }

    fn put(&mut self, offset: u64, bytes: &[u8]) -> Result<(), ()> {
        let dies = self.dies();
        if self.files.is_empty() {
            self.files.push(None);
        }
        if dies && !self.torn {
            return Err(());
        }
        let file = self.files[0].get_or_insert_default();
        file.truncate(offset as usize);
        file.extend(if dies { &bytes[..bytes.len() / 2] } else { bytes });
        if dies { Err(()) } else { Ok(()) }
    }

    fn follow(&mut self, file: u8) -> Result<(), ()> {
        if self.dies() {
            return Err(());
        }
        let next = file as usize + 1;
        self.files.resize_with(self.files.len().max(next + 1), || None);
        if let Some(moved) = self.files[file as usize].take() {
            self.files[next] = Some(moved);
        }
        Ok(())
    }
}

fn line(number: u64) -> String {
    let dots = ".".repeat((number * 7 % 90) as usize);
    std::format!("line {number} {dots}\n")
}

/// A printer whose text is remembered whole.
fn printed(lines: u64) -> String {
    (0..lines).map(line).collect()
}

/// Gives a journal all that is not in it yet, in pieces of `step` bytes.
fn go_on(journal: &mut Journal<Files>, text: &str, step: usize) -> Result<(), ()> {
    let mut place = journal.place()?.map_or(0, |marker| marker.place as usize);
    while place < text.len() {
        let mut piece = text.as_bytes()[place..].to_vec();
        piece.truncate(step);
        journal.add(7, place as u64, &mut piece)?;
        place += piece.len();
    }
    Ok(())
}

#[test]
fn what_is_printed_is_in_the_files_and_they_do_not_grow() {
    let mut journal = Journal::new(Files::default(), 2000, 4);
    let text = printed(500);
    go_on(&mut journal, &text, 333).unwrap();
    let files = &journal.store.files;
    assert_eq!(files.len(), 4);
    for file in files.iter().flatten() {
        assert!(file.len() <= 2000 && file[0] == MARK, "each begins with a marker");
    }
    let kept = journal.store.printed();
    assert!(text.ends_with(&kept) && kept.len() > 5500, "{} of {}", kept.len(), text.len());
    assert!(journal.store.text().contains("goes on from console.1"));
}

#[test]
fn a_death_at_any_change_neither_loses_nor_doubles_anything() {
    let text = printed(150);
    for torn in [false, true] {
        for death in 0..60 {
            let store = Files { left: Some(death), torn, ..Files::default() };
            let mut journal = Journal::new(store, 1100, 60);
            let died = go_on(&mut journal, &text, 400).is_err();
            let store = Files { left: None, ..journal.store };
            // Another life knows nothing but the files.
            let mut journal = Journal::new(store, 1100, 60);
            if let Some(at) = journal.place().unwrap() {
                let boot = Marker { boots: at.boots + 1, ..at };
                journal.mark(boot, format_args!("the logger is back")).unwrap();
            }
            go_on(&mut journal, &text, 400).unwrap();
            // A line cut by a marker is whole without it.
            assert_eq!(journal.store.printed().replace('\n', ""), text.replace('\n', ""));
            assert!(died || death > 20, "{death}");
        }
    }
}

#[test]
fn gaps_and_other_logs_are_told() {
    let mut journal = Journal::new(Files::default(), 2000, 2);
    journal.add(7, 100, &mut b"first\n".to_vec()).unwrap();
    journal.add(7, 110, &mut b"se\x1econd\n".to_vec()).unwrap();
    journal.add(8, 5, &mut b"third\n".to_vec()).unwrap();
    let text = journal.store.text();
    for part in ["another log begins\nfirst\n", "4 bytes before this are lost\nse.cond\n"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(text.ends_with("0000000000000008 5 0 another log begins\nthird\n"), "{text}");
    journal.forget();
    assert_eq!(journal.place(), Ok(Some(Marker { log: 8, place: 11, boots: 0 })));
}

#[test]
fn a_file_of_somebody_else_is_put_aside() {
    let files = [Some(b"not ours".to_vec())].into();
    let mut journal = Journal::new(Files { files, ..Files::default() }, 2000, 3);
    assert_eq!(journal.place(), Ok(None));
    journal.add(7, 0, &mut b"first\n".to_vec()).unwrap();
    assert_eq!(journal.store.files[1].as_deref(), Some(&b"not ours"[..]));
    journal.forget();
    assert_eq!(journal.place(), Ok(Some(Marker { log: 7, place: 6, boots: 0 })));
}
