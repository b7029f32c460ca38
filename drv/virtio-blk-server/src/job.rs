//! One request of a client, on its way through the device in pieces.

use blk_api::{BlkError, SECTOR};
use drv_virtio_blk::{Slot, Ticket};

/// The client no longer waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Whoever asked: where its data is, and how to answer.
pub trait Client {
    /// Fills `into` with the client's data from `offset` on.
    fn fetch(&self, offset: usize, into: &mut [u8]) -> Result<(), Gone>;
    /// Copies `from` to the client's buffer at `offset`.
    fn deliver(&self, offset: usize, from: &[u8]) -> Result<(), Gone>;
    /// Answers, if the client still waits.
    fn answer(self, result: Result<(), BlkError>);
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sectors to the client's buffer.
    Read,
    /// The client's data to sectors.
    Write,
    /// Everything to the medium.
    Flush,
}

/// The piece of a job the device is working on.
#[derive(Clone, Copy, Debug)]
pub struct Flight {
    pub ticket: Ticket,
    pub sectors: usize,
    pub deadline: u64,
}

#[derive(Debug)]
pub struct Job<C> {
    pub client: C,
    pub kind: Kind,
    /// The first sector of all.
    pub first: u64,
    /// How many sectors in all, and how many are done.
    pub sectors: usize,
    pub done: usize,
    pub flight: Option<Flight>,
    /// Its place in the order of arrival.
    pub number: u64,
}

impl<C: Client> Job<C> {
    /// The first sector of the next piece, and how many it has in a slot of this size.
    pub fn next_piece(&self, room: usize) -> (u64, usize) {
        (self.first + self.done as u64, (self.sectors - self.done).min(room))
    }

    /// Before the device works on a piece: what is to be written goes into the slot.
    pub fn load(&self, slot: &mut Slot, sectors: usize) -> Result<(), Gone> {
        match self.kind {
            Kind::Write => {
                self.client.fetch(self.done * SECTOR, &mut slot.data_mut()[..sectors * SECTOR])
            }
            Kind::Read | Kind::Flush => Ok(()),
        }
    }

    /// After it: what was read goes to the client.
    pub fn unload(&self, slot: &Slot, sectors: usize) -> Result<(), Gone> {
        match self.kind {
            Kind::Read => self.client.deliver(self.done * SECTOR, &slot.data()[..sectors * SECTOR]),
            Kind::Write | Kind::Flush => Ok(()),
        }
    }
}
