//! Who asked, and for what.

use blk_api::BlkError;
use blk_api::server::reply;
use core::cell::Cell;
use drv_virtio_blk::SERIAL;
use drv_virtio_blk_server::{Client, Gone, Piece};
use userlib::ipc::{Lease, List, Read, Write};

/// Bytes of the longest request of the server's own.
const OWN: usize = 4096;

/// A request whose answer is to come.
pub enum Asked {
    Read(reply::Read, Lease<Write>),
    Write(reply::Write, Lease<Read>),
    Flush(reply::Flush),
    Discard(reply::Discard),
    WriteZeroes(reply::WriteZeroes),
    Serial(reply::Serial, Cell<[u8; SERIAL]>),
    /// Of memory that the client shares.
    ReadShared(reply::ReadShared, Piece),
    WriteShared(reply::WriteShared, Piece),
    /// The answer is the size of what it shares.
    Share(reply::Share, u64),
    Own(&'static Own),
}

impl Client for Asked {
    fn fetch(&self, offset: usize, into: &mut [u8]) -> Result<(), Gone> {
        let Self::Write(_, lease) = self else { return Ok(()) };
        lease.read(offset, into).map(|_| ()).map_err(|_| Gone)
    }

    fn deliver(&self, offset: usize, from: &[u8]) -> Result<(), Gone> {
        match self {
            Self::Read(_, lease) => lease.write(offset, from).map(|_| ()).map_err(|_| Gone),
            Self::Serial(_, serial) => {
                serial.set(*from.first_chunk().unwrap_or(&[0; SERIAL]));
                Ok(())
            }
            Self::Own(own) => {
                own.fill(offset, from);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn piece(&self) -> Option<Piece> {
        match self {
            Self::ReadShared(_, piece) | Self::WriteShared(_, piece) => Some(*piece),
            _ => None,
        }
    }

    fn number(&self) -> Option<u16> {
        let caller = match self {
            Self::ReadShared(reply, _) => reply.caller(),
            Self::WriteShared(reply, _) => reply.caller(),
            Self::Share(reply, _) => reply.caller(),
            _ => return None,
        };
        // There are fewer tasks than that.
        Some(caller.task().index() as u16)
    }

    fn answer(self, result: Result<(), BlkError>) {
        match self {
            Self::Read(reply, _) => _ = reply.send(result),
            Self::Write(reply, _) => _ = reply.send(result),
            Self::Flush(reply) => _ = reply.send(result),
            Self::Discard(reply) => _ = reply.send(result),
            Self::WriteZeroes(reply) => _ = reply.send(result),
            Self::Serial(reply, serial) => _ = reply.send(result.map(|()| text(&serial.get()))),
            Self::ReadShared(reply, _) => _ = reply.send(result),
            Self::WriteShared(reply, _) => _ = reply.send(result),
            Self::Share(reply, size) => _ = reply.send(result.map(|()| size)),
            Self::Own(own) => own.answer.set(Some(result)),
        }
    }
}

/// A serial ends before its first zero (virtio 1.2, section 5.2.6).
fn text(serial: &[u8; SERIAL]) -> List<u8, SERIAL> {
    let end = serial.iter().position(|&byte| byte == 0).unwrap_or(SERIAL);
    List::from_slice(&serial[..end]).unwrap_or_default()
}

/// Where the answer to a request of the server's own arrives. It has one at a time.
pub struct Own {
    bytes: [Cell<u8>; OWN],
    answer: Cell<Option<Result<(), BlkError>>>,
}

impl Own {
    pub const fn new() -> Self {
        Self { bytes: [const { Cell::new(0) }; OWN], answer: Cell::new(None) }
    }

    fn fill(&self, offset: usize, from: &[u8]) {
        let places = self.bytes.get(offset..).unwrap_or_default();
        places.iter().zip(from).for_each(|(place, &byte)| place.set(byte));
    }

    /// The first bytes that arrived.
    pub fn copy_to(&self, into: &mut [u8]) {
        into.iter_mut().zip(&self.bytes).for_each(|(byte, place)| *byte = place.get());
    }

    /// The answer, once.
    pub fn take_answer(&self) -> Option<Result<(), BlkError>> {
        self.answer.take()
    }
}
