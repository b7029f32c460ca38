//! What happens next on the walk: mostly sensible, now and then anything at all.

use super::super::words::{Words, pack};
use super::super::world::*;
use super::{Step, TASKS, Walk, deadline, life};
use crate::task::State;
use abi::call::{ReplyInfo, SendInfo};
use abi::kipc::{DumpRegion, Op, ReadDump, Restart, SoftwareIrq, Target};
use abi::{Call, FaultKind, Handle, INLINE, LeaseAttributes, TaskId};
use zerocopy::{Immutable, IntoBytes};

/// Numbers at which something ends.
const EDGES: [u64; 9] = [0, 1, 14, 15, 256, 1023, 1 << 32, i64::MAX as u64, u64::MAX];
const LENGTHS: [usize; 9] = [0, 1, 8, 31, 32, 33, 64, 255, 256];

impl Walk {
    /// The next step, and the registers of who does it.
    pub(super) fn choose(&mut self, actor: Option<usize>) -> (Step, Words) {
        let nothing = [0; 31];
        let clock = self.w.kernel.machine.clock;
        if self.w.kernel.machine.alarm <= clock {
            return (Step::Time(clock), nothing);
        }
        let rarely = if actor.is_some() { 8 } else { 1 };
        if self.chance.one_in(rarely) {
            return (self.outside(), nothing);
        }
        let actor = actor.unwrap_or(SUPERVISOR);
        if self.chance.one_in(if actor == SUPERVISOR { 2_000 } else { 60 }) {
            let kind = self.chance.of(&[FaultKind::MemoryAccess, FaultKind::Alignment]);
            return (Step::Exception(kind, self.address(actor)), nothing);
        }
        let (number, words) = if actor == SUPERVISOR { self.supervise() } else { self.act(actor) };
        (Step::Call(number, words[0]), words)
    }

    fn outside(&mut self) -> Step {
        if self.chance.one_in(2) {
            return Step::Interrupt(self.chance.of(&[33, 33, 33, 34, 35, 36, 40, 1023]));
        }
        let (now, alarm) = (self.w.kernel.machine.clock, self.w.kernel.machine.alarm);
        let later = now + self.chance.below(60);
        // A world that sleeps is woken sooner or later.
        if self.w.running().is_none() && alarm < now + 1_000 && self.chance.one_in(2) {
            return Step::Time(alarm);
        }
        Step::Time(later)
    }

    fn act(&mut self, me: usize) -> (u64, Words) {
        let mut words = self.arguments(me);
        // Nobody calls the last ones: they seldom wait for it.
        let first = if me > 3 { self.chance.of(&[0, 0, 0, 35]) } else { 0 };
        let last = if me > 3 && first == 0 { 34 } else { 99 };
        let call = match first + self.chance.below(last - first + 1) {
            0..=34 => self.send(me, &mut words),
            35..=54 => self.receive(me, &mut words),
            55..=89 => self.serve(me, &mut words),
            90..=93 => self.arm(&mut words),
            94..=95 => self.post(&mut words),
            96 => self.ask(&mut words, me),
            97..=98 => self.control(&mut words),
            _ => return (self.chance.below(17), self.wild(me)),
        };
        (call as u64, words)
    }

    /// Restarts whoever is dead, holds some for good, and otherwise waits.
    fn supervise(&mut self) -> (u64, Words) {
        let mut words = self.arguments(SUPERVISOR);
        let dead = |&task: &usize| matches!(self.w.state(task), State::Faulted | State::Stopped);
        let dead: Vec<usize> = (1..TASKS).filter(dead).collect();
        if !dead.is_empty() && self.chance.one_in(3) {
            let task = self.chance.of(&dead) as u32;
            let start = u32::from(!self.chance.one_in(10));
            self.order(&mut words, Op::Restart, &Restart { task, start });
            return (Call::Send as u64, words);
        }
        let call = match self.chance.below(100) {
            0..=9 => {
                let task = 1 + self.chance.below(TASKS as u64 - 1) as u32;
                let op = self.chance.of(&[Op::Stop, Op::Fault, Op::Restart, Op::Restart]);
                if op == Op::Restart {
                    self.order(&mut words, op, &Restart { task, start: 1 });
                } else {
                    self.order(&mut words, op, &Target { task });
                }
                Call::Send
            }
            10 => self.ask(&mut words, SUPERVISOR),
            44..=49 => self.post(&mut words),
            11..=30 => self.answer(SUPERVISOR, &mut words, Call::ReplyRecv),
            31..=40 => self.arm(&mut words),
            41..=42 => self.control(&mut words),
            43 => {
                let mut words = self.wild(SUPERVISOR);
                words[11] |= 0xff;
                return (self.chance.below(17), words);
            }
            _ => self.receive(SUPERVISOR, &mut words),
        };
        if matches!(call, Call::Recv | Call::ReplyRecv) {
            words[11] = 0xff;
            if words[0] == TaskId::KERNEL.0 {
                words[0] = TaskId::ANY.0;
            }
        }
        (call as u64, words)
    }

