//! Drives lamps on the lines of a PL061.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use lamp_api::LampError;
use lamp_api::server::{self, Refuse};
use mmio::{Bus, Registers};
use userlib::ipc::{Bits, Caller, InOrder};

userlib::resources! {
    struct Resources {
        lamps: Device,
    }
}
userlib::task!(start);

/// Lines of the block.
const LAMPS: u32 = 8;
/// Arm DDI 0190 3.3.2: which lines are outputs.
const GPIODIR: usize = 0x400;

struct Server {
    lamps: Registers,
    switched: [u32; LAMPS as usize],
}

impl server::Lamp for Server {
    type Order = InOrder;

    fn switch(&mut self, _: Caller, lamp: u32, on: bool) -> Result<u32, Refuse<LampError>> {
        let Some(count) = self.switched.get_mut(lamp as usize) else {
            return Err(LampError::NoSuchLamp.into());
        };
        // Arm DDI 0190 3.3.1: bits 9 to 2 of the offset say which lines are meant.
        let line = 1 << lamp;
        self.lamps.write32((line << 2) as usize, if on { line } else { 0 });
        *count += 1;
        Ok(*count)
    }

    fn notified(&mut self, _: Bits) {}
}

fn start(resources: Resources) -> ! {
    let mut lamps = resources.lamps.registers();
    lamps.write32(GPIODIR, (1 << LAMPS) - 1);
    server::serve(Bits::NONE, Server { lamps, switched: [0; LAMPS as usize] })
}
