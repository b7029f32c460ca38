//! Keeps the device busy with the clients' requests.
//!
//! Requests that find the device with as many as it gets at once wait in the order they came, and
//! go along with a neighbour's when that begins. The engine never blocks: it is called with a
//! request, after an interrupt, and when its deadline passes.

mod launch;

use crate::job::{Client, Job, Kind, Request};
use crate::set::Set;
use crate::table::{Span, Table};
use blk_api::{BlkError, DiskInfo, Statistics};
use drv_virtio_blk::{
    Buffer, Completed, Disk, Geometry, Heard, Outcome, SERIAL, StartError, Ticket,
};
use virtio_drivers::transport::Transport;

/// A request with which the device was given up as often as this has failed.
const TRIES: u8 = 3;

/// What a debugger may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device reported an error in a request from this sector on.
    Failed {
        /// The first sector.
        first: u64,
    },
    /// The device answered what it was not asked.
    Misbehaved,
    /// The device did not answer in time.
    Stalled,
    /// The device asked to be reset.
    AskedForReset,
    /// The device was started afresh.
    Restarted,
    /// The device could not be started afresh.
    NotRestarted,
    /// A client was gone when its answer came.
    ClientGone,
}

/// What the device is working on.
#[derive(Clone, Copy, Debug)]
struct Flight {
    kind: Kind,
    span: Span,
    deadline: u64,
}

/// Clients' requests, at most `JOBS`, and the disk, which works on `FLIGHTS` at once.
pub struct Engine<T, C, const FLIGHTS: usize, const JOBS: usize> {
    disk: Disk<T, FLIGHTS>,
    table: Table<C, JOBS>,
    /// By ticket.
    flights: [Option<Flight>; FLIGHTS],
    air: Set,
    patience: u64,
    /// The disk is to be started afresh before it is used again.
    broken: bool,
    /// It did not confirm a reset, and may still reach memory that clients shared.
    held: bool,
    counts: Statistics,
    log: fn(Event),
}

impl<T: Transport, C: Client, const FLIGHTS: usize, const JOBS: usize> Engine<T, C, FLIGHTS, JOBS> {
    /// An engine for a disk that gets so many steps of the clock for each request.
    pub const fn new(disk: Disk<T, FLIGHTS>, patience: u64, log: fn(Event)) -> Self {
        Self {
            disk,
            table: Table::new(),
            flights: [None; FLIGHTS],
            air: Set::below(0),
            patience,
            broken: false,
            held: false,
            counts: Statistics::NONE,
            log,
        }
    }

    /// Size and abilities of the disk.
    pub const fn info(&self) -> DiskInfo {
        let geometry = self.disk.geometry();
        DiskInfo {
            sectors: geometry.sectors,
            sector_size: geometry.sector_size,
            read_only: geometry.read_only,
            cached: geometry.cached,
            discard: geometry.discard > 0,
            write_zeroes: geometry.write_zeroes > 0,
        }
    }

    /// What was done so far.
    pub const fn statistics(&self) -> Statistics {
        Statistics {
            in_flight: self.air.len(),
            waiting: self.table.waiting().len(),
            features: self.disk.features(),
            ..self.counts
        }
    }

    /// Whether there is room for another request.
    pub const fn has_room(&self) -> bool {
        !self.table.is_full()
    }

    /// The sectors that so many bytes are.
    ///
    /// # Errors
    /// [`BlkError::BadLength`].
    pub fn sectors(&self, bytes: usize) -> Result<u64, BlkError> {
        let size = self.disk.geometry().sector_size;
        let whole = bytes != 0 && bytes & (size as usize - 1) == 0;
        if whole { Ok((bytes >> size.trailing_zeros()) as u64) } else { Err(BlkError::BadLength) }
    }

    /// Takes a request on; the client is answered later.
    ///
    /// # Errors
    /// What is wrong with it. The answering is then the caller's.
    pub fn request(&mut self, now: u64, client: C, asked: Request) -> Result<(), BlkError> {
        if let Err(refusal) = check(self.disk.geometry(), asked) {
            self.counts.errors += 1;
            return Err(refusal);
        }
        self.table.insert(client, asked).map_err(|_| BlkError::Busy)?;
        self.pump(now);
        Ok(())
    }

    /// After the device's interrupt: takes what it has done, and gives it more to do.
    pub fn interrupt(&mut self, now: u64) {
        self.counts.interrupts += 1;
        let heard = self.disk.acknowledge();
        self.collect(now);
        if heard == Heard::NeedsReset && !self.broken {
            self.give_up(Event::AskedForReset, now);
        }
        self.pump(now);
    }

    fn collect(&mut self, now: u64) {
        while !self.broken {
            match self.disk.completed() {
                Ok(Some(completed)) => self.complete(completed),
                Ok(None) => return,
                Err(_) => self.give_up(Event::Misbehaved, now),
            }
        }
    }

    /// When the device must have answered next, if it is at work.
    pub fn deadline(&self) -> Option<u64> {
        self.flights.iter().flatten().map(|flight| flight.deadline).min()
    }

