//! Serves `idl/blk.idl` from one virtio block device.
//!
//! Several requests are under way at once; the task sleeps until a client asks, the device
//! interrupts, or the device is late. Without a device it stays, and says so to whoever asks.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod asked;
mod line;

use asked::{Asked, Own};
use blk_api::server::{self, Refuse, reply};
use blk_api::{BlkError, CacheStatistics, DiskInfo, SECTOR, Statistics};
use core::cell::Cell;
use drv_blk_server::{CLIENTS, NotRead, Part, Shares as Parts, refusal};
use drv_virtio_blk::{Disk, SERIAL, StartError};
use drv_virtio_blk_server::{Engine, Event, Kind, Piece, Request};
use line::Line;
use static_cell::{ConstStaticCell, StaticCell};
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, Lease, List, Pipelined, Read, Write};
use userlib::{Clients, Device, Dma, Shares, Text, sys, time};
use virtio_drivers::transport::mmio::MmioTransport;

/// Requests the device works on at once. Further ones wait, and those of neighbours are merged.
const FLIGHTS: usize = 4;
/// Requests that can be under way or wait. A client has one at a time; further clients wait in the
/// kernel.
const JOBS: usize = 16;

userlib::resources! {
    struct Resources {
        virtio0: Device,
        irq: Notification,
        timer: Notification,
        dma: Dma,
        supervisor: Slot,
        shared: Shares,
    }
}
userlib::config! {
    /// How the driver is set up.
    struct Config {
        /// How long the device may take for one piece of a request.
        patience_ms: u32 where 1..=600_000,
        /// The only disk that is served.
        serial: Option<Text<20>>,
        /// The part of the disk that each client has. Where nobody is named, everyone has all of it.
        partitions: Clients<Part, CLIENTS>,
    }
}
userlib::task!(start);

#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Started { sectors: u64 },
    NoDevice,
    NotStarted(StartError),
    WrongDisk,
    TableNotRead(NotRead),
    Engine(Event),
}

userlib::ringbuf!(LOG, Entry, 32);

type Busy = Engine<MmioTransport<'static>, Asked, FLIGHTS, JOBS>;
type Order = Pipelined<JOBS>;
type Refused = Refuse<BlkError, Order>;

static ENGINE: StaticCell<Busy> = StaticCell::new();

static CONFIG: StaticCell<Config> = StaticCell::new();
static OWN: ConstStaticCell<Own> = ConstStaticCell::new(Own::new());

struct Server {
    line: Line,
    /// Who has which part of the disk.
    parts: Parts,
    /// Who shares which memory.
    shared: Shares,
}

impl Server {
    /// A request about so many of a client's sectors.
    fn transfer<V>(
        &mut self,
        caller: Caller,
        asked: Asked,
        kind: Kind,
        first: u64,
        sectors: u64,
    ) -> Result<V, Refused> {
        let reach = self.parts.reach(&mut self.line, caller)?;
        let first = reach.place(first, sectors).map_err(refusal)?;
        self.line.request(asked, Request { kind, first, sectors })
    }

    /// Memory that a client shares, which the device is to reach.
    fn piece(
        &self,
        caller: Caller,
        offset: u64,
        length: u32,
        region: u32,
    ) -> Result<(Piece, u64), BlkError> {
        let sectors = self.line.shared_engine()?.sectors(length as usize)?;
        if !offset.is_multiple_of(SECTOR as u64) {
            return Err(BlkError::BadLength);
        }
        let shared = self.shared.of(caller.task().index(), region);
        let piece = shared.and_then(|shared| shared.piece(offset, length));
        Ok((piece.ok_or(BlkError::NotShared)?, sectors))
    }

    /// How many sectors so many bytes are.
    fn sectors(&self, bytes: usize) -> Result<u64, BlkError> {
        self.line.engine()?.sectors(bytes)
    }
}

impl server::Blk for Server {
    type Order = Order;

    fn accepts(&self) -> bool {
        self.line.engine().map_or(true, |engine| engine.has_room())
    }

    fn info(&mut self, caller: Caller) -> Result<DiskInfo, Refused> {
        self.line.verify()?;
        let info = self.line.engine()?.info();
        let reach = self.parts.reach(&mut self.line, caller)?;
        Ok(DiskInfo { sectors: reach.sectors(info.sectors), ..info })
    }

    fn read(&mut self, caller: Caller, first: u64, buf: Lease<Write>) -> Result<(), Refused> {
        let sectors = self.sectors(buf.len())?;
        let asked = Asked::Read(reply::Read::to(caller), buf);
        self.transfer(caller, asked, Kind::Read, first, sectors)
    }

    fn write(&mut self, caller: Caller, first: u64, data: Lease<Read>) -> Result<(), Refused> {
        let sectors = self.sectors(data.len())?;
        let asked = Asked::Write(reply::Write::to(caller), data);
        self.transfer(caller, asked, Kind::Write, first, sectors)
    }

    fn flush(&mut self, caller: Caller) -> Result<(), Refused> {
        self.line.request(Asked::Flush(reply::Flush::to(caller)), Request::of_all(Kind::Flush))
    }

