//! What can go wrong, as the chips say it.

use core::fmt;

/// What can go wrong, as the chips say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There are no chips, or none with Intel's commands, two to a word.
    NoDevice,
    /// The chips have blocks of several sizes, or sizes that make no sense.
    OddShape,
    /// The memory ends before the last byte.
    OutOfRange,
    /// Nothing to do, or not whole words, or no block begins there.
    Unaligned,
    /// The bytes are not erased: a zero would have to become a one.
    NotErased,
    /// Programming failed.
    ProgramFailed,
    /// Erasing failed.
    EraseFailed,
    /// The block is locked.
    Locked,
    /// An erase or program was suspended, and does not go on with it.
    Suspended,
    /// The voltage to program is too low.
    LowVoltage,
    /// The chips did not understand.
    BadSequence,
    /// The chips were not done within the time that they promise.
    TimedOut,
    /// A block is being erased, and this has to wait.
    Busy,
}

impl Error {
    /// What the bits of a status mean, once a chip is ready (Intel 28F256 data sheet, "Status
    /// Register"): nothing, if all went well.
    pub(crate) const fn of_status(status: u16) -> Option<Self> {
        if status & SEQUENCE == SEQUENCE {
            Some(Self::BadSequence)
        } else if status & LOCKED != 0 {
            Some(Self::Locked)
        } else if status & VOLTAGE != 0 {
            Some(Self::LowVoltage)
        } else if status & ERASE != 0 {
            Some(Self::EraseFailed)
        } else if status & PROGRAM != 0 {
            Some(Self::ProgramFailed)
        } else if status & SUSPENDED != 0 {
            Some(Self::Suspended)
        } else {
            None
        }
    }
}

/// The chip is ready; the other bits mean something.
pub const READY: u16 = 1 << 7;
/// An erase, or a program, is suspended.
pub const SUSPENDED: u16 = 1 << 6 | 1 << 2;
const ERASE: u16 = 1 << 5;
const PROGRAM: u16 = 1 << 4;
const VOLTAGE: u16 = 1 << 3;
const LOCKED: u16 = 1 << 1;
/// Both at once say that the command made no sense.
const SEQUENCE: u16 = ERASE | PROGRAM;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDevice => "there is no flash memory",
            Self::OddShape => "the flash memory describes itself as none that is known",
            Self::OutOfRange => "the flash memory ends before the last byte",
            Self::Unaligned => "these are no whole words, or no block begins there",
            Self::NotErased => "the bytes are not erased",
            Self::ProgramFailed => "programming failed",
            Self::EraseFailed => "erasing failed",
            Self::Locked => "the block is locked",
            Self::Suspended => "an erase or program is suspended",
            Self::LowVoltage => "the voltage to program is too low",
            Self::BadSequence => "the flash memory did not understand",
            Self::TimedOut => "the flash memory is not done in time",
            Self::Busy => "the flash memory erases a block",
        })
    }
}

impl core::error::Error for Error {}

impl From<Error> for drv_block::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NoDevice | Error::OddShape => Self::NoDevice,
            Error::OutOfRange => Self::OutOfRange,
            Error::Unaligned => Self::BadLength,
            Error::Locked => Self::ReadOnly,
            Error::NotErased | Error::ProgramFailed | Error::EraseFailed => Self::Worn,
            Error::Suspended
            | Error::LowVoltage
            | Error::BadSequence
            | Error::TimedOut
            | Error::Busy => Self::Failed,
        }
    }
}
