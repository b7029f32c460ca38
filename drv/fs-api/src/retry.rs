//! What to do when a file-system server dies in the middle.

use crate::FsError;
use userlib::ipc::ClientError;

/// How often something is tried. A server that dies this often in a row dies of the call.
const TRIES: usize = 8;

/// What a call can end with.
pub type Failure = ClientError<FsError>;

/// Whether the server has begun a new life, so that asking anew helps.
pub const fn forgotten(failure: &Failure) -> bool {
    matches!(failure, ClientError::ServerDied | ClientError::Server(FsError::BadHandle))
}

/// Asks again while the server dies of it, but not for ever. Only for what may happen twice.
pub fn again<T>(mut ask: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut answer = ask();
    for _ in 1..TRIES {
        if !matches!(answer, Err(ClientError::ServerDied)) {
            break;
        }
        answer = ask();
    }
    answer
}

/// The same, of what is refused the second time because it was done the first: `done` is that
/// refusal.
pub fn until_done(
    done: FsError,
    mut ask: impl FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut died = false;
    let answer = again(|| {
        let answer = ask();
        died |= matches!(answer, Err(ClientError::ServerDied));
        answer
    });
    match answer {
        Err(ClientError::Server(refusal)) if died && refusal == done => Ok(()),
        answer => answer,
    }
}
