//! Keeps the device busy with the clients' requests.
//!
//! A request is a job. Each of the disk's slots carries one piece of one job at a time; a job
//! larger than a slot takes several turns. Jobs that find no idle slot wait in the order they
//! came. The engine never blocks: it is called with a request, after an interrupt, and when its
//! deadline passes.

use crate::job::{Client, Flight, Job, Kind};
use blk_api::{BlkError, DiskInfo, SECTOR};
use drv_virtio_blk::{Completed, Disk, Outcome, Rejected, Slot};
use virtio_drivers::transport::Transport;

/// What a debugger may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device reported an error for this sector.
    Failed {
        /// The piece's first sector.
        first: u64,
    },
    /// The device answered what it was not asked.
    Misbehaved,
    /// The device did not answer in time.
    Stalled,
    /// The device was started afresh.
    Restarted,
    /// The device could not be started afresh.
    NotRestarted,
    /// A client was gone when its answer came.
    ClientGone,
}

/// Clients' jobs, at most `JOBS`, and the disk with its `SLOTS`.
pub struct Engine<T, C, const SLOTS: usize, const JOBS: usize> {
    disk: Disk<T, SLOTS>,
    jobs: [Option<Job<C>>; JOBS],
    arrived: u64,
    patience: u64,
    /// The disk is to be started afresh before it is used again.
    broken: bool,
    log: fn(Event),
}

impl<T: Transport, C: Client, const SLOTS: usize, const JOBS: usize> Engine<T, C, SLOTS, JOBS> {
    /// An engine for a disk that gets so many steps of the clock for each piece.
    pub const fn new(disk: Disk<T, SLOTS>, patience: u64, log: fn(Event)) -> Self {
        Self { disk, jobs: [const { None }; JOBS], arrived: 0, patience, broken: false, log }
    }

    /// Size and abilities of the disk.
    pub fn info(&self) -> DiskInfo {
        let geometry = self.disk.geometry();
        DiskInfo {
            sectors: geometry.sectors,
            sector_size: SECTOR as u32,
            read_only: geometry.read_only,
            cached: geometry.cached,
            reserved: [0; 2],
        }
    }

    /// Takes a request on, of so many bytes; the client is answered later. A refusal leaves the
    /// answering to the caller.
    pub fn request(
        &mut self,
        now: u64,
        client: C,
        kind: Kind,
        first: u64,
        bytes: usize,
    ) -> Result<(), BlkError> {
        self.check(kind, first, bytes)?;
        let place = self.jobs.iter_mut().find(|job| job.is_none()).ok_or(BlkError::Busy)?;
        let (sectors, number) = (bytes / SECTOR, self.arrived);
        *place = Some(Job { client, kind, first, sectors, done: 0, flight: None, number });
        self.arrived += 1;
        self.pump(now);
        Ok(())
    }

    fn check(&self, kind: Kind, first: u64, bytes: usize) -> Result<(), BlkError> {
        let geometry = self.disk.geometry();
        match kind {
            Kind::Flush => return Ok(()),
            Kind::Write if geometry.read_only => return Err(BlkError::ReadOnly),
            Kind::Read | Kind::Write => {}
        }
        if bytes == 0 || !bytes.is_multiple_of(SECTOR) {
            return Err(BlkError::BadLength);
        }
        if geometry.has(first, bytes / SECTOR) { Ok(()) } else { Err(BlkError::OutOfRange) }
    }

    /// After the device's interrupt: takes what it has done, and gives it more to do.
    pub fn interrupt(&mut self, now: u64) {
        self.disk.acknowledge();
        loop {
            match self.disk.completed() {
                Ok(Some(completed)) => self.complete(completed),
                Ok(None) => break,
                Err(_) if self.broken => break,
                Err(_) => {
                    self.give_up(Event::Misbehaved);
                    break;
                }
            }
        }
        self.pump(now);
    }

    /// When the device must have answered next, if it is at work.
    pub fn deadline(&self) -> Option<u64> {
        self.jobs.iter().flatten().filter_map(|job| job.flight).map(|flight| flight.deadline).min()
    }

