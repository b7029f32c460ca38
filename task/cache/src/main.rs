//! Serves `idl/blk.idl` from another server of it, and keeps what its clients used last: for all of
//! them together, so that what one has read is near for the others.
//!
//! Only for a disk, or a part of one, that several tasks share; a file system has a cache of its own.
//! Short writes wait in memory until a flush, or until their place is needed. They are noted in
//! the region `notes`, which the next life of the task finds: so nothing that was answered is lost when it
//! dies. Requests are done one after the other.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::client::Blk;
use blk_api::server::{self, Refuse};
use blk_api::{BlkError, CacheStatistics, DiskInfo, MAX_TRANSFER, Statistics};
use drv_blk_server::{CLIENTS, NotRead, Part, Shares, refusal, told};
use drv_block::{Block, Error};
use drv_block_cache::Cache;
use drv_fs_server::Disk;
use static_cell::{ConstStaticCell, StaticCell};
use supervisor_api::client::Supervisor;
use task_cache::Notes;
use userlib::ipc::{Bits, Caller, ClientError, InOrder, Lease, List, Read, Write};
use userlib::{Clients, Region, kipc};

userlib::resources! {
    struct Resources {
        disk: Slot,
        notes: Region,
        supervisor: Slot,
    }
}
userlib::config! {
    /// Who has what of the disk below.
    struct Config {
        /// The part of it that each client has. Where nobody is named, everyone has all of it.
        partitions: Clients<Part, CLIENTS>,
    }
}
userlib::task!(start);

#[derive(Clone, Copy, PartialEq)]
enum Entry {
    /// So many writes of an earlier life were done again.
    Repeated(u32),
    NotRepeated(Error),
    TableNotRead(NotRead),
}

userlib::ringbuf!(LOG, Entry, 8);

/// Bytes in a line; longer requests go past the lines.
const LINE: usize = 16 << 10;
type Lines = drv_block_cache::Memory<16, LINE>;

static LINES: ConstStaticCell<Lines> = ConstStaticCell::new(Lines::new());
static BUFFER: ConstStaticCell<[u8; MAX_TRANSFER]> = ConstStaticCell::new([0; MAX_TRANSFER]);
static CONFIG: StaticCell<Config> = StaticCell::new();

struct Server {
    below: Blk,
    cache: Cache<'static, Disk>,
    /// Where writes are noted, once the disk was there.
    notes: Option<Notes<Region>>,
    /// Before.
    region: Option<Region>,
    /// How many notes of an earlier life were done again, once they were.
    repeated: Option<u64>,
    shares: Shares,
    buffer: &'static mut [u8; MAX_TRANSFER],
    counts: Statistics,
}

type Answer<T> = Result<T, Refuse<BlkError>>;

/// What the server below says, as it is passed on.
fn passed<T>(answer: Result<T, ClientError<BlkError>>) -> Result<T, BlkError> {
    answer.map_err(|error| match error {
        ClientError::Server(error) => error,
        _ => BlkError::DeviceError,
    })
}

impl Server {
    /// What an earlier life noted is done again before anything else.
    fn ready(&mut self) -> Result<&mut Notes<Region>, Error> {
        let geometry = self.cache.geometry()?;
        if let Some(region) = self.region.take() {
            self.notes = Some(Notes::open(region, &geometry, kipc::image_id()));
        }
        let notes = self.notes.as_mut().ok_or(Error::Failed)?;
        if self.repeated.is_none() {
            let disk = self.cache.device_mut();
            if let Err(error) = notes.repeat(disk).and_then(|()| disk.flush()) {
                LOG.record(Entry::NotRepeated(error));
                return Err(error);
            }
            LOG.record(Entry::Repeated(notes.count() as u32));
            self.repeated = Some(notes.count() as u64);
            notes.clear();
        }
        Ok(notes)
    }

    /// Brings to the medium what waits, after which nothing need be noted.
    fn flush_all(&mut self) -> Result<(), Error> {
        self.ready()?;
        self.cache.flush()?;
        self.ready()?.clear();
        Ok(())
    }

    /// Where the client has so many bytes, and how large a sector is.
    fn place(
        &mut self,
        caller: Caller,
        first: u64,
        bytes: usize,
    ) -> Result<(u64, usize), BlkError> {
        self.ready().map_err(told)?;
        let geometry = self.cache.geometry().map_err(told)?;
        let size = geometry.sector_size as usize;
        let reach = self.shares.reach(&mut self.cache, caller)?;
        let first = reach.place(first, (bytes / size) as u64).map_err(refusal)?;
        geometry.sectors_of(first, bytes).map_err(told)?;
        Ok((first, size))
    }

    /// Where some sectors of a client are that are changed without their bytes. What waits is on the
    /// disk then, so that no note brings back what they held.
    fn apart(&mut self, caller: Caller, first: u64, sectors: u64) -> Result<u64, BlkError> {
        self.ready().map_err(told)?;
        let reach = self.shares.reach(&mut self.cache, caller)?;
        let first = reach.place(first, sectors).map_err(refusal)?;
        self.flush_all().map_err(told)?;
        Ok(first)
    }

