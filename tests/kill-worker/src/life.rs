//! What a worker does, from its first breath: looks at what is there, and then works.

use crate::content::Content;
use crate::path::Path;
use crate::state::FILES;
use crate::trouble::Trouble;
use crate::{LOCK, SHARE, Worker};
use core::fmt::Write;
use fs_api::{File, FsError, flags};
use test_kill_runner::{Word, Wrong};
use userlib::Text;
use userlib::ipc::ClientError;

impl Worker {
    pub fn live(&mut self) {
        self.insist(Self::settle);
        loop {
            self.say(Word::Begins);
            if self.orders.stop {
                break;
            }
            if self.looked != self.orders.kills {
                self.insist(Self::look_at_all);
            }
            if let Err(trouble) = self.group() {
                self.note(trouble);
                self.insist(Self::resolve);
            }
        }
        self.insist(Self::look_at_all);
        self.insist(Self::tell);
    }

    /// Does it until it is done. Somebody else sees to it that this ends.
    fn insist(&mut self, act: impl Fn(&mut Self) -> Result<(), Trouble>) {
        while let Err(trouble) = act(self) {
            self.note(trouble);
        }
    }

    /// Remembers which life of the server an attempt begins with.
    pub fn attempt(&mut self) {
        self.lives = [self.lives[1], self.server.task_id()];
    }

    /// Tells the runner, and whether it may be.
    fn note(&mut self, trouble: Trouble) {
        let died = self.lives[0] != self.server.task_id();
        self.say(match trouble {
            Trouble::Lost if died => Word::Lost,
            Trouble::Died if died => Word::Died,
            Trouble::Lost | Trouble::Died => Word::Wrong { what: Wrong::LostAlive, number: 0 },
            Trouble::Failed => Word::Failed,
            Trouble::Locked => Word::Locked,
            Trouble::Wrong(what, number) => Word::Wrong { what, number },
        });
    }

    /// A new life: nothing of the old one is open, and what was begun is looked at.
    fn settle(&mut self) -> Result<(), Trouble> {
        self.attempt();
        let life = self.server.task_id();
        let fs = self.fs();
        if self.state.handle != 0 {
            let answer = fs.read(self.state.handle, 0, &mut [0; 8]);
            if answer != Err(ClientError::Server(FsError::BadHandle)) {
                answer.map_err(Trouble::from)?;
                return Err(Trouble::Wrong(Wrong::OldHandle, 0));
            }
            self.state.handle = 0;
            self.witness.store(self.state);
        }
        match fs.make_directory(Path::folder(self.number).bytes()) {
            Ok(()) | Err(ClientError::Server(FsError::AlreadyExists)) => {}
            Err(error) => return Err(error.into()),
        }
        let mut handles = [0; SHARE];
        for handle in &mut handles {
            let opened = fs.open(flags::READ | flags::WRITE | flags::CREATE, LOCK);
            if opened == Err(ClientError::Server(FsError::TooManyOpen)) {
                return Err(Trouble::Wrong(Wrong::NotReleased, 0));
            }
            *handle = opened?.handle;
        }
        for handle in handles {
            fs.close(handle)?;
        }
        self.resolve()?;
        // What was made above is synced only if it was the same life of the server.
        if self.server.task_id() != life {
            return Err(Trouble::Died);
        }
        self.look_at_all()
    }

    /// What was begun and not synced is there or not: what is there is synced.
    fn resolve(&mut self) -> Result<(), Trouble> {
        self.attempt();
        let life = self.server.task_id();
        let mut found: [Option<Content>; FILES] = [None; FILES];
        for (file, found) in found.iter_mut().enumerate() {
            if self.state.files[file].new.is_some() {
                *found = Some(self.find_what_is_left(file)?);
            }
        }
        self.judge(&found);
        self.timed(false, |worker| Ok(worker.fs().sync_all()?))?;
        if self.server.task_id() != life {
            return Err(Trouble::Died);
        }
        for (file, found) in self.state.files.iter_mut().zip(found) {
            if let Some(content) = found {
                (file.old, file.new, file.partner) = (content, None, None);
            }
        }
        self.witness.store(self.state);
        Ok(())
    }

    /// What a file holds that may be half done. Where that is bytes of somebody else, it goes.
    fn find_what_is_left(&mut self, file: usize) -> Result<Content, Trouble> {
        match self.find(file) {
            Err(Trouble::Wrong(Wrong::Torn, _)) if self.is_excused() => {
                self.fs().remove(Path::file(self.number, file).bytes())?;
                Ok(Content::NONE)
            }
            other => other,
        }
    }

    /// Whether the file system promises nothing of what is not synced: FAT, when its server died.
    pub fn is_excused(&self) -> bool {
        !self.power_safe && self.state.life != self.server_life()
    }

    /// Which life of the server it is.
    pub fn server_life(&self) -> u32 {
        self.server.task_id().generation().0
    }

    /// Whether what was found can be what is left.
    fn judge(&mut self, found: &[Option<Content>; FILES]) {
        if self.is_excused() {
            return;
        }
        for number in 0..FILES {
            let file = self.state.files[number];
            let (Some(found_here), Some(new)) = (found[number], file.new) else { continue };
            let partly = file.partner.is_none()
                && new.length.is_some()
                && if self.power_safe {
                    file.old == Content::NONE && found_here == Content::EMPTY
                } else {
                    found_here.lies_between(&file.old, &new)
                };
            if found_here != file.old && found_here != new && !partly {
                self.say(Word::Wrong { what: Wrong::Neither, number: number as u32 });
            }
            let moved = |number: usize| {
                let file = &self.state.files[number];
                found[number].is_some() && found[number] == file.new
            };
            if file.partner.is_some_and(|partner| moved(number) != moved(partner)) {
                self.say(Word::Wrong { what: Wrong::HalfMoved, number: number as u32 });
            }
        }
    }

    /// What was synced must be there.
    fn look_at_all(&mut self) -> Result<(), Trouble> {
        self.attempt();
        let kills = self.orders.kills;
        for file in 0..FILES {
            let found = self.timed(false, |worker| worker.find(file))?;
            if found != self.state.files[file].old {
                // Once is enough.
                self.state.files[file].old = found;
                self.say(Word::Wrong { what: Wrong::NotThere, number: file as u32 });
            }
        }
        self.looked = kills;
        Ok(())
    }

    /// Writes down what there is, for the host: of each file its number and its records' writes.
    fn tell(&mut self) -> Result<(), Trouble> {
        self.attempt();
        let fs = self.fs();
        let mut sums = File::create(&fs, Path::sums(self.number).as_str())?;
        for (number, file) in self.state.files.iter().enumerate() {
            if file.old.length.is_none() {
                continue;
            }
            let mut line = Text::<320>::new();
            // There is room for 24 numbers.
            let _ = write!(line, "{number}");
            for write in file.old.records() {
                let _ = write!(line, " {write}");
            }
            let _ = writeln!(line);
            sums.write(line.as_str().as_bytes())?;
        }
        sums.sync()?;
        Ok(fs.sync_all()?)
    }
}
