//! A simple model of the kernel: what tasks see of it, said again without queues, links, heaps or
//! sets. Whoever is looked for is looked for among all.
//!
//! It takes the kernel's word for the answers to `IRQ_CONTROL`, `IRQ_STATUS` and to questions to
//! the kernel, and for the order in which timers expire that are due together; when there are more
//! than one, for the order of equals after that, too.

use super::*;
use abi::call::{ReplyInfo, SendInfo};
use abi::kipc::Op;
use abi::trace::{Event, TRACE_ENTRIES, Timer};
use abi::{
    FAULT_NOTIFICATION, INLINE, LeaseAttributes, MAX_BORROW, MAX_LEASES, MAX_MESSAGE, ReplyFault,
    Usage,
};
use config::TaskDesc;

mod calls;
mod compare;

const NOBODY: u16 = u16::MAX;
/// The peer of who waits for notifications only.
const KERNEL: u16 = 0x3ff;

struct Person {
    desc: &'static TaskDesc,
    state: State,
    peer: u16,
    handle: Handle,
    gone: bool,
    x: [u64; 31],
    bits: u32,
    mask: u32,
    deadline: u64,
    timer_bits: u32,
    restarts: u32,
    overruns: u32,
    /// Kind, detail and from whom.
    fault: [u32; 3],
    /// Orders those that became ready, and those that began to wait.
    since: i64,
    /// When it ran, from and to.
    ran: Vec<[u64; 2]>,
    /// How much of its turn is over.
    turn: u64,
    /// When its budget was found to be spent.
    parked: u64,
}

impl Person {
    fn new(index: usize, desc: &'static TaskDesc) -> Self {
        Self {
            desc,
            state: State::Stopped,
            peer: NOBODY,
            handle: Handle::first(index, Generation(0)),
            gone: false,
            x: [0; 31],
            bits: 0,
            mask: 0,
            deadline: NO_DEADLINE,
            timer_bits: 0,
            restarts: 0,
            overruns: 0,
            fault: [0; 3],
            since: 0,
            ran: Vec::new(),
            turn: 0,
            parked: 0,
        }
    }

    /// Left of its budget at this time, at which it does not run.
    fn left(&self, now: u64) -> u64 {
        let every = self.desc.budget_every_ns;
        if every == 0 {
            return u64::MAX;
        }
        let begin = now / every * every;
        let used = self.ran.iter().map(|&[from, to]| to.saturating_sub(from.max(begin)));
        self.desc.budget_run_ns.saturating_sub(used.sum())
    }

    fn left_of_turn(&self) -> u64 {
        if self.desc.slice_ns == 0 { u64::MAX } else { self.desc.slice_ns - self.turn }
    }

    fn waits_for(&self, peer: usize) -> bool {
        let waits = matches!(self.state, State::InRecv | State::InSend | State::InReply);
        waits && usize::from(self.peer) == peer
    }

    fn calls(&self) -> bool {
        matches!(self.state, State::InSend | State::InReply)
    }
}

/// Whose memory did not bear a copy.
struct Blamed(usize);

pub(super) struct Model {
    tasks: Vec<Person>,
    pub(super) memory: Vec<u8>,
    now: u64,
    current: usize,
    /// Who is in the processor, since when.
    inside: Option<(usize, u64)>,
    stamp: i64,
    /// How much of the trace has been read.
    read: u64,
    several: bool,
}

impl Model {
    /// A world in which `start` was called and nothing else.
    pub(super) fn new(w: &World) -> Self {
        let people = w.kernel.tasks.iter().enumerate();
        let mut model = Self {
            tasks: people.map(|(index, task)| Person::new(index, task.desc)).collect(),
            memory: Vec::new(),
            now: 0,
            current: SUPERVISOR,
            inside: None,
            stamp: 0,
            read: 0,
            several: false,
        };
        for task in 0..model.tasks.len() {
            if model.tasks[task].desc.flags & TaskDesc::START != 0 {
                model.ready(task);
            }
        }
        model.settle();
        model
    }

