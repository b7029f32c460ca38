//! What `app.toml` gives a task, as values with types.
//!
//! [`resources!`](macro@crate::resources) leaves two things in the object file: the names and kinds the
//! task asks for (section `.aidos.manifest`, not loaded) and an array of records that the build
//! tool fills in when it links (section `.aidos.resources`, read-only).

mod manifest;
mod record;
mod region;

#[doc(hidden)]
pub use manifest::{manifest, manifest_length};
pub use record::{Records, Resource};
pub use region::{Bytes, Memory, Place, Region, Shares};

use config::{PostRight, TaskInfo};
use zerocopy::FromBytes;

/// Registers of a device. Kind `device`: one record, address and size.
#[derive(Debug)]
pub struct Device {
    base: usize,
    size: usize,
}

impl Device {
    /// A window onto the registers.
    #[must_use]
    pub fn registers(self) -> mmio::Registers {
        // SAFETY: the build tool mapped these pages as device memory for this task alone, for as
        // long as the image runs, and `self` is the only value that names them.
        unsafe { mmio::Registers::new(self.base, self.size) }
    }
}

impl Resource for Device {
    const KIND: &'static str = "device";
    const RECORDS: usize = 1;
    fn from_records(records: &mut Records) -> Self {
        let [base, size] = records.next().map(|value| value as usize);
        Self { base, size }
    }
}

/// A notification bit. Kind `notification`: one record, the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification(u32);

impl Notification {
    /// The bit as a mask.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl Resource for Notification {
    const KIND: &'static str = "notification";
    const RECORDS: usize = 1;
    fn from_records(records: &mut Records) -> Self {
        Self(records.next()[0] as u32)
    }
}

/// A task this one may send to. Kind `slot`: one record, the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u16);

impl Slot {
    /// To the task of this index.
    pub(crate) const fn to(index: u16) -> Self {
        Self(index)
    }

    /// The target's index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The target in its present life.
    #[must_use]
    pub fn task_id(self) -> abi::TaskId {
        crate::sys::refresh_task_id(abi::TaskId::new(self.index(), abi::Generation(0)))
    }
}

impl Resource for Slot {
    const KIND: &'static str = "slot";
    const RECORDS: usize = 1;
    fn from_records(records: &mut Records) -> Self {
        Self::to(records.next()[0] as u16)
    }
}

/// A task from which alone this one may receive. Kind `sender`: one record, the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender(u16);

impl Sender {
    /// The sender's index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Resource for Sender {
    const KIND: &'static str = "sender";
    const RECORDS: usize = 1;
    fn from_records(records: &mut Records) -> Self {
        Self(records.next()[0] as u16)
    }
}

/// Memory that the task's devices reach too. Kind `dma`: two records, address and size, then the
/// physical address.
#[derive(Debug)]
pub struct Dma {
    base: usize,
    size: usize,
    physical: u64,
}

impl Dma {
    /// The memory, for `drv/dma`.
    #[must_use]
    pub fn memory(self) -> mmio::DmaMemory {
        // SAFETY: the build tool mapped these pages for this task alone, in one physical piece,
        // for as long as the image runs, and `self` is the only value that names them.
        unsafe { mmio::DmaMemory::new(self.base, self.size, self.physical) }
    }
}

impl Resource for Dma {
    const KIND: &'static str = "dma";
    const RECORDS: usize = 2;
    fn from_records(records: &mut Records) -> Self {
        let [base, size] = records.next().map(|value| value as usize);
        Self { base, size, physical: records.next()[0] }
    }
}

/// A read-only table made by the build tool. Kind `table`: one record, address and length.
#[derive(Clone, Copy, Debug)]
pub struct Table(&'static [u8]);

impl Table {
    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> &'static [u8] {
        self.0
    }

    /// `task-table`: every task by index, and the post rights their `told` ranges point into.
    #[must_use]
    pub fn tasks(self) -> (&'static [TaskInfo], &'static [PostRight]) {
        let Ok((first, _)) = TaskInfo::ref_from_prefix(self.0) else { return (&[], &[]) };
        let count = first.table_length as usize;
        let Ok((tasks, rest)) = <[TaskInfo]>::ref_from_prefix_with_elems(self.0, count) else {
            return (&[], &[]);
        };
        (tasks, <[PostRight]>::ref_from_bytes(rest).unwrap_or(&[]))
    }
}

impl Resource for Table {
    const KIND: &'static str = "table";
    const RECORDS: usize = 1;
    fn from_records(records: &mut Records) -> Self {
        let [base, length] = records.next().map(|value| value as usize);
        // SAFETY: the build tool mapped these bytes read-only for this task for as long as the
        // image runs.
        Self(unsafe { core::slice::from_raw_parts(base as *const u8, length) })
    }
}
