//! The parts of the disk that clients have, and the table they come from.

use crate::line::Line;
use crate::{Entry, LOG};
use abi::{Generation, TaskId};
use blk_api::BlkError;
use drv_partition::{Client, Error, Memory, Reach, Windows};
use drv_virtio_blk_server::{SHARES, not_read, refusal};
use userlib::ipc::Caller;
use userlib::sys;

/// What is known of the disk's parts.
pub struct Shares {
    pub windows: Windows<'static, SHARES>,
    pub memory: &'static mut Memory,
}

impl Shares {
    /// How much of the disk a client reaches. A disk that failed when its table was to be read gets
    /// another chance.
    pub fn reach(&mut self, line: &mut Line, caller: Caller) -> Result<Reach, BlkError> {
        let client = client(caller);
        let mut reach = self.windows.reach(client);
        if matches!(reach, Err(Error::Block(_))) {
            let _ = self.read(line);
            reach = self.windows.reach(client);
        }
        reach.map_err(refusal)
    }

    /// Reads the table. What was asked for before is done first, so that nothing reaches its
    /// sectors when they have become another's.
    pub fn read(&mut self, line: &mut Line) -> Result<(), BlkError> {
        if self.windows.has_partitions() {
            line.finish();
        }
        let read = self.windows.read(line, self.memory, lives);
        if let Err(reason) = read {
            LOG.record(Entry::TableNotRead(reason));
        }
        read.map_err(not_read)
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
