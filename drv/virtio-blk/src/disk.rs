//! The disk: start, submit, complete, start afresh.

use crate::geometry::WANTED;
use crate::slot::{Operation, Slot};
use crate::{Geometry, SECTOR};
use drv_dma::{PAGE, Pool, PoolError, Queue, QueueError, Quiet, negotiate, reset};
use mmio::DmaMemory;
use virtio_drivers::transport::{DeviceType, Transport};

/// The one queue a block device needs.
const QUEUE: u16 = 0;
/// Descriptors in it; a request takes three.
const DESCRIPTORS: usize = 16;
/// The most data one slot holds; a queue of larger ones gains nothing.
const LARGEST_SLOT: usize = 64 * 1024 + SECTOR;

/// Why the disk does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// It is no block device.
    WrongDevice,
    /// It does not confirm a reset.
    NotReset,
    /// It does not agree on features.
    Refused,
    /// Its configuration cannot be read.
    NoConfiguration,
    /// The DMA memory is not whole pages, or too little: 6 pages are enough for one slot.
    Memory,
    /// Its queue cannot be set up.
    Queue(QueueError),
}

/// Why a request was not submitted. The slot is idle again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The disk ends before the last sector.
    OutOfRange,
    /// No sectors, or more than the slot holds.
    BadLength,
    /// The disk takes no writes.
    ReadOnly,
    /// The disk is [`Broken`], or has no room; the former if a restart is due.
    NotReady,
}

/// Names a submitted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u16);

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, all of it.
    Done,
    /// The medium failed.
    Failed,
    /// The device does not do such a thing.
    Unsupported,
}

/// A request the device has answered.
#[derive(Debug)]
pub struct Completed {
    /// Which one.
    pub ticket: Ticket,
    /// How it ended.
    pub outcome: Outcome,
    /// Its slot, with the data of a read. To be given back with [`Disk::put_back`].
    pub slot: Slot,
}

/// The device does not keep to the protocol; nothing works before a [`Disk::restart`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// A block device with `SLOTS` pieces of DMA memory, hence at most so many requests in flight.
#[derive(Debug)]
pub struct Disk<T, const SLOTS: usize> {
    transport: T,
    pool: Pool,
    queue: Option<Queue<DESCRIPTORS>>,
    geometry: Geometry,
    idle: [Option<Slot>; SLOTS],
    broken: bool,
}

impl<T: Transport, const SLOTS: usize> Disk<T, SLOTS> {
    const FITS: () = assert!(SLOTS > 0 && SLOTS * 3 <= DESCRIPTORS, "the queue is that long");

    /// Resets the device, and starts it with all of `memory`.
    pub fn start(mut transport: T, memory: DmaMemory) -> Result<Self, StartError> {
        let () = Self::FITS;
        if transport.device_type() != DeviceType::Block {
            return Err(StartError::WrongDevice);
        }
        let quiet = reset(&mut transport).map_err(|_| StartError::NotReset)?;
        let pool = Pool::new(memory, &quiet).map_err(|error| match error {
            PoolError::BadSize | PoolError::SecondPool => StartError::Memory,
        })?;
        let (queue, geometry) = bring_up(&mut transport, &pool, quiet)?;
        let idle = carve(&pool).ok_or(StartError::Memory)?;
        Ok(Self { transport, pool, queue: Some(queue), geometry, idle, broken: false })
    }

    /// Size and abilities.
    #[must_use]
    pub const fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// An idle slot, if there is one.
    pub fn take_slot(&mut self) -> Option<Slot> {
        self.idle.iter_mut().find_map(Option::take)
    }

    /// Makes a slot idle.
    pub fn put_back(&mut self, slot: Slot) {
        if let Some(place) = self.idle.iter_mut().find(|place| place.is_none()) {
            *place = Some(slot);
        }
    }

    /// Asks for sectors from `first` on.
    pub fn read(&mut self, slot: Slot, first: u64, sectors: usize) -> Result<Ticket, Rejected> {
        self.transfer(slot, Operation::Read, first, sectors)
    }

    /// Writes the slot's data to sectors from `first` on.
    pub fn write(&mut self, slot: Slot, first: u64, sectors: usize) -> Result<Ticket, Rejected> {
        if self.geometry.read_only {
            self.put_back(slot);
            return Err(Rejected::ReadOnly);
        }
        self.transfer(slot, Operation::Write, first, sectors)
    }

