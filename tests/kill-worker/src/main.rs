//! Works on files while everything below it is killed, and itself, and checks what is there.
//!
//! Eight files in a folder of its own are made, written, cut, moved and removed at random. What was
//! synced, and what was begun and may be there or not, it writes down in memory that outlives it. After
//! each killing it looks at everything. It says what happens to the runner, and hears from it how to
//! go on.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod content;
mod group;
mod life;
mod operations;
mod path;
mod state;
mod trouble;

use content::LARGEST;
use pong_api::client::Pong;
use state::{FILES, State, Witness};
use static_cell::ConstStaticCell;
use test_kill_runner::{Orders, Word};
use trouble::Trouble;
use userlib::{Slot, sys, time};

userlib::resources! {
    struct Resources {
        runner: Slot,
        witness: Region,
        mounts: Mounts,
    }
}
userlib::config! {
    /// Who it is.
    struct Config {
        /// Which of the workers.
        number: u8 where 0..=3,
        /// What the choices come from.
        seed: u32,
        /// Whether its file system bears a power cut.
        power_safe: bool,
    }
}
userlib::task!(start);

static BUFFER: ConstStaticCell<[u8; LARGEST]> = ConstStaticCell::new([0; LARGEST]);
static STATE: ConstStaticCell<State> = ConstStaticCell::new(State::NEW);

/// What the workers of one file system lock.
const LOCK: &[u8] = b"lock";
/// How many files a worker may have open.
const SHARE: usize = 3;

struct Worker {
    server: Slot,
    /// The server's lives when the attempt before this one began, and when this one did.
    lives: [abi::TaskId; 2],
    runner: Pong,
    witness: Witness,
    state: &'static mut State,
    buffer: &'static mut [u8; LARGEST],
    number: u8,
    power_safe: bool,
    random: u64,
    orders: Orders,
    /// How many of the files it works on.
    reach: usize,
    /// The killings after which everything was looked at.
    looked: u32,
    /// Since when the lock is held by somebody else, in steps of the counter; 0 if it is not.
    locked_since: u64,
}

fn start(resources: Resources) -> ! {
    let Config { number, seed, power_safe } = Config::get();
    let mut witness = Witness::new(resources.witness, number);
    let state = STATE.take();
    let lives = witness.begin(state);
    let Some(server) = resources.mounts.at("/") else {
        panic!("app.toml gives the worker no file system");
    };
    let mut worker = Worker {
        server,
        lives: [server.task_id(); 2],
        runner: Pong::new(resources.runner),
        witness,
        state,
        buffer: BUFFER.take(),
        number,
        power_safe,
        random: u64::from(seed ^ u32::from(number) << 24 ^ lives << 8)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            | 1,
        orders: Orders::default(),
        reach: FILES,
        looked: 0,
        locked_since: 0,
    };
    worker.live();
    worker.say(Word::Ends);
    if number == 0 && worker.orders.mess {
        worker.mess();
    }
    loop {
        sys::recv_notification(0);
    }
}

impl Worker {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        // Marsaglia's xorshift.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) as usize % end.max(1)
    }

    fn say(&mut self, word: Word) {
        if let Ok(answer) = self.runner.ping(word.number(self.number)) {
            self.orders = Orders::from(answer);
        }
    }

    /// Does something and says how long it took, if it succeeded.
    fn timed<T>(
        &mut self,
        synced: bool,
        act: impl FnOnce(&mut Self) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let begin = time::now();
        let value = act(self)?;
        let steps = time::now() - begin;
        let micros = steps.saturating_mul(1_000_000) / time::frequency().max(1);
        self.say(Word::Done { synced, micros: u32::try_from(micros).unwrap_or(u32::MAX) });
        Ok(value)
    }
}