    /// Writes what is in the buffer, and notes it if it is not on the disk then.
    fn write_out(&mut self, first: u64, bytes: usize, size: usize) -> Result<(), Error> {
        let (past, sectors) = (bytes >= LINE, (bytes / size) as u64);
        let notes = self.ready()?;
        // A note that is done again may not undo what went past the lines later.
        if !notes.have_room(bytes) || past && notes.tell_of(first, sectors, size) {
            self.flush_all()?;
        }
        self.cache.write(first, &self.buffer[..bytes])?;
        let Some(notes) = self.notes.as_mut().filter(|_| !past) else { return Ok(()) };
        if !notes.have_room(bytes) {
            return self.cache.flush();
        }
        notes.add(first, &self.buffer[..bytes], size);
        Ok(())
    }

    fn look_at_table(&mut self) {
        if let Err(reason) = self.shares.read(&mut self.cache) {
            LOG.record(Entry::TableNotRead(reason));
        }
    }
}

impl server::Blk for Server {
    type Order = InOrder;

    fn info(&mut self, caller: Caller) -> Answer<DiskInfo> {
        self.ready().map_err(told)?;
        let geometry = self.cache.geometry().map_err(told)?;
        let sectors = self.shares.reach(&mut self.cache, caller)?.sectors(geometry.sectors);
        Ok(DiskInfo {
            sectors,
            sector_size: geometry.sector_size,
            read_only: geometry.read_only,
            cached: true,
            discard: geometry.discard,
            write_zeroes: passed(self.below.info())?.write_zeroes,
        })
    }

    fn read(&mut self, caller: Caller, first: u64, buf: Lease<Write>) -> Answer<()> {
        let bytes = buf.len();
        let (first, size) = self.place(caller, first, bytes)?;
        let into = self.buffer.get_mut(..bytes).ok_or(BlkError::BadLength)?;
        self.cache.read(first, into).map_err(told)?;
        buf.write(0, into)?;
        self.counts.reads += 1;
        self.counts.sectors_read += (bytes / size) as u64;
        Ok(())
    }

    fn write(&mut self, caller: Caller, first: u64, data: Lease<Read>) -> Answer<()> {
        let bytes = data.len();
        let (first, size) = self.place(caller, first, bytes)?;
        let from = self.buffer.get_mut(..bytes).ok_or(BlkError::BadLength)?;
        data.read(0, from)?;
        self.write_out(first, bytes, size).map_err(told)?;
        self.counts.writes += 1;
        self.counts.sectors_written += (bytes / size) as u64;
        Ok(())
    }

    fn flush(&mut self, _: Caller) -> Answer<()> {
        self.flush_all().map_err(told)?;
        self.counts.flushes += 1;
        Ok(())
    }

    fn discard(&mut self, caller: Caller, first: u64, sectors: u64) -> Answer<()> {
        let first = self.apart(caller, first, sectors)?;
        self.cache.discard(first, sectors).map_err(told)?;
        self.counts.discards += 1;
        Ok(())
    }

    fn write_zeroes(&mut self, caller: Caller, first: u64, sectors: u64) -> Answer<()> {
        let first = self.apart(caller, first, sectors)?;
        let done = passed(self.below.write_zeroes(first, sectors));
        // Some of them may be zeros although it failed.
        let forgotten = self.cache.forget(first, sectors).map_err(told);
        done?;
        forgotten?;
        self.counts.discards += 1;
        Ok(())
    }

    fn serial(&mut self, _: Caller) -> Answer<List<u8, 20>> {
        Ok(passed(self.below.serial())?)
    }

    fn statistics(&mut self, _: Caller) -> Answer<Statistics> {
        let cache = self.cache.statistics();
        Ok(Statistics { requests: cache.reads + cache.writes + cache.flushes, ..self.counts })
    }

    /// The server below reads its table first: what it gives this task may grow.
    fn rescan(&mut self, _: Caller) -> Answer<()> {
        self.flush_all().map_err(told)?;
        passed(self.below.rescan())?;
        self.cache.refresh();
        let geometry = self.cache.geometry().map_err(told)?;
        self.ready().map_err(told)?.belong_to(&geometry, kipc::image_id());
        Ok(self.shares.rescan(&mut self.cache)?)
    }

    fn cache_statistics(&mut self, _: Caller) -> Answer<CacheStatistics> {
        let waiting = self.cache.waiting().into();
        let drv_block_cache::Statistics {
            hits,
            misses,
            past,
            reads,
            sectors_read,
            sectors_ahead,
            writes,
            sectors_written,
            flushes,
        } = self.cache.statistics();
        Ok(CacheStatistics {
            hits,
            misses,
            past,
            reads,
            sectors_read,
            sectors_ahead,
            writes,
            sectors_written,
            flushes,
            repeated: self.repeated.unwrap_or(0),
            waiting,
        })
    }

    // What clients write goes through the cache.
    drv_blk_server::nothing_shared!();

    fn notified(&mut self, _: Bits) {}
}

fn start(resources: Resources) -> ! {
    let Resources { disk, notes, supervisor } = resources;
    let config = CONFIG.init_with(Config::get);
    let mut server = Server {
        below: Blk::new(disk),
        cache: Cache::new(LINES.take(), Disk::new(disk)),
        notes: None,
        region: Some(notes),
        repeated: None,
        shares: Shares::new(&config.partitions),
        buffer: BUFFER.take(),
        counts: Statistics::NONE,
    };
    // What fails now is tried again, and said to whoever asks.
    if server.ready().is_ok() {
        server.look_at_table();
    }
    let _ = Supervisor::new(supervisor).ready();
    server::serve(Bits::NONE, server)
}
