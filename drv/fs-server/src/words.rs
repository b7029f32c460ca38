//! Between the words of `drv-fs-core` and those of `idl/fs.idl`.

use drv_fs_core as core_;
use drv_fs_core::{Attributes, Error, Owner, Replace};
use fs_api::{Change, FsError, Info, Kind, Space};

pub const fn refusal(error: Error) -> FsError {
    match error {
        Error::NoDevice => FsError::NoDevice,
        Error::DeviceError => FsError::DeviceError,
        Error::NotRecognized => FsError::NotRecognized,
        Error::Corrupt => FsError::Corrupt,
        Error::NotFound => FsError::NotFound,
        Error::AlreadyExists => FsError::AlreadyExists,
        Error::NotADirectory => FsError::NotADirectory,
        Error::IsADirectory => FsError::IsADirectory,
        Error::NotEmpty => FsError::NotEmpty,
        Error::BadPath => FsError::BadPath,
        Error::NameTooLong => FsError::NameTooLong,
        Error::NoSpace => FsError::NoSpace,
        Error::TooLarge => FsError::TooLarge,
        Error::ReadOnly => FsError::ReadOnly,
        Error::Busy => FsError::Busy,
        Error::TooManyOpen => FsError::TooManyOpen,
        Error::Unsupported => FsError::Unsupported,
        Error::Link => FsError::TooManyLinks,
        Error::NoAttribute => FsError::NoAttribute,
    }
}

pub fn info(info: &core_::Info) -> Info {
    let owner = info.owner;
    let Owner { mode, user, group } = owner.unwrap_or(Owner { mode: 0, user: 0, group: 0 });
    Info {
        size: info.size,
        modified: info.modified,
        kind: match info.kind {
            core_::Kind::File => Kind::File,
            core_::Kind::Directory => Kind::Directory,
            core_::Kind::Link => Kind::Link,
            core_::Kind::Other => Kind::Other,
        },
        attributes: info.attributes.0,
        owned: owner.is_some().into(),
        mode: mode.into(),
        user,
        group,
    }
}

pub fn space(space: &core_::Space, repairs: u32) -> Space {
    let mut format = [0; 8];
    for (byte, letter) in format.iter_mut().zip(space.format.bytes()) {
        *byte = letter;
    }
    Space {
        blocks: space.blocks,
        free: space.free,
        block_size: space.block_size,
        read_only: space.read_only.into(),
        repairs: u16::try_from(repairs).unwrap_or(u16::MAX),
        format,
    }
}

/// What is to be changed; unknown bits are a mistake.
pub fn change(change: &Change) -> Result<core_::Change, FsError> {
    let mode = u16::try_from(change.mode).ok().filter(|mode| mode & !0o7777 == 0);
    let mode = mode.ok_or(FsError::BadArgument)?;
    if change.which & !0b111 != 0 || change.reserved != 0 {
        return Err(FsError::BadArgument);
    }
    let owner = Owner { mode, user: change.user, group: change.group };
    Ok(core_::Change {
        modified: (change.which & 1 != 0).then_some(change.modified),
        attributes: (change.which & 2 != 0).then_some(Attributes(change.attributes)),
        owner: (change.which & 4 != 0).then_some(owner),
    })
}

pub const fn replace(number: u32) -> Result<Replace, FsError> {
    match number {
        0 => Ok(Replace::Any),
        1 => Ok(Replace::Never),
        2 => Ok(Replace::Only),
        _ => Err(FsError::BadArgument),
    }
}
