//! Which client may do what.

use crate::handles::Client;
use config::{MOUNT_PATH, MOUNTED_BY};
use drv_fs_core::{MAX_PATH, normalize};
use fs_api::FsError;
use userlib::Mounted;

/// How many files a client can have open if nobody says.
const OPEN: u8 = 8;

/// What a client may do.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    write: bool,
    open: u8,
    /// The plain path of its root.
    subtree: [u8; MOUNT_PATH],
    length: u8,
}

impl Right {
    /// It may read below `subtree`, and write if `write`, and have so many files open. A subtree
    /// that is no path gives no right.
    #[must_use]
    pub fn new(write: bool, subtree: &str, open: Option<u8>) -> Option<Self> {
        let mut room = [0; MAX_PATH];
        let plain = normalize(subtree.as_bytes(), &mut room, 0).ok()?.as_str();
        let mut right =
            Self { write, open: open.unwrap_or(OPEN), subtree: [0; MOUNT_PATH], length: 0 };
        right.subtree.get_mut(..plain.len())?.copy_from_slice(plain.as_bytes());
        right.length = plain.len() as u8;
        Some(right)
    }

    /// The plain path of its root.
    pub(crate) fn subtree(&self) -> &[u8] {
        self.subtree.get(..self.length.into()).unwrap_or(&[])
    }

    /// How many files it can have open.
    pub(crate) const fn open(&self) -> usize {
        self.open as usize
    }

    /// Refuses who may not change anything.
    pub(crate) const fn may_write(&self) -> Result<(), FsError> {
        if self.write { Ok(()) } else { Err(FsError::NotPermitted) }
    }
}

/// Which client may do what. Who is not named may do nothing.
#[derive(Clone, Copy, Debug)]
pub struct Rights([Option<(u16, Right)>; MOUNTED_BY]);

impl Rights {
    /// Nobody may do anything.
    #[must_use]
    pub const fn nobody() -> Self {
        Self([None; MOUNTED_BY])
    }

    /// What `app.toml` says, by `[tasks.CLIENT.mounts]`.
    #[must_use]
    pub fn of_app(mounted: &Mounted) -> Self {
        let mut rights = Self::nobody();
        for by in mounted.by() {
            rights.give(by.task, Right::new(by.write, by.subtree(), by.open));
        }
        rights
    }

    /// Gives the task of this index a right, if it is one and there is room.
    pub fn give(&mut self, task: u16, right: Option<Right>) {
        if let (Some(place), Some(right)) = (self.0.iter_mut().find(|one| one.is_none()), right) {
            *place = Some((task, right));
        }
    }

    /// What a client may do.
    pub(crate) fn of(&self, client: Client) -> Result<&Right, FsError> {
        let mut named = self.0.iter().flatten();
        let found = named.find(|(task, _)| *task == client.task);
        found.map(|(_, right)| right).ok_or(FsError::NotPermitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_named_may_do_nothing() {
        let mut rights = Rights::nobody();
        rights.give(3, Right::new(false, "/logs/./old/..", Some(2)));
        rights.give(4, Right::new(true, "", None));
        rights.give(5, Right::new(true, "\0", None));
        rights.give(6, Right::new(true, "long/".repeat(20).as_str(), None));
        let of = |task| rights.of(Client { task, life: 9 });
        let three = of(3).unwrap();
        assert_eq!((three.subtree(), three.open()), (&b"logs"[..], 2));
        assert_eq!(three.may_write(), Err(FsError::NotPermitted));
        assert_eq!((of(4).unwrap().subtree(), of(4).unwrap().may_write()), (&b""[..], Ok(())));
        for task in [0, 2, 5, 6, 7] {
            assert_eq!(of(task).map(|_| ()), Err(FsError::NotPermitted), "{task}");
        }
    }
}
