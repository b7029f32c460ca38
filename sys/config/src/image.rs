//! The descriptors' head: where each table is, and what machine this is.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A table among the descriptors.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Table {
    /// First byte, counted from [`window::DESCRIPTORS`](crate::window::DESCRIPTORS).
    pub offset: u32,
    /// Number of records.
    pub count: u32,
}

/// At [`window::DESCRIPTORS`](crate::window::DESCRIPTORS).
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ImageDesc {
    /// [`ImageDesc::MAGIC`].
    pub magic: u64,
    /// Hash over everything in the image but itself.
    pub image_id: u64,
    /// [`TaskDesc`](crate::TaskDesc), by task index.
    pub tasks: Table,
    /// [`RegionDesc`](crate::RegionDesc), by task, within a task by address.
    pub regions: Table,
    /// [`IrqDesc`](crate::IrqDesc), by task.
    pub irqs: Table,
    /// `u16` by interrupt id: index into `irqs`, or `u16::MAX`.
    pub irq_lookup: Table,
    /// [`PostRight`](crate::PostRight), by task.
    pub post_rights: Table,
    /// The kernel's task records, at this virtual address; as many as `tasks`.
    pub task_array: u64,
    /// The timer queue, at this virtual address.
    pub timer_array: u64,
    /// Entries in the timer queue.
    pub timer_count: u32,
    /// [`ImageDesc::RESET`] or [`ImageDesc::STOP`].
    pub on_supervisor_fault: u32,
    /// [`ImageDesc::COUNTERS`].
    pub flags: u32,
    /// Zero.
    pub reserved: u32,
    /// The kernel's [`TraceRing`](abi::trace::TraceRing), at this virtual address; 0: none is
    /// kept.
    pub trace: u64,
    /// The machine.
    pub board: BoardDesc,
}

impl ImageDesc {
    /// "aidosimg".
    pub const MAGIC: u64 = u64::from_le_bytes(*b"aidosimg");
    /// `on_supervisor_fault`: reset the system.
    pub const RESET: u32 = 0;
    /// `on_supervisor_fault`: stop for good.
    pub const STOP: u32 = 1;
    /// `flags`: tasks may read the processor's event counters; for benchmarks.
    pub const COUNTERS: u32 = 1 << 0;
}

/// What the kernel drives.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct BoardDesc {
    /// Virtual address of the GIC distributor.
    pub gic_distributor: u64,
    /// Virtual address of the GICv3 redistributors or of the GICv2 CPU interface.
    pub gic_cpu: u64,
    /// 2 or 3.
    pub gic_version: u32,
    /// Interrupt id of the virtual timer.
    pub timer_irq: u32,
    /// [`BoardDesc::HVC`] or [`BoardDesc::SMC`], when entered at EL1. At EL2 it is always SMC.
    pub psci_conduit: u32,
    /// Interrupt ids the distributor of this board has.
    pub irq_count: u32,
}

impl BoardDesc {
    /// PSCI by hypervisor call.
    pub const HVC: u32 = 0;
    /// PSCI by secure monitor call.
    pub const SMC: u32 = 1;
}
