//! Between `hadris` and the words of `drv-fs-core`.

use core::sync::atomic::{AtomicU64, Ordering};
use drv_fs_core::{Attributes, Change, Error, Info, Kind};
use hadris_fat_raw::fold_unicode;
use hadris_fat_raw::short_name::{self, DISPLAY_MAX};
use hadris_fs::{CodePage, Cp437, DateTime, ErrorKind, FileType, Metadata, NoClock, SetAttr};

/// What time it is, in seconds since 1970; 0 if nobody knows. `hadris` takes a function that has
/// no state of its own, so it is here, once for all volumes of a program.
static NOW: AtomicU64 = AtomicU64::new(0);

pub fn set_clock(seconds: u64) {
    NOW.store(seconds, Ordering::Relaxed);
}

/// What time it is, for `hadris`; the beginning of FAT's time if nobody knows.
pub fn clock() -> DateTime {
    date_time(NOW.load(Ordering::Relaxed)).unwrap_or(NoClock::TIME)
}

fn date_time(seconds: u64) -> Option<DateTime> {
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?;
    DateTime::from_unix_seconds(seconds).ok()
}

pub fn error(error: hadris_fs::Error<drv_block::Error>) -> Error {
    if let Some(device) = error.device_error() {
        return (*device).into();
    }
    match error.kind() {
        ErrorKind::NotFound => Error::NotFound,
        ErrorKind::AlreadyExists => Error::AlreadyExists,
        ErrorKind::NotADirectory => Error::NotADirectory,
        ErrorKind::IsADirectory => Error::IsADirectory,
        ErrorKind::DirectoryNotEmpty => Error::NotEmpty,
        ErrorKind::NoSpace => Error::NoSpace,
        ErrorKind::ReadOnly => Error::ReadOnly,
        ErrorKind::InvalidInput => Error::BadPath,
        ErrorKind::NameTooLong => Error::NameTooLong,
        ErrorKind::FileTooLarge => Error::TooLarge,
        ErrorKind::LimitExceeded => Error::TooManyOpen,
        ErrorKind::Busy => Error::Busy,
        ErrorKind::NotRecognized | ErrorKind::Unsupported => Error::NotRecognized,
        ErrorKind::Io => Error::DeviceError,
        // InvalidHandle is a directory that does not begin with its own entry.
        _ => Error::Corrupt,
    }
}

pub fn info(metadata: &Metadata) -> Info {
    let directory = metadata.file_type() == FileType::Dir;
    let seconds = metadata.modified().map_or(0, |time| time.unix_seconds());
    Info {
        kind: if directory { Kind::Directory } else { Kind::File },
        size: if directory { 0 } else { metadata.len() },
        modified: u64::try_from(seconds).unwrap_or(0),
        attributes: Attributes(metadata.attributes().bits() & MARKS),
        owner: None,
    }
}

/// The marks that FAT keeps.
const MARKS: u32 =
    Attributes::READ_ONLY.0 | Attributes::HIDDEN.0 | Attributes::SYSTEM.0 | Attributes::ARCHIVE.0;

pub fn changes(change: &Change) -> Result<SetAttr, Error> {
    let mut all = SetAttr::new();
    if change.owner.is_some() {
        return Err(Error::Unsupported);
    }
    if let Some(seconds) = change.modified {
        all = all.with_modified(date_time(seconds).ok_or(Error::Unsupported)?);
    }
    if let Some(Attributes(marks)) = change.attributes {
        if marks & !MARKS != 0 {
            return Err(Error::Unsupported);
        }
        all = all.with_attributes(hadris_fs::Attributes::from_bits_truncate(marks));
    }
    Ok(all)
}

/// Whether an entry is meant by a name: as `hadris` compares them, so that both find the same.
pub fn is_named(entry: &hadris_fat::embedded::Entry<'_, '_>, name: &str) -> bool {
    let long = entry.name_utf16().iter().copied();
    equal(name, long) || is_short(&entry.short_name(), name)
}

/// Whether an entry has this short name.
fn is_short(short: &[u8; 11], name: &str) -> bool {
    let mut text = [0; DISPLAY_MAX];
    let length = short_name::display(short, 0, |byte| Cp437.decode(byte), &mut text);
    let text = text.get(..length).unwrap_or(&[]);
    core::str::from_utf8(text).is_ok_and(|text| equal(name, text.encode_utf16()))
}

/// Whether a name is this one, whatever its case.
pub fn equal(name: &str, units: impl Iterator<Item = u16>) -> bool {
    name.encode_utf16().map(fold_unicode).eq(units.map(fold_unicode))
}

/// Writes text as UTF-8; `None` if it does not fit.
pub fn encode(text: impl Iterator<Item = char>, into: &mut [u8]) -> Option<&str> {
    let mut length = 0;
    for character in text {
        let room = into.get_mut(length..length + character.len_utf8())?;
        character.encode_utf8(room);
        length += character.len_utf8();
    }
    core::str::from_utf8(into.get(..length)?).ok()
}
