//! Some operations in a row, and a sync.

use crate::state::FILES;
use crate::trouble::Trouble;
use crate::{LOCK, Worker};
use fs_api::client::Fs;
use fs_api::{FsError, flags, lock};
use test_kill_runner::{Word, Wrong};
use userlib::time;

/// Nobody holds the lock for so long, in seconds.
const LONGEST_LOCK: u64 = 20;

/// The files that are never touched in a mess.
const APART: usize = FILES / 2;

impl Worker {
    /// Does to the first files whatever comes to its mind until the server is gone.
    pub fn mess(&mut self) {
        self.reach = FILES - APART;
        while self.operate().is_ok() {
            (0..self.reach).for_each(|file| self.commit(file));
            // In the middle of which it may die, too.
            if self.below(3) == 0 && self.fs().sync_all().is_err() {
                return;
            }
        }
    }

    /// Whether nobody will ask what was synced.
    pub const fn in_a_mess(&self) -> bool {
        self.reach < FILES
    }

    pub fn group(&mut self) -> Result<(), Trouble> {
        self.attempt();
        let fs = self.fs();
        let held = if self.below(4) == 0 { self.take_lock(&fs)? } else { None };
        let done = self.operations().map_err(|trouble| match trouble {
            // What was made and not synced is gone with the server, and it was to be written.
            Trouble::Wrong(Wrong::Strange, error)
                if error == FsError::NotFound as u32 && self.is_excused() =>
            {
                Trouble::Died
            }
            other => other,
        });
        if let Some(handle) = held {
            // A server that has forgotten it has closed it.
            let _ = fs.close(handle);
            self.state.handle = 0;
            self.witness.store(self.state);
        }
        done
    }

    fn operations(&mut self) -> Result<(), Trouble> {
        let life = self.server.task_id();
        self.state.life = self.server_life();
        for _ in 0..=self.below(3) {
            self.timed(false, |worker| worker.operate())?;
        }
        let changed = self.state.files.iter().any(|file| file.new.is_some());
        self.timed(changed, |worker| Ok(worker.fs().sync_all()?))?;
        // A new life of the server knows nothing of what was asked of the old one.
        if self.server.task_id() != life {
            return Err(Trouble::Died);
        }
        for file in &mut self.state.files {
            file.partner = None;
            file.old = file.new.take().unwrap_or(file.old);
        }
        self.witness.store(self.state);
        Ok(())
    }

    /// The lock that this file system's workers share, if nobody has it.
    fn take_lock(&mut self, fs: &Fs) -> Result<Option<u32>, Trouble> {
        let handle = fs.open(flags::READ | flags::WRITE, LOCK)?.handle;
        self.state.handle = handle;
        self.witness.store(self.state);
        match fs.lock(handle, lock::ALONE).map_err(Trouble::from) {
            Ok(()) => {
                self.locked_since = 0;
                return Ok(Some(handle));
            }
            Err(Trouble::Locked) => self.say(Word::Locked),
            Err(other) => return Err(other),
        }
        fs.close(handle)?;
        let now = time::now();
        if self.locked_since == 0 {
            self.locked_since = now;
        }
        if now - self.locked_since > time::from_ms(LONGEST_LOCK * 1000) {
            self.locked_since = 0;
            return Err(Trouble::Wrong(Wrong::LockStuck, 0));
        }
        Ok(None)
    }
}
