//! What is measured.

use crate::tell;
use abi::{LeaseAttributes, LeaseDesc, MAX_BORROW, MAX_MESSAGE, SendResult, TaskId};
use core::hint::black_box;
use pong_api::client::Pong;
use test_bench::calls::{self, Sent};
use test_bench::protocol::{STAMP, server, supervisor};
use test_bench::{Board, Place, Span, Stamp, collect, counters};
use userlib::{Slot, sys, wait_for_interrupt};
use zerocopy::IntoBytes;

/// With whom and how.
pub struct Cases {
    pub supervisor: Slot,
    pub server: TaskId,
    pub pong: Pong,
    pub board: Board,
    /// What two readings of the counters count by themselves.
    pub reading: u32,
}

impl Cases {
    /// Everything.
    pub fn run(&mut self) {
        self.reading();
        self.null_syscall();
        self.round_trips();
        self.borrows("lease_read_64b", "borrow_64b", 64);
        self.borrows("lease_read_4k", "borrow_4k", 4096);
        self.idl_call();
        self.post_wake();
        self.waits("irq_to_task", server::WAIT_INTERRUPT);
        self.waits("timer_to_task", server::WAIT_TIMER);
        self.deaths();
    }

    fn report(&self, name: &str, measure: impl FnMut() -> Stamp) {
        let figure = collect(name, measure);
        tell(self.supervisor, supervisor::FIGURE, figure.as_bytes());
    }

    /// What happened, without the cost of looking.
    fn net(&self, span: Span) -> Stamp {
        let Stamp { total, kernel } = span.counted();
        Stamp { total: total.wrapping_sub(self.reading), kernel }
    }

    /// Tells the server what to do next, and what it says to that.
    fn prepare(&self, operation: u16, argument: u64) -> u64 {
        let message = argument.to_le_bytes();
        let mut answer = [0; 8];
        let deadline = abi::NO_DEADLINE;
        let reply = sys::send(self.server, operation, &message, &mut answer, &[], deadline);
        assert!(reply.is_ok(), "the server does not answer {operation}: {reply:?}");
        u64::from_le_bytes(answer)
    }

    /// The cost of looking, which must be the same each time.
    fn reading(&self) {
        self.report("reading", || calls::nothing().counted());
    }

    fn null_syscall(&self) {
        self.report("null_syscall", || {
            let (span, now) = calls::get_timer();
            assert_ne!(now, 0);
            self.net(span)
        });
    }

    fn round_trips(&self) {
        self.prepare(server::ECHO, 0);
        self.report("ipc_roundtrip_0b", || {
            let sent = calls::send_nothing(self.server, server::MEASURED);
            self.answered(sent, 0)
        });
        let words = [1, u64::MAX, 3, 4];
        self.report("ipc_roundtrip_32b", || {
            let sent = calls::send_words(self.server, server::MEASURED, &words);
            assert_eq!(sent.words, words);
            self.answered(sent, 32)
        });
        self.round_trip_in_memory::<64>("ipc_roundtrip_64b");
        self.round_trip_in_memory::<MAX_MESSAGE>("ipc_roundtrip_256b");
        self.prepare(server::LEAVE, 0);
    }

    fn round_trip_in_memory<const N: usize>(&self, name: &str) {
        let mut message = Aligned([0; N]);
        for (number, byte) in message.0.iter_mut().enumerate() {
            *byte = number as u8;
        }
        self.report(name, || {
            let mut reply = Aligned([0; N]);
            let to = (self.server, server::MEASURED);
            let sent = calls::send_bytes(to.0, to.1, &message.0, &mut reply.0);
            assert_eq!(reply.0, message.0);
            self.answered(sent, N)
        });
    }

    /// What a call took that must have been answered so.
    fn answered(&self, sent: Sent, length: usize) -> Stamp {
        assert!(sent.is_answer(length), "a wrong answer: {sent:?}");
        self.net(sent.span)
    }

    /// A round trip with one read of a lease, and the read alone.
    fn borrows(&self, round_trip: &str, alone: &str, length: usize) {
        let memory = Aligned([0x5a; MAX_BORROW]);
        let lease = LeaseDesc {
            address: memory.0.as_ptr() as u64,
            length: length as u32,
            attributes: LeaseAttributes::READ,
        };
        self.prepare(server::BORROW, length as u64);
        self.report(round_trip, || {
            let leases = [lease];
            self.answered(calls::send_leases(self.server, server::MEASURED, 0, &leases), 0)
        });
        self.prepare(server::LEAVE, 0);
        self.report(alone, || {
            let leases = [lease];
            let operation = server::BORROW_ONCE;
            let sent = calls::send_leases(self.server, operation, length as u64, &leases);
            assert!(sent.is_answer(16), "nothing was borrowed: {sent:?}");
            let [start, end, ..] = sent.words.map(Stamp::unpack);
            self.net(Span { start, end })
        });
    }