    /// The step that the kernel has just done.
    pub(super) fn step(&mut self, w: &World, step: Step, actor: Option<usize>, words: &[u64; 31]) {
        self.now = w.kernel.machine.clock;
        let me = actor.unwrap_or(SUPERVISOR);
        self.several = false;
        match step {
            Step::Time(_) => self.expire(w),
            Step::Interrupt(irq) => {
                if let Some(irq) = w.kernel.image.irqs.iter().find(|desc| desc.irq == irq) {
                    self.notify(irq.task as usize, irq.notification);
                }
            }
            Step::Exception(mut kind, address) => {
                let below = self.tasks[me].desc.stack_bottom.wrapping_sub(address);
                if kind == FaultKind::MemoryAccess && (1..=config::PAGE).contains(&below) {
                    kind = FaultKind::StackOverflow;
                }
                self.fault(me, kind, 0, 0);
            }
            Step::Call(number, _) => {
                self.tasks[me].x[..13].copy_from_slice(&words[..13]);
                self.tasks[me].x[8] = number;
                (13..31).zip(0x5eed..).for_each(|(n, kept)| self.tasks[me].x[n] = kept);
                if let Err(usage) = self.call(w, me, number) {
                    self.fault(me, FaultKind::Usage, usage as u32, 0);
                }
            }
        }
        self.read = w.kernel.trace.0.as_ref().map_or(0, |ring| ring.next);
        self.settle();
    }

    // Who runs.

    fn stamp(&mut self) -> i64 {
        self.stamp += 1;
        self.stamp
    }

    fn ready(&mut self, task: usize) {
        if self.left(task) == 0 {
            return self.park(task);
        }
        self.tasks[task].state = State::Ready;
        self.tasks[task].since = self.stamp();
    }

    fn left(&self, task: usize) -> u64 {
        self.tasks[task].left(self.now)
    }

    fn park(&mut self, task: usize) {
        let parked = &mut self.tasks[task];
        (parked.state, parked.turn, parked.parked) = (State::Spent, 0, self.now);
        parked.overruns += 1;
        let bits = parked.desc.budget_bits;
        self.notify(SUPERVISOR, bits);
    }

    /// Of all that could run the first of the most important, unless the one that runs is.
    fn settle(&mut self) {
        loop {
            let ready =
                (0..self.tasks.len()).filter(|&task| self.tasks[task].state == State::Ready);
            let order = |&task: &usize| (self.tasks[task].desc.priority, self.tasks[task].since);
            let (best, current) = (ready.min_by_key(order), self.current);
            let runs = self.tasks[current].state == State::Running;
            let urgent = |best: usize| order(&best).0 < order(&current).0;
            if let Some(best) = best.filter(|&best| !runs || urgent(best)) {
                if runs {
                    self.tasks[current].state = State::Ready;
                    self.tasks[current].since = -self.stamp();
                }
                self.tasks[best].state = State::Running;
                self.current = best;
            }
            let runs = self.tasks[self.current].state == State::Running;
            if self.enter(runs.then_some(self.current)) {
                return;
            }
        }
    }

    /// Someone else gets into the processor. False: look again who may.
    fn enter(&mut self, next: Option<usize>) -> bool {
        if next == self.inside.map(|(inside, _)| inside) {
            return true;
        }
        if let Some((left, _)) = self.inside
            && self.leave(left)
        {
            return false;
        }
        let Some(next) = next else { return true };
        if self.left(next) == 0 {
            self.park(next);
            return false;
        }
        self.inside = Some((next, self.now));
        true
    }

    /// Whoever is in the processor leaves it. True if its budget or its turn is over.
    fn leave(&mut self, task: usize) -> bool {
        let Some((_, since)) = self.inside.take() else { return false };
        let stopped = &mut self.tasks[task];
        stopped.ran.push([since, self.now]);
        let keep = stopped.ran.len().saturating_sub(100);
        stopped.ran.drain(..keep);
        if stopped.desc.slice_ns != 0 {
            stopped.turn = (stopped.turn + self.now - since).min(stopped.desc.slice_ns);
        }
        if !matches!(stopped.state, State::Ready | State::Running) {
            stopped.turn = 0;
            return false;
        }
        if stopped.left(self.now) == 0 {
            self.park(task);
            return true;
        }
        let over = stopped.left_of_turn() == 0;
        if over {
            (stopped.turn, stopped.state) = (0, State::Ready);
            self.tasks[task].since = self.stamp();
        }
        over
    }

