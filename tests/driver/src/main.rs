//! An assistant that owns devices and an interrupt.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

userlib::resources! {
    struct Resources {
        fw_cfg: Device,
        gpio: Device,
        irq: Notification,
    }
}
userlib::task!(start);

fn start(_: Resources) -> ! {
    test_assist::serve()
}
