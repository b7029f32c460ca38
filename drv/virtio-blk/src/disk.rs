//! The disk: start, submit, complete, start afresh.

use crate::geometry::WANTED;
use crate::request::{encode, outcome};
use crate::{Geometry, Operation, Outcome, SECTOR};
use drv_dma::{
    Arena, Buffer, PAGE, Piece, Pool, PoolError, Queue, QueueError, Quiet, SubmitError, negotiate,
    reset,
};
use mmio::DmaMemory;
use virtio_drivers::transport::{DeviceStatus, DeviceType, InterruptStatus, Transport};

/// The one queue a block device needs.
const QUEUE: u16 = 0;

/// Why the disk does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// It is no block device.
    WrongDevice,
    /// It does not confirm a reset.
    NotReset,
    /// It does not agree on features.
    Refused,
    /// Its configuration cannot be read, or makes no sense.
    NoConfiguration,
    /// Its sectors are of a size that nothing here can handle.
    SectorSize(u32),
    /// The DMA memory is not whole pages, or too little: 3 pages are the least.
    Memory,
    /// Its queue cannot be set up.
    Queue(QueueError),
}

/// Why a request was not submitted. Its buffer is free again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The disk ends before the last sector.
    OutOfRange,
    /// No sectors, or more than the buffer holds.
    BadLength,
    /// The disk takes no writes.
    ReadOnly,
    /// The disk does not do such a thing, or not with so many sectors.
    Unsupported,
    /// The disk is [`Broken`], or has as many requests as it can; the former if a restart is due.
    NotReady,
}

/// Names a submitted request: a number below the bound of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub u16);

/// A request the device has answered.
#[derive(Debug)]
pub struct Completed {
    /// Which one.
    pub ticket: Ticket,
    /// How it ended.
    pub outcome: Outcome,
    /// Its buffer, with the data of a read. To be given back with [`Disk::put_back`].
    pub buffer: Option<Buffer>,
}

/// The device does not keep to the protocol; nothing works before a [`Disk::restart`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// Why the device interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It may have answered.
    Answers,
    /// It asks for a reset. [`Disk::restart`] does that.
    NeedsReset,
}

/// A block device with at most so many requests in flight, a power of two.
#[derive(Debug)]
pub struct Disk<T, const REQUESTS: usize> {
    transport: T,
    pool: Pool,
    queue: Option<Queue<REQUESTS>>,
    geometry: Geometry,
    features: u64,
    arena: Arena,
    broken: bool,
}

impl<T: Transport, const REQUESTS: usize> Disk<T, REQUESTS> {
    /// Resets the device, and starts it with all of `memory`.
    ///
    /// # Errors
    /// Whatever is wrong with either.
    pub fn start(mut transport: T, memory: DmaMemory) -> Result<Self, StartError> {
        if transport.device_type() != DeviceType::Block {
            return Err(StartError::WrongDevice);
        }
        let quiet = reset(&mut transport).map_err(|_| StartError::NotReset)?;
        let pool = Pool::new(memory, &quiet).map_err(|error| match error {
            PoolError::BadSize | PoolError::SecondPool => StartError::Memory,
        })?;
        let (queue, geometry, features) = bring_up(&mut transport, &pool, quiet)?;
        let arena = Arena::new(pool.buffer(pool.free_pages()).ok_or(StartError::Memory)?);
        let queue = Some(queue);
        Ok(Self { transport, pool, queue, geometry, features, arena, broken: false })
    }

    /// Size and abilities.
    #[must_use]
    pub const fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// The features in use, as bits (virtio 1.2, sections 5.2.3 and 6).
    #[must_use]
    pub const fn features(&self) -> u64 {
        self.features
    }

    /// A buffer for so many bytes, or for as many as there is room in one piece.
    pub fn take(&mut self, bytes: usize) -> Option<Buffer> {
        self.arena.take(bytes.div_ceil(PAGE))
    }

    /// Makes a buffer's memory free.
    pub fn put_back(&mut self, buffer: Buffer) {
        self.arena.give_back(buffer);
    }

    /// Puts a request into the queue; the device may not look before [`Self::notify`]. A read or
    /// write is as long as `sectors` says, and a flush and the question for the serial name no
    /// sectors. All but a flush need a buffer, if only a small one.
    ///
    /// # Errors
    /// If the device could not do it.
    pub fn submit(
        &mut self,
        operation: Operation,
        first: u64,
        sectors: usize,
        buffer: Option<Buffer>,
    ) -> Result<Ticket, Rejected> {
        if let Err(refusal) = self.check(operation, first, sectors) {
            return self.reject(buffer, refusal);
        }
        let Some(queue) = self.queue.as_mut().filter(|_| !self.broken) else {
            return self.reject(buffer, Rejected::NotReady);
        };
        let shift = self.geometry.sector_size.trailing_zeros() - SECTOR.trailing_zeros();
        let (head, data) = encode(operation, first << shift, (sectors as u64) << shift, buffer);
        match queue.submit(&head, data, 1) {
            Ok(token) => Ok(Ticket(token)),
            Err((data, error)) => {
                let refusal = match error {
                    SubmitError::Full => Rejected::NotReady,
                    SubmitError::BadParts => Rejected::BadLength,
                };
                self.reject(data.into_buffer(), refusal)
            }
        }
    }

