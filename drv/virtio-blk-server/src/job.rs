//! One request of a client, on its way through the device in pieces.

use blk_api::BlkError;
use drv_virtio_blk::{Operation, Piece};

/// The client no longer waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Whoever asked: where its data is, and how to answer.
pub trait Client {
    /// Fills `into` with the client's data from `offset` on.
    ///
    /// # Errors
    /// [`Gone`].
    fn fetch(&self, offset: usize, into: &mut [u8]) -> Result<(), Gone>;
    /// Copies `from` to the client's buffer at `offset`.
    ///
    /// # Errors
    /// [`Gone`].
    fn deliver(&self, offset: usize, from: &[u8]) -> Result<(), Gone>;
    /// Where the data is, if the device is to reach it there itself; as much as the sectors are.
    fn piece(&self) -> Option<Piece> {
        None
    }
    /// Which client it is, whatever its life, if it shares memory.
    fn number(&self) -> Option<u16> {
        None
    }
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
    /// Nobody needs these sectors.
    Discard,
    /// Zeros to sectors.
    WriteZeroes,
    /// The disk's serial to the client's buffer.
    Serial,
    /// Nothing, when the device reaches none of the client's memory any more.
    Settle,
}

impl Kind {
    /// Whether a flush has to wait for it, and it for a flush.
    pub const fn changes(self) -> bool {
        matches!(self, Self::Write | Self::Discard | Self::WriteZeroes)
    }

    /// What the device is asked for it.
    pub const fn operation(self) -> Operation {
        match self {
            Self::Read => Operation::Read,
            Self::Write => Operation::Write,
            Self::Flush => Operation::Flush,
            Self::Discard => Operation::Discard,
            Self::WriteZeroes => Operation::WriteZeroes,
            Self::Serial => Operation::Serial,
            // The device is never asked that.
            Self::Settle => Operation::Flush,
        }
    }
}

/// What a client asks for, and of which sectors. Others than transfers, discards
/// and zeroings are of none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What.
    pub kind: Kind,
    /// The first sector.
    pub first: u64,
    /// How many.
    pub sectors: u64,
}

impl Request {
    /// Of no sectors.
    #[must_use]
    pub const fn of_all(kind: Kind) -> Self {
        Self { kind, first: 0, sectors: 0 }
    }
}

#[derive(Debug)]
pub struct Job<C> {
    pub client: C,
    pub asked: Request,
    /// How many sectors are done, and how many the device is working on.
    pub done: u64,
    pub piece: u64,
    /// How often the device was given up with it.
    pub tries: u8,
    /// The device was given up with it too late or too often, and may reach its memory until it
    /// has been reset: this is the answer then.
    pub verdict: Option<BlkError>,
    /// It failed together with others, and goes alone now.
    pub alone: bool,
    /// Its place in the order of arrival.
    pub number: u64,
}

impl<C> Job<C> {
    pub const fn new(client: C, asked: Request, number: u64) -> Self {
        Self { client, asked, done: 0, piece: 0, tries: 0, verdict: None, alone: false, number }
    }

    /// The first sector that is not done.
    pub const fn next(&self) -> u64 {
        self.asked.first + self.done
    }

    /// How many sectors are not done.
    pub const fn left(&self) -> u64 {
        self.asked.sectors - self.done
    }
}
