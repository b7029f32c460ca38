//! What the vectors call: each asks `kerncore` and returns the frame of whoever runs next.

use crate::arch::{self, FaultRegisters, Frame, wait_for_interrupt};
use crate::fail;
use crate::machine::Hardware;
use crate::statics::KERNEL;
use core::ptr::null_mut;
use kerncore::{Kernel, TaskIndex};

/// `SEND` from a task.
// SAFETY: named in assembly; the name is this project's own.
#[unsafe(no_mangle)]
extern "C" fn aidos_send() -> *mut Frame {
    // SAFETY: called once a trap, by the vectors, after `aidos_start`; the reference is gone when
    // the other function asks for its own.
    match unsafe { KERNEL.get() }.fast_send::<false>() {
        Some(frame) => leave(frame),
        None => send_long(),
    }
}

#[inline(never)]
extern "C" fn send_long() -> *mut Frame {
    // SAFETY: as above; the caller's reference is gone.
    match unsafe { KERNEL.get() }.fast_send::<true>() {
        Some(frame) => leave(frame),
        None => aidos_system_call(),
    }
}

/// `REPLY_RECV` from a task.
// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn aidos_reply_recv() -> *mut Frame {
    // SAFETY: as above.
    match unsafe { KERNEL.get() }.fast_reply_recv::<false>() {
        Some(frame) => leave(frame),
        None => reply_recv_long(),
    }
}

#[inline(never)]
extern "C" fn reply_recv_long() -> *mut Frame {
    // SAFETY: as above; the caller's reference is gone.
    match unsafe { KERNEL.get() }.fast_reply_recv::<true>() {
        Some(frame) => leave(frame),
        None => aidos_system_call(),
    }
}

/// `GET_TIMER` from a task.
// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn aidos_get_timer() -> *mut Frame {
    // SAFETY: as above.
    match unsafe { KERNEL.get() }.fast_get_timer() {
        Some(frame) => leave(frame),
        None => aidos_system_call(),
    }
}

/// `POST` from a task.
// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn aidos_post() -> *mut Frame {
    // SAFETY: as above.
    match unsafe { KERNEL.get() }.fast_post() {
        Some(frame) => leave(frame),
        None => aidos_system_call(),
    }
}

/// Any other system call from a task.
// SAFETY: named in assembly; the name is this project's own.
#[unsafe(no_mangle)]
extern "C" fn aidos_system_call() -> *mut Frame {
    // SAFETY: called once a trap, by the vectors, after `aidos_start`.
    let kernel = unsafe { KERNEL.get() };
    let next = kernel.system_call();
    resume(kernel, next)
}

/// Any other exception of a task.
// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn aidos_exception() -> *mut Frame {
    let FaultRegisters { syndrome, address } = FaultRegisters::read();
    let exception = arch::decode(syndrome, address);
    // SAFETY: as above.
    let kernel = unsafe { KERNEL.get() };
    let next = kernel.exception(exception);
    resume(kernel, next)
}

/// An interrupt from a task, or while nobody could run. Null: nobody can run.
// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn aidos_interrupt() -> *mut Frame {
    // SAFETY: as above; in `aidos_idle`, the reference of the same trap is gone.
    let kernel = unsafe { KERNEL.get() };
    let next = match kernel.machine.gic.acknowledge() {
        Some(irq) => take(kernel, irq),
        None => nothing_came(kernel),
    };
    match next {
        Some(task) => leave(kernel.frame(task)),
        None => null_mut(),
    }
}

#[inline(always)]
fn take(kernel: &mut Kernel<'static, Hardware>, irq: u32) -> Option<TaskIndex> {
    let next = if irq == kernel.timer_irq() { kernel.alarm() } else { kernel.interrupt(irq) };
    kernel.machine.gic.finish(irq);
    next
}

/// A task was interrupted for nothing; while nobody could run, the processor only woke up early.
#[cold]
fn nothing_came(kernel: &mut Kernel<'static, Hardware>) -> Option<TaskIndex> {
    let running = kernel.running()?;
    kernel.spurious_interrupt();
    Some(running)
}

/// The kernel itself took an exception. Called on the emergency stack.
// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn aidos_kernel_fault(syndrome: u64, address: u64, pc: u64) -> ! {
    fail::kernel_fault(syndrome, address, pc)
}

/// The frame to go on with; sleeps here while nobody can run.
#[inline(always)]
fn resume(kernel: &mut Kernel<'static, Hardware>, next: Option<TaskIndex>) -> *mut Frame {
    match next {
        Some(task) => leave(kernel.frame(task)),
        None => aidos_idle(),
    }
}

/// Sleeps until somebody can run.
// SAFETY: named in assembly; the name is this project's own.
#[cold]
#[unsafe(no_mangle)]
extern "C" fn aidos_idle() -> *mut Frame {
    loop {
        wait_for_interrupt();
        // What was before is no path from a task to a task.
        #[cfg(feature = "meter")]
        arch::meter::restart();
        let frame = aidos_interrupt();
        if !frame.is_null() {
            return frame;
        }
    }
}

/// The way out, past the meter if there is one.
#[inline(always)]
fn leave(frame: &mut Frame) -> *mut Frame {
    #[cfg(feature = "meter")]
    arch::meter::note(FaultRegisters::read().syndrome, frame.x[8]);
    frame
}
