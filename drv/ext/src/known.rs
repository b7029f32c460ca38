//! What was read of names and inodes. Nothing of it changes while the file system is mounted.

use crate::inode::Inode;
use drv_fs_core::Names;

/// How many paths are known without looking.
const NAMES: usize = 64;
/// How many inodes are, whatever their names.
const INODES: usize = 8;

/// The memory of a mount: names and inodes.
#[derive(Debug)]
pub struct Known {
    pub(crate) names: Names<Inode, NAMES>,
    inodes: [Option<Inode>; INODES],
    /// Which of them gives way next.
    turn: usize,
}

impl Default for Known {
    fn default() -> Self {
        Self::new()
    }
}

impl Known {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { names: Names::new(), inodes: [None; INODES], turn: 0 }
    }

    /// An inode that was read lately.
    pub(crate) fn inode(&self, number: u32) -> Option<Inode> {
        self.inodes.iter().flatten().find(|inode| inode.number == number).copied()
    }

    /// Keeps one that was not there.
    pub(crate) fn keep(&mut self, inode: Inode) {
        self.inodes[self.turn % INODES] = Some(inode);
        self.turn = (self.turn + 1) % INODES;
    }

    /// Another file system may be there now.
    pub(crate) fn forget(&mut self) {
        self.names.clear();
        self.inodes = [None; INODES];
    }
}
