//! One queue of a device, with buffers that move in and out of it.

use crate::device::{EVENT_INDEX, INDIRECT};
use crate::pool::AREA;
use crate::ring::{Abilities, PIECES, Part, Ring, TAIL};
use crate::{Buffer, Pool, Quiet};
use core::mem::ManuallyDrop;
use mmio::Piece;
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
    /// As many requests as it holds are in flight.
    Full,
    /// The request has no parts, more data than its buffer has, or says too much.
    BadParts,
}

/// The device wrote something into the ring that answers nothing it was asked. It must be reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misbehaved;

/// What moves with a request: from the front of a buffer, so many bytes.
#[derive(Debug)]
pub enum Data {
    /// Nothing.
    None,
    /// The device reads it.
    ToDevice(Buffer, usize),
    /// The device writes it.
    FromDevice(Buffer, usize),
}

impl Data {
    const fn length(&self) -> usize {
        match self {
            Self::None => 0,
            Self::ToDevice(_, length) | Self::FromDevice(_, length) => *length,
        }
    }

    /// The buffer, if there is one.
    #[must_use]
    pub fn into_buffer(self) -> Option<Buffer> {
        match self {
            Self::None => None,
            Self::ToDevice(buffer, _) | Self::FromDevice(buffer, _) => Some(buffer),
        }
    }

    fn part(&self) -> Option<Part> {
        let (buffer, length, writable) = match self {
            Self::None => return None,
            Self::ToDevice(buffer, length) => (buffer, *length, false),
            Self::FromDevice(buffer, length) => (buffer, *length, true),
        };
        let start = buffer.bytes().as_ptr().addr();
        Some(Part { address: AREA.physical(start, length), length: length as u32, writable })
    }

    fn fits(&self) -> bool {
        match self {
            Self::None => true,
            Self::ToDevice(buffer, length) | Self::FromDevice(buffer, length) => {
                (1..=buffer.bytes().len()).contains(length)
            }
        }
    }
}

/// A request the device has answered.
#[derive(Debug)]
pub struct Done {
    /// What [`Queue::submit`] returned for it.
    pub token: u16,
    /// The buffer, the driver's again.
    pub buffer: Option<Buffer>,
    /// How many bytes the device was shown to write to.
    pub writable: usize,
    /// How many of them it says it wrote; `None` if it claims more.
    pub written: Option<usize>,
    /// The last byte of what the device was to say.
    pub last: u8,
}

#[derive(Debug)]
struct Flight {
    data: Data,
    /// Bytes of data that the device was to write.
    room: usize,
    tail: usize,
}

/// A queue of at most `REQUESTS`, a power of two. A request is what the driver says, data in
/// either direction, and what the device says; any of them may be missing.
///
/// A queue that is dropped leaks its memory: the device may still be using it. The way to get it
/// back is [`Queue::dismantle`].
#[derive(Debug)]
pub struct Queue<const REQUESTS: usize> {
    ring: ManuallyDrop<Ring>,
    index: u16,
    /// By token.
    flights: [Option<Flight>; REQUESTS],
    idle: u32,
}

/// What the byte that a device says last holds before it does.
pub const UNSAID: u8 = 0xff;

impl<const REQUESTS: usize> Queue<REQUESTS> {
    const FITS: () = assert!(REQUESTS.is_power_of_two() && REQUESTS <= 32, "a number has few bits");
    const ALL: u32 = u32::MAX >> (32 - REQUESTS);

    /// Sets up queue number `index` of a device that is quiet still, for the features that were
    /// agreed on.
    ///
    /// # Errors
    /// What the device or the pool lacks.
    pub fn new(
        transport: &mut impl Transport,
        index: u16,
        features: u64,
        _: &Pool,
        _: Quiet,
    ) -> Result<Self, QueueError> {
        let () = Self::FITS;
        let agreed = |bit| features & bit != 0;
        let abilities = Abilities { indirect: agreed(INDIRECT), events: agreed(EVENT_INDEX) };
        if transport.queue_used(index) {
            return Err(QueueError::InUse);
        }
        let size = Ring::size(REQUESTS as u16, abilities.indirect);
        if transport.max_queue_size(index) < u32::from(size) {
            return Err(QueueError::TooShort);
        }
        let ring = Ring::new(REQUESTS as u16, abilities).ok_or(QueueError::NoMemory)?;
        let (descriptors, driver, device, size) = ring.addresses();
        transport.queue_set(index, size.into(), descriptors, driver, device);
        let ring = ManuallyDrop::new(ring);
        Ok(Self { ring, index, flights: [const { None }; REQUESTS], idle: Self::ALL })
    }

