//! Serves `idl/clock.idl` from one PL031.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use clock_api::{
    ClockError,
    server::{self, Refuse},
};
use drv_pl031::Pl031;
use mmio::Registers;
use supervisor_api::client::Supervisor;
use userlib::ipc::{Bits, Caller, InOrder};

userlib::resources! {
    struct Resources {
        rtc: Device,
        supervisor: Slot,
    }
}
userlib::task!(start);

struct Server(Option<Pl031<Registers>>);

impl server::Clock for Server {
    type Order = InOrder;

    fn now(&mut self, _: Caller) -> Result<u64, Refuse<ClockError>> {
        let seconds = self.0.as_ref().map_or(0, Pl031::seconds);
        if seconds == 0 { Err(ClockError::Unknown.into()) } else { Ok(seconds) }
    }
}

fn start(resources: Resources) -> ! {
    let server = Server(Pl031::new(resources.rtc.registers()));
    // If the supervisor cannot hear it, start-up goes on by itself after a while.
    let _ = Supervisor::new(resources.supervisor).ready();
    server::serve(Bits::NONE, server)
}
