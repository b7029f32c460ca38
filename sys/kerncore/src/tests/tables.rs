//! The tables of an image, from what a test says of its tasks.
//!
//! Each task has a page of constants, two of data and a device.

use crate::Image;
use config::{
    BoardDesc, ImageDesc, IrqDesc, PostRight, RegionAttributes, RegionDesc, SLOT, Table,
    TaskBitmap, TaskDesc, window,
};

/// Indices that most tests use. Priorities are the test's own.
pub(super) const SUPERVISOR: usize = 0;
pub(super) const SERVER: usize = 1;
pub(super) const CLIENT: usize = 2;
pub(super) const OTHER: usize = 3;
pub(super) const THIRD: usize = 4;

pub(super) const TIMER_IRQ: u32 = 27;
pub(super) const IMAGE_ID: u64 = 0x0123_4567_89ab_cdef;
/// Physical memory of one task.
pub(super) const MEMORY: u64 = 0x3000;

/// A task's memory, by its index.
pub(super) const fn constants(task: usize) -> u64 {
    window::TASKS + task as u64 * SLOT
}

/// Two pages.
pub(super) const fn data(task: usize) -> u64 {
    constants(task) + 0x1000
}

pub(super) const fn device(task: usize) -> u64 {
    constants(task) + 0x4000
}

/// Where [`World::send`] and the answers put what does not fit into registers.
pub(super) const fn outbox(task: usize) -> u64 {
    data(task) + 0x1e00
}

/// Where messages and replies arrive.
pub(super) const fn inbox(task: usize) -> u64 {
    data(task) + 0x1f00
}

/// Nobody's.
pub(super) const NOWHERE: u64 = 0x1000;

/// One task to be.
#[derive(Clone)]
pub(super) struct Spec {
    desc: TaskDesc,
    irqs: Vec<(u32, u32)>,
    posts: Vec<(usize, u32)>,
}

pub(super) fn task(priority: u32) -> Spec {
    let desc = TaskDesc {
        entry: 0,
        stack_top: 0,
        stack_bottom: 0,
        ttbr0: 0,
        priority,
        flags: 0,
        regions: [0; 2],
        irqs: [0; 2],
        post_rights: [0; 2],
        may_send: TaskBitmap::EMPTY,
        may_status: TaskBitmap::EMPTY,
        may_restart: TaskBitmap::EMPTY,
        may_fault: TaskBitmap::EMPTY,
        may_dump: TaskBitmap::EMPTY,
        budget_run_ns: 0,
        budget_every_ns: 0,
        slice_ns: 0,
        fpu_state: 0,
        budget_bits: 0,
        reserved: 0,
    };
    Spec { desc, irqs: Vec::new(), posts: Vec::new() }
}

impl Spec {
    pub(super) fn may_send(mut self, to: usize) -> Self {
        self.desc.may_send.insert(to);
        self
    }

    pub(super) fn may_status(mut self, of: usize) -> Self {
        self.desc.may_status.insert(of);
        self
    }

    pub(super) fn may_restart(mut self, whom: usize) -> Self {
        self.desc.may_restart.insert(whom);
        self
    }

    pub(super) fn may_fault(mut self, whom: usize) -> Self {
        self.desc.may_fault.insert(whom);
        self
    }

    pub(super) fn may_dump(mut self, whom: usize) -> Self {
        self.desc.may_dump.insert(whom);
        self
    }

    pub(super) fn may_reset(mut self) -> Self {
        self.desc.flags |= TaskDesc::MAY_RESET;
        self
    }

    pub(super) fn may_post(mut self, to: usize, bits: u32) -> Self {
        self.posts.push((to, bits));
        self
    }

    /// Owns this interrupt, which sets this notification bit.
    pub(super) fn irq(mut self, irq: u32, bit: u32) -> Self {
        self.irqs.push((irq, bit));
        self
    }

    /// May run so long in each period. Nanoseconds are ticks.
    pub(super) fn budget(mut self, run: u64, every: u64) -> Self {
        (self.desc.budget_run_ns, self.desc.budget_every_ns) = (run, every);
        self
    }

