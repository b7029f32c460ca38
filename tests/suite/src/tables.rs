//! Where everything is, as the build tool says.

use abi::LeaseDesc;
use config::{RegionAttributes, RegionInfo};
use core::ops::Range;
use userlib::Table;
use zerocopy::FromBytes;

/// Every region of every task.
#[derive(Clone, Copy)]
pub struct Regions(&'static [RegionInfo]);

const READ: RegionAttributes = RegionAttributes::READ;
const WRITE: RegionAttributes = RegionAttributes::WRITE;
const EXECUTE: RegionAttributes = RegionAttributes::EXECUTE;
const SHARED: RegionAttributes = RegionAttributes::SHARED;
const DEVICE: RegionAttributes = RegionAttributes::DEVICE;

impl Regions {
    /// The table is as long as its pages; records without a size are none.
    pub fn of(table: Table) -> Self {
        let bytes = table.bytes();
        let count = bytes.len() / size_of::<RegionInfo>();
        let (all, _) = <[RegionInfo]>::ref_from_prefix_with_elems(bytes, count).expect("aligned");
        let used = all.iter().position(|region| region.size == 0).unwrap_or(all.len());
        Self(&all[..used])
    }

    fn own(self, task: usize) -> impl Iterator<Item = &'static RegionInfo> {
        self.0.iter().filter(move |region| region.task as usize == task)
    }

    /// Instructions of a task.
    pub fn text(self, task: usize) -> Range<u64> {
        range(self.own(task).find(|region| region.attributes.contains(EXECUTE)))
    }

    /// Stack of a task: the last of what only it may write.
    pub fn stack(self, task: usize) -> Range<u64> {
        let own = self.memory(task).filter(|region| !region.attributes.contains(SHARED));
        range(own.max_by_key(|region| region.base))
    }

    /// Devices of a task, in the order of their addresses there.
    pub fn devices(self, task: usize) -> impl Iterator<Item = &'static RegionInfo> {
        self.own(task).filter(|region| region.attributes.contains(DEVICE))
    }

    /// What a task may read and the kernel may read for it.
    pub fn readable(self, task: usize) -> impl Iterator<Item = &'static RegionInfo> {
        let own = self.own(task).filter(|region| region.attributes.contains(READ));
        own.filter(|region| !region.attributes.contains(DEVICE))
    }

    /// What a task may write and the kernel may write for it.
    pub fn memory(self, task: usize) -> impl Iterator<Item = &'static RegionInfo> {
        self.readable(task).filter(|region| region.attributes.contains(WRITE))
    }
}

fn range(region: Option<&RegionInfo>) -> Range<u64> {
    region.map_or(0..0, |region| region.base..region.base + region.size)
}

/// A lease of anything.
pub const fn lease(address: u64, length: u32, attributes: abi::LeaseAttributes) -> LeaseDesc {
    LeaseDesc { address, length, attributes }
}
