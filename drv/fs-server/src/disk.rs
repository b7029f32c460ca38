//! The disk of a block server.

use blk_api::client::Blk;
use blk_api::{BlkError, MAX_TRANSFER};
use drv_block::{Block, Error, Geometry};
use userlib::Slot;
use userlib::ipc::ClientError;

/// How often a server that is too busy, or dies of the question again and again, is asked.
const TRIES: usize = 8;

/// The disk of a block server, or the part of it that the server gives this task.
pub struct Disk {
    blk: Blk,
    /// Bytes in a sector; 0 before it was asked.
    size: usize,
}

impl Disk {
    /// The disk of the server behind a slot.
    #[must_use]
    pub fn new(server: Slot) -> Self {
        Self { blk: Blk::new(server), size: 0 }
    }

    /// The disk of this task.
    #[cfg(test)]
    pub fn of(task: abi::TaskId) -> Self {
        Self { blk: Blk::to(task), size: 0 }
    }

    fn sector_size(&mut self) -> Result<usize, Error> {
        if self.size == 0 {
            self.geometry()?;
        }
        Ok(self.size)
    }
}

/// Asks until the server has room for the question and lives long enough to answer it, but not for
/// ever. The client has asked several lives of a server before it says that it died.
fn ask<T>(mut call: impl FnMut() -> Result<T, ClientError<BlkError>>) -> Result<T, Error> {
    for _ in 0..TRIES {
        match call() {
            Err(ClientError::Server(BlkError::Busy) | ClientError::ServerDied) => {}
            other => return other.map_err(error),
        }
    }
    Err(Error::Failed)
}

const fn error(error: ClientError<BlkError>) -> Error {
    match error {
        ClientError::Gone => Error::NoDevice,
        ClientError::Server(error) => match error {
            BlkError::NoDevice | BlkError::NoPartition | BlkError::WrongDisk => Error::NoDevice,
            BlkError::OutOfRange => Error::OutOfRange,
            BlkError::ReadOnly => Error::ReadOnly,
            BlkError::BadLength => Error::BadLength,
            BlkError::Unsupported => Error::Unsupported,
            _ => Error::Failed,
        },
        _ => Error::Failed,
    }
}

impl Block for Disk {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let info = ask(|| self.blk.info())?;
        self.size = info.sector_size as usize;
        if !self.size.is_power_of_two() || self.size > MAX_TRANSFER {
            self.size = 0;
            return Err(Error::Failed);
        }
        Ok(Geometry {
            sectors: info.sectors,
            sector_size: info.sector_size,
            read_only: info.read_only,
            discard: info.discard,
        })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let sectors = (first..).step_by(MAX_TRANSFER / self.sector_size()?);
        for (first, piece) in sectors.zip(into.chunks_mut(MAX_TRANSFER)) {
            ask(|| self.blk.read(first, piece))?;
        }
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        let sectors = (first..).step_by(MAX_TRANSFER / self.sector_size()?);
        for (first, piece) in sectors.zip(data.chunks(MAX_TRANSFER)) {
            ask(|| self.blk.write(first, piece))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        ask(|| self.blk.flush())
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        ask(|| self.blk.discard(first, sectors))
    }
}
