//! Calls pong again and again, and now and then does something it should not, so that
//! there is always a fault to look at.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod mishap;

use mishap::Mishap;
use pong_api::client::Pong;
use userlib::time;

userlib::resources! {
    /// What ping has.
    struct Resources {
        pong: Slot,
        timer: Notification,
    }
}
userlib::config! {
    /// How ping behaves.
    struct Config {
        /// Between two calls, in milliseconds.
        pause_ms: u32 where 1..=60_000,
        /// From one fault to the next, in milliseconds.
        good_behaviour_ms: u32 where 100..=3_600_000,
    }
}
userlib::task!(start);

fn start(resources: Resources) -> ! {
    let pong = Pong::new(resources.pong);
    let config = Config::get();
    let good_behaviour = u64::from(config.good_behaviour_ms);
    let until = time::uptime_ms() + good_behaviour;
    let mut number = 0;
    while time::uptime_ms() < until {
        let answer = pong.ping(number);
        assert_eq!(answer, Ok(number + 1), "pong answers with the next number");
        number += 2;
        time::sleep_until(time::after_ms(config.pause_ms.into()), resources.timer.bits());
    }
    // Nothing is remembered from life to life, so the time chooses.
    Mishap::number(until / good_behaviour).happen(resources.pong)
}
