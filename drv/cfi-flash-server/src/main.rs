//! Serves `idl/flash.idl` from NOR flash.
//!
//! While the chips erase a block, the task looks at them every millisecond, and other clients read
//! if the chips can suspend that. Without chips it stays, and says so to whoever asks.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod asked;
mod parts;

use asked::Asked;
use drv_cfi_flash::{Chips, Clock, Error, Kind, Memo, NOTE, Program, Query, Queue, Request, WORD};
use flash_api::server::{self, Refuse, reply};
use flash_api::{FlashError, FlashInfo, Statistics};
use parts::Parts;
use static_cell::StaticCell;
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, Kept, Lease, Pipelined, Read, Write};
use userlib::{Device, Notification, Region, sys, time};

userlib::resources! {
    struct Resources {
        flash: Device,
        note: Region,
        timer: Notification,
        supervisor: Slot,
    }
}
userlib::task!(start);

#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Found { size: u64, erase_size: u32, suspends: bool },
    NoChips(Error),
    Failed(Error),
}

userlib::ringbuf!(LOG, Entry, 16);

/// Requests that can wait for an erase. A client has one at a time; further clients wait in the
/// kernel.
const WAITING: usize = 16;
/// Between looks at chips that erase, in milliseconds.
const LOOK_MS: u64 = 1;
/// Shorter waits than this are not slept, in microseconds.
const NAP_US: u64 = 500;

struct Counter(Notification);

impl Clock for Counter {
    fn now_us(&mut self) -> u64 {
        let (now, frequency) = (u128::from(time::now()), u128::from(time::frequency().max(1)));
        u64::try_from(now * 1_000_000 / frequency).unwrap_or(u64::MAX)
    }

    fn pause_us(&mut self, us: u64) {
        if us >= NAP_US {
            time::sleep_until(time::after_ms(us.div_ceil(1000)), self.0.bits());
            return;
        }
        let end = self.now_us().saturating_add(us);
        while self.now_us() < end {
            core::hint::spin_loop();
        }
    }
}

/// The note, where a restart leaves it.
struct NoteKept(Region);

impl Memo for NoteKept {
    fn note(&mut self, program: Option<Program>) {
        self.0.write(0, &program.map_or([0; NOTE], Program::to_bytes));
    }

    fn noted(&self) -> Option<Program> {
        let mut bytes = [0; NOTE];
        self.0.read(0, &mut bytes);
        Program::from_bytes(&bytes)
    }
}

type Line = Queue<mmio::Registers, Counter, NoteKept, Asked, WAITING>;
type Order = Pipelined<WAITING>;
type Answer<T> = Result<T, Refuse<FlashError, Order>>;

static LINE: StaticCell<Line> = StaticCell::new();

struct Server {
    /// Or why there is none.
    line: Result<&'static mut Line, Error>,
    parts: Parts,
    timer: Bits,
    /// The alarm is set.
    armed: bool,
}

/// An error, as clients are told; what is not theirs is noted.
fn told(error: Error) -> FlashError {
    let told = match error {
        Error::NoDevice | Error::OddShape => FlashError::NoDevice,
        Error::OutOfRange => return FlashError::OutOfRange,
        Error::Unaligned => return FlashError::Unaligned,
        Error::NotErased => return FlashError::NotErased,
        Error::ProgramFailed => FlashError::ProgramFailed,
        Error::EraseFailed => FlashError::EraseFailed,
        Error::Locked => FlashError::Locked,
        Error::Suspended => FlashError::Suspended,
        Error::LowVoltage => FlashError::LowVoltage,
        Error::BadSequence => FlashError::BadSequence,
        // There is room for whoever is let in: nobody is told to come back.
        Error::TimedOut | Error::Busy => FlashError::TimedOut,
    };
    LOG.record(Entry::Failed(error));
    told
}

