//! A random walk: tasks do anything, time passes, devices interrupt, a supervisor restarts.
//!
//! After every step the kernel's invariants hold ([`crate::invariants`]), nothing has happened to
//! anyone that the step does not explain, and a simple model of the kernel has come to the same.
//! `KERNCORE_WALK_STEPS` makes it longer, `KERNCORE_WALK_SEED` makes it another one; what fails
//! prints both, and the latest steps.

use super::world::*;
use crate::task::{State, TaskIndex};
use abi::call::{BorrowResult, SendResult};
use abi::{Call, FaultKind, Generation, Handle, NO_DEADLINE, TaskId};
use std::collections::{BTreeMap, VecDeque};

mod chance;
mod deeds;
mod model;
mod twins;

use chance::Chance;
use model::Model;

/// Supervisor, two servers, a server that is a client too, and four clients.
const TASKS: usize = 8;
const STEPS: u64 = 150_000;
/// A world is left after so many steps, and another one begins.
const LIFE: u64 = 5_000;

/// The supervisor's bit that says that a budget is spent.
const SPENT: u32 = 0x40;

fn inhabitants() -> [Spec; TASKS] {
    let everyone = 0..TASKS;
    let client = |priority| {
        let slots = task(priority).may_send(1).may_send(2).may_send(3).starts();
        slots.may_post(1, 3).may_post(SUPERVISOR, 2).may_status(2)
    };
    let manager = everyone.fold(client(3), |spec, task| {
        spec.may_status(task).may_fault(task).may_restart(task).may_dump(task)
    });
    [
        task(0).irq(33, 2).may_post(1, 0xff).may_post(5, 0xff).starts(),
        task(1).may_send(SUPERVISOR).irq(34, 1).irq(35, 2).starts(),
        task(2).may_send(SUPERVISOR).may_send(1).irq(36, 4).starts().budget(5, 90),
        manager,
        client(5),
        client(5).slice(6).fp(0x500),
        client(5).slice(5).budget(8, 70).budget_bits(SPENT),
        // Started by the supervisor, and allowed too much by its slots.
        task(63).may_send(0).may_send(4).may_send(5).may_send(6).fp(0x700).budget(7, 80),
    ]
}

/// What the checks compare of one task.
#[derive(Clone, Copy, PartialEq)]
struct Seen {
    state: State,
    peer: u16,
    handle: Handle,
    gone: bool,
    restarts: u32,
    overruns: u32,
    words: [u64; 31],
}

impl Seen {
    /// Its wait is over, even if its budget is, too.
    fn goes_on(&self) -> bool {
        matches!(self.state, State::Ready | State::Running | State::Spent)
    }
}

/// Who does what in a step.
#[derive(Clone, Copy, Debug)]
enum Step {
    Time(u64),
    Interrupt(u32),
    Exception(FaultKind, u64),
    /// Number and x0.
    Call(u64, u64),
}

struct Walk {
    w: World,
    model: Model,
    chance: Chance,
    seed: u64,
    steps: u64,
    latest: VecDeque<String>,
    /// What each has put into its floating-point registers.
    fp: [u64; TASKS],
    /// What has come to pass, and how often.
    events: BTreeMap<String, u64>,
}

impl Drop for Walk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("seed {}, step {}; the latest steps:", self.seed, self.steps);
            self.latest.iter().for_each(|step| println!("  {step}"));
        }
    }
}

fn begin(fast: bool) -> World {
    let mut w = traced(inhabitants());
    w.fast = fast;
    let first = w.kernel.start();
    assert_eq!(first.map(TaskIndex::get), Some(SUPERVISOR));
    w
}

impl Walk {
    fn new(seed: u64, fast: bool) -> Self {
        let w = begin(fast);
        Self {
            model: Model::new(&w),
            w,
            chance: Chance::new(seed),
            seed,
            steps: 0,
            latest: VecDeque::new(),
            fp: [0; TASKS],
            events: BTreeMap::new(),
        }
    }

