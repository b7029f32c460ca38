//! A client that lets the disk reach its memory.

use crate::client::Blk;
use crate::{BlkError, MAX_TRANSFER};
use userlib::ipc::ClientError;
use userlib::{Memory, Place};

/// The most that one call moves of what lies in shared memory, in bytes.
pub const MAX_SHARED: usize = 1 << 20;

/// How often a server is asked again that dies of the question each of the times that the call is
/// repeated by itself.
const TRIES: usize = 8;

/// A client of a block server. What lies in the memory that it shares, the disk moves there itself;
/// everything else is lent.
#[derive(Debug)]
pub struct Sharer {
    blk: Blk,
    place: Option<Place>,
}

impl Sharer {
    /// With no memory that the disk reaches.
    #[must_use]
    pub const fn new(blk: Blk) -> Self {
        Self { blk, place: None }
    }

    /// The server, to be asked for anything else.
    #[must_use]
    pub const fn blk(&self) -> &Blk {
        &self.blk
    }

    /// Shares this memory, if `app.toml` lets the server's device reach it; the client may use it
    /// in any case. It comes back if nobody says that nothing asked for by an earlier life
    /// of the task will arrive there: try again later.
    ///
    /// # Errors
    /// The memory.
    pub fn share(&mut self, memory: Memory) -> Result<&'static mut [u8], Memory> {
        let mut reached = false;
        let settled = |region| match settle(&self.blk, region) {
            Ok(()) => {
                reached = true;
                Ok(())
            }
            // No device reaches it, or none is at work.
            Err(ClientError::Server(error)) if error != BlkError::Held => Ok(()),
            Err(error) => Err(error),
        };
        let (place, bytes) = memory.claim(settled).map_err(|(memory, _)| memory)?;
        self.place = reached.then_some(place);
        Ok(bytes)
    }

    /// The most that one call moves to or from these bytes.
    #[must_use]
    pub fn most(&self, bytes: &[u8]) -> usize {
        let shared = self.place.is_some_and(|place| place.offset_of(bytes).is_some());
        if shared { MAX_SHARED } else { MAX_TRANSFER }
    }

    /// Fills `into` from sector `first` on.
    ///
    /// # Errors
    /// As [`Blk::read`].
    ///
    /// # Panics
    /// If nobody says whether the disk is done with shared memory: it could be written at any time.
    /// The task's next life waits until it is.
    pub fn read(&self, first: u64, into: &mut [u8]) -> Result<(), ClientError<BlkError>> {
        let place = self.place.and_then(|place| Some((place.offset_of_mut(into)?, place.number())));
        match (place, u32::try_from(into.len())) {
            (Some((offset, region)), Ok(length)) => {
                ended(|| self.blk.read_shared(first, offset, length, region))
            }
            _ => self.blk.read(first, into),
        }
    }

    /// Reads `length` bytes from sector `first` on to a region of another task, from `at` on.
    ///
    /// # Errors
    /// As [`Blk::read_shared`].
    ///
    /// # Panics
    /// As [`Self::read`].
    pub fn fetch(
        &self,
        first: u64,
        length: u32,
        (region, at): (u32, u64),
    ) -> Result<(), ClientError<BlkError>> {
        ended(|| self.blk.read_shared(first, at, length, region))
    }

    /// Writes `data` from sector `first` on.
    ///
    /// # Errors
    /// As [`Blk::write`].
    ///
    /// # Panics
    /// As [`Self::read`].
    pub fn write(&self, first: u64, data: &[u8]) -> Result<(), ClientError<BlkError>> {
        let place = self.place.and_then(|place| Some((place.offset_of(data)?, place.number())));
        match (place, u32::try_from(data.len())) {
            (Some((offset, region)), Ok(length)) => {
                ended(|| self.blk.write_shared(first, offset, length, region))
            }
            _ => self.blk.write(first, data),
        }
    }
}

fn settle(blk: &Blk, region: u32) -> Result<(), ClientError<BlkError>> {
    (0..TRIES)
        .find_map(|_| match blk.share(region) {
            Err(ClientError::ServerDied | ClientError::Server(BlkError::Busy)) => None,
            answer => Some(answer.map(drop)),
        })
        .unwrap_or(Err(ClientError::ServerDied))
}

/// A call with shared memory, which ends when a server has said that it did: one that died may have
/// left the device at work, its next life begins with a reset.
fn ended(
    call: impl Fn() -> Result<(), ClientError<BlkError>>,
) -> Result<(), ClientError<BlkError>> {
    for _ in 0..TRIES {
        match call() {
            Ok(()) => return Ok(()),
            Err(ClientError::Server(error)) if error != BlkError::Held => {
                return Err(ClientError::Server(error));
            }
            Err(ClientError::ServerDied) => {}
            Err(_) => break,
        }
    }
    panic!("the disk does not give the memory back")
}
