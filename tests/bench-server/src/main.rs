//! The other end of what the benchmark measures: answers, borrows, is woken, dies.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod rtc;

use abi::{Handle, MAX_BORROW, MAX_MESSAGE, ReplyFault, TaskId};
use rtc::Rtc;
use test_bench::calls::{self, Received};
use test_bench::protocol::server;
use test_bench::{Board, Place, counters, serve};
use userlib::{sys, time};

userlib::resources! {
    struct Resources {
        rtc: Device,
        board: Region,
        wake: Notification,
        timer: Notification,
        irq: Notification,
    }
}
userlib::task!(start);

/// From arming the timer to its interrupt: long enough for everyone to be asleep.
const PAUSE_MS: u64 = 1;

struct Server {
    board: Board,
    rtc: Rtc,
    wake: u32,
    timer: u32,
    irq: u32,
}

fn start(resources: Resources) -> ! {
    let born = counters::after();
    let mut server = Server {
        board: Board::new(&resources.board),
        rtc: Rtc::new(resources.rtc.registers()),
        wake: resources.wake.bits(),
        timer: resources.timer.bits(),
        irq: resources.irq.bits(),
    };
    server.board.put_stamp(Place::Reborn, born);
    let mut lent = [0; MAX_BORROW];
    loop {
        let message = calls::receive(TaskId::ANY, &mut [], 0);
        server.serve(&message, &mut lent);
    }
}

impl Server {
    fn serve(&mut self, message: &Received, lent: &mut [u8; MAX_BORROW]) {
        let caller = message.caller;
        let argument = message.words[0] as usize;
        match message.info.operation() {
            server::ECHO => {
                answer(caller);
                answer(serve::echo(&mut [0; MAX_MESSAGE]));
            }
            server::BORROW => {
                answer(caller);
                answer(serve::borrow(lent, argument));
            }
            server::BORROW_ONCE => borrow_once(caller, &mut lent[..argument.min(MAX_BORROW)]),
            server::WAIT_POST => {
                sys::reply(caller, 0, &u64::from(self.wake).to_le_bytes());
                self.wait(self.wake);
            }
            server::WAIT_TIMER => {
                sys::set_timer(time::after_ms(PAUSE_MS), self.timer);
                answer(caller);
                self.wait(self.timer);
            }
            server::WAIT_INTERRUPT => {
                self.rtc.interrupt_in_a_second();
                sys::irq_clear_and_enable(self.irq);
                answer(caller);
                self.wait(self.irq);
                self.rtc.quiet();
            }
            server::DIE => calls::die(&self.board),
            server::DIE_ALONE => {
                answer(caller);
                calls::die(&self.board);
            }
            _ => {
                sys::reply_fault(caller, ReplyFault::UndefinedOperation);
            }
        }
    }

    /// Sleeps until the notification comes, and says when it came.
    fn wait(&self, notification: u32) {
        let woken = calls::receive(TaskId::KERNEL, &mut [], notification);
        self.board.put_stamp(Place::Woken, woken.stamp);
        self.board.put(Place::Done, 1);
    }
}

fn answer(caller: Handle) {
    sys::reply(caller, 0, &[]);
}

fn borrow_once(caller: Handle, into: &mut [u8]) {
    let (span, [result, count]) = calls::borrow_read(caller, into);
    let code = u32::from(result != 0 || count != into.len() as u64);
    let [start, end] = [span.start, span.end].map(|stamp| stamp.pack().to_le_bytes());
    let mut stamps = [0; 16];
    stamps[..8].copy_from_slice(&start);
    stamps[8..].copy_from_slice(&end);
    sys::reply(caller, code, &stamps);
}
