//! Serves `idl/@NAME@.idl` from the device @NAME@, and says so on the console.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

@USES@

userlib::resources! {
    /// What @NAME@ has. For its interrupt add `irq: Notification` here, and
    /// `interrupts = { "@DEVICE@.irq" = "irq" }` to the app file.
    struct Resources {
        @RESOURCE@: Device,
        console: Slot,
        supervisor: Slot,
    }
}
userlib::task!(start);

struct Server {
    device: @TYPE@<mmio::Registers>,
}

impl server::@TYPE@ for Server {
    type Order = InOrder;

    fn identity(&mut self, _: Caller) -> Result<u32, Refuse> {
        Ok(self.device.identity())
    }
}

fn start(resources: Resources) -> ! {
    let device = @TYPE@::new(resources.@RESOURCE@.registers());
    let mut text = Text::new(resources.console);
    // Without a console it serves all the same.
    let _ = writeln!(text, "@NAME@: identity {:#010x}", device.identity());
    let _ = text.flush();
    let _ = Supervisor::new(resources.supervisor).ready();
    server::serve(Bits::NONE, Server { device })
}
