//! The disk of a block server.

use crate::Direct;
use blk_api::client::Blk;
use blk_api::{BlkError, MAX_SHARED, MAX_TRANSFER, Sharer};
use drv_block::{Block, Error, Geometry};
use userlib::ipc::ClientError;
use userlib::{Memory, Region, Slot};

/// How often a server that is too busy, or dies of the question again and again, is asked.
const TRIES: usize = 8;

/// The disk of a block server, or the part of it that the server gives this task.
pub struct Disk {
    client: Sharer,
    /// Memory that the disk's device may still be writing to, for an earlier life of this task.
    held: Option<Memory>,
    /// A way to what clients read to.
    direct: Option<&'static Direct>,
    /// Bytes in a sector; 0 before it was asked.
    size: usize,
}

impl Disk {
    /// The disk of the server behind a slot.
    #[must_use]
    pub fn new(server: Slot) -> Self {
        Self { client: Sharer::new(Blk::new(server)), held: None, direct: None, size: 0 }
    }

    /// With this as memory that its device reaches, where the server has the region for
    /// devices. It is empty if nobody says that an earlier life's requests are over; the disk is
    /// then not used, and the task begins anew when somebody does.
    ///
    /// # Panics
    /// If another task has the region, too.
    #[must_use]
    pub fn share(mut self, region: Region) -> (Self, &'static mut [u8]) {
        let Ok(memory) = region.into_memory() else {
            panic!("the region of the cache is another task's as well");
        };
        match self.client.share(memory) {
            Ok(bytes) => (self, bytes),
            Err(memory) => {
                self.held = Some(memory);
                (self, &mut [])
            }
        }
    }

    /// Takes this way where it leads past the task.
    pub const fn take_way(&mut self, direct: &'static Direct) {
        self.direct = Some(direct);
    }

    /// Whether the device may still be writing to the memory that was to be shared.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Moves what is read to these bytes past the task, as far as the server does it.
    fn fetch(&self, mut first: u64, into: &[u8], size: usize) -> Result<bool, Error> {
        let Some((direct, (region, at))) =
            self.direct.and_then(|way| Some((way, way.place(into)?)))
        else {
            return Ok(false);
        };
        for (piece, at) in into.chunks(MAX_SHARED).zip((at..).step_by(MAX_SHARED)) {
            let length = piece.len() as u32;
            match ask(|| match self.client.fetch(first, length, (region, at)) {
                Err(ClientError::Server(BlkError::NotShared)) => Ok(false),
                other => other.map(|()| true),
            })? {
                true => direct.count(piece.len()),
                false => return Ok(false),
            }
            first += (piece.len() / size) as u64;
        }
        Ok(true)
    }

    /// The disk of this task.
    #[cfg(test)]
    pub fn of(task: abi::TaskId) -> Self {
        Self { client: Sharer::new(Blk::to(task)), held: None, direct: None, size: 0 }
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
        if let Some(memory) = self.held.take() {
            match self.client.share(memory) {
                Ok(_) => panic!("the disk has given the cache's memory back: to begin anew"),
                Err(memory) => self.held = Some(memory),
            }
            return Err(Error::NoDevice);
        }
        let info = ask(|| self.client.blk().info())?;
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
        let size = self.sector_size()?;
        if self.direct.is_some() && self.fetch(first, into, size)? {
            return Ok(());
        }
        let most = self.client.most(into);
        let sectors = (first..).step_by(most / self.sector_size()?);
        for (first, piece) in sectors.zip(into.chunks_mut(most)) {
            ask(|| self.client.read(first, piece))?;
        }
        Ok(())
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        let most = self.client.most(data);
        let sectors = (first..).step_by(most / self.sector_size()?);
        for (first, piece) in sectors.zip(data.chunks(most)) {
            ask(|| self.client.write(first, piece))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        ask(|| self.client.blk().flush())
    }

    fn redirects(&self, into: &[u8]) -> bool {
        self.direct.is_some_and(|way| way.place(into).is_some())
    }

    fn copy(&self, from: &[u8], into: &mut [u8]) {
        if !self.direct.is_some_and(|way| way.hand_over(from, into)) {
            into.copy_from_slice(from);
        }
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        ask(|| self.client.blk().discard(first, sectors))
    }
}