    fn discard(&mut self, caller: Caller, first: u64, sectors: u64) -> Result<(), Refused> {
        let asked = Asked::Discard(reply::Discard::to(caller));
        self.transfer(caller, asked, Kind::Discard, first, sectors)
    }

    fn write_zeroes(&mut self, caller: Caller, first: u64, sectors: u64) -> Result<(), Refused> {
        let asked = Asked::WriteZeroes(reply::WriteZeroes::to(caller));
        self.transfer(caller, asked, Kind::WriteZeroes, first, sectors)
    }

    fn serial(&mut self, caller: Caller) -> Result<List<u8, SERIAL>, Refused> {
        let asked = Asked::Serial(reply::Serial::to(caller), Cell::default());
        self.line.request(asked, Request::of_all(Kind::Serial))
    }

    fn statistics(&mut self, _: Caller) -> Result<Statistics, Refused> {
        Ok(self.line.engine()?.statistics())
    }

    fn cache_statistics(&mut self, _: Caller) -> Result<CacheStatistics, Refused> {
        Err(BlkError::Unsupported.into())
    }

    fn rescan(&mut self, _: Caller) -> Result<(), Refused> {
        self.line.verify()?;
        if self.parts.has_partitions() {
            self.line.finish();
        }
        Ok(self.parts.rescan(&mut self.line)?)
    }

    fn share(&mut self, caller: Caller, region: u32) -> Result<u64, Refused> {
        self.line.shared_engine()?;
        let shared = self.shared.of(caller.task().index(), region).ok_or(BlkError::NotShared)?;
        let asked = Asked::Share(reply::Share::to(caller), shared.size());
        self.line.request(asked, Request::of_all(Kind::Settle))
    }

    fn read_shared(
        &mut self,
        caller: Caller,
        first: u64,
        offset: u64,
        length: u32,
        region: u32,
    ) -> Result<(), Refused> {
        let (piece, sectors) = self.piece(caller, offset, length, region)?;
        let asked = Asked::ReadShared(reply::ReadShared::to(caller), piece);
        self.transfer(caller, asked, Kind::Read, first, sectors)
    }

    fn write_shared(
        &mut self,
        caller: Caller,
        first: u64,
        offset: u64,
        length: u32,
        region: u32,
    ) -> Result<(), Refused> {
        let (piece, sectors) = self.piece(caller, offset, length, region)?;
        let asked = Asked::WriteShared(reply::WriteShared::to(caller), piece);
        self.transfer(caller, asked, Kind::Write, first, sectors)
    }

    fn notified(&mut self, bits: Bits) {
        self.line.notified(bits);
    }
}

fn start(resources: Resources) -> ! {
    let Resources { virtio0, irq, timer, dma, supervisor, shared } = resources;
    let config = CONFIG.init_with(Config::get);
    let engine = bring_up(virtio0, dma, config);
    if let Ok(engine) = &engine {
        LOG.record(Entry::Started { sectors: engine.info().sectors });
        // An interrupt of an earlier life says nothing any more.
        sys::irq_clear_and_enable(irq.bits());
    }
    let held = engine.as_ref().err() == Some(&BlkError::Held);
    let engine = engine.map_err(|reason| if held { BlkError::DeviceError } else { reason });
    let (irq, timer) = (Bits::from(irq), Bits::from(timer));
    let wanted = config.serial.as_ref().map(Text::as_str);
    let line = Line { engine, held, irq, timer, armed: false, own: OWN.take(), wanted };
    let mut server = Server { line, parts: Parts::new(&config.partitions), shared };
    server.inspect();
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(irq | timer, server)
}

impl Server {
    /// Looks whether it is the right disk, and what is where on it. What is wrong is said to whoever
    /// asks for sectors.
    #[inline(never)]
    fn inspect(&mut self) {
        if self.line.verify().is_ok()
            && let Err(reason) = self.parts.read(&mut self.line)
        {
            LOG.record(Entry::TableNotRead(reason));
        }
    }
}

/// Starts the disk, if there is one. Not inlined, so that what it builds is off the stack before
/// the server runs.
#[inline(never)]
fn bring_up(device: Device, dma: Dma, config: &Config) -> Result<&'static mut Busy, BlkError> {
    let Ok(transport) = drv_dma::open(device.registers()) else {
        LOG.record(Entry::NoDevice);
        return Err(BlkError::NoDevice);
    };
    let log = |event| LOG.record(Entry::Engine(event));
    let disk = Disk::start(transport, dma.memory()).map_err(no_disk)?;
    Ok(ENGINE.init(Engine::new(disk, time::from_ms(config.patience_ms.into()), log)))
}

/// What a disk that does not start means for clients.
fn no_disk(reason: StartError) -> BlkError {
    LOG.record(Entry::NotStarted(reason));
    match reason {
        StartError::WrongDevice => BlkError::NoDevice,
        StartError::NotReset => BlkError::Held,
        _ => BlkError::DeviceError,
    }
}
