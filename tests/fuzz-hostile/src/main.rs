//! The hostile task: asks the supervisor what to do, and does it.
//!
//! It keeps nothing that matters. Whatever it does to its own memory and registers, the supervisor
//! knows which deed it was given last.

#![no_std]
#![no_main]

mod enter;

use abi::{Handle, LeaseDesc, NO_DEADLINE, TaskId};
use enter::Results;
use test_fuzz::scene::{HOSTILE_IRQ, TIMER};
use test_fuzz::{Deed, Tale, kind, patch, supervisor};
use userlib::{sys, time};
use zerocopy::{FromZeros, IntoBytes};

userlib::resources! {
    struct Resources {
        supervisor: Slot,
        echo: Slot,
        timer: Notification,
        spare: Notification,
        irq: Notification,
        gpio: Device,
        dma: Dma,
        commons: Region,
    }
}

/// A wait that must not last is over after so many steps of the counter.
const PATIENCE: u64 = 1250;

/// Where every life begins, after `enter.rs` has looked at the registers.
// SAFETY: named in assembly; the name is this crate's own.
#[unsafe(no_mangle)]
extern "C" fn hostile_main(leaked: u64) -> ! {
    let resources = Resources::from_image();
    assert_eq!((resources.timer.bits(), resources.irq.bits()), (TIMER, HOSTILE_IRQ));
    let mut tale = Tale { leaked, ..Tale::default() };
    let mut last = Handle(0);
    loop {
        let mut deed = Deed::new_zeroed();
        let id = resources.supervisor.task_id();
        let message = tale.as_bytes();
        let answer =
            sys::send(id, supervisor::NEXT, message, deed.as_mut_bytes(), &[], NO_DEADLINE);
        assert!(answer.is_ok(), "the supervisor does not answer");
        tale = carry_out(&mut deed, &mut last);
    }
}

/// Does it, and tells what came of it.
fn carry_out(deed: &mut Deed, last: &mut Handle) -> Tale {
    match deed.kind {
        kind::CALL => {
            let leases = deed.leases;
            fill_in(deed, *last, &leases);
            let other = deed.patches & patch::OTHER_SVC != 0;
            let Results { x, changed } = enter::call(&deed.x, other);
            if deed.patches & patch::RECEIVES != 0 && x[0] != Handle::KERNEL.0 {
                *last = Handle(x[0]);
            }
            return Tale { changed, leaked: 0, result: x[0] };
        }
        kind::INSTRUCTION => enter::instruction(deed.target, &deed.x),
        _ => enter::jump(deed.target, &deed.x),
    }
    Tale::default()
}

fn fill_in(deed: &mut Deed, last: Handle, leases: &[LeaseDesc; 4]) {
    let wanted = |patch| deed.patches & patch != 0;
    let now = time::now();
    if wanted(patch::TIMER) {
        sys::set_timer(now + PATIENCE, TIMER);
        deed.x[11] |= u64::from(TIMER);
    }
    if wanted(patch::HANDLE) {
        deed.x[0] ^= last.0;
    }
    if wanted(patch::REFRESH) {
        deed.x[0] = sys::refresh_task_id(TaskId(deed.x[0])).0;
    }
    if wanted(patch::NOW_X0) {
        deed.x[0] = deed.x[0].wrapping_add(now);
    }
    if wanted(patch::NOW_X7) {
        deed.x[7] = deed.x[7].wrapping_add(now);
    }
    if wanted(patch::LEASES) {
        deed.x[12] = leases.as_ptr() as u64;
    }
}