    /// Asks for what was written to be made durable. `None` if there is nothing to be done: a
    /// device that offers no flush has no cache (virtio 1.2, section 5.2.5).
    pub fn flush(&mut self, slot: Slot) -> Result<Option<Ticket>, Rejected> {
        if !self.geometry.cached {
            self.put_back(slot);
            return Ok(None);
        }
        self.submit(slot, Operation::Flush, 0, 0).map(Some)
    }

    /// Tells the device that its interrupt was heard. To be called before [`Disk::completed`].
    pub fn acknowledge(&mut self) {
        self.transport.ack_interrupt();
    }

    /// The next request the device has answered, if any.
    pub fn completed(&mut self) -> Result<Option<Completed>, Broken> {
        let Some(queue) = self.queue.as_mut().filter(|_| !self.broken) else { return Err(Broken) };
        let Ok(done) = queue.completed() else {
            self.broken = true;
            return Err(Broken);
        };
        Ok(done.map(|done| {
            let slot = Slot::new(done.buffer);
            let outcome = outcome(slot.status(), done.written, done.writable);
            Completed { ticket: Ticket(done.token), outcome, slot }
        }))
    }

    /// Resets the device and sets it up again. The requests in flight are lost, their slots idle.
    pub fn restart(&mut self) -> Result<(), StartError> {
        self.broken = true;
        let quiet = reset(&mut self.transport).map_err(|_| StartError::NotReset)?;
        if let Some(queue) = self.queue.take() {
            for buffer in queue.dismantle(&quiet) {
                self.put_back(Slot::new(buffer));
            }
        }
        let (queue, geometry) = bring_up(&mut self.transport, &self.pool, quiet)?;
        (self.queue, self.geometry, self.broken) = (Some(queue), geometry, false);
        Ok(())
    }

    fn transfer(
        &mut self,
        slot: Slot,
        operation: Operation,
        first: u64,
        sectors: usize,
    ) -> Result<Ticket, Rejected> {
        let refusal = if sectors == 0 || sectors > slot.sectors() {
            Some(Rejected::BadLength)
        } else if !self.geometry.has(first, sectors) {
            Some(Rejected::OutOfRange)
        } else {
            None
        };
        match refusal {
            None => self.submit(slot, operation, first, sectors * SECTOR),
            Some(refusal) => {
                self.put_back(slot);
                Err(refusal)
            }
        }
    }

    fn submit(
        &mut self,
        mut slot: Slot,
        operation: Operation,
        first: u64,
        bytes: usize,
    ) -> Result<Ticket, Rejected> {
        let Some(queue) = self.queue.as_mut().filter(|_| !self.broken) else {
            self.put_back(slot);
            return Err(Rejected::NotReady);
        };
        let parts = slot.prepare(operation, first, bytes);
        match queue.submit(&mut self.transport, slot.into_buffer(), parts) {
            Ok(token) => Ok(Ticket(token)),
            Err((buffer, _)) => {
                self.put_back(Slot::new(buffer));
                Err(Rejected::NotReady)
            }
        }
    }
}

/// From reset to ready.
fn bring_up(
    transport: &mut impl Transport,
    pool: &Pool,
    quiet: Quiet,
) -> Result<(Queue<DESCRIPTORS>, Geometry), StartError> {
    let agreed = negotiate(transport, &quiet, WANTED).map_err(|_| StartError::Refused)?;
    let geometry = Geometry::read(transport, agreed).ok_or(StartError::NoConfiguration)?;
    let queue = Queue::new(transport, QUEUE, pool, quiet).map_err(StartError::Queue)?;
    transport.finish_init();
    Ok((queue, geometry))
}

/// Divides what the rings left of the memory into slots of equal size.
fn carve<const SLOTS: usize>(pool: &Pool) -> Option<[Option<Slot>; SLOTS]> {
    let pages = (pool.free_pages() / SLOTS).min(LARGEST_SLOT.div_ceil(PAGE));
    if pages * PAGE < Slot::SMALLEST {
        return None;
    }
    let mut idle = [const { None }; SLOTS];
    for place in &mut idle {
        *place = Some(Slot::new(pool.buffer(pages)?));
    }
    Some(idle)
}

/// What a status byte means. The status is the last byte the device writes, after the data: an
/// answer that wrote less than the data, or more than there was room for, did not do its work.
fn outcome(status: u8, written: Option<usize>, writable: usize) -> Outcome {
    let data = writable.saturating_sub(1);
    match status {
        0 if written.is_some_and(|written| written >= data) => Outcome::Done,
        2 => Outcome::Unsupported,
        _ => Outcome::Failed,
    }
}