    /// Registers in which nothing is wrong.
    fn arguments(&mut self, me: usize) -> Words {
        let mut words = [0; 31];
        words[6] = 256;
        words[7] = abi::NO_DEADLINE;
        words[9] = inbox(me);
        words[10] = 256;
        words[11] = self.chance.of(&[0, 1, 3, 0xff]);
        words
    }

    /// Registers in which anything may be.
    fn wild(&mut self, me: usize) -> Words {
        std::array::from_fn(|_| match self.chance.below(4) {
            0 => self.chance.of(&EDGES),
            1 => self.address(me),
            2 => self.chance.next(),
            _ => self.chance.below(300),
        })
    }

    /// An address of one's own, or hardly ever not.
    fn address(&mut self, me: usize) -> u64 {
        if !self.chance.one_in(25) {
            return data(me) + self.chance.below(0x1d00);
        }
        let other = self.chance.below(TASKS as u64) as usize;
        let page = self.chance.of(&[constants(me), device(me), data(other), NOWHERE, 0, u64::MAX]);
        page.wrapping_add(self.chance.of(&[0, 1, 0x1fc0, 0x1fff, 0x2000]))
    }

    fn id(&mut self, task: usize) -> TaskId {
        let id = self.w.id(task);
        life(&mut self.chance, id)
    }

    /// Somebody, or hardly ever nobody.
    fn anybody(&mut self) -> TaskId {
        let task = self.chance.below(TASKS as u64) as usize;
        match self.chance.below(60) {
            0 => TaskId::new(TASKS, abi::Generation(0)),
            1 => TaskId(self.chance.of(&EDGES)),
            _ => self.id(task),
        }
    }

    fn send(&mut self, me: usize, words: &mut Words) -> Call {
        let desc = self.w.kernel.tasks[me].desc;
        let slots: Vec<usize> = (0..me).filter(|&to| desc.may_send.contains(to)).collect();
        let target = match slots.is_empty() || self.chance.one_in(80) {
            true => self.anybody(),
            false => {
                let to = self.chance.of(&slots);
                self.id(to)
            }
        };
        let mut length = self.chance.of(&LENGTHS);
        let mut leases = self.chance.below(3) as usize;
        if self.chance.one_in(100) {
            (length, leases) = (self.chance.of(&[257, 0xfff, 3]), self.chance.of(&[0, 16, 17]));
        }
        words[0] = target.0;
        words[1] = SendInfo::new(7, length, leases).0;
        words[2] = self.address(me);
        words[6] = self.chance.of(&[0, 31, 32, 256, 256, 256, u64::MAX]);
        words[7] = deadline(&mut self.chance, self.w.kernel.machine.clock);
        words[9] = self.address(me);
        words[12] = self.lend(me);
        if self.chance.one_in(2) {
            // As most calls are.
            words[1] = SendInfo::new(7, length.min(INLINE), 0).0;
            words[7] = abi::NO_DEADLINE;
        }
        Call::Send
    }

    fn lend(&mut self, me: usize) -> u64 {
        let lease = |walk: &mut Self| {
            let length = walk.chance.of(&[0, 5, 64, 64, 0x1000, u32::MAX]);
            let attributes = LeaseAttributes(walk.chance.of(&[1, 2, 3, 3, 4]));
            (walk.address(me), length, attributes)
        };
        let leases = [lease(self), lease(self)];
        let table = self.w.leases(me, &leases);
        if self.chance.one_in(40) { self.address(me) } else { table }
    }

    fn receive(&mut self, me: usize, words: &mut Words) -> Call {
        words[0] = match self.chance.below(20) {
            0 => TaskId::KERNEL.0,
            1..=4 => self.anybody().0,
            _ => TaskId::ANY.0,
        };
        self.buffer(me, words);
        Call::Recv
    }

    fn buffer(&mut self, me: usize, words: &mut Words) {
        words[9] = self.address(me);
        words[10] = self.chance.of(&[0, 40, 256, 256, 256, u64::MAX]);
    }

    /// Tasks that wait for an answer of this one.
    fn callers(&self, me: usize) -> Vec<usize> {
        let waiting = |task: &usize| {
            let task = &self.w.kernel.tasks[*task];
            task.state == State::InReply && usize::from(task.peer) == me
        };
        (0..TASKS).filter(waiting).collect()
    }

