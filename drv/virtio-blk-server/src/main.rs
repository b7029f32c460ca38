//! Serves `idl/blk.idl` from one virtio block device.
//!
//! Several requests are under way at once; the task sleeps until a client asks, the device
//! interrupts, or the device is late. Without a device it stays, and says so to whoever asks.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::server::{self, Refuse, reply};
use blk_api::{BlkError, DiskInfo};
use drv_virtio_blk::{Disk, StartError};
use drv_virtio_blk_server::{Client, Engine, Event, Gone, Kind};
use static_cell::StaticCell;
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, Kept, Lease, Pipelined, Read, Write};
use userlib::{Device, Dma, sys, time};
use virtio_drivers::transport::mmio::MmioTransport;

/// Requests the device works on at once; they share the DMA memory.
const SLOTS: usize = 2;
/// Requests that can be under way or wait. A client has one at a time.
const JOBS: usize = 16;

userlib::resources! {
    struct Resources {
        virtio0: Device,
        irq: Notification,
        timer: Notification,
        dma: Dma,
        supervisor: Slot,
    }
}
userlib::config! {
    /// How the driver is set up.
    struct Config {
        /// How long the device may take for one piece of a request.
        patience_ms: u32 where 1..=600_000,
    }
}
userlib::task!(start);

#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Started { sectors: u64 },
    NoDevice,
    NotStarted(StartError),
    Engine(Event),
}

userlib::ringbuf!(LOG, Entry, 32);

/// Who asked, and for what.
enum Asked {
    Read(reply::Read, Lease<Write>),
    Write(reply::Write, Lease<Read>),
    Flush(reply::Flush),
}

impl Client for Asked {
    fn fetch(&self, offset: usize, into: &mut [u8]) -> Result<(), Gone> {
        let Self::Write(_, lease) = self else { return Ok(()) };
        lease.read(offset, into).map(|_| ()).map_err(|_| Gone)
    }

    fn deliver(&self, offset: usize, from: &[u8]) -> Result<(), Gone> {
        let Self::Read(_, lease) = self else { return Ok(()) };
        lease.write(offset, from).map(|_| ()).map_err(|_| Gone)
    }

    fn answer(self, result: Result<(), BlkError>) {
        match self {
            Self::Read(reply, _) => reply.send(result),
            Self::Write(reply, _) => reply.send(result),
            Self::Flush(reply) => reply.send(result),
        };
    }
}

type Busy = Engine<MmioTransport<'static>, Asked, SLOTS, JOBS>;

static ENGINE: StaticCell<Busy> = StaticCell::new();

struct Server {
    /// Or why there is none.
    engine: Result<&'static mut Busy, BlkError>,
    irq: Bits,
    timer: Bits,
}

impl Server {
    fn request(
        &mut self,
        asked: Asked,
        kind: Kind,
        first: u64,
        bytes: usize,
    ) -> Refuse<BlkError, Pipelined<JOBS>> {
        match &mut self.engine {
            Err(reason) => (*reason).into(),
            Ok(engine) => match engine.request(time::now(), asked, kind, first, bytes) {
                Ok(()) => {
                    self.arm();
                    Refuse::Later(Kept::elsewhere())
                }
                Err(reason) => reason.into(),
            },
        }
    }

    /// Sets the alarm for when the device will be late.
    fn arm(&self) {
        if let Ok(engine) = &self.engine {
            sys::set_timer(engine.deadline().unwrap_or(abi::NO_DEADLINE), self.timer.mask());
        }
    }
}

impl server::Blk for Server {
    type Order = Pipelined<JOBS>;

    fn info(&mut self, _: Caller) -> Result<DiskInfo, Refuse<BlkError, Pipelined<JOBS>>> {
        match &self.engine {
            Ok(engine) => Ok(engine.info()),
            Err(reason) => Err((*reason).into()),
        }
    }

    fn read(
        &mut self,
        caller: Caller,
        first: u64,
        buf: Lease<Write>,
    ) -> Result<(), Refuse<BlkError, Pipelined<JOBS>>> {
        let bytes = buf.len();
        let asked = Asked::Read(reply::Read::to(caller), buf);
        Err(self.request(asked, Kind::Read, first, bytes))
    }

    fn write(
        &mut self,
        caller: Caller,
        first: u64,
        data: Lease<Read>,
    ) -> Result<(), Refuse<BlkError, Pipelined<JOBS>>> {
        let bytes = data.len();
        let asked = Asked::Write(reply::Write::to(caller), data);
        Err(self.request(asked, Kind::Write, first, bytes))
    }

    fn flush(&mut self, caller: Caller) -> Result<(), Refuse<BlkError, Pipelined<JOBS>>> {
        Err(self.request(Asked::Flush(reply::Flush::to(caller)), Kind::Flush, 0, 0))
    }

    fn notified(&mut self, bits: Bits) {
        let Ok(engine) = &mut self.engine else { return };
        if bits.contains(self.irq) {
            engine.interrupt(time::now());
            sys::irq_control(self.irq.mask(), true);
        }
        if bits.contains(self.timer) {
            engine.tick(time::now());
        }
        self.arm();
    }
}

fn start(resources: Resources) -> ! {
    let Resources { virtio0, irq, timer, dma, supervisor } = resources;
    let engine = bring_up(virtio0, dma);
    if let Ok(engine) = &engine {
        LOG.record(Entry::Started { sectors: engine.info().sectors });
        // An interrupt of an earlier life says nothing any more.
        sys::irq_clear_and_enable(irq.bits());
    }
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(supervisor).ready();
    let (irq, timer) = (Bits::from(irq), Bits::from(timer));
    server::serve(irq | timer, Server { engine, irq, timer })
}

/// Starts the disk, if there is one. Not inlined, so that what it builds is off the stack before
/// the server runs.
#[inline(never)]
fn bring_up(device: Device, dma: Dma) -> Result<&'static mut Busy, BlkError> {
    let Ok(transport) = drv_dma::open(device.registers()) else {
        LOG.record(Entry::NoDevice);
        return Err(BlkError::NoDevice);
    };
    let log = |event| LOG.record(Entry::Engine(event));
    let disk = Disk::start(transport, dma.memory()).map_err(no_disk)?;
    Ok(ENGINE.init(Engine::new(disk, time::from_ms(Config::get().patience_ms.into()), log)))
}

/// What a disk that does not start means for clients.
fn no_disk(reason: StartError) -> BlkError {
    LOG.record(Entry::NotStarted(reason));
    match reason {
        StartError::WrongDevice => BlkError::NoDevice,
        _ => BlkError::DeviceError,
    }
}