    /// After time has passed: a device that is late is given up.
    pub fn tick(&mut self, now: u64) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            // It may have answered, and its interrupt be on the way.
            self.interrupt(now);
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(Event::Stalled);
            self.pump(now);
        }
    }

    /// The device is no longer believed: what it was working on has failed.
    fn give_up(&mut self, why: Event) {
        (self.log)(why);
        self.broken = true;
        for place in &mut self.jobs {
            if place.as_ref().is_some_and(|job| job.flight.is_some()) {
                finish(place, Err(BlkError::DeviceError));
            }
        }
    }

    /// One piece is done.
    fn complete(&mut self, completed: Completed) {
        let Completed { ticket, outcome, slot } = completed;
        let ours = |job: &Job<C>| job.flight.is_some_and(|flight| flight.ticket == ticket);
        let place = self.jobs.iter_mut().find(|place| place.as_ref().is_some_and(ours));
        if let Some(place) = place {
            settle(place, outcome, &slot, self.log);
        }
        self.disk.put_back(slot);
    }

    /// Gives idle slots to waiting jobs.
    fn pump(&mut self, now: u64) {
        while let Some(index) = self.first_waiting() {
            if self.broken && !self.mend() {
                self.fail_waiting();
                return;
            }
            let Some(slot) = self.disk.take_slot() else { return };
            self.start(index, slot, now);
        }
    }

    /// The job that has waited longest.
    fn first_waiting(&self) -> Option<usize> {
        let waiting = |(index, place): (usize, &Option<Job<C>>)| {
            let job = place.as_ref().filter(|job| job.flight.is_none())?;
            Some((job.number, index))
        };
        self.jobs.iter().enumerate().filter_map(waiting).min().map(|(_, index)| index)
    }

    fn mend(&mut self) -> bool {
        self.broken = self.disk.restart().is_err();
        (self.log)(if self.broken { Event::NotRestarted } else { Event::Restarted });
        !self.broken
    }

    fn fail_waiting(&mut self) {
        for place in &mut self.jobs {
            finish(place, Err(BlkError::DeviceError));
        }
    }

    /// Sends a job's next piece to the device.
    fn start(&mut self, index: usize, mut slot: Slot, now: u64) {
        let place = &mut self.jobs[index];
        let Some(job) = place else { return self.disk.put_back(slot) };
        let (first, sectors) = job.next_piece(slot.sectors());
        if job.load(&mut slot, sectors).is_err() {
            (self.log)(Event::ClientGone);
            *place = None;
            return self.disk.put_back(slot);
        }
        let sent = match job.kind {
            Kind::Read => self.disk.read(slot, first, sectors).map(Some),
            Kind::Write => self.disk.write(slot, first, sectors).map(Some),
            Kind::Flush => self.disk.flush(slot),
        };
        match sent {
            Ok(Some(ticket)) => {
                let deadline = now.saturating_add(self.patience);
                job.flight = Some(Flight { ticket, sectors, deadline });
            }
            Ok(None) => finish(place, Ok(())),
            Err(rejected) => finish(place, Err(refusal(rejected))),
        }
    }
}

/// Books a piece the device has answered; answers the client if it was the last.
fn settle<C: Client>(place: &mut Option<Job<C>>, outcome: Outcome, slot: &Slot, log: fn(Event)) {
    let Some(job) = place else { return };
    let Some(flight) = job.flight.take() else { return };
    if outcome != Outcome::Done {
        log(Event::Failed { first: job.first + job.done as u64 });
        return finish(place, Err(BlkError::DeviceError));
    }
    if job.unload(slot, flight.sectors).is_err() {
        log(Event::ClientGone);
        *place = None;
        return;
    }
    job.done += flight.sectors;
    if job.done >= job.sectors {
        finish(place, Ok(()));
    }
}

/// Answers a client and forgets its job.
fn finish<C: Client>(place: &mut Option<Job<C>>, result: Result<(), BlkError>) {
    if let Some(job) = place.take() {
        job.client.answer(result);
    }
}

/// What the disk's refusal means for the client. Requests are checked on arrival, so this is the
/// rare case that the disk changed since.
const fn refusal(rejected: Rejected) -> BlkError {
    match rejected {
        Rejected::OutOfRange => BlkError::OutOfRange,
        Rejected::BadLength => BlkError::BadLength,
        Rejected::ReadOnly => BlkError::ReadOnly,
        Rejected::NotReady => BlkError::DeviceError,
    }
}
