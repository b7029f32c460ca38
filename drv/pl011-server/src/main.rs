//! Serves `idl/console.idl` from one PL011.
//!
//! The server sleeps on its clients and its interrupt together. Who cannot be served at once waits
//! for the interrupt that makes it possible: writers for room, readers for bytes.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use console_api::{
    ConsoleError, Logged,
    server::{self, Refuse, reply},
};
use drv_pl011::{LineError, Pl011, Queued};
use drv_pl011_server::{Log, Waiting};
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, Kept, Lease, Pipelined, Read, Write};
use userlib::{Notification, Region, sys, time};

#[cfg(not(feature = "log"))]
userlib::resources! {
    /// What the console has.
    struct Resources {
        uart0: Device,
        irq: Notification,
        timer: Notification,
        client_restarted: Notification,
        supervisor: Slot,
    }
}
#[cfg(feature = "log")]
userlib::resources! {
    /// What the console has.
    struct Resources {
        uart0: Device,
        irq: Notification,
        timer: Notification,
        client_restarted: Notification,
        supervisor: Slot,
        log: Region,
    }
}
userlib::task!(start);

/// Bytes that may wait to be sent.
const TX: usize = 1024;
/// Bytes that may wait to be read.
const RX: usize = 512;
/// Callers that may wait, of each kind.
const CALLERS: usize = 8;
/// Bytes copied from a writer at a time.
const CHUNK: usize = 128;
/// How long until a line that still sends its last bytes is looked at again, in milliseconds: no
/// interrupt tells when they are gone.
const DRAIN: u64 = 1;

/// So many answers may be owed: three tables of callers.
type Order = Pipelined<{ 3 * CALLERS }>;

struct Server {
    line: Queued<mmio::Registers, TX, RX>,
    writers: Waiting<(reply::Write, Lease<Read>), CALLERS>,
    readers: Waiting<(reply::Read, Lease<Write>), CALLERS>,
    flushers: Waiting<reply::Flush, CALLERS>,
    log: Option<Log<Region>>,
    told: Told,
    irq: Notification,
    timer: Notification,
    client_restarted: Notification,
}

/// What the reader of the log was told since it last read.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Told {
    Nothing,
    /// There is something to read.
    Some,
    /// There is more than half of what can be kept.
    Half,
}

impl server::Console for Server {
    type Order = Order;

    fn write(
        &mut self,
        caller: Caller,
        data: Lease<Read>,
    ) -> Result<u32, Refuse<ConsoleError, Order>> {
        if data.is_empty() {
            return Ok(0);
        }
        let call = (reply::Write::to(caller), data);
        later(self.writers.add(caller.task(), call), || self.serve_writers())
    }

    fn read(
        &mut self,
        caller: Caller,
        buf: Lease<Write>,
    ) -> Result<u32, Refuse<ConsoleError, Order>> {
        if buf.is_empty() {
            return Ok(0);
        }
        let call = (reply::Read::to(caller), buf);
        later(self.readers.add(caller.task(), call), || self.serve_readers())
    }

    fn flush(&mut self, caller: Caller) -> Result<(), Refuse<ConsoleError, Order>> {
        let call = reply::Flush::to(caller);
        later(self.flushers.add(caller.task(), call), || self.serve_flushers())
    }

    fn read_log(
        &mut self,
        _: Caller,
        from: u64,
        buf: Lease<Write>,
    ) -> Result<Logged, Refuse<ConsoleError, Order>> {
        let log = self.log.as_mut().ok_or(ConsoleError::NoLog)?;
        let mut piece = [0; CHUNK];
        let (from, mut count) = (log.read(from, &mut []).from, 0);
        while count < buf.len() {
            let room = (buf.len() - count).min(CHUNK);
            let found = log.read(from + count as u64, &mut piece[..room]);
            buf.write(count, &piece[..found.count])?;
            count += found.count;
            if found.count < room {
                break;
            }
        }
        if count < buf.len() {
            self.told = Told::Nothing;
        }
        let (log, end, lost) = (log.number(), log.end(), log.lost());
        Ok(Logged { log, from, end, lost, count: count as u32, reserved: 0 })
    }

