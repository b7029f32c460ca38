//! Uses NOR flash, also while its driver is killed.
//!
//! The last block counts the runs of this image on one flash memory, a word each: what one run
//! programmed the next must find.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use console_api::Text;
use core::fmt::{self, Write};
use drv_block::{Block, OnFlash};
use flash_api::client::Flash;
use flash_api::{FlashError, Memory};
use userlib::ipc::ClientError;
use userlib::kipc;

userlib::resources! {
    struct Resources {
        console: Slot,
        flash: Slot,
        killer: Slot,
    }
}
userlib::task!(start);

/// The bank of the board.
const SIZE: u64 = 64 << 20;
const BLOCK: u64 = 256 << 10;
/// Where runs are counted.
const RUNS: u64 = SIZE - BLOCK;
const RUN: u32 = 0xb007_0000;
/// Bytes used at once.
const PIECE: usize = 8192;
/// Erased and programmed so often while the driver dies.
const ROUNDS: u64 = 3;
/// Times that it has died then, at least.
const DEATHS: u32 = 40;

type Error = ClientError<FlashError>;
type Test = fn(&Resources, &mut [u8; PIECE]) -> Result<(), Wrong>;

enum Wrong {
    Refused(Error),
    Answer(Result<(), Error>),
    Block(drv_block::Error),
    Bytes(u64),
    Info(u64, u32),
    Run(u64, u32),
    Deaths(u32),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "refused: {error:?}"),
            Self::Answer(answer) => write!(f, "answered {answer:?}"),
            Self::Block(error) => write!(f, "{error}"),
            Self::Bytes(offset) => write!(f, "other bytes at {offset:#x}"),
            Self::Info(size, block) => write!(f, "{size} bytes in blocks of {block}"),
            Self::Run(run, word) => write!(f, "run {run} left {word:#x}"),
            Self::Deaths(count) => write!(f, "it died {count} times"),
        }
    }
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<drv_block::Error> for Wrong {
    fn from(error: drv_block::Error) -> Self {
        Self::Block(error)
    }
}