    /// Shows a request to the device: what the driver says, the data, and room for what the device
    /// says, so many bytes. The token names it. The device may sleep until [`Queue::notify`].
    ///
    /// # Errors
    /// The data comes back.
    #[inline]
    pub fn submit<const HEAD: usize>(
        &mut self,
        head: &[u8; HEAD],
        data: Data,
        tail: usize,
    ) -> Result<u16, (Data, SubmitError)> {
        if !data.fits() || tail > TAIL || HEAD + data.length() + tail == 0 {
            return Err((data, SubmitError::BadParts));
        }
        let Some(token) = self.begin(head, tail) else { return Err((data, SubmitError::Full)) };
        let (says, hears) = self.ends(token, HEAD, tail);
        let ring = &mut *self.ring;
        match (data.part(), HEAD > 0, tail > 0) {
            (Some(data), true, true) => ring.make(token, &[says, data, hears]),
            (Some(data), true, false) => ring.make(token, &[says, data]),
            (Some(data), false, true) => ring.make(token, &[data, hears]),
            (Some(data), false, false) => ring.make(token, &[data]),
            (None, true, true) => ring.make(token, &[says, hears]),
            (None, true, false) => ring.make(token, &[says]),
            (None, false, _) => ring.make(token, &[hears]),
        }
        let room = if let Data::FromDevice(_, length) = &data { *length } else { 0 };
        self.take_off(token, Flight { data, room, tail });
        Ok(token)
    }

    /// The same with data in memory of other tasks, in one to [`PIECES`] pieces, which the device
    /// writes if they come `from_device`. It reaches them until the request is answered, or the device
    /// reset.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit_pieces<const HEAD: usize>(
        &mut self,
        head: &[u8; HEAD],
        pieces: &[Piece],
        from_device: bool,
        tail: usize,
    ) -> Result<u16, SubmitError> {
        let fits = (1..=PIECES).contains(&pieces.len()) && HEAD > 0 && (1..=TAIL).contains(&tail);
        if !fits || pieces.iter().any(|piece| piece.length() == 0) {
            return Err(SubmitError::BadParts);
        }
        let token = self.begin(head, tail).ok_or(SubmitError::Full)?;
        let (says, hears) = self.ends(token, HEAD, tail);
        let mut parts = [says; PIECES + 2];
        for (part, piece) in parts[1..].iter_mut().zip(pieces) {
            let (address, length) = (piece.address(), piece.length());
            *part = Part { address, length, writable: from_device };
        }
        parts[pieces.len() + 1] = hears;
        self.ring.make(token, &parts[..pieces.len() + 2]);
        let bytes = pieces.iter().map(|piece| piece.length() as usize).sum();
        let room = if from_device { bytes } else { 0 };
        self.take_off(token, Flight { data: Data::None, room, tail });
        Ok(token)
    }

    /// A number for a request, what the driver says in it written.
    #[inline]
    fn begin<const HEAD: usize>(&mut self, head: &[u8; HEAD], tail: usize) -> Option<u16> {
        let token = self.idle.trailing_zeros();
        if token as usize >= REQUESTS {
            return None;
        }
        self.idle &= self.idle - 1;
        let token = token as u16;
        self.ring.say(token, head);
        if let Some(last) = tail.checked_sub(1) {
            self.ring.unsay(token, last, UNSAID);
        }
        Some(token)
    }

    /// What the driver says and what the device says, as parts of a request.
    #[inline]
    fn ends(&self, token: u16, head: usize, tail: usize) -> (Part, Part) {
        let (says, hears) = (self.ring.head(token), self.ring.tail(token));
        (
            Part { address: says, length: head as u32, writable: false },
            Part { address: hears, length: tail as u32, writable: true },
        )
    }

    #[inline]
    fn take_off(&mut self, token: u16, flight: Flight) {
        if let Some(place) = self.flights.get_mut(usize::from(token)) {
            *place = Some(flight);
        }
    }

    /// Tells the device of what was submitted, unless it does not want to hear of it. Says
    /// whether it did.
    pub fn notify(&mut self, transport: &mut impl Transport) -> bool {
        let tell = self.ring.is_to_be_told();
        if tell {
            transport.notify(self.index);
        }
        tell
    }

    /// The next request the device has answered, if any. Only after it has said that there is none
    /// does the device announce the next.
    ///
    /// # Errors
    /// If it answered what it was not asked.
    #[inline]
    pub fn completed(&mut self) -> Result<Option<Done>, Misbehaved> {
        let Some((head, written)) = self.ring.next() else { return Ok(None) };
        let token = self.ring.number(head).ok_or(Misbehaved)?;
        let place = self.flights.get_mut(usize::from(token)).ok_or(Misbehaved)?;
        let Flight { data, room, tail } = place.take().ok_or(Misbehaved)?;
        self.idle |= 1 << token;
        let last = tail.checked_sub(1).map_or(UNSAID, |last| self.ring.said(token, last));
        let writable = room + tail;
        // The flight is over whatever the length says, and the buffer the driver's again.
        let written = Some(written as usize).filter(|&written| written <= writable);
        Ok(Some(Done { token, buffer: data.into_buffer(), writable, written, last }))
    }

    /// Takes the queue of a device that has been reset apart: its pages go back to the pool, the
    /// buffers in flight to the caller.
    pub fn dismantle(self, _: &Quiet) -> impl Iterator<Item = Buffer> + use<REQUESTS> {
        ManuallyDrop::into_inner(self.ring).free();
        self.flights.into_iter().flatten().filter_map(|flight| flight.data.into_buffer())
    }
}
