//! A disk that writes down what is done to it.

use crate::Writer;
use anyhow::Result;
use drv_block::{Block, Error, Geometry};

/// A disk that writes down what is done to it.
#[derive(Debug)]
pub struct Recorder<B> {
    device: B,
    log: Writer,
}

impl<B: Block> Recorder<B> {
    /// A disk, and its log. Both have sectors of one size.
    pub const fn new(device: B, log: Writer) -> Self {
        Self { device, log }
    }

    /// Names this moment in the log: [`Cut::mark`](crate::Cut) tells a checker what must be there.
    ///
    /// # Errors
    /// As [`Writer::mark`].
    pub fn mark(&mut self, name: &str) -> Result<()> {
        self.log.mark(name)
    }

    /// The disk.
    pub fn into_inner(self) -> B {
        self.device
    }
}

/// A log that cannot be written is a disk that fails: nothing may go unrecorded.
fn recorded(result: Result<()>) -> Result<(), Error> {
    result.map_err(|_| Error::Failed)
}

impl<B: Block> Block for Recorder<B> {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        self.device.geometry()
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        self.device.read(first, into)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        self.device.write(first, data)?;
        recorded(self.log.write(first, data))
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.device.flush()?;
        recorded(self.log.flush())
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        self.device.discard(first, sectors)?;
        recorded(self.log.discard(first, sectors))
    }
}
