//! What a worker knows of its files, in memory that outlives it.

use crate::content::{Content, RECORDS};
use userlib::Region;

/// Files of a worker.
pub const FILES: usize = 8;

/// What is known of a file.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// What was synced.
    pub old: Content,
    /// What it is to be, if something was begun that is not synced.
    pub new: Option<Content>,
    /// The file with which it changes places, if that is what was begun.
    pub partner: Option<usize>,
}

/// What a worker knows.
pub struct State {
    pub files: [File; FILES],
    /// How many writes there were.
    pub writes: u32,
    /// A handle that the worker has open.
    pub handle: u32,
    /// The life of the server in which something was begun last.
    pub life: u32,
}

impl State {
    pub const NEW: Self = Self {
        files: [File { old: Content::NONE, new: None, partner: None }; FILES],
        writes: 0,
        handle: 0,
        life: 0,
    };
}

/// Words of a content, of a file, and of it all.
const CONTENT: usize = 1 + RECORDS;
const FILE: usize = 2 * CONTENT + 2;
const WORDS: usize = FILES * FILE + 3;
/// In memory: a mark, which of two copies is the right one, how many lives there were, the copies.
const MARK: usize = 0;
const WHICH: usize = 8;
const LIVES: usize = 12;
const COPIES: [usize; 2] = [64, 64 + 4 * WORDS];
/// Bytes for each worker.
const ROOM: usize = 4096;
const _: () = assert!(COPIES[1] + 4 * WORDS <= ROOM, "both copies fit");

const NONE: u32 = u32::MAX;

/// Memory that outlives the worker. Two copies: a worker that dies while it writes one leaves the other.
pub struct Witness {
    memory: Region,
    begin: usize,
}

impl Witness {
    pub const fn new(memory: Region, worker: u8) -> Self {
        Self { memory, begin: ROOM * worker as usize }
    }

    fn number(&self, at: usize) -> u32 {
        let mut bytes = [0; 4];
        self.memory.read(self.begin + at, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// What an earlier life knew, if there was one; says how many there were.
    pub fn begin(&mut self, state: &mut State) -> u32 {
        let mark = u32::from_le_bytes(*b"kill");
        let lives = if self.number(MARK) == mark {
            self.load(state);
            self.number(LIVES).wrapping_add(1)
        } else {
            self.store(state);
            0
        };
        self.memory.write(self.begin + LIVES, &lives.to_le_bytes());
        self.memory.write(self.begin + MARK, &mark.to_le_bytes());
        lives
    }

    /// Keeps what the worker knows.
    pub fn store(&mut self, state: &State) {
        let which = (self.number(WHICH) & 1) as usize ^ 1;
        let mut at = self.begin + COPIES[which];
        let mut put = |word: u32| {
            self.memory.write(at, &word.to_le_bytes());
            at += 4;
        };
        for file in &state.files {
            for content in [&file.old, &file.new.unwrap_or(Content::NONE)] {
                put(content.length.map_or(NONE, |length| length as u32));
                content.writes.iter().for_each(|&write| put(write));
            }
            put(file.new.is_some().into());
            put(file.partner.map_or(NONE, |partner| partner as u32));
        }
        put(state.writes);
        put(state.handle);
        put(state.life);
        // One byte, so that there is no moment in between.
        self.memory.write(self.begin + WHICH, &[which as u8]);
    }

    fn load(&self, state: &mut State) {
        let mut at = COPIES[(self.number(WHICH) & 1) as usize];
        let mut take = || {
            at += 4;
            self.number(at - 4)
        };
        for file in &mut state.files {
            let mut contents = [Content::NONE; 2];
            for content in &mut contents {
                content.length =
                    Some(take()).filter(|&word| word != NONE).map(|word| word as usize);
                content.writes = core::array::from_fn(|_| take());
            }
            file.old = contents[0];
            file.new = (take() == 1).then_some(contents[1]);
            file.partner = Some(take()).filter(|&word| word != NONE).map(|word| word as usize);
        }
        (state.writes, state.handle, state.life) = (take(), take(), take());
    }
}
