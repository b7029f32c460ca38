//! What the app file gives the suite, and the suite's beginning.

use crate::interrupts::Alarm;
use core::cell::RefCell;

userlib::resources! {
    struct Resources {
        runner: Slot,
        assist: Slot,
        driver: Slot,
        sleeper: Slot,
        example: Slot,
        worker: Slot,
        from_a: Sender,
        rtc: Device,
        timer: Notification,
        spare: Notification,
        rtc_irq: Notification,
        example_changed: Notification,
        watch: Region,
        region_table: Table,
    }
}
userlib::task!(start);

fn start(given: Resources) -> ! {
    crate::run(&crate::Resources {
        runner: given.runner,
        assist: given.assist,
        driver: given.driver,
        sleeper: given.sleeper,
        example: given.example,
        worker: given.worker,
        from_a: given.from_a,
        alarm: RefCell::new(Alarm::new(given.rtc.registers())),
        timer: given.timer,
        spare: given.spare,
        rtc_irq: given.rtc_irq,
        example_changed: given.example_changed,
        watch: RefCell::new(given.watch),
        region_table: given.region_table,
    })
}
