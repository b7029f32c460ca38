//! The other task at a cache: does there what it is told, a sector at a time.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::client::Blk;
use pong_api::server::{self, Refuse};
use test_cached::{REFUSED, Request, SECTOR, print};
use userlib::ipc::{Bits, Caller, InOrder};

userlib::resources! {
    struct Resources {
        disk: Slot,
    }
}
userlib::task!(start);

struct Server {
    disk: Blk,
    answered: u64,
}

impl server::Pong for Server {
    type Order = InOrder;

    fn ping(&mut self, _: Caller, number: u64) -> Result<u64, Refuse> {
        self.answered += 1;
        let mut bytes = [0; SECTOR];
        let done = match Request::of(number) {
            Request::Read(sector) => self.disk.read(sector.into(), &mut bytes),
            Request::Fill(sector, byte) => {
                bytes.fill(byte);
                self.disk.write(sector.into(), &bytes)
            }
        };
        Ok(done.map_or(REFUSED, |()| print(&bytes)))
    }

    fn answered(&mut self, _: Caller) -> Result<u64, Refuse> {
        Ok(self.answered)
    }

    fn notified(&mut self, _: Bits) {}
}

fn start(resources: Resources) -> ! {
    server::serve(Bits::NONE, Server { disk: Blk::new(resources.disk), answered: 0 })
}
