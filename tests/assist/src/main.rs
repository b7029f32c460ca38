//! Does what a test case asks, fatal things included.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

userlib::resources! {
    struct Resources {
        runner: Slot,
    }
}
userlib::task!(start);

fn start(_: Resources) -> ! {
    test_assist::serve()
}
