//! Asks the suite what system call to make, and makes it: a client with any registers.
//!
//! Less important than the suite, so that the suite decides when it runs.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use abi::NO_DEADLINE;
use test_protocol::{RawCall, Report, peer};
use userlib::sys::{self, Lease};
use zerocopy::{FromZeros, IntoBytes};

userlib::resources! {
    struct Resources {
        suite: Slot,
        assist: Slot,
        example: Slot,
        go: Notification,
    }
}
userlib::task!(start);

fn start(resources: Resources) -> ! {
    let mut scratch = [0; peer::SCRATCH];
    let scratch = &mut scratch[..];
    let mut report = Report { scratch: scratch.as_mut_ptr() as u64, ..Report::default() };
    loop {
        sys::recv_notification(resources.go.bits());
        while let Some((deed, call)) = ask(&resources, &report, scratch) {
            match deed {
                peer::SPIN => spin(),
                peer::VECTORS => {
                    let (result, kept) = test_assist::keep_vectors_in(&call, report.scratch);
                    report.result = result;
                    report.result.x[6] = kept.into();
                }
                peer::HOLD_VECTORS => {
                    report.result.x[6] = test_assist::keep_vectors(report.scratch).into();
                }
                peer::READ_VECTORS => {
                    let mut vectors = [0; 32];
                    test_assist::read_vectors(&mut vectors);
                    scratch[..512].copy_from_slice(vectors.as_bytes());
                }
                _ => report.result = test_assist::raw(&call),
            }
        }
    }
}

/// None if the suite is no longer the one that said "go".
fn ask(resources: &Resources, report: &Report, scratch: &mut [u8]) -> Option<(u32, RawCall)> {
    let suite = resources.suite.task_id();
    let mut call = RawCall::new_zeroed();
    let leases = [Lease::read_write(scratch)];
    let (message, answer) = (report.as_bytes(), call.as_mut_bytes());
    let reply = sys::send(suite, peer::NEXT, message, answer, &leases, NO_DEADLINE).ok()?;
    Some((reply.code, call))
}

fn spin() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
