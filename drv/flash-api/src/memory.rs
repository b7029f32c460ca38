//! The flash memory of a server, as block devices know it.

use crate::client::Flash as Client;
use crate::{FlashError, FlashInfo, MAX_TRANSFER};
use drv_block::{Error, Flash, FlashShape};
use userlib::Slot;
use userlib::ipc::ClientError;

/// How often a server that dies of the question again and again is asked.
const TRIES: usize = 8;

/// The flash memory of a server, or the part of it that the server gives this task.
pub struct Memory {
    client: Client,
    /// Once it is known.
    shape: Option<FlashShape>,
}

impl Memory {
    /// The memory of the server behind a slot.
    #[must_use]
    pub fn new(server: Slot) -> Self {
        Self { client: Client::new(server), shape: None }
    }
}

/// Asks until the server lives long enough to answer, but not for ever. The client has asked
/// several lives of a server before it says that it died.
fn ask<T>(mut call: impl FnMut() -> Result<T, ClientError<FlashError>>) -> Result<T, Error> {
    for _ in 0..TRIES {
        match call() {
            Err(ClientError::ServerDied) => {}
            other => return other.map_err(error),
        }
    }
    Err(Error::Failed)
}

const fn error(error: ClientError<FlashError>) -> Error {
    match error {
        ClientError::Gone => Error::NoDevice,
        ClientError::Server(error) => match error {
            FlashError::NoDevice | FlashError::NoPart => Error::NoDevice,
            FlashError::OutOfRange => Error::OutOfRange,
            FlashError::Unaligned => Error::BadLength,
            FlashError::Locked => Error::ReadOnly,
            FlashError::NotErased | FlashError::ProgramFailed | FlashError::EraseFailed => {
                Error::Worn
            }
            FlashError::Suspended
            | FlashError::LowVoltage
            | FlashError::BadSequence
            | FlashError::TimedOut => Error::Failed,
        },
        _ => Error::Failed,
    }
}

/// Offsets of the pieces that one call takes.
fn pieces(offset: u64) -> impl Iterator<Item = u64> {
    (offset..).step_by(MAX_TRANSFER)
}

impl Flash for Memory {
    fn shape(&mut self) -> Result<FlashShape, Error> {
        if let Some(shape) = self.shape {
            return Ok(shape);
        }
        let FlashInfo { size, erase_size, program_size } = ask(|| self.client.info())?;
        Ok(*self.shape.insert(FlashShape { size, erase_size, program_size }))
    }

    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        for (offset, piece) in pieces(offset).zip(into.chunks_mut(MAX_TRANSFER)) {
            ask(|| self.client.read(offset, piece))?;
        }
        Ok(())
    }

    fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), Error> {
        for (offset, piece) in pieces(offset).zip(data.chunks(MAX_TRANSFER)) {
            ask(|| self.client.program(offset, piece))?;
        }
        Ok(())
    }

    fn erase(&mut self, offset: u64) -> Result<(), Error> {
        ask(|| self.client.erase(offset))
    }
}
