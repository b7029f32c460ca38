//! The flash memory of a server, as block devices know it.

use drv_block::{Error, Flash, FlashShape};
use flash_api::client::Flash as Client;
use flash_api::{FlashError, MAX_TRANSFER};
use userlib::ipc::ClientError;

/// The memory behind a server.
pub struct Memory<'c>(pub &'c Client);

fn told(error: ClientError<FlashError>) -> Error {
    match error {
        ClientError::Server(FlashError::NoDevice) => Error::NoDevice,
        ClientError::Server(FlashError::OutOfRange) => Error::OutOfRange,
        ClientError::Server(FlashError::Unaligned) => Error::BadLength,
        ClientError::Server(FlashError::Locked) => Error::ReadOnly,
        _ => Error::Failed,
    }
}

impl Flash for Memory<'_> {
    fn shape(&mut self) -> Result<FlashShape, Error> {
        let info = self.0.info().map_err(told)?;
        let (erase_size, program_size) = (info.erase_size, info.program_size);
        Ok(FlashShape { size: info.size, erase_size, program_size })
    }

    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        for (i, piece) in into.chunks_mut(MAX_TRANSFER).enumerate() {
            self.0.read(offset + (i * MAX_TRANSFER) as u64, piece).map_err(told)?;
        }
        Ok(())
    }

    fn program(&mut self, offset: u64, data: &[u8]) -> Result<(), Error> {
        for (i, piece) in data.chunks(MAX_TRANSFER).enumerate() {
            self.0.program(offset + (i * MAX_TRANSFER) as u64, piece).map_err(told)?;
        }
        Ok(())
    }

    fn erase(&mut self, offset: u64) -> Result<(), Error> {
        self.0.erase(offset).map_err(told)
    }
}
