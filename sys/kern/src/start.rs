//! From the end of `boot.rs` to the first task.

use crate::arch::{self, Frame};
use crate::descriptors;
use crate::gic::Gic;
use crate::machine::Hardware;
use crate::statics::{KERNEL, SECURE_MONITOR};
use abi::trace::TraceRing;
use config::{BoardDesc, ImageDesc};
use core::sync::atomic::Ordering;
use kerncore::{Image, Kernel, Task, TimerEntry};

/// Called by `boot.rs` with the exception level that the boot loader left the processor in.
/// Returns the first task's frame.
// SAFETY: named in assembly; the name is this project's own.
#[unsafe(no_mangle)]
extern "C" fn aidos_start(entered_at: u64) -> *mut Frame {
    let Some(image) = descriptors::image() else {
        panic!("no descriptors in the image");
    };
    // At EL2 there is no hypervisor below to answer an HVC.
    let secure_monitor = entered_at == 2 || image.head.board.psci_conduit == BoardDesc::SMC;
    SECURE_MONITOR.store(secure_monitor, Ordering::Relaxed);
    // SAFETY: the build tool mapped the controller where the descriptors say; this runs once.
    let gic = unsafe { Gic::new(&image.head.board, image.irqs) };
    let Some(gic) = gic else {
        panic!("the interrupt controller is not what the board file says");
    };
    arch::open_to_tasks(image.head.flags & ImageDesc::COUNTERS != 0);
    #[cfg(feature = "meter")]
    arch::meter::start();
    let (tasks, timers) = arrays(image);
    let trace = trace_ring(image);
    // SAFETY: the first and only time, before any trap.
    let kernel = unsafe { KERNEL.set(Kernel::new(Hardware { gic }, image, tasks, timers, trace)) };
    let Some(first) = kernel.start() else {
        panic!("no task to start");
    };
    kernel.frame(first)
}

type Arrays = (&'static mut [Task<'static, Frame>], &'static mut [TimerEntry]);

/// Fills the arrays that the build tool reserved.
fn arrays(image: Image<'static>) -> Arrays {
    let ImageDesc { task_array, timer_array, timer_count, .. } = *image.head;
    let first = task_array as *mut Task<'static, Frame>;
    for (index, desc) in image.tasks.iter().enumerate() {
        let regions = image.regions_of(desc);
        let task = Task::new(index, desc, regions, Frame::EMPTY, arch::frequency());
        if desc.fpu_state != 0 {
            // SAFETY: the build tool reserved the room for the kernel alone.
            unsafe { arch::fp::clear(desc.fpu_state) }
        }
        // SAFETY: the build tool reserved as many records as there are tasks, aligned as the
        // kernel's header says, for the kernel alone.
        unsafe { first.add(index).write(task) }
    }
    let timers = timer_array as *mut TimerEntry;
    for index in 0..timer_count as usize {
        // SAFETY: the same for the timer queue.
        unsafe { timers.add(index).write(TimerEntry::EMPTY) }
    }
    // SAFETY: all of them were just initialised, and nobody else knows them.
    unsafe {
        (
            core::slice::from_raw_parts_mut(first, image.tasks.len()),
            core::slice::from_raw_parts_mut(timers, timer_count as usize),
        )
    }
}

/// The trace ring, empty, if `app.toml` asks for one.
fn trace_ring(image: Image<'static>) -> Option<&'static mut TraceRing> {
    if image.head.trace == 0 {
        return None;
    }
    let ring = image.head.trace as *mut TraceRing;
    // SAFETY: the build tool reserved the room, aligned, for the kernel alone; all bytes zero are
    // a ring, and nobody else knows it.
    let ring = unsafe {
        ring.write_bytes(0, 1);
        &mut *ring
    };
    ring.magic = TraceRing::MAGIC;
    Some(ring)
}
