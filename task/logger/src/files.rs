//! The journal's files in a directory of the task's tree.

use crate::Failure;
use fs_api::{FsError, Mounts, flags};
use task_logger::Store;
use userlib::Text;
use userlib::ipc::ClientError;

/// Bytes of the longest path of a file: a directory and a name.
const ROOM: usize = 80;

/// `console.0` and so on.
pub struct Files<'m> {
    tree: &'m Mounts,
    directory: Text<ROOM>,
}

impl<'m> Files<'m> {
    /// In this directory.
    pub fn new(tree: &'m Mounts, directory: &str) -> Self {
        let directory = directory.trim_end_matches('/');
        Self { tree, directory: Text::of(format_args!("{directory}")) }
    }

    fn path(&self, file: u8) -> Text<ROOM> {
        Text::of(format_args!("{}/console.{file}", self.directory.as_str()))
    }
}

impl Store for Files<'_> {
    type Error = Failure;

    fn size(&mut self, file: u8) -> Result<Option<u64>, Failure> {
        match self.tree.stat(self.path(file).as_str()) {
            Ok(info) => Ok(Some(info.size)),
            Err(ClientError::Server(FsError::NotFound)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn read(&mut self, file: u8, offset: u64, into: &mut [u8]) -> Result<(), Failure> {
        let mut open = self.tree.open(self.path(file).as_str(), flags::READ)?;
        let count = open.read_at(offset, into)?;
        if count < into.len() { Err(ClientError::BadAnswer) } else { Ok(()) }
    }

    fn put(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.path(0);
        let how = flags::READ | flags::WRITE | flags::CREATE;
        let mut open = match self.tree.open(path.as_str(), how) {
            Err(ClientError::Server(FsError::NotFound)) => {
                self.tree.make_directory(self.directory.as_str())?;
                self.tree.open(path.as_str(), how)?
            }
            other => other?,
        };
        if open.size()? != offset {
            open.truncate(offset)?;
        }
        open.write_at(offset, bytes)?;
        open.sync()
    }

    fn follow(&mut self, file: u8) -> Result<(), Failure> {
        match self.tree.rename(self.path(file).as_str(), self.path(file + 1).as_str()) {
            Err(ClientError::Server(FsError::NotFound)) => Ok(()),
            other => other,
        }
    }
}

/// A failure, in words.
pub const fn described(failure: &Failure) -> &'static str {
    match failure {
        ClientError::Server(error) => match error {
            FsError::NoDevice => "there is no disk",
            FsError::NoSpace => "the disk is full",
            FsError::NotRecognized => "the disk holds no file system known here",
            FsError::ReadOnly => "it takes no writes",
            FsError::NotPermitted => "app.toml does not allow the logger to write there",
            FsError::DeviceError | FsError::Corrupt => "the disk failed",
            FsError::NotFound => "there is no such directory",
            _ => "the file system refuses",
        },
        ClientError::Gone | ClientError::ServerDied => "the file system is stopped",
        _ => "the file system does not answer",
    }
}