    /// The same, with data in memory of other tasks: the sectors fill the pieces exactly, of which
    /// there are no more than the device takes. Until the request is answered, or
    /// [`Self::restart`] has come as far as a reset, the device reaches them.
    ///
    /// # Errors
    /// If the device could not do it.
    pub fn submit_pieces(
        &mut self,
        to_write: bool,
        first: u64,
        sectors: usize,
        pieces: &[Piece],
    ) -> Result<Ticket, Rejected> {
        let operation = if to_write { Operation::Write } else { Operation::Read };
        self.check(operation, first, sectors)?;
        let bytes: usize = pieces.iter().map(|piece| piece.length() as usize).sum();
        if bytes != self.geometry.bytes(sectors) || pieces.len() > self.geometry.pieces as usize {
            return Err(Rejected::BadLength);
        }
        let queue = self.queue.as_mut().filter(|_| !self.broken).ok_or(Rejected::NotReady)?;
        let shift = self.geometry.sector_size.trailing_zeros() - SECTOR.trailing_zeros();
        let (head, _) = encode(operation, first << shift, (sectors as u64) << shift, None);
        match queue.submit_pieces(&head, pieces, !to_write, 1) {
            Ok(token) => Ok(Ticket(token)),
            Err(SubmitError::Full) => Err(Rejected::NotReady),
            Err(SubmitError::BadParts) => Err(Rejected::BadLength),
        }
    }

    #[cold]
    fn reject(&mut self, buffer: Option<Buffer>, why: Rejected) -> Result<Ticket, Rejected> {
        if let Some(buffer) = buffer {
            self.put_back(buffer);
        }
        Err(why)
    }

    fn check(&self, operation: Operation, first: u64, sectors: usize) -> Result<(), Rejected> {
        let geometry = &self.geometry;
        let most = match operation {
            Operation::Flush | Operation::Serial => return Ok(()),
            Operation::Read | Operation::Write => geometry.most / geometry.sector_size,
            Operation::Discard => geometry.discard,
            Operation::WriteZeroes => geometry.write_zeroes,
        };
        if geometry.read_only && operation != Operation::Read {
            Err(Rejected::ReadOnly)
        } else if sectors == 0 {
            Err(Rejected::BadLength)
        } else if !geometry.has(first, sectors as u64) {
            Err(Rejected::OutOfRange)
        } else if sectors as u64 > u64::from(most) {
            Err(Rejected::Unsupported)
        } else {
            Ok(())
        }
    }

    /// Tells the device of what was submitted, unless it is looking anyway. Says whether it did.
    pub fn notify(&mut self) -> bool {
        match self.queue.as_mut().filter(|_| !self.broken) {
            Some(queue) => queue.notify(&mut self.transport),
            None => false,
        }
    }

    /// Tells the device that its interrupt was heard. To be called before [`Disk::completed`].
    pub fn acknowledge(&mut self) -> Heard {
        let why = self.transport.ack_interrupt();
        let changed = why.contains(InterruptStatus::DEVICE_CONFIGURATION_INTERRUPT);
        let asks = || self.transport.get_status().contains(DeviceStatus::DEVICE_NEEDS_RESET);
        if changed && asks() { Heard::NeedsReset } else { Heard::Answers }
    }

    /// The next request the device has answered, if any. It announces the next only after this
    /// has said that there is none.
    ///
    /// # Errors
    /// If the device answers what it was not asked.
    pub fn completed(&mut self) -> Result<Option<Completed>, Broken> {
        let Some(queue) = self.queue.as_mut().filter(|_| !self.broken) else { return Err(Broken) };
        let Ok(done) = queue.completed() else {
            self.broken = true;
            return Err(Broken);
        };
        Ok(done.map(|done| Completed {
            ticket: Ticket(done.token),
            outcome: outcome(done.last, done.written, done.writable),
            buffer: done.buffer,
        }))
    }

    /// Resets the device and sets it up again. The requests in flight are lost, and their buffers
    /// free: the device has confirmed that it does nothing more with them.
    ///
    /// # Errors
    /// If it does not start. Without a confirmed reset the buffers in flight stay where they are.
    pub fn restart(&mut self) -> Result<(), StartError> {
        self.broken = true;
        let quiet = reset(&mut self.transport).map_err(|_| StartError::NotReset)?;
        if let Some(queue) = self.queue.take() {
            for buffer in queue.dismantle(&quiet) {
                self.arena.give_back(buffer);
            }
        }
        let (queue, geometry, features) = bring_up(&mut self.transport, &self.pool, quiet)?;
        (self.queue, self.geometry, self.features) = (Some(queue), geometry, features);
        self.broken = false;
        Ok(())
    }
}

/// From reset to ready.
fn bring_up<const REQUESTS: usize>(
    transport: &mut impl Transport,
    pool: &Pool,
    quiet: Quiet,
) -> Result<(Queue<REQUESTS>, Geometry, u64), StartError> {
    let agreed = negotiate(transport, &quiet, WANTED).map_err(|_| StartError::Refused)?;
    let geometry = Geometry::read(transport, agreed)?;
    let queue = Queue::new(transport, QUEUE, agreed, pool, quiet).map_err(StartError::Queue)?;
    transport.finish_init();
    Ok((queue, geometry, agreed))
}
