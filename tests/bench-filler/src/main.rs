//! A task more in the image: waits for ever.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use abi::TaskId;
use userlib::sys;

userlib::resources! {
    struct Resources {}
}
userlib::task!(start);

fn start(_: Resources) -> ! {
    loop {
        sys::recv(sys::Whom::ANY, &mut [], 0);
    }
}
