//! Sleeps until an interrupt comes: the task that runs when no other can.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

userlib::resources! {
    struct Resources {}
}
userlib::task!(start);

fn start(_: Resources) -> ! {
    loop {
        userlib::wait_for_interrupt();
    }
}
