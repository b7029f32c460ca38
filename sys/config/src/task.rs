//! Tasks, what they reach and what they may do.

use abi::MAX_TASKS;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A set of tasks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(transparent)]
pub struct TaskBitmap(pub [u64; MAX_TASKS / 64]);

impl TaskBitmap {
    /// Nobody.
    pub const EMPTY: Self = Self([0; MAX_TASKS / 64]);

    /// Whether nobody is in it.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        let Self([a, b, c, d]) = *self;
        a | b | c | d == 0
    }

    /// Whether the task with this index is in the set.
    #[must_use]
    #[inline]
    pub const fn contains(&self, index: usize) -> bool {
        self.0[(index / 64) % (MAX_TASKS / 64)] >> (index % 64) & 1 != 0
    }

    /// Adds a task.
    #[inline]
    pub const fn insert(&mut self, index: usize) {
        self.0[(index / 64) % (MAX_TASKS / 64)] |= 1 << (index % 64);
    }

    /// Removes a task.
    #[inline]
    pub const fn remove(&mut self, index: usize) {
        self.0[(index / 64) % (MAX_TASKS / 64)] &= !(1 << (index % 64));
    }

    /// Takes the task with the lowest index out of the set.
    #[inline]
    pub fn pop(&mut self) -> Option<usize> {
        let (word, bits) = self.0.iter_mut().enumerate().find(|(_, bits)| **bits != 0)?;
        let bit = bits.trailing_zeros() as usize;
        *bits &= *bits - 1;
        Some(word * 64 + bit)
    }
}

/// One task, fixed for the life of the image.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TaskDesc {
    /// Address of the first instruction.
    pub entry: u64,
    /// First stack pointer.
    pub stack_top: u64,
    /// Lowest address of the stack; the page below is a guard.
    pub stack_bottom: u64,
    /// TTBR0_EL1: physical address of the translation table and ASID in bits 48 to 63.
    pub ttbr0: u64,
    /// 0 (most important) to 63.
    pub priority: u32,
    /// [`TaskDesc::START`], [`TaskDesc::MAY_RESET`].
    pub flags: u32,
    /// First of its records among the regions, and how many.
    pub regions: [u32; 2],
    /// First of its records among the interrupts, and how many.
    pub irqs: [u32; 2],
    /// First of its records among the post rights, and how many.
    pub post_rights: [u32; 2],
    /// Whom it may send to: named in its `task-slots`, and more important.
    pub may_send: TaskBitmap,
    /// Whose status it may read.
    pub may_status: TaskBitmap,
    /// Whom it may restart and stop.
    pub may_restart: TaskBitmap,
    /// Whom it may fault.
    pub may_fault: TaskBitmap,
    /// Whose memory it may read after a fault.
    pub may_dump: TaskBitmap,
    /// How long it may run in each period, in nanoseconds; 0: it has no budget.
    pub budget_run_ns: u64,
    /// The period of its budget, in nanoseconds; 0: it has no budget.
    pub budget_every_ns: u64,
    /// How long it runs before another ready task of its priority has its turn, in nanoseconds;
    /// 0: until it blocks.
    pub slice_ns: u64,
    /// Where its floating-point registers are kept, a virtual address of the kernel; 0: it may not
    /// use them.
    pub fpu_state: u64,
    /// The supervisor's notification bits that say that a budget was spent.
    pub budget_bits: u32,
    /// Zero.
    pub reserved: u32,
}

impl TaskDesc {
    /// Runs from the beginning; otherwise the supervisor starts it.
    pub const START: u32 = 1 << 0;
    /// May reset the system.
    pub const MAY_RESET: u32 = 1 << 1;
}

/// What a region allows and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct RegionAttributes(pub u32);

impl RegionAttributes {
    /// Loads.
    pub const READ: Self = Self(1 << 0);
    /// Stores.
    pub const WRITE: Self = Self(1 << 1);
    /// Instructions.
    pub const EXECUTE: Self = Self(1 << 2);
    /// Device memory: the kernel never touches it on the task's behalf.
    pub const DEVICE: Self = Self(1 << 3);
    /// Devices reach it too.
    pub const DMA: Self = Self(1 << 4);
    /// Other tasks have it too.
    pub const SHARED: Self = Self(1 << 5);

    /// Both sets of attributes together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether everything in `wanted` is there.
    #[must_use]
    #[inline]
    pub const fn contains(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }
}

