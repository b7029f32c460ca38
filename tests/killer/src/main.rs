//! Kills a task at random times, again and again.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use userlib::{kipc, time};

userlib::resources! {
    struct Resources {
        /// Whom. Nothing is ever sent there.
        victim: Slot,
        timer: Notification,
    }
}
userlib::task!(start);

/// The most between two killings, in microseconds.
const LONGEST: u64 = 4_000;

fn start(resources: Resources) -> ! {
    let mut random = time::now() | 1;
    loop {
        // Marsaglia's xorshift.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let pause = random % (LONGEST * time::frequency() / 1_000_000);
        time::sleep_until(time::now() + pause, resources.timer.bits());
        kipc::fault(resources.victim.index());
    }
}
