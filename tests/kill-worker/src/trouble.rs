//! What can come of an operation besides success.

use fs_api::FsError;
use test_kill_runner::Wrong;
use userlib::ipc::ClientError;

/// Why an operation was not done, or nobody knows whether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// What was written may be lost, the server says.
    Lost,
    /// The server died meanwhile.
    Died,
    /// The disk failed.
    Failed,
    /// Somebody else holds the lock.
    Locked,
    /// That may not be.
    Wrong(Wrong, u32),
}

impl From<ClientError<FsError>> for Trouble {
    fn from(error: ClientError<FsError>) -> Self {
        match error {
            ClientError::ServerDied => Self::Died,
            ClientError::Server(error) => match error {
                FsError::Lost => Self::Lost,
                FsError::BadHandle => Self::Died,
                FsError::DeviceError | FsError::NoDevice => Self::Failed,
                FsError::Locked => Self::Locked,
                other => Self::Wrong(Wrong::Strange, other as u32),
            },
            _ => Self::Wrong(Wrong::Strange, 0),
        }
    }
}
