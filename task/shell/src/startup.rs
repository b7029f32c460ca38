//! `/etc/startup`: lines that the shell obeys before anybody types one.
//!
//! A line that kills the shell would kill it for ever. So the file is read in the shell's first two lives
//! since the machine started, and not in those after.

use crate::files::{Failure, Files};
use fs_api::{FsError, flags};
use userlib::ipc::ClientError;

/// Where it is.
pub const PATH: &str = "/etc/startup";
/// So many bytes of it are read.
pub const LONGEST: usize = 2048;
/// In so many lives.
const LIVES: u32 = 2;

/// What there is to obey.
pub enum Startup {
    /// There is no such file, or no file system.
    Nothing,
    /// The shell died too often to try again.
    Skipped,
    /// So many bytes.
    Lines(usize),
    /// It is longer than what is read.
    TooLong,
    /// It cannot be read.
    Failed(Failure),
}

/// Reads it.
pub fn read(files: &Files, restarts: u32, into: &mut [u8; LONGEST]) -> Startup {
    let mut file = match files.tree().open(PATH, flags::READ) {
        Ok(file) => file,
        Err(ClientError::Server(
            FsError::NotFound | FsError::NotADirectory | FsError::NoDevice | FsError::NotRecognized,
        )) => return Startup::Nothing,
        Err(failure) => return Startup::Failed(failure),
    };
    if restarts >= LIVES {
        return Startup::Skipped;
    }
    match file.size() {
        Ok(size) if size > LONGEST as u64 => return Startup::TooLong,
        Ok(_) => {}
        Err(failure) => return Startup::Failed(failure),
    }
    match file.read_at(0, into) {
        Ok(count) => Startup::Lines(count.min(LONGEST)),
        Err(failure) => Startup::Failed(failure),
    }
}
