//! Measures what requests to the block server take, from the client's call to its result.
//!
//! Everything that is executed until then counts: the client, the kernel, the server, and the idle
//! task's way into its sleep. What the machine sleeps does not.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::MAX_TRANSFER;
use blk_api::client::Blk;
use console_api::Text;
use core::fmt::Write;
use static_cell::ConstStaticCell;
use test_bench::protocol::Figure;
use test_bench::{Span, Stamp, calls, collect, counters};

userlib::resources! {
    struct Resources {
        console: Slot,
        disk: Slot,
    }
}
userlib::task!(start);

const SMALL: usize = 4096;

static BUFFER: ConstStaticCell<[u8; MAX_TRANSFER]> = ConstStaticCell::new([0; MAX_TRANSFER]);

struct Bench {
    out: Text,
    disk: Blk,
    buffer: &'static mut [u8; MAX_TRANSFER],
    /// What two readings of the counters count by themselves.
    reading: u32,
    sectors: u64,
    sector_size: usize,
    random: u64,
}

fn start(resources: Resources) -> ! {
    counters::program();
    let reading = calls::nothing().counted().total;
    let (mut out, disk) = (Text::new(resources.console), Blk::new(resources.disk));
    let Ok(info) = disk.info() else {
        let _ = writeln!(out, "bench: there is no disk");
        let _ = out.flush();
        sleep()
    };
    let (sectors, sector_size) = (info.sectors, info.sector_size as usize);
    let buffer = BUFFER.take();
    let mut bench = Bench { out, disk, buffer, reading, sectors, sector_size, random: 1 };
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
    /// Small requests somewhere in the second half of the disk, where there are no files; large
    /// ones one after the other.
    fn measure(&mut self, name: &str, bytes: usize, run: impl Fn(&Blk, u64, &mut [u8]) -> bool) {
        let half = self.sectors / 2;
        let step = (bytes / self.sector_size) as u64;
        let mut next = 0;
        let figure = collect(name, || {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            next = if bytes == SMALL { self.random } else { next + 1 };
            let first = half + next % (half / step) * step;
            let buffer = &mut self.buffer[..bytes];
            let start = counters::before();
            let good = run(&self.disk, first, buffer);
            let end = counters::after();
            assert!(good, "the disk failed");
            let Stamp { total, kernel } = Span { start, end }.counted();
            Stamp { total: total.wrapping_sub(self.reading), kernel }
        });
        let Figure { repeats, total: [t0, t1, t2], kernel: [k0, k1, k2], .. } = figure;
        let _ = writeln!(
            self.out,
            "bench: {name} {repeats} total {t0} {t1} {t2} kernel {k0} {k1} {k2}"
        );
        let _ = self.out.flush();
    }
}
