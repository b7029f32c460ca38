//! Clients of one disk that try to get at each other's partitions, and one that sees it all.
//!
//! Each instance has a role, and they play one after the other: each is of a later start-up phase
//! than the one before, and says "ready" when it is done. The last one has the whole disk and looks
//! what is where on it.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod disk;
mod inhabitant;
mod judge;
mod report;
mod stranger;

use blk_api::client::Blk;
use disk::Client;
use report::Report;
use supervisor_api::client::Supervisor;

userlib::resources! {
    struct Resources {
        console: Slot,
        disk: Slot,
        supervisor: Slot,
    }
}
userlib::config! {
    struct Config {
        role: Role,
    }
    enum Role { Left, Right, Stranger, Judge }
}
userlib::task!(start);

fn start(resources: Resources) -> ! {
    let mut report = Report::new(resources.console);
    let disk = Blk::new(resources.disk);
    match Config::get().role {
        Role::Left => {
            report.begin(5 + 5 + 2 + 4);
            inhabitant::play(&mut report, &disk, "left", Client::Left);
        }
        Role::Right => inhabitant::play(&mut report, &disk, "right", Client::Right),
        Role::Stranger => stranger::play(&mut report, &disk),
        Role::Judge => {
            judge::play(&mut report, &disk);
            report.end();
        }
    }
    let _ = Supervisor::new(resources.supervisor).ready();
    loop {
        userlib::sys::recv_notification(0);
    }
}