impl Server {
    fn line(&mut self) -> Result<&mut Line, FlashError> {
        self.line.as_deref_mut().map_err(|_| FlashError::NoDevice)
    }

    fn query(&self) -> Result<Query, FlashError> {
        self.line.as_ref().map(|line| line.chips().query()).map_err(|_| FlashError::NoDevice)
    }

    /// Answers later, or says why not.
    fn ask<V>(&mut self, caller: Caller, asked: Asked, kind: Kind, offset: u64) -> Answer<V> {
        let query = self.query()?;
        let bytes = match kind {
            Kind::Read(bytes) | Kind::Program(bytes) => bytes as u64,
            Kind::Erase => query.erase_size.into(),
        };
        let offset = self.parts.of(caller, &query)?.place(offset, bytes)?;
        self.line()?.request(asked, Request { kind, offset });
        self.arm();
        Err(Refuse::Later(Kept::elsewhere()))
    }

    fn arm(&mut self) {
        let erases = self.line.as_ref().is_ok_and(|line| line.is_erasing());
        if erases && !self.armed {
            self.armed = true;
            sys::set_timer(time::after_ms(LOOK_MS), self.timer.mask());
        }
    }
}

impl server::Flash for Server {
    type Order = Order;

    fn accepts(&self) -> bool {
        self.line.as_ref().map_or(true, |line| line.has_room())
    }

    fn info(&mut self, caller: Caller) -> Answer<FlashInfo> {
        let query = self.query()?;
        let size = self.parts.of(caller, &query)?.size;
        Ok(FlashInfo { size, erase_size: query.erase_size, program_size: WORD as u32 })
    }

    fn read(&mut self, caller: Caller, offset: u64, buf: Lease<Write>) -> Answer<()> {
        let kind = Kind::Read(buf.len());
        self.ask(caller, Asked::Read(reply::Read::to(caller), buf), kind, offset)
    }

    fn program(&mut self, caller: Caller, offset: u64, data: Lease<Read>) -> Answer<()> {
        let kind = Kind::Program(data.len());
        self.ask(caller, Asked::Program(reply::Program::to(caller), data), kind, offset)
    }

    fn erase(&mut self, caller: Caller, offset: u64) -> Answer<()> {
        self.ask(caller, Asked::Erase(reply::Erase::to(caller)), Kind::Erase, offset)
    }

    fn statistics(&mut self, _: Caller) -> Answer<Statistics> {
        let line = self.line()?;
        let counts = line.counts();
        Ok(Statistics {
            reads: counts.reads,
            programs: counts.programs,
            erases: counts.erases,
            bytes_read: counts.bytes_read,
            bytes_programmed: counts.bytes_programmed,
            errors: counts.errors,
            delayed: counts.delayed,
            suspensions: line.chips().suspensions(),
        })
    }

    fn notified(&mut self, bits: Bits) {
        if bits.contains(self.timer) {
            self.armed = false;
            if let Ok(line) = &mut self.line {
                line.look();
            }
            self.arm();
        }
    }
}

/// Finds the chips. Not inlined, so that what it builds is off the stack before the server runs.
#[inline(never)]
fn bring_up(flash: Device, note: Region, timer: Notification) -> Result<&'static mut Line, Error> {
    let registers = flash.registers();
    let window = registers.size();
    let chips = Chips::start(registers, window, Counter(timer), NoteKept(note));
    LOG.record(match &chips {
        Ok(chips) => {
            let Query { size, erase_size, suspends, .. } = chips.query();
            Entry::Found { size, erase_size, suspends }
        }
        Err(error) => Entry::NoChips(*error),
    });
    Ok(LINE.init(Queue::new(chips?)))
}

fn start(resources: Resources) -> ! {
    let Resources { flash, note, timer, supervisor } = resources;
    let line = bring_up(flash, note, timer);
    let timer = Bits::from(timer);
    let parts = Parts::from_config();
    let server = Server { line, parts, timer, armed: false };
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(timer, server)
}
