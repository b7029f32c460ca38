//! The kernel's address space.

use crate::physical::{Cursor, pages};
use crate::{Kind, Region, Sizes, Span};
use appfile::App;
use config::Epitaph;
use config::window::{
    ARRAYS, DESCRIPTORS, DEVICES, EPITAPH, KERNEL, STACK_SIZE, STACK_SPACING, STACKS,
};
use pagetable::{Mapping, Memory, Rights};

/// What the kernel's ELF measures, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct KernelSizes {
    /// Instructions, from the image's first byte.
    pub text: u64,
    /// Of them, those that run before the MMU is on.
    pub boot: u64,
    /// Constants.
    pub rodata: u64,
    /// Variables, all zero at first.
    pub bss: u64,
}

/// Sizes of the kernel's records, from its header.
#[derive(Clone, Copy, Debug, Default)]
pub struct KernelRecords {
    /// One task.
    pub task: u64,
    /// Alignment of a task.
    pub task_alignment: u64,
    /// One timer.
    pub timer: u64,
    /// Timers for each task.
    pub timers_per_task: u64,
    /// Floating-point registers of one task.
    pub fpu: u64,
    /// The trace ring.
    pub trace: u64,
}

/// Loaded parts that have their place.
pub(crate) struct Placed {
    pub text: Span,
    pub rodata: Span,
    pub descriptors: Span,
}

/// Where the kernel's things are.
#[derive(Clone, Debug)]
pub struct KernelLayout {
    /// Its memory and devices, the linear map left out.
    pub regions: Vec<Region>,
    /// Physical: text, constants, descriptors, variables, epitaph.
    pub text: Span,
    /// See `text`.
    pub rodata: Span,
    /// See `text`.
    pub descriptors: Span,
    /// See `text`.
    pub bss: Span,
    /// See `text`.
    pub epitaph: Span,
    /// Of `text`, what runs before the MMU is on.
    pub boot: Span,
    /// The array of task records: virtual address.
    pub task_array: u64,
    /// Bytes from one task record to the next.
    pub task_stride: u64,
    /// The timer queue: virtual address.
    pub timer_array: u64,
    /// Entries of the timer queue.
    pub timer_count: u64,
    /// By task: where its floating-point registers are kept, a virtual address; 0: it has none.
    pub fpu_states: Vec<u64>,
    /// The trace ring: virtual address; 0: none is kept.
    pub trace: u64,
    /// All arrays: physical.
    pub arrays: Span,
    /// Virtual address of the interrupt controller's distributor.
    pub gic_distributor: u64,
    /// Virtual address of its CPU part.
    pub gic_cpu: u64,
}

const READ: Rights = Rights { user: false, write: false, execute: false };
const WRITE: Rights = Rights { user: false, write: true, execute: false };
const EXECUTE: Rights = Rights { user: false, write: false, execute: true };

impl KernelLayout {
    pub(crate) fn place(app: &App, sizes: &Sizes, placed: &Placed, writable: &mut Cursor) -> Self {
        let &Placed { text, rodata, descriptors } = placed;
        let records = sizes.records;
        let tasks = app.tasks.len() as u64;
        let task_stride = records.task.next_multiple_of(records.task_alignment.max(1));
        let mut arrays = Arrays { end: ARRAYS };
        let task_array = arrays.take(tasks * task_stride);
        let timer_count = tasks * records.timers_per_task;
        let timer_array = arrays.take(timer_count * records.timer);
        let fpu_states =
            app.tasks.iter().map(|task| if task.fpu { arrays.take(records.fpu) } else { 0 });
        let fpu_states = fpu_states.collect();
        let trace = if app.kernel.trace { arrays.take(records.trace) } else { 0 };

        let bss = writable.take(sizes.kernel.bss);
        let epitaph = writable.take(size_of::<Epitaph>() as u64);
        let arrays = writable.take(arrays.end - ARRAYS);
        let stack = writable.take(STACK_SIZE);
        let emergency = writable.take(STACK_SIZE);

        let rodata_at = KERNEL + text.size;
        let stack_at = |number: u64| STACKS + number * STACK_SPACING - STACK_SIZE;
        let gic = &app.board.gic;
        let gic_cpu = DEVICES + pages(gic.distributor.size);
        let regions = vec![
            private("text", KERNEL, text, EXECUTE),
            private("rodata", rodata_at, rodata, READ),
            private("bss", rodata_at + rodata.size, bss, WRITE),
            private("descriptors", DESCRIPTORS, descriptors, READ),
            private("arrays", ARRAYS, arrays, WRITE),
            private("epitaph", EPITAPH, epitaph, WRITE),
            private("stack", stack_at(1), stack, WRITE),
            private("emergency-stack", stack_at(2), emergency, WRITE),
            device("gic-distributor", DEVICES, gic.distributor.address, gic.distributor.size),
            device("gic-cpu", gic_cpu, gic.cpu.address, gic.cpu.size),
        ];
        Self {
            regions: regions.into_iter().filter(|region| region.mapping.size > 0).collect(),
            text,
            rodata,
            descriptors,
            bss,
            epitaph,
            boot: Span { base: text.base, size: pages(sizes.kernel.boot) },
            task_array,
            task_stride,
            timer_array,
            timer_count,
            fpu_states,
            trace,
            arrays,
            gic_distributor: DEVICES,
            gic_cpu,
        }
    }

    /// What TTBR0 holds until the first task runs: the boot code where it physically is.
    #[must_use]
    pub fn boot_mappings(&self) -> Vec<Mapping> {
        vec![private("boot", self.boot.base, self.boot, EXECUTE).mapping]
    }
}

/// Hands out the window of the kernel's arrays, in cache lines.
struct Arrays {
    end: u64,
}

impl Arrays {
    fn take(&mut self, bytes: u64) -> u64 {
        let start = self.end;
        self.end += bytes.next_multiple_of(64);
        start
    }
}

fn private(name: &str, address: u64, span: Span, rights: Rights) -> Region {
    let mapping =
        Mapping { address, physical: span.base, size: span.size, rights, memory: Memory::Normal };
    Region { name: name.to_owned(), mapping, kind: Kind::Private }
}

fn device(name: &str, address: u64, physical: u64, size: u64) -> Region {
    let size = pages(size);
    let mapping = Mapping { address, physical, size, rights: WRITE, memory: Memory::Device };
    Region { name: name.to_owned(), mapping, kind: Kind::Device }
}
