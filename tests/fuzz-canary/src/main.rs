//! A canary: checks its memory, its registers, its clock and its peers, continuously.
//!
//! Three instances live above, beside and below the hostile task. Nothing that the hostile task
//! does may make a difference to any of them.

#![no_std]
#![no_main]

mod registers;
mod report;
mod talk;
#[cfg(target_feature = "neon")]
mod vectors;

use abi::TaskId;
use report::Reporter;
use static_memory::Memory;
use talk::Talk;
use test_fuzz::scene::{NEVER, POKE, TIMER};
use test_fuzz::{pattern, wrong};
use userlib::{sys, time};

mod static_memory;

userlib::resources! {
    struct Resources {
        supervisor: Slot,
        echo: Slot,
        timer: Notification,
        poke: Notification,
        never: Notification,
    }
}
userlib::task!(start);

/// Between two rounds, in steps of the counter.
const PAUSE: u64 = 12_500;
/// Turns of the loop that holds patterns in all registers.
const TURNS: u64 = 4_000;
/// Bytes on the stack that nobody else writes.
const STACK: usize = 256;

struct Canary {
    reporter: Reporter,
    memory: Memory,
    talk: Talk,
    peers: [TaskId; 2],
    round: u32,
    now: u64,
}

fn start(resources: Resources) -> ! {
    let bits = (resources.timer.bits(), resources.poke.bits(), resources.never.bits());
    assert_eq!(bits, (TIMER, POKE, NEVER));
    let peers = [resources.supervisor.task_id(), resources.echo.task_id()];
    let mut canary = Canary {
        reporter: Reporter::new(peers[0]),
        memory: Memory::fill(),
        talk: Talk::new(peers[1]),
        peers,
        round: 0,
        now: 0,
    };
    let mut stack = [0; STACK];
    pattern::fill(!0, &mut stack);
    loop {
        canary.round += 1;
        canary.round();
        let stack = core::hint::black_box(&stack);
        canary.reporter.check_pattern(wrong::STACK, !0, stack);
    }
}

impl Canary {
    fn round(&mut self) {
        self.memory.check(self.round, &mut self.reporter);
        self.registers();
        self.talk.round(self.round, &mut self.reporter);
        for peer in self.peers {
            let present = sys::refresh_task_id(peer);
            self.reporter.check(wrong::GENERATION, present.0, peer.0);
        }
        self.time_goes_on();
        self.sleep();
        self.reporter.tell_now_and_then();
    }

    fn registers(&mut self) {
        let changed = registers::spin(TURNS, u64::from(self.round) << 20 | 0x1_0001);
        self.reporter.check(wrong::REGISTERS, changed.general, 0);
        self.reporter.check(wrong::THREAD, changed.thread, 0);
        #[cfg(target_feature = "neon")]
        self.reporter.check(wrong::VECTORS, vectors::spin(TURNS, u64::from(self.round)), 0);
    }

    fn time_goes_on(&mut self) {
        let now = time::now();
        let back = self.now.saturating_sub(now);
        self.reporter.check(wrong::TIME, back, 0);
        self.now = now;
    }

    /// Sleeps until the timer rings, whatever else comes.
    fn sleep(&mut self) {
        let deadline = time::now() + PAUSE;
        sys::set_timer(deadline, TIMER);
        loop {
            let bits = sys::recv_notification(TIMER | POKE | NEVER);
            self.reporter.check(wrong::NOTIFICATION, u64::from(bits & !(TIMER | POKE)), 0);
            if bits & TIMER != 0 {
                break;
            }
        }
        let early = deadline.saturating_sub(time::now());
        self.reporter.check(wrong::TIMER, early, 0);
        self.reporter.check(wrong::TIMER, sys::get_timer().1, abi::NO_DEADLINE);
        self.time_goes_on();
    }
}
