//! The parts of the disk that clients have, and the table they come from.

use crate::part::{CLIENTS, Part, named};
use abi::{Generation, TaskId};
use blk_api::BlkError;
use drv_block::Block;
use drv_partition::{Client, Error, Memory, NotRead, Reach, Windows};
use static_cell::{ConstStaticCell, StaticCell};
use userlib::ipc::Caller;
use userlib::{Clients, sys};

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::new());
static WINDOWS: StaticCell<Windows<'static, CLIENTS>> = StaticCell::new();

/// What is known of the disk's parts.
pub struct Shares {
    windows: &'static mut Windows<'static, CLIENTS>,
    memory: &'static mut Memory,
}

impl Shares {
    /// The parts of the clients that app.toml names; of partitions nothing is known yet.
    ///
    /// # Panics
    /// If there are some already: a task has one disk.
    #[must_use]
    pub fn new(parts: &'static Clients<Part, CLIENTS>) -> Self {
        let windows = WINDOWS.init_with(|| Windows::new(named(parts)));
        Self { windows, memory: MEMORY.take() }
    }

    /// Whether some client has a partition.
    #[must_use]
    pub fn has_partitions(&self) -> bool {
        self.windows.has_partitions()
    }

    /// How much of the disk a client reaches. A disk that failed when its table was to be read gets
    /// another chance.
    ///
    /// # Errors
    /// What the client is told that reaches nothing.
    pub fn reach(&mut self, disk: impl Block, caller: Caller) -> Result<Reach, BlkError> {
        let client = client(caller);
        let mut reach = self.windows.reach(client);
        if matches!(reach, Err(Error::Block(_))) {
            let _ = self.read(disk);
            reach = self.windows.reach(client);
        }
        reach.map_err(refusal)
    }

    /// Reads the table, if some client has a partition. Nothing may be under way that was asked for
    /// before: its sectors may become another's.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn read(&mut self, disk: impl Block) -> Result<(), NotRead> {
        self.windows.read(disk, self.memory, lives)
    }

    /// The same, as an operation of the interface.
    ///
    /// # Errors
    /// What the client is told that wanted it.
    pub fn rescan(&mut self, disk: impl Block) -> Result<(), BlkError> {
        self.read(disk).map_err(|reason| match reason {
            NotRead::Error(_) => BlkError::DeviceError,
            NotRead::InUse(_) => BlkError::InUse,
        })
    }
}

fn client(caller: Caller) -> Client {
    let task = caller.task();
    // There are fewer tasks than that.
    Client { task: task.index() as u16, life: task.generation().0 }
}

fn lives(client: Client) -> bool {
    let id = TaskId::new(client.task.into(), Generation(client.life));
    sys::refresh_task_id(id) == id
}

/// What a client is told of what a disk says.
#[must_use]
pub const fn told(error: drv_block::Error) -> BlkError {
    match error {
        drv_block::Error::NoDevice => BlkError::NoDevice,
        drv_block::Error::OutOfRange => BlkError::OutOfRange,
        drv_block::Error::ReadOnly => BlkError::ReadOnly,
        drv_block::Error::BadLength => BlkError::BadLength,
        drv_block::Error::Unsupported => BlkError::Unsupported,
        drv_block::Error::Failed | drv_block::Error::Worn => BlkError::DeviceError,
    }
}

/// What a client is told that does not get at its part.
#[must_use]
pub const fn refusal(error: Error) -> BlkError {
    match error {
        Error::Block(drv_block::Error::OutOfRange) => BlkError::OutOfRange,
        Error::Block(drv_block::Error::NoDevice) => BlkError::NoDevice,
        Error::Block(_) => BlkError::DeviceError,
        Error::NoTable | Error::NotFound | Error::Ambiguous => BlkError::NoPartition,
        _ => BlkError::BadTable,
    }
}
