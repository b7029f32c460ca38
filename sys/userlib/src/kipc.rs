//! Questions to the kernel itself. What each needs: [`abi::kipc`].

use crate::sys;
use abi::kipc::{
    DumpRegion, Error, ImageId, Length, Op, ReadDump, Region, Restart, SoftwareIrq, Target,
    TaskStatus,
};
use abi::{NO_DEADLINE, TaskId};
use zerocopy::{FromBytes, Immutable, IntoBytes};

fn ask<R: FromBytes + IntoBytes>(op: Op, message: &(impl IntoBytes + Immutable)) -> Result<R, u32> {
    let mut answer = R::new_zeroed();
    let message = message.as_bytes();
    match sys::send(TaskId::KERNEL, op as u16, message, answer.as_mut_bytes(), &[], NO_DEADLINE) {
        Ok(sys::Reply { code: 0, .. }) => Ok(answer),
        Ok(reply) => Err(reply.code),
        // The kernel does not die.
        Err(_) => Err(u32::MAX),
    }
}

fn tell(op: Op, message: &(impl IntoBytes + Immutable)) {
    let _: Result<[u8; 0], u32> = ask(op, message);
}

/// State, generation and last fault of a task.
#[must_use]
pub fn read_status(task: usize) -> TaskStatus {
    ask(Op::ReadStatus, &Target { task: task as u32 }).unwrap_or_default()
}

/// Gives a task a fresh life, and lets it run if `start`.
pub fn restart(task: usize, start: bool) {
    tell(Op::Restart, &Restart { task: task as u32, start: u32::from(start) });
}

/// Holds a task for good.
pub fn stop(task: usize) {
    tell(Op::Stop, &Target { task: task as u32 });
}

/// Faults a task.
pub fn fault(task: usize) {
    tell(Op::Fault, &Target { task: task as u32 });
}

/// The image's id.
#[must_use]
pub fn image_id() -> u64 {
    ask::<ImageId>(Op::ReadImageId, &[0u8; 0]).map_or(0, |answer| answer.id)
}

/// Resets the system.
pub fn reset() -> ! {
    loop {
        tell(Op::Reset, &[0u8; 0]);
    }
}

/// The task's writable region with this number.
#[must_use]
pub fn dump_region(task: usize, region: u32) -> Option<Region> {
    ask(Op::DumpRegion, &DumpRegion { task: task as u32, region }).ok()
}

/// Reads a dead task's memory, at most 4096 bytes. False if the task is alive.
#[must_use]
pub fn read_dump(task: usize, source: u64, into: &mut [u8]) -> bool {
    ask::<[u8; 0]>(Op::ReadDump, &read_request(task, source, into)).is_ok()
}

fn read_request(task: usize, source: u64, into: &mut [u8]) -> ReadDump {
    ReadDump {
        task: task as u32,
        length: into.len() as u32,
        source,
        destination: into.as_mut_ptr() as u64,
    }
}

/// Makes interrupts of a task pending, for tests.
pub fn software_irq(task: usize, bits: u32) {
    tell(Op::SoftwareIrq, &SoftwareIrq { task: task as u32, bits });
}

/// The next faulted task with an index of at least `from`.
#[must_use]
pub fn find_faulted(from: usize) -> Option<usize> {
    ask(Op::FindFaulted, &Target { task: from as u32 })
        .ok()
        .map(|found: Target| found.task as usize)
}

/// The message a task panicked with.
pub fn read_panic_message(task: usize, into: &mut [u8]) -> Result<usize, NotPanicked> {
    match ask::<Length>(Op::ReadPanicMessage, &read_request(task, 0, into)) {
        Ok(answer) => Ok((answer.length as usize).min(into.len())),
        Err(code) => {
            debug_assert_eq!(code, Error::NOT_PANICKED);
            Err(NotPanicked)
        }
    }
}

/// The task has not panicked, or its message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPanicked;