    fn seen(&self) -> [Seen; TASKS] {
        std::array::from_fn(|index| {
            let task = &self.w.kernel.tasks[index];
            let (state, peer, handle, gone) = (task.state, task.peer, task.handle, task.gone);
            let (restarts, overruns) = (task.restarts, task.overruns);
            Seen { state, peer, handle, gone, restarts, overruns, words: task.frame.x }
        })
    }

    fn step(&mut self) {
        let before = self.seen();
        let actor = self.w.running();
        self.use_fp(actor);
        let (mut step, words) = self.choose(actor);
        // Time passes for whoever runs, too; what is due then comes in the next step.
        let now = &mut self.w.kernel.machine.clock;
        *now += self.chance.of(&[0, 0, 0, 0, 0, 0, 1, 5]);
        if let Step::Time(clock) = &mut step {
            *clock = (*now).max(*clock);
        }
        let memory = self.w.kernel.machine.memory.clone();
        if self.latest.len() == 40 {
            self.latest.pop_front();
        }
        self.latest.push_back(format!("{actor:?}: {step:x?} {:x?}", &words[..13]));
        match step {
            Step::Time(clock) => self.w.time(clock),
            Step::Interrupt(irq) => self.w.interrupt(irq),
            Step::Exception(kind, address) => {
                self.w.exception(actor.expect("someone runs"), kind, address, 0);
            }
            Step::Call(number, _) => self.w.call(actor.expect("someone runs"), number, words),
        }
        self.steps += 1;
        self.note(format!("ran {actor:?}"));
        if self.w.kernel.machine.ended.is_some() || self.steps.is_multiple_of(LIFE) {
            let taken = self.w.taken;
            self.w = begin(self.w.fast);
            self.w.taken = taken;
            self.model = Model::new(&self.w);
            self.fp = [0; TASKS];
            return;
        }
        self.model.memory.clone_from(&memory);
        self.model.step(&self.w, step, actor, &words);
        self.model.compare(&self.w);
        let caller = matches!(step, Step::Call(..)).then_some(actor).flatten();
        let after = self.seen();
        for task in 0..TASKS {
            self.check_life(before[task].handle, after[task].handle, caller == Some(task));
            if caller != Some(task) {
                self.check_bystander(task, &before, &after, step, actor);
            }
            self.check_received(task, before[task], after[task], caller == Some(task));
            self.check_budget(task, before[task], after[task], step);
            self.check_fp(task, before[task], after[task]);
        }
        self.check_memory(&memory, &before, caller);
        if let Some(caller) = caller {
            self.note_call(caller, step);
        }
    }

    /// Lives and calls are counted upwards, one at a time.
    fn check_life(&self, before: Handle, after: Handle, caller: bool) {
        if before.generation() != after.generation() {
            assert_eq!(after, Handle::first(before.index(), before.generation().next()));
        } else if before != after {
            assert!(caller, "only who sends begins a call");
            assert_eq!(after, before.next());
        }
    }

    /// A task that did nothing itself changes only when its wait ends or its life begins.
    fn check_bystander(
        &mut self,
        task: usize,
        before: &[Seen; TASKS],
        after: &[Seen; TASKS],
        step: Step,
        actor: Option<usize>,
    ) {
        let (was, is) = (before[task], after[task]);
        let waited = matches!(was.state, State::InRecv | State::InSend | State::InReply);
        let goes_on = is.goes_on();
        let same_life = was.handle.generation() == is.handle.generation();
        if waited && goes_on && same_life {
            assert_eq!(was.words[7..], is.words[7..], "registers of {task} that no call changes");
            if was.state != State::InRecv {
                self.check_sent(task, before, after, step, actor);
            }
        } else if is.state == State::Faulted || same_life && was.state != State::Stopped {
            let anew = was.state == State::Faulted && is.state != State::Faulted;
            assert!(anew || was.words == is.words, "registers of {task}");
        }
    }

