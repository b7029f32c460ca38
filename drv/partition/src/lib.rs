//! Partition tables of a block device: GPT and MBR.
//!
//! [`scan`] reads the table of a [`Block`](drv_block::Block) and hands out its partitions;
//! [`find`] looks for one of them by label, GUID or index. [`Windows`] are the parts that the clients
//! of a disk's server have. A GPT is read from its backup when the
//! first copy is damaged or cannot be read. What a table says is believed only after every check:
//! checksums, the bounds of the disk, and that no partition lies in another or in the table
//! itself. There is no heap, and the work is bounded whatever the disk says.

#![no_std]
#![forbid(unsafe_code)]

mod chain;
mod claims;
mod error;
mod gpt;
mod guid;
mod label;
mod mbr;
mod partition;
mod records;
mod scan;
mod sectors;
mod selector;
mod windows;

pub use error::Error;
pub use guid::Guid;
pub use label::Label;
pub use partition::{Extent, Kind, Partition, Table, TableKind};
pub use scan::{find, scan};
pub use selector::{BadSelector, Selector};
pub use windows::{Client, NotRead, Reach, Windows};

/// So many partitions a table can have, the records of extended partitions counted with them.
pub const MOST: usize = 128;

/// What reading a table needs: 6 KiB. Its contents do not matter.
#[derive(Clone, Debug)]
pub struct Memory {
    pub(crate) buffer: [u8; sectors::BUFFER],
    pub(crate) claims: claims::Claims,
}

impl Memory {
    /// Some.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: [0; sectors::BUFFER], claims: claims::Claims::new() }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}