    fn idl_call(&self) {
        self.report("idl_call", || {
            let number = black_box(7);
            let start = counters::before();
            let answer = self.pong.ping(number);
            let end = counters::after();
            assert_eq!(answer, Ok(8));
            self.net(Span { start, end })
        });
        self.report("idl_request", || self.way(|[start, served, _]| Span { start, end: served }));
        self.report("idl_answer", || self.way(|[_, served, end]| Span { start: served, end }));
    }

    /// What the stubs execute on one way of a call, the kernel left out.
    fn way(&self, of: impl FnOnce([Stamp; 3]) -> Span) -> Stamp {
        let number = black_box(STAMP);
        let start = counters::before();
        let answer = self.pong.ping(number);
        let end = counters::after();
        let served = Stamp::unpack(answer.unwrap_or_default());
        let Stamp { total, kernel } = self.net(of([start, served, end]));
        Stamp { total: total.wrapping_sub(kernel), kernel: 0 }
    }

    fn post_wake(&self) {
        self.report("post_wake", || {
            self.board.put(Place::Done, 0);
            let wake = self.prepare(server::WAIT_POST, 0);
            let (span, result) = calls::post(self.server, wake as u32);
            assert_eq!(result, SendResult::OK.0);
            assert_ne!(self.board.get(Place::Done), 0, "the server was not woken");
            self.net(Span { start: span.start, end: self.board.stamp(Place::Woken) })
        });
    }

    /// An interrupt while this task sleeps in `wfi`: what the kernel executes until the server,
    /// which waits for it, goes on.
    fn waits(&self, name: &str, operation: u16) {
        self.report(name, || {
            self.board.put(Place::Done, 0);
            self.prepare(operation, 0);
            let start = counters::before();
            while self.board.get(Place::Done) == 0 {
                wait_for_interrupt();
            }
            let Stamp { kernel, .. } = self.board.stamp(Place::Woken).since(start);
            Stamp { total: kernel, kernel }
        });
    }

    /// The server dies, the supervisor is told and restarts it.
    fn deaths(&mut self) {
        let storing = calls::one_store(&self.board).counted().total;
        for (name, how, what) in [
            ("fault_to_supervisor", server::DIE_ALONE, Death::Told),
            ("fault_with_caller", server::DIE, Death::Told),
            ("restart_task", server::DIE_ALONE, Death::Restarted),
            ("restart_to_task", server::DIE_ALONE, Death::Reborn),
        ] {
            let figure = collect(name, || {
                self.kill(how);
                self.death(what, storing)
            });
            tell(self.supervisor, supervisor::FIGURE, figure.as_bytes());
        }
    }

    fn kill(&mut self, how: u16) {
        self.board.put(Place::Expected, 1);
        let sent = calls::send_nothing(self.server, how);
        let result = if how == server::DIE { SendResult::DEAD } else { SendResult::OK };
        assert_eq!(sent.result[0], result.0, "the server did not die as it should");
        self.server = sys::refresh_task_id(self.server);
        assert_eq!(self.board.get(Place::Expected), 0, "the supervisor was not told");
    }

    fn death(&self, what: Death, storing: u32) -> Stamp {
        let between = |start, end| self.board.stamp(end).since(self.board.stamp(start));
        match what {
            Death::Told => {
                let Stamp { total, kernel } = between(Place::FaultStart, Place::FaultEnd);
                Stamp { total: total.wrapping_sub(storing), kernel }
            }
            Death::Restarted => self.net(Span {
                start: self.board.stamp(Place::RestartStart),
                end: self.board.stamp(Place::RestartEnd),
            }),
            Death::Reborn => {
                let Stamp { kernel, .. } = between(Place::RestartStart, Place::Reborn);
                Stamp { total: kernel, kernel }
            }
        }
    }
}

/// Parts of the end of a life and the beginning of the next.
#[derive(Clone, Copy)]
enum Death {
    /// From the faulting instruction to the supervisor's first after its receive.
    Told,
    /// The call that restarts.
    Restarted,
    /// From that call to the new life's first instruction: the kernel's share.
    Reborn,
}

/// Memory as a stub's buffers lie.
#[repr(align(16))]
struct Aligned<const N: usize>([u8; N]);