    /// A `SEND` ended for a reason that the step gave.
    fn check_sent(
        &mut self,
        task: usize,
        before: &[Seen; TASKS],
        after: &[Seen; TASKS],
        step: Step,
        actor: Option<usize>,
    ) {
        let (was, words) = (before[task], after[task].words);
        let peer = usize::from(was.peer);
        match SendResult(words[0]) {
            SendResult::DEAD => {
                assert_ne!(before[peer].handle.generation(), after[peer].handle.generation());
                assert_eq!(words[1], u64::from(after[peer].handle.generation().0));
                self.note(format!("dead in {:?}", was.state));
            }
            SendResult::GONE => {
                assert!(after[peer].gone && !before[peer].gone);
                self.note(format!("gone in {:?}", was.state));
            }
            SendResult::TIMED_OUT => {
                assert!(matches!(step, Step::Time(clock) if was.words[7] <= clock), "{step:?}");
                self.note(format!("timed out in {:?}", was.state));
            }
            SendResult(code) => {
                assert!(code <= u64::from(u32::MAX) && was.state == State::InReply);
                assert_eq!(actor, Some(peer), "answered by whom it asked");
                let Step::Call(number, handle) = step else { panic!("{step:?}") };
                assert!(number == Call::Reply as u64 || number == Call::ReplyRecv as u64);
                assert_eq!(Handle(handle), was.handle, "answered in this very call");
                assert!(words[1] <= was.words[6].min(256), "no longer than it has room");
                self.note("answered");
            }
        }
    }

    /// Who has received a message is owed an answer by nobody but is the one that owes it.
    fn check_received(&mut self, task: usize, was: Seen, is: Seen, caller: bool) {
        let receives = |seen: Seen| {
            let number = seen.words[8];
            number == Call::Recv as u64 || number == Call::ReplyRecv as u64
        };
        let waited = was.state == State::InRecv && was.handle == is.handle;
        if !(is.goes_on() && receives(is) && (waited || caller)) {
            return;
        }
        let handle = Handle(is.words[0]);
        if handle == Handle::KERNEL {
            assert_ne!(is.words[2], 0, "woken for nothing");
            self.note("bits");
        } else if handle.is_dead() {
            self.note(if waited { "peer died" } else { "peer was dead" });
        } else {
            let sender = &self.w.kernel.tasks[handle.index()];
            assert_eq!((sender.handle, sender.state), (handle, State::InReply));
            assert_eq!(usize::from(sender.peer), task);
            let closed = was.state == State::InRecv && was.peer != u16::MAX;
            self.note(match (waited, closed) {
                (true, true) => "message awaited, closed",
                (true, false) => "message awaited",
                _ => "message queued",
            });
        }
    }

    /// Only the end of a period gives a task that has spent its budget another one.
    fn check_budget(&mut self, task: usize, was: Seen, is: Seen, step: Step) {
        let same_life = was.handle.generation() == is.handle.generation();
        if was.state == State::Spent && same_life && is.state != State::Spent {
            assert!(matches!(step, Step::Time(_)), "{task} goes on: {step:?}");
            assert!(is.goes_on() && is.words == was.words, "{task} is {:?}", is.state);
            self.note("next period");
        }
        let parked = is.state == State::Spent && (was.state != State::Spent || !same_life);
        assert_eq!(is.overruns, was.overruns + u32::from(parked), "how often {task} was late");
        if parked {
            self.note(format!("spent in {:?}", was.state));
        }
    }

    /// What a task leaves in floating-point registers it finds there, in this life.
    fn check_fp(&mut self, task: usize, was: Seen, is: Seen) {
        if was.restarts != is.restarts {
            self.fp[task] = 0;
        }
        let machine = &self.w.kernel.machine;
        if is.state == State::Running && machine.fp_open {
            assert_eq!(machine.fp, self.fp[task], "floating-point registers of {task}");
        } else if is.state == State::Faulted && self.fp[task] != 0 {
            let kept = machine.fp_kept[&self.w.kernel.tasks[task].desc.fpu_state];
            assert_eq!(kept, self.fp[task], "what dead {task} has left");
        }
    }

