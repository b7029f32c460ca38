//! Lets one lamp blink, and says so. Which lamp and how fast, `app.toml` says: several instances
//! of this crate do different things.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use console_api::Text;
use core::fmt::Write;
use lamp_api::client::Lamp;
use userlib::{Text as Word, time};

userlib::resources! {
    struct Resources {
        console: Slot,
        lamp: Slot,
        timer: Notification,
    }
}
userlib::config! {
    struct Config {
        name: Word<16>,
        lamp: u32 where 0..=7,
        period_ms: u32 where 1..=60_000,
        order: Order,
    }
    enum Order { OnFirst, OffFirst }
}
userlib::task!(start);

fn start(resources: Resources) -> ! {
    let Config { name, lamp, period_ms, order } = Config::get();
    let mut text = Text::new(resources.console);
    let lamps = Lamp::new(resources.lamp);
    let mut on = order == Order::OnFirst;
    loop {
        // Whoever reads the console sees what goes wrong.
        let _ = match lamps.switch(lamp, on) {
            Ok(count) => {
                writeln!(text, "{} {} {count}", name.as_str(), if on { "on" } else { "off" })
            }
            Err(error) => writeln!(text, "{}: {error:?}", name.as_str()),
        };
        let _ = text.flush();
        on = !on;
        time::sleep_until(time::after_ms(period_ms.into()), resources.timer.bits());
    }
}
