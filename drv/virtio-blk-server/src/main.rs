//! Serves `idl/blk.idl` from one virtio block device.
//!
//! Several requests are under way at once; the task sleeps until a client asks, the device
//! interrupts, or the device is late. Without a device it stays, and says so to whoever asks.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::server::{self, Refuse, reply};
use blk_api::{BlkError, DiskInfo, Statistics};
use core::cell::Cell;
use drv_virtio_blk::{Disk, SERIAL, StartError};
use drv_virtio_blk_server::{Client, Engine, Event, Gone, Kind, Request};
use static_cell::StaticCell;
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, Kept, Lease, List, Pipelined, Read, Write};
use userlib::{Device, Dma, sys, time};
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
    Discard(reply::Discard),
    WriteZeroes(reply::WriteZeroes),
    Serial(reply::Serial, Cell<[u8; SERIAL]>),
}

impl Client for Asked {
    fn fetch(&self, offset: usize, into: &mut [u8]) -> Result<(), Gone> {
        let Self::Write(_, lease) = self else { return Ok(()) };
        lease.read(offset, into).map(|_| ()).map_err(|_| Gone)
    }

    fn deliver(&self, offset: usize, from: &[u8]) -> Result<(), Gone> {
        match self {
            Self::Read(_, lease) => lease.write(offset, from).map(|_| ()).map_err(|_| Gone),
            Self::Serial(_, serial) => {
                serial.set(*from.first_chunk().unwrap_or(&[0; SERIAL]));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn answer(self, result: Result<(), BlkError>) {
        match self {
            Self::Read(reply, _) => reply.send(result),
            Self::Write(reply, _) => reply.send(result),
            Self::Flush(reply) => reply.send(result),
            Self::Discard(reply) => reply.send(result),
            Self::WriteZeroes(reply) => reply.send(result),
            Self::Serial(reply, serial) => reply.send(result.map(|()| text(&serial.get()))),
        };
    }
}

/// A serial ends before its first zero (virtio 1.2, section 5.2.6).
fn text(serial: &[u8; SERIAL]) -> List<u8, SERIAL> {
    let end = serial.iter().position(|&byte| byte == 0).unwrap_or(SERIAL);
    List::from_slice(&serial[..end]).unwrap_or_default()
}

type Busy = Engine<MmioTransport<'static>, Asked, FLIGHTS, JOBS>;
type Order = Pipelined<JOBS>;
type Refused = Refuse<BlkError, Order>;

static ENGINE: StaticCell<Busy> = StaticCell::new();

struct Server {
    /// Or why there is none.
    engine: Result<&'static mut Busy, BlkError>,
    irq: Bits,
    timer: Bits,
    /// The alarm is set, to no later than the device is late.
    armed: bool,
}

impl Server {
    /// Answers later, or says why not.
    fn request<V>(&mut self, asked: Asked, request: Request) -> Result<V, Refused> {
        let engine = self.engine.as_mut().map_err(|reason| *reason)?;
        engine.request(time::now(), asked, request)?;
        if !self.armed {
            self.arm();
        }
        Err(Refuse::Later(Kept::elsewhere()))
    }

    /// A request of so many bytes.
    fn transfer(
        &mut self,
        asked: Asked,
        kind: Kind,
        first: u64,
        bytes: usize,
    ) -> Result<(), Refused> {
        let sectors = self.engine.as_ref().map_err(|reason| *reason)?.sectors(bytes)?;
        self.request(asked, Request { kind, first, sectors })
    }

    /// Sets the alarm for when the device will be late. It is not taken back when the device
    /// answers: a look too many costs less than that.
    fn arm(&mut self) {
        let deadline = self.engine.as_ref().ok().and_then(|engine| engine.deadline());
        self.armed = deadline.is_some();
        if let Some(deadline) = deadline {
            sys::set_timer(deadline, self.timer.mask());
        }
    }
}

impl server::Blk for Server {
    type Order = Order;

    fn accepts(&self) -> bool {
        self.engine.as_ref().map_or(true, |engine| engine.has_room())
    }

    fn info(&mut self, _: Caller) -> Result<DiskInfo, Refused> {
        Ok(self.engine.as_ref().map_err(|reason| *reason)?.info())
    }

    fn read(&mut self, caller: Caller, first: u64, buf: Lease<Write>) -> Result<(), Refused> {
        let bytes = buf.len();
        self.transfer(Asked::Read(reply::Read::to(caller), buf), Kind::Read, first, bytes)
    }

    fn write(&mut self, caller: Caller, first: u64, data: Lease<Read>) -> Result<(), Refused> {
        let bytes = data.len();
        self.transfer(Asked::Write(reply::Write::to(caller), data), Kind::Write, first, bytes)
    }

    fn flush(&mut self, caller: Caller) -> Result<(), Refused> {
        self.request(Asked::Flush(reply::Flush::to(caller)), Request::of_all(Kind::Flush))
    }

    fn discard(&mut self, caller: Caller, first: u64, sectors: u64) -> Result<(), Refused> {
        let request = Request { kind: Kind::Discard, first, sectors };
        self.request(Asked::Discard(reply::Discard::to(caller)), request)
    }

    fn write_zeroes(&mut self, caller: Caller, first: u64, sectors: u64) -> Result<(), Refused> {
        let request = Request { kind: Kind::WriteZeroes, first, sectors };
        self.request(Asked::WriteZeroes(reply::WriteZeroes::to(caller)), request)
    }

    fn serial(&mut self, caller: Caller) -> Result<List<u8, SERIAL>, Refused> {
        let asked = Asked::Serial(reply::Serial::to(caller), Cell::default());
        self.request(asked, Request::of_all(Kind::Serial))
    }

    fn statistics(&mut self, _: Caller) -> Result<Statistics, Refused> {
        Ok(self.engine.as_ref().map_err(|reason| *reason)?.statistics())
    }

    fn notified(&mut self, bits: Bits) {
        let Ok(engine) = &mut self.engine else { return };
        if bits.contains(self.irq) {
            engine.interrupt(time::now());
            sys::irq_control(self.irq.mask(), true);
        }
        if bits.contains(self.timer) {
            engine.tick(time::now());
            self.arm();
        } else if !self.armed {
            self.arm();
        }
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
    server::serve(irq | timer, Server { engine, irq, timer, armed: false })
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