/// Contiguous memory a task reaches.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RegionDesc {
    /// First address, in the task's address space.
    pub base: u64,
    /// Length in bytes.
    pub size: u64,
    /// Physical address of the first byte.
    pub physical: u64,
    /// What it is.
    pub attributes: RegionAttributes,
    /// Zero.
    pub reserved: u32,
}

/// A region of anyone's, as the `region-table` resource lists them for tests of isolation.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct RegionInfo {
    /// First address, in its owner's address space.
    pub base: u64,
    /// Length in bytes.
    pub size: u64,
    /// Index of its owner, or [`RegionInfo::KERNEL`].
    pub task: u32,
    /// What it is.
    pub attributes: RegionAttributes,
}

impl RegionInfo {
    /// `task` of the kernel's own.
    pub const KERNEL: u32 = u32::MAX;
}

/// One interrupt and its owner.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct IrqDesc {
    /// GIC interrupt id.
    pub irq: u32,
    /// Index of the owner.
    pub task: u32,
    /// The notification bit the owner gets.
    pub notification: u32,
    /// [`IrqDesc::EDGE`] or 0 for level.
    pub flags: u32,
}

impl IrqDesc {
    /// Edge-triggered.
    pub const EDGE: u32 = 1;
}

/// The right to set notification bits of one other task.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PostRight {
    /// Whose bits.
    pub task: u32,
    /// Which bits.
    pub bits: u32,
}

/// What the supervisor and tools on the target know about a task: the `task-table` resource, a
/// read-only array by task index that a task gets with `uses = ["task-table"]`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TaskInfo {
    /// Name in UTF-8, padded with zeros.
    pub name: [u8; 24],
    /// 0 to 63.
    pub priority: u32,
    /// One of the `RESTART_` constants.
    pub restart: u32,
    /// With [`TaskInfo::RESTART_LIMITED`]: at most so many restarts…
    pub restart_max: u32,
    /// …within so many milliseconds; then [`TaskInfo::RESET_WHEN_SPENT`] decides.
    pub restart_window_ms: u32,
    /// Wait before the first restart; doubles with each further one in the window. Milliseconds.
    pub backoff_ms: u32,
    /// Start-up phase; phase n + 1 begins when phase n is ready.
    pub phase: u32,
    /// How long its phase waits for it to say that it is ready, in milliseconds; 0: not at all.
    pub ready_within_ms: u32,
    /// It must check in with the supervisor within this many milliseconds, again and again; 0: it
    /// need not.
    pub check_in_ms: u32,
    /// Flags below.
    pub flags: u32,
    /// First of its [`PostRight`] records in the table that follows the tasks, and how many: whom
    /// the supervisor tells when this task restarts, by which bits.
    pub told: [u32; 2],
    /// Number of tasks in the table, the same in every record.
    pub table_length: u32,
    /// Whom it may ask the supervisor to restart or stop.
    pub may_restart: TaskBitmap,
    /// Whom it may ask the supervisor to fault.
    pub may_fault: TaskBitmap,
}

impl TaskInfo {
    /// `restart = "never"`: hold it for inspection.
    pub const RESTART_NEVER: u32 = 0;
    /// `restart = "always"`.
    pub const RESTART_ALWAYS: u32 = 1;
    /// `restart = { max = …, within = … }`.
    pub const RESTART_LIMITED: u32 = 2;
    /// When the restarts are spent: reset the system instead of holding the task.
    pub const RESET_WHEN_SPENT: u32 = 1 << 0;
    /// Keep its memory when it faults.
    pub const DUMP: u32 = 1 << 1;
    /// `start = false`: only started on request.
    pub const MANUAL: u32 = 1 << 2;

    /// The name, up to the first zero.
    #[must_use]
    pub fn name(&self) -> &str {
        let end = self.name.iter().position(|&byte| byte == 0).unwrap_or(self.name.len());
        core::str::from_utf8(&self.name[..end]).unwrap_or("?")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_gives_back_what_was_put_in() {
        let mut set = TaskBitmap::EMPTY;
        for index in [255, 0, 64, 63] {
            set.insert(index);
        }
        set.remove(64);
        assert!(set.contains(255) && !set.contains(64) && !set.contains(1));
        let order: [Option<usize>; 4] = core::array::from_fn(|_| set.pop());
        assert_eq!(order, [Some(0), Some(63), Some(255), None]);
    }
}