    /// Each time it has spent it, the supervisor gets these bits.
    pub(super) fn budget_bits(mut self, bits: u32) -> Self {
        self.desc.budget_bits = bits;
        self
    }

    /// Has turns so long.
    pub(super) fn slice(mut self, length: u64) -> Self {
        self.desc.slice_ns = length;
        self
    }

    /// Has floating-point registers, kept there.
    pub(super) fn fp(mut self, state: u64) -> Self {
        self.desc.fpu_state = state;
        self
    }

    pub(super) fn starts(mut self) -> Self {
        self.desc.flags |= TaskDesc::START;
        self
    }
}

fn regions_of(task: usize) -> [RegionDesc; 3] {
    let region = |base, size, physical, attributes| RegionDesc {
        base,
        size,
        physical,
        attributes,
        reserved: 0,
    };
    let (read, write) = (RegionAttributes::READ, RegionAttributes::WRITE);
    let physical = task as u64 * MEMORY;
    let registers = read.with(write).with(RegionAttributes::DEVICE);
    [
        region(constants(task), 0x1000, physical, read),
        region(data(task), 0x2000, physical + 0x1000, read.with(write)),
        // Physically outside all memory: touching it panics.
        region(device(task), 0x1000, 1 << 40, registers),
    ]
}

/// Tables that live as long as the test's process.
#[derive(Default)]
pub(super) struct Tables {
    tasks: Vec<TaskDesc>,
    regions: Vec<RegionDesc>,
    irqs: Vec<IrqDesc>,
    posts: Vec<PostRight>,
}

impl Tables {
    pub(super) fn add(&mut self, spec: Spec) {
        let task = self.tasks.len();
        let (regions, irqs, posts) = (self.regions.len(), self.irqs.len(), self.posts.len());
        self.regions.extend(regions_of(task));
        self.irqs.extend(spec.irqs.iter().map(|&(irq, notification)| IrqDesc {
            irq,
            task: task as u32,
            notification,
            flags: 0,
        }));
        let rights = spec.posts.iter().map(|&(to, bits)| PostRight { task: to as u32, bits });
        self.posts.extend(rights);
        let range = |first: usize, end: usize| [first as u32, (end - first) as u32];
        self.tasks.push(TaskDesc {
            entry: constants(task) + 0x100,
            stack_top: data(task) + 0x1000,
            stack_bottom: data(task),
            ttbr0: (task as u64 + 1) << 48,
            regions: range(regions, self.regions.len()),
            irqs: range(irqs, self.irqs.len()),
            post_rights: range(posts, self.posts.len()),
            ..spec.desc
        });
    }

    pub(super) fn image(self) -> Image<'static> {
        let mut lookup = vec![u16::MAX; 64];
        for (position, irq) in self.irqs.iter().enumerate() {
            lookup[irq.irq as usize] = position as u16;
        }
        Image {
            head: Box::leak(Box::new(head())),
            tasks: self.tasks.leak(),
            regions: self.regions.leak(),
            irqs: self.irqs.leak(),
            irq_lookup: lookup.leak(),
            post_rights: self.posts.leak(),
        }
    }
}

fn head() -> ImageDesc {
    ImageDesc {
        magic: ImageDesc::MAGIC,
        image_id: IMAGE_ID,
        tasks: Table::default(),
        regions: Table::default(),
        irqs: Table::default(),
        irq_lookup: Table::default(),
        post_rights: Table::default(),
        task_array: 0,
        timer_array: 0,
        timer_count: 0,
        on_supervisor_fault: ImageDesc::RESET,
        flags: 0,
        reserved: 0,
        trace: 0,
        board: BoardDesc {
            gic_distributor: 0,
            gic_cpu: 0,
            gic_version: 3,
            timer_irq: TIMER_IRQ,
            psci_conduit: BoardDesc::HVC,
            irq_count: 64,
        },
    }
}
