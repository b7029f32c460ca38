//! Answers with the next number, and tells the supervisor twice a second that it is well.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use pong_api::server::{self, Refuse};
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, InOrder};
use userlib::{Notification, sys, time};

userlib::resources! {
    /// What pong has.
    struct Resources {
        supervisor: Slot,
        timer: Notification,
    }
}
userlib::task!(start);

/// From one check-in to the next, in milliseconds.
const CHECK_IN: u64 = 500;

struct Server {
    answered: u64,
    supervisor: Supervisor,
    timer: Notification,
}

impl server::Pong for Server {
    type Order = InOrder;

    fn ping(&mut self, _: Caller, number: u64) -> Result<u64, Refuse> {
        self.answered += 1;
        Ok(number.wrapping_add(1))
    }

    fn answered(&mut self, _: Caller) -> Result<u64, Refuse> {
        Ok(self.answered)
    }

    fn notified(&mut self, _: Bits) {
        // The supervisor does not die without the machine.
        let _ = self.supervisor.check_in();
        sys::set_timer(time::after_ms(CHECK_IN), self.timer.bits());
    }
}

fn start(resources: Resources) -> ! {
    let Resources { supervisor, timer } = resources;
    let supervisor = Supervisor::new(supervisor);
    let _ = supervisor.ready();
    sys::set_timer(time::after_ms(CHECK_IN), timer.bits());
    server::serve(timer, Server { answered: 0, supervisor, timer })
}
