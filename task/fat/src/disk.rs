//! Sectors from the block server.

use blk_api::client::Blk;
use blk_api::{BlkError, MAX_TRANSFER, SECTOR};
use drv_fatfs::{SectorError, Sectors};
use userlib::Slot;
use userlib::ipc::ClientError;

/// How often a server that is too busy is asked again.
const TRIES: usize = 8;

/// The block server's disk.
pub struct Disk(Blk);

impl Disk {
    /// The disk of the server behind a slot.
    #[must_use]
    pub fn new(server: Slot) -> Self {
        Self(Blk::new(server))
    }

    /// The disk of this task.
    #[cfg(test)]
    pub fn of(task: abi::TaskId) -> Self {
        Self(Blk::to(task))
    }

    fn read_piece(&self, first: u64, into: &mut [u8]) -> Result<(), SectorError> {
        for _ in 0..TRIES {
            match self.0.read(first, into) {
                Ok(()) => return Ok(()),
                Err(ClientError::Server(BlkError::Busy)) => {}
                Err(error) => return Err(sector_error(&error)),
            }
        }
        Err(SectorError::Failed)
    }
}

impl Sectors for Disk {
    fn count(&mut self) -> Result<u64, SectorError> {
        let info = self.0.info().map_err(|error| sector_error(&error))?;
        // The file system's own sectors are no others yet.
        (info.sector_size as usize == SECTOR).then_some(info.sectors).ok_or(SectorError::Failed)
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), SectorError> {
        let sectors = (first..).step_by(MAX_TRANSFER / SECTOR);
        for (first, piece) in sectors.zip(into.chunks_mut(MAX_TRANSFER)) {
            self.read_piece(first, piece)?;
        }
        Ok(())
    }
}

const fn sector_error(error: &ClientError<BlkError>) -> SectorError {
    match error {
        ClientError::Server(BlkError::NoDevice) | ClientError::Gone => SectorError::NoDevice,
        _ => SectorError::Failed,
    }
}
