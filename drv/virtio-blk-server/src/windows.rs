//! Which part of the disk each client has, in the words of app.toml and of `idl/blk.idl`.

use blk_api::BlkError;
use drv_partition::{Error, NotRead, Selector};
use userlib::settings::{Record, Setting, Type};
use userlib::{Clients, Text};

/// Clients that can have a part of the disk of their own.
pub const SHARES: usize = 16;

/// Bytes of the longest text.
const LONGEST: usize = 64;

/// The part of a disk that a client has, as app.toml names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(Text<LONGEST>);

impl Setting for Part {
    // What `Selector::parse` takes.
    const TYPE: Type = Type::Form(LONGEST, "disk|label:*|guid:%|index:#");
    const SIZE: usize = <Text<LONGEST> as Setting>::SIZE;
    fn read(record: &mut Record) -> Self {
        Self(Text::read(record))
    }
}

/// The parts of the clients that app.toml names.
pub fn named<const N: usize>(
    parts: &Clients<Part, N>,
) -> impl Iterator<Item = (u16, Selector<'_>)> {
    // The build tool lets no other text through; it would be nobody's label.
    let selector = |text| Selector::parse(text).unwrap_or(Selector::Label(text));
    parts.named().map(move |(task, part)| (task, selector(part.0.as_str())))
}

/// What a client is told that does not get at its part.
#[must_use]
pub const fn refusal(error: Error) -> BlkError {
    match error {
        Error::Block(drv_block::Error::OutOfRange) => BlkError::OutOfRange,
        Error::Block(_) => BlkError::DeviceError,
        Error::NoTable | Error::NotFound | Error::Ambiguous => BlkError::NoPartition,
        _ => BlkError::BadTable,
    }
}

/// What somebody is told whose `rescan` changed nothing.
#[must_use]
pub const fn not_read(reason: NotRead) -> BlkError {
    match reason {
        NotRead::Error(_) => BlkError::DeviceError,
        NotRead::InUse(_) => BlkError::InUse,
    }
}