    /// A call that waits for this task, or anything like a handle.
    fn handle(&mut self, me: usize) -> Handle {
        let callers = self.callers(me);
        let somebody = self.chance.below(TASKS as u64) as usize;
        let caller = if callers.is_empty() { somebody } else { self.chance.of(&callers) };
        let handle = self.w.kernel.tasks[caller].handle;
        match self.chance.below(30) {
            0 => handle.next(),
            1 => Handle(handle.0.wrapping_sub(1 << 10)),
            2 => Handle(handle.0.wrapping_sub(1 << 32)),
            3 => Handle(self.chance.of(&EDGES)),
            _ => handle,
        }
    }

    /// Does something about a caller, if there is one.
    fn serve(&mut self, me: usize, words: &mut Words) -> Call {
        if self.callers(me).is_empty() && !self.chance.one_in(10) {
            return self.receive(me, words);
        }
        match self.chance.below(4) {
            0 => self.answer(me, words, Call::Reply),
            1 => self.answer(me, words, Call::ReplyRecv),
            _ => self.borrow(me, words),
        }
    }

    fn answer(&mut self, me: usize, words: &mut Words, call: Call) -> Call {
        let handle = self.handle(me);
        let room = self.w.kernel.tasks.get(handle.index()).map_or(0, |task| task.frame.x[6]);
        let mut length = self.chance.of(&LENGTHS).min(usize::try_from(room).unwrap_or(256));
        if self.chance.one_in(60) {
            length = self.chance.of(&[1, 33, 256, 257]);
        }
        words[0] = handle.0;
        words[1] = ReplyInfo::new(self.chance.next() as u32, length).0;
        words[2] = self.address(me);
        self.buffer(me, words);
        if self.chance.one_in(50) {
            words[1] = self.chance.below(9);
            return Call::ReplyFault;
        }
        call
    }

    fn borrow(&mut self, me: usize, words: &mut Words) -> Call {
        let handle = self.handle(me);
        let lender = self.w.kernel.tasks.get(handle.index());
        let leases = lender.map_or(0, |task| SendInfo(task.frame.x[1]).leases() as u64);
        words[0] = handle.0;
        words[1] = if self.chance.one_in(50) { leases } else { self.chance.below(leases.max(1)) };
        words[2] = self.chance.of(&[0, 0, 0, 0, 0, 3, 64]);
        words[3] = self.address(me);
        words[4] = self.chance.of(&[0, 1, 64, 5_000, u64::MAX]);
        self.chance.of(&[Call::BorrowRead, Call::BorrowWrite, Call::BorrowInfo])
    }

    fn arm(&mut self, words: &mut Words) -> Call {
        words[0] = deadline(&mut self.chance, self.w.kernel.machine.clock);
        words[1] = self.chance.of(&[0, 1, 2, 0xff]);
        self.chance.of(&[Call::SetTimer, Call::SetTimer, Call::GetTimer])
    }

    fn post(&mut self, words: &mut Words) -> Call {
        words[0] = if self.chance.one_in(2) { self.id(1).0 } else { self.anybody().0 };
        words[1] = self.chance.below(4);
        self.chance.of(&[Call::Post, Call::Post, Call::RefreshTaskId])
    }

    fn control(&mut self, words: &mut Words) -> Call {
        words[0] = self.chance.of(&[1, 2, 2, 3, 4]);
        words[1] = self.chance.below(4);
        self.chance.of(&[Call::IrqControl, Call::IrqStatus])
    }

    fn order(&mut self, words: &mut Words, op: Op, message: &(impl IntoBytes + Immutable)) {
        words[0] = TaskId::KERNEL.0;
        words[1] = SendInfo::new(op as u16, message.as_bytes().len(), 0).0;
        pack(message.as_bytes(), words);
    }

    /// A message to the kernel.
    fn ask(&mut self, words: &mut Words, me: usize) -> Call {
        let task = self.chance.below(TASKS as u64) as u32;
        let (source, destination) = (self.address(task as usize), self.address(me));
        let dump = ReadDump { task, length: 300, source, destination };
        match self.chance.below(12) {
            0..=3 => self.order(words, Op::ReadStatus, &Target { task }),
            4 => self.order(words, Op::Restart, &Restart { task, start: 1 }),
            5 => self.order(words, Op::Fault, &Target { task }),
            6 => self.order(words, Op::DumpRegion, &DumpRegion { task, region: 0 }),
            7 => self.order(words, Op::ReadDump, &dump),
            8 => self.order(words, Op::ReadPanicMessage, &dump),
            9 => self.order(words, Op::SoftwareIrq, &SoftwareIrq { task, bits: 2 }),
            10 => self.order(words, Op::FindFaulted, &Target { task }),
            _ => self.order(words, Op::ReadImageId, &[0_u8; 0]),
        }
        if self.chance.one_in(20) {
            words[1] ^= self.chance.below(1 << 20);
        }
        Call::Send
    }
}
