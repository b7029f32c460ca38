//! Serves `idl/flash.idl` from NOR flash.
//!
//! One request after the other; while the chips erase, the task sleeps. Without chips it stays, and
//! says so to whoever asks.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use drv_cfi_flash::{Chips, Clock, Error, Memo, NOTE, Program, WORD};
use flash_api::server::{self, Refuse};
use flash_api::{FlashError, FlashInfo};
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, InOrder, Lease, Read, Write};
use userlib::{Notification, Region, time};

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
    Found { size: u64, erase_size: u32 },
    NoChips(Error),
    Failed { at: u64, error: Error },
}

userlib::ringbuf!(LOG, Entry, 16);

/// Bytes that go through the task at once.
const PIECE: usize = 4096;
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
struct Kept(Region);

impl Memo for Kept {
    fn note(&mut self, program: Option<Program>) {
        self.0.write(0, &program.map_or([0; NOTE], Program::to_bytes));
    }

    fn noted(&self) -> Option<Program> {
        let mut bytes = [0; NOTE];
        self.0.read(0, &mut bytes);
        Program::from_bytes(&bytes)
    }
}

type Memory = Chips<mmio::Registers, Counter, Kept>;

struct Server {
    /// Or why there is none.
    chips: Result<Memory, Error>,
}

type Answer<T> = Result<T, Refuse<FlashError>>;

/// An error, as clients are told; what is not theirs is noted.
fn told(at: u64, error: Error) -> FlashError {
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
        Error::TimedOut => FlashError::TimedOut,
    };
    LOG.record(Entry::Failed { at, error });
    told
}

impl Server {
    /// The chips, if they have so many bytes there.
    fn chips(&mut self, offset: u64, bytes: usize) -> Result<&mut Memory, FlashError> {
        let Ok(chips) = &mut self.chips else { return Err(FlashError::NoDevice) };
        let end = offset.checked_add(bytes as u64);
        let inside = end.is_some_and(|end| end <= chips.query().size);
        if inside { Ok(chips) } else { Err(FlashError::OutOfRange) }
    }
}

/// Where the pieces of so many bytes begin, and their lengths.
fn pieces(bytes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..bytes).step_by(PIECE).map(move |at| (at, (bytes - at).min(PIECE)))
}

impl server::Flash for Server {
    type Order = InOrder;

    fn info(&mut self, _: Caller) -> Answer<FlashInfo> {
        let query = self.chips(0, 0)?.query();
        let (size, erase_size) = (query.size, query.erase_size);
        Ok(FlashInfo { size, erase_size, program_size: WORD as u32 })
    }

    fn read(&mut self, _: Caller, offset: u64, buf: Lease<Write>) -> Answer<()> {
        let chips = self.chips(offset, buf.len())?;
        let mut piece = [0; PIECE];
        for (at, length) in pieces(buf.len()) {
            let place = offset + at as u64;
            chips.read(place, &mut piece[..length]).map_err(|error| told(place, error))?;
            buf.write(at, &piece[..length])?;
        }
        Ok(())
    }

    fn program(&mut self, _: Caller, offset: u64, data: Lease<Read>) -> Answer<()> {
        let chips = self.chips(offset, data.len())?;
        if data.is_empty() {
            return Err(FlashError::Unaligned.into());
        }
        let mut piece = [0; PIECE];
        for (at, length) in pieces(data.len()) {
            let place = offset + at as u64;
            data.read(at, &mut piece[..length])?;
            chips.program(place, &piece[..length]).map_err(|error| told(place, error))?;
        }
        Ok(())
    }

    fn erase(&mut self, _: Caller, offset: u64) -> Answer<()> {
        let chips = self.chips(offset, 0)?;
        Ok(chips.erase(offset).map_err(|error| told(offset, error))?)
    }

    fn notified(&mut self, _: Bits) {}
}

fn start(resources: Resources) -> ! {
    let Resources { flash, note, timer, supervisor } = resources;
    let registers = flash.registers();
    let window = registers.size();
    let chips = Chips::start(registers, window, Counter(timer), Kept(note));
    LOG.record(match &chips {
        Ok(chips) => {
            let query = chips.query();
            Entry::Found { size: query.size, erase_size: query.erase_size }
        }
        Err(error) => Entry::NoChips(*error),
    });
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(Bits::NONE, Server { chips })
}
