//! What a worker does to a file.

use crate::Worker;
use crate::content::{self, Content, LARGEST, RECORD, RECORDS};
use crate::path::Path;
use crate::trouble::Trouble;
use fs_api::client::Fs;
use fs_api::{File, FsError, flags};
use test_kill_runner::Wrong;
use userlib::ipc::ClientError;

impl Worker {
    /// Something with one of the files.
    pub fn operate(&mut self) -> Result<(), Trouble> {
        let file = self.below(self.reach);
        if self.state.files[file].new.is_some() {
            return self.look(file);
        }
        match (self.state.files[file].old.length, self.below(10)) {
            (None, _) => self.write(file, 0, flags::CREATE),
            (Some(length), 0..=2) => {
                let first = self.below(length);
                self.write(file, first, 0)
            }
            (Some(length), 3 | 4) => self.write(file, length.min(RECORDS - 1), 0),
            (Some(length), 5) => self.cut(file, length),
            (Some(_), 6) => self.remove(file),
            (Some(_), 7 | 8) => self.rename(file),
            (Some(_), _) => self.look(file),
        }
    }

    pub fn fs(&self) -> Fs {
        Fs::new(self.server)
    }

    fn path(&self, file: usize) -> Path {
        Path::file(self.number, file)
    }

    /// What is to be is kept before it is begun.
    fn begin(&mut self, file: usize, new: Content) {
        self.state.files[file].new = Some(new);
        self.witness.store(self.state);
    }

    /// What is to be is.
    pub fn commit(&mut self, file: usize) {
        let file = &mut self.state.files[file];
        file.partner = None;
        file.old = file.new.take().unwrap_or(file.old);
    }

    /// Records from `first` on; where the file may not grow, only over others.
    fn write(&mut self, file: usize, first: usize, create: u32) -> Result<(), Trouble> {
        let old = self.state.files[file].old;
        let grows = create != 0 || old.length.is_none_or(|length| first >= length);
        let end = if grows { RECORDS } else { old.length.unwrap_or(0) };
        let count = 1 + self.below((end - first).min(12));
        self.state.writes += 1;
        let write = self.state.writes;
        self.begin(file, old.written(first, count, write));
        let data = &mut self.buffer[..count * RECORD];
        for (place, record) in (first..).zip(data.chunks_exact_mut(RECORD)) {
            content::make(record, self.number, place, write);
        }
        let (fs, path) = (self.fs(), self.path(file));
        let mut open = File::open_with(&fs, path.as_str(), flags::READ | flags::WRITE | create)?;
        open.write_at((first * RECORD) as u64, &self.buffer[..count * RECORD])?;
        self.perhaps_sync(file, open)
    }

    fn cut(&mut self, file: usize, length: usize) -> Result<(), Trouble> {
        let length = self.below(length + 1);
        self.begin(file, self.state.files[file].old.cut(length));
        let (fs, path) = (self.fs(), self.path(file));
        let mut open = File::open_with(&fs, path.as_str(), flags::READ | flags::WRITE)?;
        open.truncate((length * RECORD) as u64)?;
        self.perhaps_sync(file, open)
    }

    /// A file that says that it is synced, is: if the server dies in between, it says `Lost`.
    fn perhaps_sync(&mut self, file: usize, mut open: File<'_>) -> Result<(), Trouble> {
        if !self.in_a_mess() && self.below(2) == 0 {
            self.timed(true, |_| Ok(open.sync()?))?;
            self.commit(file);
            self.witness.store(self.state);
        }
        Ok(())
    }

    fn remove(&mut self, file: usize) -> Result<(), Trouble> {
        self.begin(file, Content::NONE);
        self.fs().remove(self.path(file).bytes())?;
        self.names_changed(&[file]);
        Ok(())
    }

    fn rename(&mut self, from: usize) -> Result<(), Trouble> {
        let to = self.below(self.reach);
        if to == from || self.state.files[to].new.is_some() {
            return Ok(());
        }
        self.state.files[from].partner = Some(to);
        self.state.files[to].partner = Some(from);
        self.state.files[to].new = Some(self.state.files[from].old);
        self.begin(from, Content::NONE);
        self.fs().rename(self.path(from).bytes(), self.path(to).bytes())?;
        self.names_changed(&[from, to]);
        Ok(())
    }

    /// The power-safe file system has it on the medium when it answers.
    fn names_changed(&mut self, files: &[usize]) {
        if self.power_safe {
            files.iter().for_each(|&file| self.commit(file));
            self.witness.store(self.state);
        }
    }

    /// Looks whether a file holds what it must.
    fn look(&mut self, file: usize) -> Result<(), Trouble> {
        let life = self.lives[1];
        let is_new = self.state.files[file].new.is_some();
        let found = match self.find(file) {
            // Not synced, and gone with the server.
            Err(Trouble::Wrong(Wrong::Torn, _)) if is_new && self.is_excused() => {
                return Err(Trouble::Died);
            }
            other => other?,
        };
        let expected = self.state.files[file].new.unwrap_or(self.state.files[file].old);
        if found == expected {
            return Ok(());
        }
        // What is not synced may be gone with the server.
        let died = self.server.task_id() != life;
        Err(if died { Trouble::Died } else { Trouble::Wrong(Wrong::NotThere, file as u32) })
    }

    /// What a file holds.
    pub fn find(&mut self, file: usize) -> Result<Content, Trouble> {
        let (fs, path) = (self.fs(), self.path(file));
        let mut open = match File::open(&fs, path.as_str()) {
            Err(ClientError::Server(FsError::NotFound)) => return Ok(Content::NONE),
            other => other?,
        };
        let torn = Err(Trouble::Wrong(Wrong::Torn, file as u32));
        let size = usize::try_from(open.size()?).unwrap_or(usize::MAX);
        if size > LARGEST || !size.is_multiple_of(RECORD) {
            return torn;
        }
        let count = open.read_at(0, &mut self.buffer[..size])?;
        let mut found = Content { length: Some(size / RECORD), ..Content::EMPTY };
        let records = self.buffer[..size].chunks_exact(RECORD);
        for (place, (record, write)) in records.zip(&mut found.writes).enumerate() {
            match content::read(record, self.number, place) {
                Some(number) => *write = number,
                None => return torn,
            }
        }
        if count == size { Ok(found) } else { torn }
    }
}
