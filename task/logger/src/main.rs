//! Keeps what was printed on the console in files, and says in them when the machine started.
//!
//! The console keeps what was printed last in memory that outlives its death and a reset. This task
//! reads it there, at most once in `interval-ms` unless much is waiting, and writes it behind what is in
//! the files. It has nothing to remember: the files say how far they are.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod files;
mod settings;

use clock_api::client::Clock;
use console_api::client::Console;
use core::fmt::Write;
use files::Files;
use fs_api::{FsError, Mounts};
use static_cell::ConstStaticCell;
use supervisor_api::client::Supervisor;
use task_logger::{Date, Journal, LONGEST, Marker};
use userlib::ipc::ClientError;
use userlib::{Notification, Text, kipc, sys, time};

userlib::resources! {
    /// What the logger has.
    struct Resources {
        console: Slot,
        clock: Slot,
        supervisor: Slot,
        mounts: Mounts,
        printed: Notification,
        timer: Notification,
    }
}
userlib::config! {
    /// Where and how much.
    struct Config {
        /// The directory of the files.
        log_directory: Text<64>,
        /// Bytes of a file, at most.
        size: u32 where 4096..=16_777_216,
        /// How many files, at most: `console.0` is the newest.
        files: u8 where 1..=16,
        /// What was printed is on the disk after so many milliseconds.
        interval_ms: u32 where 10..=60_000,
    }
}
userlib::task!(start);

/// The first wait after something failed, in milliseconds; doubled up to the longest.
const SHORTEST: u64 = 1000;
const LONGEST_WAIT: u64 = 30_000;

static PIECE: ConstStaticCell<[u8; LONGEST]> = ConstStaticCell::new([0; LONGEST]);

type Failure = ClientError<FsError>;

struct Logger<'m> {
    console: Console,
    clock: Clock,
    /// How often this task was started again.
    lives: u32,
    journal: Journal<Files<'m>>,
    piece: &'static mut [u8; LONGEST],
    /// Whether the files say that this life has begun.
    begun: bool,
}

fn start(resources: Resources) -> ! {
    let Resources { console, clock, supervisor, mounts, printed, timer } = resources;
    let (config, tree, mut text) =
        (Config::get(), Mounts::new(&mounts), console_api::Text::new(console));
    let piece = PIECE.take();
    let limits = settings::read(&tree, &config, piece, &mut text);
    let files = Files::new(&tree, config.log_directory.as_str());
    let mut logger = Logger {
        console: Console::new(console),
        clock: Clock::new(clock),
        lives: Supervisor::new(supervisor).lives().unwrap_or(0),
        journal: Journal::new(files, limits.size, limits.files),
        piece,
        begun: false,
    };
    let mut wait = SHORTEST;
    loop {
        match logger.catch_up() {
            Ok(()) => {
                wait = SHORTEST;
                rest(printed, timer, config.interval_ms.into());
            }
            Err(failure) => {
                logger.journal.forget();
                if wait == SHORTEST {
                    let why = files::described(&failure);
                    let _ = writeln!(text, "logger: {}: {why}", config.log_directory.as_str());
                    let _ = text.flush();
                }
                time::sleep_until(time::after_ms(wait), timer.bits());
                wait = (2 * wait).min(LONGEST_WAIT);
            }
        }
    }
}

/// Waits until something was printed, and then for more of it; but not if much is waiting.
fn rest(printed: Notification, timer: Notification, interval: u64) {
    sys::recv_notification(printed.bits());
    sys::set_timer(time::after_ms(interval), timer.bits());
    sys::recv_notification(printed.bits() | timer.bits());
    sys::set_timer(abi::NO_DEADLINE, 0);
}

impl Logger<'_> {
    /// Writes all that is not in the files yet.
    fn catch_up(&mut self) -> Result<(), Failure> {
        if !self.begun {
            self.begin()?;
            self.begun = true;
        }
        loop {
            let next = self.journal.place()?;
            let Some((log, from, count)) = self.read(next) else { return Ok(()) };
            if count == 0 {
                return Ok(());
            }
            self.journal.add(log, from, &mut self.piece[..count])?;
        }
    }

    /// What comes next of the console's log: which log, where, and how many bytes are in the piece.
    fn read(&mut self, next: Option<Marker>) -> Option<(u64, u64, usize)> {
        let known = self.state(0)?.log;
        let from = next.filter(|next| next.log == known).map_or(0, |next| next.place);
        let logged = self.console.read_log(from, &mut self.piece[..]).ok()?;
        Some((logged.log, logged.from, (logged.count as usize).min(LONGEST)))
    }

    /// `None` if the console keeps nothing, or is stopped.
    fn state(&self, from: u64) -> Option<console_api::Logged> {
        self.console.read_log(from, &mut []).ok()
    }

    /// Says when the machine started, or that this task did.
    fn begin(&mut self) -> Result<(), Failure> {
        let at = match self.journal.place()? {
            Some(at) => at,
            None => {
                let Some(state) = self.state(0) else { return Ok(()) };
                Marker { log: state.log, place: state.from, boots: 0 }
            }
        };
        let seconds = time::uptime_ms() / 1000;
        let boots = at.boots + u32::from(self.lives == 0);
        let at = Marker { boots, ..at };
        let now = self.clock.now().unwrap_or(0);
        let image = kipc::image_id();
        match self.lives {
            0 => {
                let boot = Date(now.saturating_sub(seconds));
                self.journal.mark(at, format_args!("boot {boots}, {boot}, image {image:016x}"))
            }
            lives => {
                let now = Date(now);
                self.journal.mark(at, format_args!("the logger is back ({lives}), {now}"))
            }
        }
    }
}
