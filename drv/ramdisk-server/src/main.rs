//! Serves `idl/blk.idl` from memory: from region `memory`, which with the feature `image` begins as
//! a copy of region `image`; or without the feature `memory` from region `image`, read only.
//!
//! The disk outlives the task, so a client that repeats a request after a restart finds all that it
//! was told is written.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::server::{self, Refuse};
use blk_api::{BlkError, CacheStatistics, DiskInfo, Statistics};
use drv_blk_server::{CLIENTS, Part, Shares, refusal, told};
use drv_block::Block;
use drv_ramdisk_server::{Found, NoDisk, RamDisk, Shape};
use static_cell::StaticCell;
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, InOrder, Lease, List, Read, Write};
use userlib::{Clients, Region, kipc};

#[cfg(all(feature = "memory", not(feature = "image")))]
userlib::resources! {
    struct Resources {
        memory: Region,
        supervisor: Slot,
    }
}
#[cfg(all(feature = "memory", feature = "image"))]
userlib::resources! {
    struct Resources {
        memory: Region,
        image: Region,
        supervisor: Slot,
    }
}
#[cfg(not(feature = "memory"))]
userlib::resources! {
    struct Resources {
        image: Region,
        supervisor: Slot,
    }
}
userlib::config! {
    /// What the disk is like.
    struct Config {
        /// Bytes in a sector, a power of two.
        sector_size: u32 where 512..=4096,
        /// The part of the disk that each client has. Where nobody is named, everyone has all of it.
        partitions: Clients<Part, CLIENTS>,
    }
}
userlib::task!(start);

#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Disk(Found),
    NoDisk(NoDisk),
}

userlib::ringbuf!(LOG, Entry, 4);

/// Bytes that go through the task at once: a whole number of sectors of any size.
const PIECE: usize = 4096;

static CONFIG: StaticCell<Config> = StaticCell::new();

struct Server {
    disk: Option<RamDisk<Region>>,
    shares: Shares,
    counts: Statistics,
}

type Answer<T> = Result<T, Refuse<BlkError>>;

impl Server {
    /// The disk, and where on it the client has so many bytes.
    fn disk(&mut self, caller: Caller, first: u64, bytes: usize) -> Result<Place<'_>, BlkError> {
        let disk = self.disk.as_mut().ok_or(BlkError::NoDevice)?;
        let geometry = disk.geometry().map_err(told)?;
        let size = u64::from(geometry.sector_size);
        let reach = self.shares.reach(&mut *disk, caller)?;
        let first = reach.place(first, bytes as u64 / size).map_err(refusal)?;
        geometry.sectors_of(first, bytes).map_err(told)?;
        Ok(Place { disk, first, step: PIECE as u64 / size })
    }
}

/// Where a client's sectors are.
struct Place<'d> {
    disk: &'d mut RamDisk<Region>,
    first: u64,
    /// Sectors in a piece.
    step: u64,
}

impl server::Blk for Server {
    type Order = InOrder;

    fn info(&mut self, caller: Caller) -> Answer<DiskInfo> {
        let disk = self.disk.as_mut().ok_or(BlkError::NoDevice)?;
        let geometry = disk.geometry().map_err(told)?;
        let sectors = self.shares.reach(disk, caller)?.sectors(geometry.sectors);
        Ok(DiskInfo {
            sectors,
            sector_size: geometry.sector_size,
            read_only: geometry.read_only,
            cached: false,
            discard: geometry.discard,
            write_zeroes: !geometry.read_only,
        })
    }

    fn read(&mut self, caller: Caller, first: u64, buf: Lease<Write>) -> Answer<()> {
        let Place { disk, first, step } = self.disk(caller, first, buf.len())?;
        let mut piece = [0; PIECE];
        for (sector, offset) in (first..).step_by(step as usize).zip((0..buf.len()).step_by(PIECE))
        {
            let length = (buf.len() - offset).min(PIECE);
            disk.read(sector, &mut piece[..length]).map_err(told)?;
            buf.write(offset, &piece[..length])?;
        }
        self.counts.reads += 1;
        self.counts.sectors_read += buf.len() as u64 / (PIECE as u64 / step);
        Ok(())
    }

