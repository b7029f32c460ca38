//! Measures what requests to the block server take.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::client::Blk;
use blk_api::{MAX_SHARED, MAX_TRANSFER};
use console_api::Text;
use core::fmt::Write;
use static_cell::ConstStaticCell;
use test_bench::timed::{Request, Timer};
use userlib::Region;

userlib::resources! {
    struct Resources {
        console: Slot,
        disk: Slot,
        buffer: Region,
    }
}
userlib::task!(start);

const SMALL: usize = 4096;

static BUFFER: ConstStaticCell<[u8; MAX_TRANSFER]> = ConstStaticCell::new([0; MAX_TRANSFER]);

/// One request after the other: small ones somewhere in the second half of the disk, where there
/// are no files; large ones one behind the other.
struct Transfer<'d, F> {
    disk: &'d Blk,
    buffer: &'d mut [u8],
    sectors: u64,
    /// Of one request.
    step: u64,
    somewhere: bool,
    next: u64,
    run: F,
}

impl<F: Fn(&Blk, u64, &mut [u8]) -> bool> Request for Transfer<'_, F> {
    fn prepare(&mut self) {
        if self.somewhere {
            self.next ^= self.next << 13;
            self.next ^= self.next >> 7;
            self.next ^= self.next << 17;
        } else {
            self.next += 1;
        }
    }

    fn run(&mut self) -> bool {
        let half = self.sectors / 2;
        let first = half + self.next % (half / self.step) * self.step;
        (self.run)(self.disk, first, self.buffer)
    }
}

struct Bench {
    out: Text,
    timer: Timer,
    disk: Blk,
    buffer: &'static mut [u8; MAX_TRANSFER],
    sectors: u64,
    sector_size: usize,
}

fn start(resources: Resources) -> ! {
    let (mut out, disk) = (Text::new(resources.console), Blk::new(resources.disk));
    let Ok(info) = disk.info() else {
        let _ = writeln!(out, "bench: there is no disk");
        let _ = out.flush();
        sleep()
    };
    let (sectors, sector_size) = (info.sectors, info.sector_size as usize);
    let (timer, buffer) = (Timer::begin(), BUFFER.take());
    let mut bench = Bench { out, timer, disk, buffer, sectors, sector_size };
    let _ = writeln!(bench.out, "bench: begin");
    bench.measure("blk_read_4k", SMALL, |disk, first, buffer| disk.read(first, buffer).is_ok());
    bench.measure("blk_write_4k", SMALL, |disk, first, buffer| disk.write(first, buffer).is_ok());
    bench.measure("blk_read_64k", MAX_TRANSFER, |disk, first, buffer| {
        disk.read(first, buffer).is_ok()
    });
    bench.measure("blk_write_64k", MAX_TRANSFER, |disk, first, buffer| {
        disk.write(first, buffer).is_ok()
    });
    bench.measure("blk_flush", SMALL, |disk, _, _| disk.flush().is_ok());
    bench.measure_shared(resources.buffer);
    let _ = writeln!(bench.out, "bench: end");
    let _ = bench.out.flush();
    sleep()
}

fn sleep() -> ! {
    loop {
        userlib::sys::recv_notification(0);
    }
}

impl Bench {
    /// The disk itself moves the data, in and out of this memory.
    fn measure_shared(&mut self, region: Region) {
        let settled = |region| self.disk.share(region).map(drop);
        let Some(Ok((place, memory))) = region.into_memory().ok().map(|m| m.claim(settled)) else {
            let _ = writeln!(self.out, "bench: the disk reaches no memory of this task");
            return;
        };
        let region = place.number();
        let mut at = |bytes: usize| place.offset_of_mut(&mut memory[..bytes]).unwrap_or(u64::MAX);
        let (small, large, whole) = (at(SMALL), at(MAX_TRANSFER), at(MAX_SHARED));
        self.measure("blk_read_4k_shared", SMALL, |disk, first, _| {
            disk.read_shared(first, small, SMALL as u32, region).is_ok()
        });
        self.measure("blk_read_64k_shared", MAX_TRANSFER, |disk, first, _| {
            disk.read_shared(first, large, MAX_TRANSFER as u32, region).is_ok()
        });
        self.measure("blk_read_1m_shared", MAX_SHARED, |disk, first, _| {
            disk.read_shared(first, whole, MAX_SHARED as u32, region).is_ok()
        });
        self.measure("blk_write_64k_shared", MAX_TRANSFER, |disk, first, _| {
            disk.write_shared(first, large, MAX_TRANSFER as u32, region).is_ok()
        });
    }

    fn measure(&mut self, name: &str, bytes: usize, run: impl Fn(&Blk, u64, &mut [u8]) -> bool) {
        let mut transfer = Transfer {
            disk: &self.disk,
            buffer: &mut self.buffer[..bytes.min(MAX_TRANSFER)],
            sectors: self.sectors,
            step: (bytes / self.sector_size) as u64,
            somewhere: bytes == SMALL,
            next: 1,
            run,
        };
        let _ = self.timer.measure(name, &mut transfer, &mut self.out);
        let _ = self.out.flush();
    }
}