    // Time.

    fn expire(&mut self, w: &World) {
        let ring = w.kernel.trace.0.as_ref().expect("a trace");
        let entry = |n: u64| ring.entries[n as usize % TRACE_ENTRIES];
        let expired: Vec<_> = (self.read..ring.next)
            .map(entry)
            .filter(|entry| entry.event() == Some(Event::Timer))
            .map(|entry| (entry.task(), entry.detail()))
            .collect();
        self.several = expired.len() > 1;
        let mut due = 0;
        for (task, kind) in expired {
            let deadline = self.deadlines(task)[kind as usize];
            let moot = kind == Timer::Pace as u32 && self.several;
            assert!((due..=self.now).contains(&deadline) || moot, "{kind} of {task}: {deadline}");
            due = deadline.min(self.now);
            if kind == Timer::Own as u32 {
                self.tasks[task].deadline = NO_DEADLINE;
                self.notify(task, self.tasks[task].timer_bits);
            } else if kind == Timer::Send as u32 {
                self.results(task, SendResult::TIMED_OUT.0, 0);
                self.ready(task);
            } else if self.tasks[task].state == State::Spent {
                self.ready(task);
            } else if self.inside.is_some_and(|(inside, _)| inside == task) {
                self.leave(task);
            }
        }
    }

    /// When its own timer, its `SEND`, and its budget or its turn end.
    fn deadlines(&self, task: usize) -> [u64; 3] {
        let person = &self.tasks[task];
        let send = if person.calls() { person.x[7] } else { NO_DEADLINE };
        let every = person.desc.budget_every_ns;
        let pace = match self.inside {
            _ if person.state == State::Spent => (person.parked / every + 1) * every,
            Some((inside, since)) if inside == task => {
                since.saturating_add(person.left(since).min(person.left_of_turn()))
            }
            _ => NO_DEADLINE,
        };
        [person.deadline, send, pace]
    }

    // Lives and waits.

    fn results(&mut self, task: usize, x0: u64, x1: u64) {
        (self.tasks[task].x[0], self.tasks[task].x[1]) = (x0, x1);
    }

    fn generation(&self, task: usize) -> Generation {
        self.tasks[task].handle.generation()
    }

    fn fault(&mut self, task: usize, kind: FaultKind, detail: u32, from: usize) {
        if self.tasks[task].state == State::Faulted {
            return;
        }
        self.tasks[task].fault = [kind as u32, detail, from as u32];
        self.end_life(task);
        self.tasks[task].state = State::Faulted;
        self.notify(SUPERVISOR, FAULT_NOTIFICATION);
    }

    fn end_life(&mut self, task: usize) {
        self.tasks[task].handle = Handle::first(task, self.generation(task).next());
        self.tasks[task].state = State::Stopped;
        self.release(task, SendResult::DEAD);
    }

    fn release(&mut self, task: usize, result: SendResult) {
        let generation = self.generation(task);
        for waiter in 0..self.tasks.len() {
            if !self.tasks[waiter].waits_for(task) {
                continue;
            }
            if self.tasks[waiter].calls() {
                self.results(waiter, result.0, generation.0.into());
            } else {
                self.results(waiter, Handle::dead(generation).0, 0);
            }
            self.ready(waiter);
        }
    }

    fn notify(&mut self, task: usize, bits: u32) {
        self.tasks[task].bits |= bits;
        if self.tasks[task].state == State::InRecv && self.take(task, self.tasks[task].mask) {
            self.ready(task);
        }
    }

    fn take(&mut self, task: usize, mask: u32) -> bool {
        let bits = self.tasks[task].bits & mask;
        if bits != 0 {
            self.tasks[task].bits &= !bits;
            self.results(task, Handle::KERNEL.0, 0);
            self.tasks[task].x[2] = bits.into();
        }
        bits != 0
    }

    fn wait(&mut self, task: usize, state: State, peer: u16) {
        (self.tasks[task].state, self.tasks[task].peer) = (state, peer);
        self.tasks[task].since = self.stamp();
    }
}
