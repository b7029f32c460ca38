//! A number for a number, by the stubs that the IDL compiler makes.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use pong_api::server::{self, Refuse};
use test_bench::counters;
use test_bench::protocol::STAMP;
use userlib::ipc::{Bits, Caller, InOrder};

userlib::resources! {
    struct Resources {}
}
userlib::task!(start);

struct Server {
    answered: u64,
}

impl server::Pong for Server {
    type Order = InOrder;

    fn ping(&mut self, _: Caller, number: u64) -> Result<u64, Refuse> {
        if number == STAMP {
            return Ok(counters::after().pack());
        }
        self.answered = self.answered.wrapping_add(1);
        Ok(number.wrapping_add(1))
    }

    fn answered(&mut self, _: Caller) -> Result<u64, Refuse> {
        Ok(self.answered)
    }
}

fn start(_: Resources) -> ! {
    server::serve(Bits::NONE, Server { answered: 0 })
}