    fn write(&mut self, caller: Caller, first: u64, data: Lease<Read>) -> Answer<()> {
        let Place { disk, first, step } = self.disk(caller, first, data.len())?;
        let mut piece = [0; PIECE];
        for (sector, offset) in (first..).step_by(step as usize).zip((0..data.len()).step_by(PIECE))
        {
            let length = (data.len() - offset).min(PIECE);
            data.read(offset, &mut piece[..length])?;
            disk.write(sector, &piece[..length]).map_err(told)?;
        }
        self.counts.writes += 1;
        self.counts.sectors_written += data.len() as u64 / (PIECE as u64 / step);
        Ok(())
    }

    fn flush(&mut self, _: Caller) -> Answer<()> {
        self.counts.flushes += 1;
        Ok(())
    }

    fn discard(&mut self, caller: Caller, first: u64, sectors: u64) -> Answer<()> {
        self.write_zeroes(caller, first, sectors)
    }

    fn write_zeroes(&mut self, caller: Caller, first: u64, sectors: u64) -> Answer<()> {
        let disk = self.disk.as_mut().ok_or(BlkError::NoDevice)?;
        let reach = self.shares.reach(&mut *disk, caller)?;
        let first = reach.place(first, sectors).map_err(refusal)?;
        disk.discard(first, sectors).map_err(told)?;
        self.counts.discards += 1;
        Ok(())
    }

    /// It has none.
    fn serial(&mut self, _: Caller) -> Answer<List<u8, 20>> {
        self.disk.as_ref().ok_or(BlkError::NoDevice)?;
        Ok(List::default())
    }

    fn statistics(&mut self, _: Caller) -> Answer<Statistics> {
        Ok(self.counts)
    }

    fn cache_statistics(&mut self, _: Caller) -> Answer<CacheStatistics> {
        Err(BlkError::Unsupported.into())
    }

    fn rescan(&mut self, _: Caller) -> Answer<()> {
        let disk = self.disk.as_mut().ok_or(BlkError::NoDevice)?;
        Ok(self.shares.rescan(disk)?)
    }

    // Leases take one copy as well.
    drv_blk_server::nothing_shared!();

    fn notified(&mut self, _: Bits) {}
}

fn start(resources: Resources) -> ! {
    let supervisor = Supervisor::new(resources.supervisor);
    let config = CONFIG.init_with(Config::get);
    let disk = bring_up(resources, config);
    let mut server =
        Server { disk, shares: Shares::new(&config.partitions), counts: Statistics::NONE };
    if let Some(disk) = &mut server.disk {
        // What is wrong with the table is said to whoever asks for sectors.
        let _ = server.shares.read(disk);
    }
    let _ = supervisor.ready();
    server::serve(Bits::NONE, server)
}

fn bring_up(resources: Resources, config: &Config) -> Option<RamDisk<Region>> {
    let shape = Shape { sector_size: config.sector_size, read_only: !cfg!(feature = "memory") };
    #[cfg(all(feature = "memory", feature = "image"))]
    let (memory, image) = (resources.memory, Some(resources.image));
    #[cfg(all(feature = "memory", not(feature = "image")))]
    let (memory, image) = (resources.memory, None::<Region>);
    #[cfg(not(feature = "memory"))]
    let (memory, image) = (resources.image, None::<Region>);
    match RamDisk::open(memory, shape, kipc::image_id(), image.as_ref()) {
        Ok((disk, found)) => {
            LOG.record(Entry::Disk(found));
            Some(disk)
        }
        Err(reason) => {
            LOG.record(Entry::NoDisk(reason));
            None
        }
    }
}
