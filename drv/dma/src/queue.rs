//! One queue of a device, with buffers that move in and out of it.

use crate::hal::TaskHal;
use crate::{Buffer, Parts, Pool, Quiet, barrier};
use core::mem::ManuallyDrop;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::Transport;

/// Why a queue cannot be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueError {
    /// The device has no such queue, or only a shorter one.
    TooShort,
    /// The pool has too few pages left in one piece.
    NoMemory,
    /// The device says the queue is in use, right after a reset.
    InUse,
}

/// Why a request did not enter the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// Every descriptor is in flight.
    Full,
    /// The parts do not fit the buffer, or overlap.
    BadParts,
}

/// The device wrote something into the ring that answers nothing it was asked. It must be reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misbehaved;

/// A request the device has answered.
#[derive(Debug)]
pub struct Done {
    /// What [`Queue::submit`] returned for it.
    pub token: u16,
    /// The buffer, the driver's again.
    pub buffer: Buffer,
    /// How many bytes the device was shown to write to.
    pub writable: usize,
    /// How many of them it says it wrote; `None` if it claims more.
    pub written: Option<usize>,
}

#[derive(Debug)]
struct Flight {
    buffer: Buffer,
    parts: Parts,
}

/// A queue of at most `SIZE` descriptors.
///
/// A queue that is dropped leaks its memory: the device may still be using it. The way to get it
/// back is [`Queue::dismantle`].
#[derive(Debug)]
pub struct Queue<const SIZE: usize> {
    ring: ManuallyDrop<VirtQueue<TaskHal, SIZE>>,
    index: u16,
    /// By the first descriptor's number, which is the token.
    flights: [Option<Flight>; SIZE],
}

impl<const SIZE: usize> Queue<SIZE> {
    /// Sets up queue number `index` of a device that is quiet still.
    pub fn new(
        transport: &mut impl Transport,
        index: u16,
        _: &Pool,
        _: Quiet,
    ) -> Result<Self, QueueError> {
        // No indirect descriptors: they need a heap. No event index: `virtio-drivers` compares
        // it without regard to wrapping, and with it cannot hold interrupts back.
        let (indirect, event_index) = (false, false);
        let ring =
            VirtQueue::new(transport, index, indirect, event_index).map_err(
                |error| match error {
                    virtio_drivers::Error::DmaError => QueueError::NoMemory,
                    virtio_drivers::Error::AlreadyUsed => QueueError::InUse,
                    _ => QueueError::TooShort,
                },
            )?;
        Ok(Self { ring: ManuallyDrop::new(ring), index, flights: [const { None }; SIZE] })
    }

    /// Shows the parts of `buffer` to the device and rings its bell. The token names the request.
    pub fn submit(
        &mut self,
        transport: &mut impl Transport,
        mut buffer: Buffer,
        parts: Parts,
    ) -> Result<u16, (Buffer, SubmitError)> {
        if !parts.fit(buffer.bytes().len()) {
            return Err((buffer, SubmitError::BadParts));
        }
        let ring = &mut self.ring;
        let added = buffer.with_parts(&parts, |inputs, outputs| {
            // SAFETY: the buffer goes into `flights` below and leaves it only by `completed`,
            // after the device gave it back, or by `dismantle`, after the device was reset.
            unsafe { ring.add(inputs, outputs) }
        });
        let Ok(token) = added else { return Err((buffer, SubmitError::Full)) };
        self.flights[usize::from(token)] = Some(Flight { buffer, parts });
        // The device must see the new entry before the driver looks whether it sleeps.
        barrier::full();
        if self.ring.should_notify() {
            transport.notify(self.index);
        }
        Ok(token)
    }

    /// The next request the device has answered, if any.
    pub fn completed(&mut self) -> Result<Option<Done>, Misbehaved> {
        let Some(token) = self.ring.peek_used() else { return Ok(None) };
        barrier::full();
        let flight = self.flights.get_mut(usize::from(token)).ok_or(Misbehaved)?;
        let Flight { buffer, parts } = flight.as_mut().ok_or(Misbehaved)?;
        let ring = &mut self.ring;
        let popped = buffer.with_parts(parts, |inputs, outputs| {
            // SAFETY: the buffer and the parts are those that `submit` added under this token.
            unsafe { ring.pop_used(token, inputs, outputs) }
        });
        let written = popped.map_err(|_| Misbehaved)? as usize;
        let writable = parts.writable();
        let Flight { buffer, .. } = flight.take().ok_or(Misbehaved)?;
        // The flight is over whatever the length says, and the buffer the driver's again.
        let written = (written <= writable).then_some(written);
        Ok(Some(Done { token, buffer, writable, written }))
    }

    /// Takes the queue of a device that has been reset apart: its pages go back to the pool, the
    /// buffers in flight to the caller.
    pub fn dismantle(self, _: &Quiet) -> impl Iterator<Item = Buffer> + use<SIZE> {
        drop(ManuallyDrop::into_inner(self.ring));
        self.flights.into_iter().flatten().map(|flight| flight.buffer)
    }
}
