//! A server canary: answers everyone honestly, and checks its memory and its interrupt meanwhile.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use abi::call::irq::{ENABLE, POSTED};
use abi::{NO_DEADLINE, ReplyFault, TaskId};
use test_fuzz::scene::CANARIES;
use test_fuzz::{Checks, Oops, echo, pattern, supervisor, wrong};
use userlib::sys::{self, Message, Received};
use zerocopy::IntoBytes;

userlib::resources! {
    struct Resources {
        supervisor: Slot,
        irq: Notification,
        rtc: Device,
    }
}
userlib::task!(start);

/// The supervisor hears of so many checks at once.
const BUNDLE: u32 = 32;
/// Bytes of a lease that are moved at once.
const CHUNK: usize = 128;

struct Server {
    supervisor: TaskId,
    irq: u32,
    checks: Checks,
    own: [u8; 128],
}

fn start(resources: Resources) -> ! {
    let mut server = Server {
        supervisor: resources.supervisor.task_id(),
        irq: resources.irq.bits(),
        checks: Checks::default(),
        own: [0; 128],
    };
    pattern::fill(7, &mut server.own);
    sys::irq_clear_and_enable(server.irq);
    let mut buffer = [0; abi::MAX_MESSAGE];
    loop {
        match sys::recv(sys::Whom::ANY, &mut buffer, u32::MAX) {
            Received::Notification(bits) => server.interrupt(bits),
            Received::Message(message) => {
                let length = message.length.min(buffer.len());
                server.serve(&message, &mut buffer[..length]);
            }
            Received::Dead(_) => server.check(wrong::RESULT, 1, 0),
        }
        let own = core::hint::black_box(&server.own);
        let first = pattern::first_wrong(7, own).map_or(u64::MAX, |position| position as u64);
        server.check(wrong::STACK, first, u64::MAX);
        server.tell_now_and_then();
    }
}

impl Server {
    fn serve(&mut self, message: &Message, bytes: &mut [u8]) {
        let caller = message.caller;
        match message.operation {
            echo::TURN | echo::COPY if message.reply_capacity < needed(message) => {
                sys::reply_fault(caller, ReplyFault::ReplyBufferTooSmall);
            }
            echo::TURN => {
                self.check_message(message, bytes);
                bytes.iter_mut().for_each(|byte| *byte = pattern::turned(*byte));
                sys::reply(caller, 0, bytes);
            }
            echo::COPY => {
                let copied = copy(message);
                sys::reply(caller, 0, &copied.to_le_bytes());
            }
            operation if operation.is_multiple_of(2) => {
                sys::reply_fault(caller, ReplyFault::UndefinedOperation);
            }
            operation => {
                sys::reply(caller, operation.into(), &[]);
            }
        }
    }

    /// What a canary sends has its own tag in front.
    fn check_message(&mut self, message: &Message, bytes: &[u8]) {
        let Some(tag) = bytes.first_chunk() else { return };
        if CANARIES.contains(&message.caller.index()) {
            let first = pattern::first_wrong(u32::from_le_bytes(*tag), bytes);
            self.check(wrong::MESSAGE, first.map_or(u64::MAX, |first| first as u64), u64::MAX);
        }
    }

    fn interrupt(&mut self, bits: u32) {
        self.check(wrong::NOTIFICATION, bits.into(), self.irq.into());
        let held_back = sys::irq_status(self.irq) & (ENABLE | POSTED);
        self.check(wrong::INTERRUPT, held_back, 0);
        sys::irq_control(self.irq, true);
        self.check(wrong::INTERRUPT, sys::irq_status(self.irq) & (ENABLE | POSTED), ENABLE);
        self.checks.interrupts += 1;
        self.tell();
    }

    fn check(&mut self, wrong: u64, found: u64, expected: u64) {
        self.checks.checks += 1;
        if found != expected {
            let oops = Oops { wrong, found, expected };
            self.say(supervisor::OOPS, oops.as_bytes());
        }
    }

    fn tell_now_and_then(&mut self) {
        if self.checks.checks >= BUNDLE {
            self.tell();
        }
    }

    fn tell(&mut self) {
        let checks = core::mem::take(&mut self.checks);
        self.say(supervisor::CHECKS, checks.as_bytes());
    }

    fn say(&self, operation: u16, message: &[u8]) {
        let answer = sys::send(self.supervisor, operation, message, &mut [], &[], NO_DEADLINE);
        assert!(answer.is_ok(), "the supervisor does not answer: {answer:?}");
    }
}

/// Bytes of the reply.
const fn needed(message: &Message) -> usize {
    if message.operation == echo::TURN { message.length } else { size_of::<u32>() }
}

/// Copies lease 0 to lease 1, turned, as far as both go; says how many bytes.
fn copy(message: &Message) -> u32 {
    let mut done = 0;
    if message.leases < 2 {
        return done;
    }
    let caller = message.caller;
    let mut chunk = [0; CHUNK];
    // The hostile task may lend as much as a lease can hold; there is an end to it.
    while done < 4096 {
        let ends = |lease| sys::borrow_info(caller, lease).map_or(0, |(_, length)| length);
        let left = ends(0).min(ends(1)).saturating_sub(done as usize).min(CHUNK);
        let Ok(read) = sys::borrow_read(caller, 0, done as usize, &mut chunk[..left]) else {
            break;
        };
        chunk.iter_mut().for_each(|byte| *byte = pattern::turned(*byte));
        let Ok(written) = sys::borrow_write(caller, 1, done as usize, &chunk[..read]) else {
            break;
        };
        done += written as u32;
        if written == 0 {
            break;
        }
    }
    done
}
