//! Calls pong ten times a second, and every ten seconds does something it should not, so that
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
userlib::task!(start);

/// Between two calls, in milliseconds.
const PAUSE: u64 = 100;
/// From one fault to the next, in milliseconds.
const GOOD_BEHAVIOUR: u64 = 10_000;

fn start(resources: Resources) -> ! {
    let pong = Pong::new(resources.pong);
    let until = time::uptime_ms() + GOOD_BEHAVIOUR;
    let mut number = 0;
    while time::uptime_ms() < until {
        let answer = pong.ping(number);
        assert_eq!(answer, Ok(number + 1), "pong answers with the next number");
        number += 2;
        time::sleep_until(time::after_ms(PAUSE), resources.timer.bits());
    }
    // Nothing is remembered from life to life, so the time chooses.
    Mishap::number(until / GOOD_BEHAVIOUR).happen(resources.pong)
}