    fn notified(&mut self, bits: Bits) {
        if bits.contains(self.client_restarted) {
            self.forget_the_dead();
        }
        self.line.service();
        self.serve_readers();
        self.serve_writers();
        self.serve_flushers();
        sys::irq_control(self.irq.bits(), true);
    }
}

/// The caller waits; perhaps not for long.
fn later<T>(has_place: bool, serve: impl FnOnce()) -> Result<T, Refuse<ConsoleError, Order>> {
    if !has_place {
        return Err(ConsoleError::Busy.into());
    }
    serve();
    Err(Refuse::Later(Kept::elsewhere()))
}

impl Server {
    fn serve_writers(&mut self) {
        while self.line.room() > 0
            && let Some((reply, data)) = self.writers.take_first()
        {
            let taken = self.take(&data);
            reply.send(Ok(taken as u32));
        }
    }

    /// Queues as much of what is lent as there is room for.
    fn take(&mut self, data: &Lease<Read>) -> usize {
        let mut taken = 0;
        let mut chunk = [0; CHUNK];
        loop {
            let wanted = self.line.room().min(CHUNK);
            // A caller that has gone lends no more; nobody hears the answer.
            let got = data.read(taken, &mut chunk[..wanted]).unwrap_or(0);
            if got == 0 {
                return taken;
            }
            let sent = self.line.write(&chunk[..got]);
            self.keep(&chunk[..sent]);
            taken += sent;
        }
    }

    /// Adds what was printed to the log, and tells its reader.
    fn keep(&mut self, printed: &[u8]) {
        let Some(log) = &mut self.log else { return };
        log.add(printed);
        let half = log.unread() > log.room() as u64 / 2;
        let news = if half { Told::Half } else { Told::Some };
        if news > self.told {
            self.told = news;
            server::notify::printed();
        }
    }

    fn serve_readers(&mut self) {
        while let Some((reply, buf)) = self.readers.first() {
            if let Some(error) = self.line.take_error() {
                reply.send(Err(named(error)));
            } else if self.line.arrived().is_empty() {
                return;
            } else if let Ok(count) = buf.write(0, self.line.arrived()) {
                self.line.consume(count);
                reply.send(Ok(count as u32));
            }
            self.readers.take_first();
        }
    }

    fn serve_flushers(&mut self) {
        if self.flushers.first().is_none() {
            return;
        }
        if !self.line.is_flushed() {
            return sys::set_timer(time::after_ms(DRAIN), self.timer.bits());
        }
        while let Some(reply) = self.flushers.take_first() {
            reply.send(Ok(()));
        }
    }

    /// Gives the places of callers that have died to those that live.
    fn forget_the_dead(&mut self) {
        let lives = |task| sys::refresh_task_id(task) == task;
        self.writers.retain(lives);
        self.readers.retain(lives);
        self.flushers.retain(lives);
    }
}

const fn named(error: LineError) -> ConsoleError {
    match error {
        LineError::Overrun => ConsoleError::Overrun,
        LineError::Framing => ConsoleError::Framing,
        LineError::Break => ConsoleError::Break,
    }
}

fn start(resources: Resources) -> ! {
    #[cfg(feature = "log")]
    let log = Log::new(resources.log, time::now() ^ userlib::kipc::image_id());
    #[cfg(not(feature = "log"))]
    let log = None;
    let Resources { uart0, irq, timer, client_restarted, supervisor, .. } = resources;
    // The line rate stays as firmware set it.
    let uart = Pl011::new(uart0.registers(), None);
    let server = Server {
        line: Queued::new(uart),
        writers: Waiting::new(),
        readers: Waiting::new(),
        flushers: Waiting::new(),
        log,
        told: Told::Some,
        irq,
        timer,
        client_restarted,
    };
    sys::irq_control(irq.bits(), true);
    // Who reads the log looks whether it is still the same.
    server::notify::printed();
    // Without a supervisor that listens there is nobody to wait for this line either.
    let _ = Supervisor::new(supervisor).ready();
    server::serve(irq | timer | client_restarted, server)
}
