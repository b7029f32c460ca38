//! What a walk does to what files hold.

use super::Walk;
use drv_fs_core::{Error, FileSystem};

impl<F: Copy + Eq + std::fmt::Debug> Walk<F> {
    pub(super) fn write<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let Some((file, key)) = self.some_open() else { return };
        let longest = if self.random.one_in(4) { self.rules.largest / 2 } else { 700 };
        let size = self.model.content(&key).expect("it is open").len();
        let offset = match self.random.below(4) {
            0 => self.random.below(size + 1),
            1 => self.random.below(self.rules.largest / 2),
            _ => size,
        };
        let length = self.random.below(longest + 1);
        let data = self.random.bytes(length);
        let answer = fs.write(file, offset as u64, &data);
        let content = self.model.content(&key).expect("it is open");
        let before = content.clone();
        if !data.is_empty() {
            content.resize(content.len().max(offset + data.len()), 0);
            content[offset..offset + data.len()].copy_from_slice(&data);
        }
        match answer {
            Ok(()) => *self.done.entry("write").or_default() += 1,
            Err(Error::NoSpace) => {
                self.full += 1;
                self.after_half_a_write(fs, file, &key, &before, offset);
            }
            Err(error) => panic!("write {key:?}: {error:?}"),
        }
    }

    /// The disk was full: what was there before and is not written over still is.
    fn after_half_a_write<S: FileSystem<File = F>>(
        &mut self,
        fs: &mut S,
        file: F,
        key: &str,
        before: &[u8],
        offset: usize,
    ) {
        let content = self.model.content(key).expect("it is open");
        let size = fs.info(file).expect("it is open").size as usize;
        assert!(size >= before.len() && size <= content.len(), "{key:?}");
        let mut now = vec![0; size];
        assert_eq!(fs.read(file, 0, &mut now), Ok(size));
        let kept = offset.min(before.len());
        assert!(now[..kept] == before[..kept], "{key:?} lost what was not written over");
        *content = now;
    }

    pub(super) fn read<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let Some((file, key)) = self.some_open() else { return };
        let content = self.model.content(&key).expect("it is open").clone();
        let offset = self.random.below(content.len() + 100);
        let mut into = vec![0xa5; self.random.below(5000)];
        let count = fs.read(file, offset as u64, &mut into).expect("it is open");
        let wanted = content.get(offset..).unwrap_or(&[]);
        let wanted = &wanted[..wanted.len().min(into.len())];
        assert!(
            into[..count] == *wanted,
            "{key:?}: {count} bytes at {offset} of {}",
            content.len()
        );
        assert_eq!(fs.info(file).expect("it is open").size, content.len() as u64, "{key:?}");
    }

    pub(super) fn truncate<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let Some((file, key)) = self.some_open() else { return };
        let size = self.random.below(self.rules.largest);
        let answer = fs.truncate(file, size as u64);
        let content = self.model.content(&key).expect("it is open");
        match answer {
            Ok(()) => {
                content.resize(size, 0);
                *self.done.entry("truncate").or_default() += 1;
            }
            Err(Error::NoSpace) => {
                self.full += 1;
                let before = content.clone();
                content.resize(size.max(before.len()), 0);
                self.after_half_a_write(fs, file, &key, &before, before.len());
            }
            Err(error) => panic!("truncate {key:?}: {error:?}"),
        }
    }
}