fn start(resources: Resources) -> ! {
    let tests: [(&str, Test); 6] = [
        ("the bank is as the board says", shape),
        ("what earlier runs programmed is there", runs),
        ("a block is erased, programmed and read", program),
        ("what cannot be is refused", refuse),
        ("a block device on it erases by discards", device),
        ("it is all there when the driver was killed meanwhile", killed),
    ];
    let mut text = Text::new(resources.console);
    let mut buffer = [0; PIECE];
    let _ = writeln!(text, "suite: begin {}", tests.len());
    for (name, test) in tests {
        let _ = match test(&resources, &mut buffer) {
            Ok(()) => writeln!(text, "test {name} ... ok"),
            Err(wrong) => writeln!(text, "test {name} ... FAILED: {wrong}"),
        };
        let _ = text.flush();
    }
    let _ = writeln!(text, "suite: end");
    let _ = text.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

fn shape(resources: &Resources, _: &mut [u8; PIECE]) -> Result<(), Wrong> {
    let info = Flash::new(resources.flash).info()?;
    let right = (info.size, u64::from(info.erase_size)) == (SIZE, BLOCK);
    if right { Ok(()) } else { Err(Wrong::Info(info.size, info.erase_size)) }
}

fn runs(resources: &Resources, _: &mut [u8; PIECE]) -> Result<(), Wrong> {
    let flash = Flash::new(resources.flash);
    let mut word = [0; 4];
    for run in 0..BLOCK / 4 {
        flash.read(RUNS + 4 * run, &mut word)?;
        let ours = RUN | run as u32;
        match u32::from_le_bytes(word) {
            u32::MAX => return Ok(flash.program(RUNS + 4 * run, &ours.to_le_bytes())?),
            found if found == ours => {}
            found => return Err(Wrong::Run(run, found)),
        }
    }
    Ok(flash.erase(RUNS)?)
}

/// Not the same in any two places near each other, nor in any two rounds; never all ones.
const fn pattern(place: u64, round: u64) -> u8 {
    let mixed = place ^ place >> 8 ^ place >> 16 ^ (round * 37);
    mixed as u8 & 0x7f
}

fn fill(buffer: &mut [u8], offset: u64, round: u64) {
    buffer.iter_mut().zip(offset..).for_each(|(byte, place)| *byte = pattern(place, round));
}

/// Whether the pattern is there.
fn check(flash: &Flash, buffer: &mut [u8], offset: u64, round: u64) -> Result<(), Wrong> {
    buffer.fill(0xee);
    flash.read(offset, buffer)?;
    let differs = |(byte, place): (&u8, u64)| *byte != pattern(place, round);
    match buffer.iter().zip(offset..).position(differs) {
        None => Ok(()),
        Some(at) => Err(Wrong::Bytes(offset + at as u64)),
    }
}

/// Whether these bytes are erased.
fn blank(flash: &Flash, buffer: &mut [u8], offset: u64) -> Result<(), Wrong> {
    flash.read(offset, buffer)?;
    let differs = buffer.iter().position(|&byte| byte != 0xff);
    differs.map_or(Ok(()), |at| Err(Wrong::Bytes(offset + at as u64)))
}

fn program(resources: &Resources, buffer: &mut [u8; PIECE]) -> Result<(), Wrong> {
    let flash = Flash::new(resources.flash);
    for block in 1..4 {
        flash.erase(block * BLOCK)?;
    }
    // Over the buffers' ends, and from one block to the next.
    let offset = 2 * BLOCK - 1000;
    fill(&mut buffer[..6000], offset, 0);
    flash.program(offset, &buffer[..6000])?;
    check(&flash, &mut buffer[..6000], offset, 0)?;
    check(&flash, &mut buffer[..77], offset + 13, 0)?;
    blank(&flash, &mut buffer[..4096], offset - 4096)?;
    blank(&flash, &mut buffer[..4096], offset + 6000)
}

fn refused(answer: Result<(), Error>, error: FlashError) -> Result<(), Wrong> {
    match answer {
        Err(ClientError::Server(why)) if why == error => Ok(()),
        other => Err(Wrong::Answer(other)),
    }
}

fn refuse(resources: &Resources, buffer: &mut [u8; PIECE]) -> Result<(), Wrong> {
    let flash = Flash::new(resources.flash);
    for offset in [SIZE - 4, SIZE, u64::MAX - 3] {
        refused(flash.read(offset, &mut buffer[..8]), FlashError::OutOfRange)?;
        refused(flash.program(offset, &buffer[..8]), FlashError::OutOfRange)?;
        refused(flash.erase(offset), FlashError::OutOfRange)?;
    }
    for (offset, bytes) in [(BLOCK, 0), (BLOCK, 5), (BLOCK + 1, 4)] {
        refused(flash.program(offset, &buffer[..bytes]), FlashError::Unaligned)?;
    }
    refused(flash.erase(BLOCK + 4096), FlashError::Unaligned)?;
    flash.erase(BLOCK)?;
    flash.program(BLOCK, &[0x0f; 4])?;
    refused(flash.program(BLOCK, &[0x1f; 4]), FlashError::NotErased)?;
    flash.program(BLOCK, &[0x0e; 4])?;
    flash.read(BLOCK, &mut buffer[..4])?;
    if buffer[..4] == [0x0e; 4] { Ok(()) } else { Err(Wrong::Bytes(BLOCK)) }
}

fn device(resources: &Resources, buffer: &mut [u8; PIECE]) -> Result<(), Wrong> {
    let flash = Flash::new(resources.flash);
    let mut device = OnFlash::new(Memory::new(resources.flash), 4096);
    let (first, sectors) = (4 * BLOCK / 4096, BLOCK / 4096);
    device.discard(first, 2 * sectors)?;
    fill(buffer, 5 * BLOCK, 1);
    device.write(first + sectors, buffer)?;
    check(&flash, buffer, 5 * BLOCK, 1)?;
    // What is not erased is not written over.
    fill(buffer, 5 * BLOCK, 2);
    match device.write(first + sectors, buffer) {
        Err(drv_block::Error::Worn) => {}
        other => return other.map_err(Wrong::Block).and(Err(Wrong::Bytes(5 * BLOCK))),
    }
    device.discard(first + sectors, sectors)?;
    device.write(first + sectors, buffer)?;
    device.read(first + sectors, buffer)?;
    check(&flash, buffer, 5 * BLOCK, 2)
}

fn killed(resources: &Resources, buffer: &mut [u8; PIECE]) -> Result<(), Wrong> {
    let flash = Flash::new(resources.flash);
    let deaths = || kipc::read_status(resources.flash.index()).restarts;
    let before = deaths();
    kipc::restart(resources.killer.index(), true);
    let mut round = 0;
    let done = loop {
        if let Err(wrong) = whole_block(&flash, buffer, round) {
            break Err(wrong);
        }
        round += 1;
        if round >= ROUNDS && deaths() >= before + DEATHS {
            break Ok(());
        }
    };
    kipc::restart(resources.killer.index(), false);
    done?;
    let count = deaths() - before;
    if count >= DEATHS { Ok(()) } else { Err(Wrong::Deaths(count)) }
}

/// Erases and programs a block, and sees that this did not touch its neighbour.
fn whole_block(flash: &Flash, buffer: &mut [u8; PIECE], round: u64) -> Result<(), Wrong> {
    let (block, neighbour) = ((8 + round % 2) * BLOCK, (8 + (round + 1) % 2) * BLOCK);
    patient(|| flash.erase(block))?;
    for offset in (block..block + BLOCK).step_by(PIECE) {
        fill(buffer, offset, round);
        patient(|| flash.program(offset, buffer))?;
    }
    for offset in (block..block + BLOCK).step_by(PIECE) {
        checked(flash, buffer, offset, round)?;
        if round > 0 {
            checked(flash, buffer, neighbour + offset - block, round - 1)?;
        }
    }
    Ok(())
}

/// Again, if the driver died more often than the client tries.
fn patient(mut ask: impl FnMut() -> Result<(), Error>) -> Result<(), Error> {
    loop {
        match ask() {
            Err(ClientError::ServerDied) => {}
            other => return other,
        }
    }
}

fn checked(flash: &Flash, buffer: &mut [u8; PIECE], offset: u64, round: u64) -> Result<(), Wrong> {
    loop {
        match check(flash, buffer, offset, round) {
            Err(Wrong::Refused(ClientError::ServerDied)) => {}
            other => return other,
        }
    }
}
