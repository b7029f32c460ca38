//! Says hello once a second.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use console_api::Text;
use core::fmt::Write;
use userlib::time;

userlib::resources! {
    /// What @NAME@ has: each line is a name that the app file must give.
    struct Resources {
        console: Slot,
        timer: Notification,
    }
}
userlib::task!(start);

/// From one line to the next, in milliseconds.
const PAUSE: u64 = 1000;

fn start(resources: Resources) -> ! {
    let mut text = Text::new(resources.console);
    for number in 1_u64.. {
        // Without a console nobody would see the error either.
        let _ = writeln!(text, "@NAME@: hello, {number}").and_then(|()| text.flush());
        time::sleep_until(time::after_ms(PAUSE), resources.timer.bits());
    }
    unreachable!("the numbers do not end before the machine does")
}
