//! Writes, flushes and reads its part of a disk, whatever happens to the driver.
//!
//! Each block it writes says whose it is, which one, and how often it has been written; what was
//! written and flushed must be there. A request that fails is made again. After each round the
//! task says how it went (`idl/pong.idl`; a number has room for everything) and hears whether to
//! go on.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::client::Blk;
use blk_api::{BlkError, MAX_TRANSFER, Sharer};
use pong_api::client::Pong;
use userlib::ipc::ClientError;
use userlib::{Slot, time};

#[cfg(not(feature = "shared"))]
userlib::resources! {
    struct Resources {
        disk: Slot,
        runner: Slot,
    }
}
#[cfg(feature = "shared")]
userlib::resources! {
    struct Resources {
        disk: Slot,
        runner: Slot,
        /// The disk itself moves the data, in and out of this memory.
        memory: Region,
    }
}
userlib::config! {
    /// Who it is.
    struct Config {
        number: u8,
    }
}
userlib::task!(start);

const BLOCK: usize = 4096;
/// Blocks of one worker.
const BLOCKS: usize = 32;
/// The most blocks of one request.
const RUN: usize = MAX_TRANSFER / BLOCK;
/// Behind all workers' parts: blocks that all of them read, one after the other.
const SHARED: u64 = 1024;
const WORKERS: u64 = 8;
const STEPS: u64 = 64;
/// A request that fails so often will not succeed.
const TRIES: u32 = 200;

#[cfg(not(feature = "shared"))]
static BUFFER: static_cell::ConstStaticCell<[u8; MAX_TRANSFER]> =
    static_cell::ConstStaticCell::new([0; MAX_TRANSFER]);

#[cfg(not(feature = "shared"))]
fn memory(resources: Resources) -> (Sharer, Slot, &'static mut [u8]) {
    (Sharer::new(Blk::new(resources.disk)), resources.runner, BUFFER.take())
}

#[cfg(feature = "shared")]
fn memory(resources: Resources) -> (Sharer, Slot, &'static mut [u8]) {
    let mut disk = Sharer::new(Blk::new(resources.disk));
    let mut memory = resources.memory.into_memory().expect("it is this task's alone");
    loop {
        match disk.share(memory) {
            Ok(bytes) => break (disk, resources.runner, bytes),
            Err(back) => memory = back,
        }
    }
}

struct Worker {
    disk: Sharer,
    number: u64,
    /// Sectors in a block.
    step: u64,
    /// How often each block has been written.
    written: [u32; BLOCKS],
    random: u64,
    told: Told,
}

/// What the runner is told.
#[derive(Default)]
struct Told {
    wrong: u64,
    late: u64,
    failed: u64,
    other: u64,
}

impl Told {
    fn number(&self, worker: u64, last: bool) -> u64 {
        let few = |count: u64, bits: u32| count.min((1 << bits) - 1);
        worker
            | u64::from(last) << 8
            | few(self.wrong, 7) << 9
            | few(self.late, 16) << 16
            | few(self.failed, 16) << 32
            | few(self.other, 16) << 48
    }
}

fn start(resources: Resources) -> ! {
    let number = u64::from(Config::get().number);
    let (disk, runner, buffer) = memory(resources);
    let runner = Pong::new(runner);
    let sector_size = loop {
        if let Ok(info) = disk.blk().info() {
            break u64::from(info.sector_size);
        }
    };
    let mut worker = Worker {
        disk,
        number,
        step: BLOCK as u64 / sector_size,
        written: [0; BLOCKS],
        random: time::now() ^ (number + 1) << 32 | 1,
        told: Told::default(),
    };
    // All workers begin together, side by side.
    for step in 0..STEPS {
        worker.look_at_shared(buffer, step);
    }
    let mut round = 0;
    loop {
        worker.round(buffer, round);
        round += 1;
        // The answer is one more than the word.
        match runner.ping(worker.told.number(number, false)) {
            Ok(2) => {}
            _ => break,
        }
    }
    worker.look_at_all(buffer);
    let _ = runner.ping(worker.told.number(number, true));
    loop {
        userlib::sys::recv_notification(0);
    }
}

impl Worker {
    fn round(&mut self, buffer: &mut [u8], round: u64) {
        let first = self.draw(BLOCKS);
        let count = 1 + self.draw(RUN.min(BLOCKS - first));
        self.write(buffer, first, count);
        self.insist(|disk| disk.blk().flush());
        self.look_at(buffer, first, count);
        self.look_at_shared(buffer, round % STEPS);
    }

    fn look_at_shared(&mut self, buffer: &mut [u8], step: u64) {
        let neighbour = SHARED + step * WORKERS + self.number;
        let place = neighbour * self.step;
        self.insist(|disk| disk.read(place, &mut buffer[..BLOCK]));
        if !is(&buffer[..BLOCK], neighbour) {
            self.told.wrong += 1;
        }
    }

    fn write(&mut self, buffer: &mut [u8], first: usize, count: usize) {
        for (block, piece) in (first..first + count).zip(buffer.chunks_exact_mut(BLOCK)) {
            self.written[block] += 1;
            let seed = self.seed(block);
            piece.chunks_exact_mut(8).zip(words(seed)).for_each(|(to, word)| {
                to.copy_from_slice(&word.to_le_bytes());
            });
        }
        let place = self.place(first);
        self.insist(|disk| disk.write(place, &buffer[..count * BLOCK]));
    }

    fn look_at(&mut self, buffer: &mut [u8], first: usize, count: usize) {
        let place = self.place(first);
        self.insist(|disk| disk.read(place, &mut buffer[..count * BLOCK]));
        for (block, piece) in (first..first + count).zip(buffer.chunks_exact(BLOCK)) {
            if self.written[block] > 0 && !is(piece, self.seed(block)) {
                self.told.wrong += 1;
            }
        }
    }

    fn look_at_all(&mut self, buffer: &mut [u8]) {
        for first in (0..BLOCKS).step_by(RUN) {
            self.look_at(buffer, first, RUN);
        }
    }

    const fn place(&self, block: usize) -> u64 {
        (self.number * BLOCKS as u64 + block as u64) * self.step
    }

    /// What a block of its own holds.
    fn seed(&self, block: usize) -> u64 {
        (self.number + 1) << 48 | (block as u64) << 40 | u64::from(self.written[block])
    }

    /// A number below `limit`.
    fn draw(&mut self, limit: usize) -> usize {
        // Marsaglia's xorshift.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) as usize % limit
    }

    /// Asks until it is done.
    fn insist(&mut self, mut ask: impl FnMut(&Sharer) -> Result<(), ClientError<BlkError>>) {
        for _ in 0..TRIES {
            match ask(&self.disk) {
                Ok(()) => return,
                Err(ClientError::Server(BlkError::TimedOut)) => self.told.late += 1,
                Err(ClientError::Server(BlkError::DeviceError)) => self.told.failed += 1,
                Err(_) => self.told.other += 1,
            }
        }
        self.told.wrong += 1;
    }
}

/// The words of a block with this seed: `blk.rs` of the system tests makes the shared ones so.
fn words(seed: u64) -> impl Iterator<Item = u64> {
    (0..).map(move |index| (seed.wrapping_mul(512) + index).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn is(block: &[u8], seed: u64) -> bool {
    block.chunks_exact(8).zip(words(seed)).all(|(bytes, word)| bytes == word.to_le_bytes())
}
