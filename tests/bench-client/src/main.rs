//! Measures one thing after the other, a thousand times each, and reports to the supervisor.
//!
//! The least important task but idle: whatever it wakes runs at once.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod cases;

use cases::Cases;
use pong_api::client::Pong;
use test_bench::protocol::{Begin, supervisor};
use test_bench::{Board, calls};
use userlib::{Slot, sys};
use zerocopy::IntoBytes;

userlib::resources! {
    struct Resources {
        supervisor: Slot,
        server: Slot,
        pong: Slot,
        board: Region,
    }
}
userlib::task!(start);

fn start(resources: Resources) -> ! {
    let reading = calls::nothing().counted().total;
    let server = resources.server.index() as u32;
    tell(resources.supervisor, supervisor::BEGIN, Begin { server, reading }.as_bytes());
    let mut cases = Cases {
        supervisor: resources.supervisor,
        server: resources.server.task_id(),
        pong: Pong::new(resources.pong),
        board: Board::new(&resources.board),
        reading,
    };
    cases.run();
    tell(resources.supervisor, supervisor::END, &[]);
    loop {
        sys::recv_notification(0);
    }
}

/// Something for the supervisor, which always answers.
fn tell(supervisor: Slot, operation: u16, message: &[u8]) {
    let supervisor = supervisor.task_id();
    let reply = sys::send(supervisor, operation, message, &mut [], &[], abi::NO_DEADLINE);
    assert!(reply.is_ok(), "the supervisor does not answer: {reply:?}");
}