    /// After time has passed: a device that is late is given up.
    pub fn tick(&mut self, now: u64) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            // It may have answered, and its interrupt be on the way.
            self.collect(now);
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(Event::Stalled, now);
        }
        self.pump(now);
    }

    /// The device is no longer believed. What it was late with has failed; the rest is tried again
    /// when it has been started afresh, but not for ever.
    fn give_up(&mut self, why: Event, now: u64) {
        (self.log)(why);
        self.broken = true;
        self.air = Set::below(0);
        for ticket in 0..FLIGHTS {
            let Some(flight) = self.flights[ticket].take() else { continue };
            let late = why == Event::Stalled && flight.deadline <= now;
            for index in flight.span.members {
                self.lose(index, late);
            }
        }
    }

    fn lose(&mut self, index: usize, late: bool) {
        let shared = self.table.is_shared(index);
        let Some(job) = self.table.get_mut(index) else { return };
        job.tries += 1;
        let verdict = match late {
            true => Some(BlkError::TimedOut),
            false => (job.tries >= TRIES).then_some(BlkError::DeviceError),
        };
        job.verdict = verdict;
        job.alone |= verdict.is_some();
        match verdict {
            // Nobody may believe that its memory is its own again before it is.
            Some(error) if !shared => return self.finish(index, Err(error)),
            Some(_) => {}
            None => self.counts.retried += 1,
        }
        self.table.come_back(index);
    }

    /// The device has answered.
    fn complete(&mut self, completed: Completed) {
        let Completed { ticket: Ticket(ticket), outcome, buffer } = completed;
        self.air.remove(ticket.into());
        if let Some(flight) = self.flights.get_mut(usize::from(ticket)).and_then(Option::take) {
            let data = buffer.as_ref().map_or(&[][..], Buffer::bytes);
            for index in flight.span.members {
                self.settle(index, &flight, outcome, data);
            }
        }
        if let Some(buffer) = buffer {
            self.disk.put_back(buffer);
        }
    }

    /// Books what the device has answered; answers the client if it was the last piece.
    fn settle(&mut self, index: usize, flight: &Flight, outcome: Outcome, data: &[u8]) {
        if outcome != Outcome::Done {
            return self.failed(index, flight, outcome);
        }
        let shared = self.table.is_shared(index);
        let geometry = self.disk.geometry();
        let Some(job) = self.table.get_mut(index) else { return };
        let delivered = match flight.kind {
            Kind::Read if shared => Ok(()),
            Kind::Read => {
                let from = geometry.bytes((job.next() - flight.span.first) as usize);
                let length = geometry.bytes(job.piece as usize);
                let piece = data.get(from..from + length).unwrap_or_default();
                job.client.deliver(geometry.bytes(job.done as usize), piece)
            }
            Kind::Serial => job.client.deliver(0, data.get(..SERIAL).unwrap_or_default()),
            _ => Ok(()),
        };
        job.done += job.piece;
        let left = job.left();
        if delivered.is_err() {
            self.drop_client(index);
        } else if left == 0 {
            self.finish(index, Ok(()));
        } else {
            self.table.come_back(index);
        }
    }

    /// Of several that failed together each is tried by itself: the fault may be another's. Not so
    /// a flush, which a device may well pretend to do the second time.
    #[cold]
    fn failed(&mut self, index: usize, flight: &Flight, outcome: Outcome) {
        if flight.span.members.len() > 1
            && flight.kind != Kind::Flush
            && let Some(job) = self.table.get_mut(index)
        {
            job.alone = true;
            return self.table.come_back(index);
        }
        (self.log)(Event::Failed { first: flight.span.first });
        let unsupported = outcome == Outcome::Unsupported;
        let error = if unsupported { BlkError::Unsupported } else { BlkError::DeviceError };
        self.finish(index, Err(error));
    }

    #[cold]
    fn drop_client(&mut self, index: usize) {
        (self.log)(Event::ClientGone);
        self.table.remove(index);
    }

    /// Answers a client and forgets its request.
    fn finish(&mut self, index: usize, result: Result<(), BlkError>) {
        let Some(Job { client, asked, .. }) = self.table.remove(index) else { return };
        crate::statistics::book(&mut self.counts, asked, result.is_ok());
        client.answer(result);
    }

    /// Gives the device what it has room for.
    fn pump(&mut self, now: u64) {
        while let Some(index) = self.table.next() {
            if self.broken && !self.mend() {
                return self.table.waiting().for_each(|index| self.despair(index));
            }
            if self.air.len() as usize == FLIGHTS || !self.launch(index, now) {
                break;
            }
        }
        // For this the device need not have room.
        self.table.settled().for_each(|index| self.finish(index, Ok(())));
        self.counts.most_waiting = self.counts.most_waiting.max(self.table.waiting().len());
        if self.disk.notify() {
            self.counts.notifications += 1;
        }
    }

    fn mend(&mut self) -> bool {
        let restarted = self.disk.restart();
        self.broken = restarted.is_err();
        self.held = restarted == Err(StartError::NotReset);
        (self.log)(if self.broken { Event::NotRestarted } else { Event::Restarted });
        self.counts.restarts += u64::from(!self.broken);
        !self.broken
    }

    /// There is no device to do it.
    #[cold]
    fn despair(&mut self, index: usize) {
        let settles = self.table.get(index).is_some_and(|job| job.asked.kind == Kind::Settle);
        let answer = match self.held && (settles || self.table.is_shared(index)) {
            true => Err(BlkError::Held),
            false if settles => Ok(()),
            false => Err(BlkError::DeviceError),
        };
        self.finish(index, answer);
    }
}

/// Whether the disk can do that.
fn check(geometry: &Geometry, asked: Request) -> Result<(), BlkError> {
    let Request { kind, first, sectors } = asked;
    if matches!(kind, Kind::Flush | Kind::Serial | Kind::Settle) {
        return Ok(());
    }
    if kind.changes() && geometry.read_only {
        return Err(BlkError::ReadOnly);
    }
    let impossible = match kind {
        Kind::Discard => geometry.discard == 0,
        Kind::WriteZeroes => geometry.write_zeroes == 0,
        _ => false,
    };
    if impossible {
        Err(BlkError::Unsupported)
    } else if sectors == 0 {
        Err(BlkError::BadLength)
    } else if !geometry.has(first, sectors) {
        Err(BlkError::OutOfRange)
    } else {
        Ok(())
    }
}
