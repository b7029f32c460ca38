//! The end: last words, then reset or stop.
//!
//! The epitaph (`config::Epitaph`) is what a debugger prints and what makes the next boot keep
//! this one's memory.

use crate::arch::{self, Conduit, wait_for_interrupt};
use crate::descriptors;
use crate::statics::SECURE_MONITOR;
use crate::words::Words;
use abi::FaultRecord;
use config::{BootDesc, Epitaph, ImageDesc, window};
use core::sync::atomic::Ordering;

/// What comes after the last words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// A reset through PSCI.
    Reset,
    /// Nothing, for ever.
    Stop,
}

/// Nobody in particular.
const NO_TASK: u32 = u32::MAX;

/// A task asked for a reset.
pub fn requested(by: usize) -> ! {
    let mut epitaph = empty(Epitaph::REQUESTED, by as u32);
    Words::of(&mut epitaph).say("reset requested by task ").number(by as u64);
    leave(epitaph, Then::Reset)
}

/// The supervisor faulted; `app.toml` says what then.
pub fn supervisor(fault: &FaultRecord) -> ! {
    let mut epitaph = empty(Epitaph::SUPERVISOR_FAULT, abi::SUPERVISOR as u32);
    epitaph.address = fault.address;
    epitaph.pc = fault.pc;
    let FaultRecord { kind, detail, address, pc, .. } = fault;
    Words::of(&mut epitaph)
        .say("supervisor fault ")
        .number(u64::from(*kind))
        .say(", detail ")
        .hex(u64::from(*detail))
        .say(", address ")
        .hex(*address)
        .say(", pc ")
        .hex(*pc);
    leave(epitaph, policy())
}

/// The kernel itself took an exception.
pub fn kernel_fault(syndrome: u64, address: u64, pc: u64) -> ! {
    let mut epitaph = empty(Epitaph::KERNEL_FAULT, NO_TASK);
    (epitaph.syndrome, epitaph.address, epitaph.pc) = (syndrome, address, pc);
    Words::of(&mut epitaph)
        .say("kernel exception ")
        .hex(syndrome)
        .say(" at ")
        .hex(pc)
        .say(", address ")
        .hex(address);
    leave(epitaph, Then::Stop)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let mut epitaph = empty(Epitaph::KERNEL_PANIC, NO_TASK);
    let mut words = Words::of(&mut epitaph);
    if let Some(at) = info.location() {
        words = words.say("at ").say(at.file()).say(":").number(u64::from(at.line()));
    }
    if let Some(message) = info.message().as_str() {
        words.say(": ").say(message);
    }
    leave(epitaph, Then::Stop)
}

fn policy() -> Then {
    match descriptors::image() {
        Some(image) if image.head.on_supervisor_fault == ImageDesc::STOP => Then::Stop,
        _ => Then::Reset,
    }
}

fn boot_desc() -> &'static BootDesc {
    // SAFETY: the kernel's image begins with it, mapped read-only.
    unsafe { &*(window::KERNEL as *const BootDesc) }
}

fn empty(reason: u32, task: u32) -> Epitaph {
    Epitaph {
        magic: Epitaph::MAGIC,
        image_id: boot_desc().image_id,
        time: arch::now(),
        reason,
        task,
        syndrome: 0,
        address: 0,
        pc: 0,
        length: 0,
        text: [0; 176],
        check: 0,
    }
}

/// Writes the epitaph, brings all memory a debugger wants out of the caches, and ends.
fn leave(mut epitaph: Epitaph, then: Then) -> ! {
    epitaph.check = epitaph.expected_check();
    // SAFETY: the build tool mapped a page for it there, for the kernel alone.
    unsafe { (window::EPITAPH as *mut Epitaph).write_volatile(epitaph) }
    let [first, end] = boot_desc().writable;
    arch::clean(window::LINEAR + first, end - first);
    if then == Then::Reset {
        arch::reset(match SECURE_MONITOR.load(Ordering::Relaxed) {
            true => Conduit::SecureMonitor,
            false => Conduit::Hypervisor,
        });
    }
    loop {
        wait_for_interrupt();
    }
}