    /// A task that may uses its floating-point registers.
    fn use_fp(&mut self, actor: Option<usize>) {
        if let Some(actor) = actor.filter(|_| self.w.kernel.machine.fp_open) {
            self.fp[actor] = self.steps;
            self.w.kernel.machine.fp = self.steps;
        }
    }

    /// Constants never change, and data only of who runs and of who waits for something.
    fn check_memory(&mut self, before: &[u8], seen: &[Seen; TASKS], caller: Option<usize>) {
        let size = MEMORY as usize;
        for (task, seen) in seen.iter().enumerate() {
            let (was, is) = (&before[task * size..], &self.w.kernel.machine.memory[task * size..]);
            assert!(was[..0x1000] == is[..0x1000], "constants of {task}");
            let waits = matches!(seen.state, State::InRecv | State::InReply | State::InSend);
            if !(waits || caller == Some(task)) {
                assert!(was[..size] == is[..size], "data of {task}");
            }
        }
    }

    fn note(&mut self, event: impl Into<String>) {
        *self.events.entry(event.into()).or_default() += 1;
    }

    /// What the walk has seen of its callers: their faults, and how borrowing went.
    fn note_call(&mut self, caller: usize, step: Step) {
        let Step::Call(number, _) = step else { return };
        let fault = self.w.fault(caller);
        if self.w.state(caller) == State::Faulted {
            let usage = fault.kind == FaultKind::Usage as u32;
            self.note(format!("fault {} {}", fault.kind, if usage { fault.detail } else { 0 }));
        } else if number == Call::BorrowRead as u64 || number == Call::BorrowWrite as u64 {
            self.note(format!("borrow {:?}", BorrowResult(self.w.x(caller, 0))));
        }
    }
}

fn parameter(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")),
        Err(_) => default,
    }
}

#[test]
fn whatever_tasks_do_the_kernel_stays_in_order() {
    let seed = parameter("KERNCORE_WALK_SEED", 1);
    let steps = parameter("KERNCORE_WALK_STEPS", STEPS);
    let mut walk = Walk::new(seed, true);
    while walk.steps < steps {
        walk.step();
    }
    println!("{:#?}", walk.events);
    if steps >= STEPS {
        walk.check_coverage();
    }
}

impl Walk {
    /// A walk that never gets anywhere shows nothing.
    fn check_coverage(&self) {
        let usage = FaultKind::Usage as u32;
        let usages = (1..=14).map(|detail| format!("fault {usage} {detail}"));
        let others = [
            "answered",
            "bits",
            "borrow BorrowResult(0)",
            "borrow BorrowResult(1)",
            "borrow BorrowResult(2)",
            "dead in InReply",
            "dead in InSend",
            "gone in InSend",
            "message awaited",
            "message awaited, closed",
            "message queued",
            "next period",
            "peer died",
            "peer was dead",
            "spent in InReply",
            "spent in InRecv",
            "spent in Running",
            "spent in Spent",
            "timed out in InReply",
            "timed out in InSend",
        ];
        for event in usages.chain(others.map(String::from)) {
            assert!(self.events.contains_key(&event), "never: {event}; but {:#?}", self.events);
        }
    }
}

/// Ids and addresses that the walk makes up are of these.
fn life(chance: &mut Chance, id: TaskId) -> TaskId {
    let Generation(now) = id.generation();
    let generation = match chance.below(30) {
        0 => now.wrapping_sub(1),
        1 => now.wrapping_add(1),
        2 => u32::MAX,
        _ => now,
    };
    TaskId::new(id.index(), Generation(generation))
}

/// A time near now, or none.
fn deadline(chance: &mut Chance, now: u64) -> u64 {
    match chance.below(12) {
        0 => 0,
        1 => now,
        2 => NO_DEADLINE - 1,
        3..=7 => now + chance.below(200),
        _ => NO_DEADLINE,
    }
}
