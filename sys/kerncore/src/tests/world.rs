//! A kernel over a fake machine, and what a test can make its tasks do.
//!
//! No task has started; [`World::go`]
//! lets one run. After every step the kernel's invariants are checked.

pub(super) use super::tables::*;
use super::words::{Answer, Call, Message, Receive, Received, Sent, Words, pack, unpack};
use crate::fake::{Fake, Registers};
use crate::task::State;
use crate::timer_queue::TIMERS_PER_TASK;
use crate::{Exception, Kernel, Task, TaskIndex, TimerEntry};
use abi::call::{SendInfo, SendResult};
use abi::kipc::Op;
use abi::trace::TraceRing;
use abi::{
    Call as Number, FaultKind, FaultRecord, Generation, Handle, INLINE, LeaseAttributes, LeaseDesc,
    TaskId, Usage,
};
use config::{SLOT, window};
use zerocopy::{Immutable, IntoBytes};

/// Every call leaves registers from here on alone.
const KEPT: usize = 7;

/// A kernel, its tasks and its machine.
pub(super) struct World {
    pub(super) kernel: Kernel<'static, Fake>,
    /// Whether calls try the fast way first, as they do on the machine.
    pub(super) fast: bool,
    /// How often it was taken, by call.
    pub(super) taken: [u64; 17],
}

/// These tasks, by index; the first is the supervisor.
pub(super) fn world(specs: impl IntoIterator<Item = Spec>) -> World {
    let mut tables = Tables::default();
    specs.into_iter().for_each(|spec| tables.add(spec));
    let image = tables.image();
    let count = image.tasks.len();
    let record = |(index, desc)| {
        let regions = image.regions_of(desc);
        // A tick is a nanosecond here.
        Task::new(index, desc, regions, Registers::default(), 1_000_000_000)
    };
    let tasks: Vec<_> = image.tasks.iter().enumerate().map(record).collect();
    let timers = vec![TimerEntry::EMPTY; count * TIMERS_PER_TASK];
    let mut machine = Fake::new(count * MEMORY as usize);
    // Whoever gets something it was not given shall not find zeros.
    for (at, byte) in machine.memory.iter_mut().enumerate() {
        *byte = (at * 7 + at / 256) as u8;
    }
    let kernel = Kernel::new(machine, image, tasks.leak(), timers.leak(), None);
    World { kernel, fast: true, taken: [0; 17] }
}

/// The same, and the kernel writes down what it does.
pub(super) fn traced(specs: impl IntoIterator<Item = Spec>) -> World {
    let mut w = world(specs);
    w.kernel.trace.0 = Some(Box::leak(Box::new(TraceRing::EMPTY)));
    w
}

/// Supervisor, server, two clients of equal rank, and a third behind them.
pub(super) fn office() -> World {
    let client = |priority| task(priority).may_send(SERVER);
    world([task(0), task(1), client(3), client(3), client(5)])
}

impl World {
    pub(super) fn index(&self, task: usize) -> TaskIndex {
        self.kernel.index(task).expect("a task of this world")
    }

    pub(super) fn state(&self, task: usize) -> State {
        self.kernel.tasks[task].state
    }

    /// The task in its present life.
    pub(super) fn id(&self, task: usize) -> TaskId {
        self.kernel.tasks[task].handle.task()
    }

    pub(super) fn generation(&self, task: usize) -> Generation {
        self.id(task).generation()
    }

    pub(super) fn words(&self, task: usize) -> Words {
        self.kernel.tasks[task].frame.x
    }

    pub(super) fn x(&self, task: usize, n: usize) -> u64 {
        self.words(task)[n]
    }

    /// Who runs.
    pub(super) fn running(&self) -> Option<usize> {
        let current = self.kernel.current().get();
        (self.state(current) == State::Running).then_some(current)
    }

    #[track_caller]
    pub(super) fn expect_running(&self, task: usize) {
        assert_eq!(self.running(), Some(task), "who runs");
    }

    #[track_caller]
    pub(super) fn expect_idle(&self) {
        assert_eq!(self.running(), None, "who runs");
    }

    #[track_caller]
    pub(super) fn expect_state(&self, task: usize, state: State) {
        assert_eq!(self.state(task), state, "state of {task}");
    }

    /// Lets a task run that rests or has not started; the running one rests if it must.
    #[track_caller]
    pub(super) fn go(&mut self, task: usize) {
        let resting = |state| matches!(state, State::Stopped | State::InRecv);
        assert!(resting(self.state(task)), "{task} is {:?}", self.state(task));
        let index = self.index(task);
        self.kernel.forget_wait(index);
        self.kernel.make_ready(index);
        let next = self.kernel.next();
        self.after(next);
        while let Some(running) = self.running().filter(|&running| running != task) {
            self.rest(running);
        }
        self.expect_running(task);
    }

    /// Makes a task ready that waits to receive, and lets the more important of it and the
    /// running one run.
    pub(super) fn wake(&mut self, task: usize) {
        let index = self.index(task);
        self.kernel.forget_wait(index);
        self.kernel.make_ready(index);
        let next = self.kernel.next();
        self.after(next);
    }

    /// The running task waits for what never comes.
    #[track_caller]
    pub(super) fn rest(&mut self, task: usize) {
        self.recv(task, super::words::from(TaskId::KERNEL));
    }

    /// A system call with these registers.
    #[track_caller]
    pub(super) fn call(&mut self, task: usize, number: u64, words: Words) {
        self.expect_running(task);
        let index = self.index(task);
        let frame = self.kernel.frame(index);
        frame.x = words;
        frame.x[8] = number;
        for (n, kept) in (13..31).zip(0x5eed..) {
            frame.x[n] = kept;
        }
        let before = frame.x;
        let next = self.trap(number);
        self.after(next);
        assert_eq!(self.words(task)[KEPT..], before[KEPT..], "registers no call changes");
    }

    /// What `sys/kern/src/trap.rs` does with a system call.
    fn trap(&mut self, number: u64) -> Option<TaskIndex> {
        let kernel = &mut self.kernel;
        let seen = |frame: Option<&mut Registers>| frame.map(|frame| std::ptr::from_ref(frame));
        let frame = match Number::from_number(number).filter(|_| self.fast) {
            Some(Number::Send) => {
                let short = seen(kernel.fast_send::<false>());
                short.or_else(|| seen(kernel.fast_send::<true>()))
            }
            Some(Number::ReplyRecv) => {
                let short = seen(kernel.fast_reply_recv::<false>());
                short.or_else(|| seen(kernel.fast_reply_recv::<true>()))
            }
            Some(Number::Post) => seen(kernel.fast_post()),
            Some(Number::GetTimer) => seen(kernel.fast_get_timer()),
            _ => None,
        };
        let Some(frame) = frame else {
            return self.kernel.system_call();
        };
        let current = self.kernel.current();
        assert!(std::ptr::eq(frame, self.kernel.frame(current)), "the frame of whoever runs");
        self.taken[number as usize] += 1;
        Some(current)
    }

    /// A system call with these in x0, x1 and so on.
    #[track_caller]
    pub(super) fn plain(&mut self, task: usize, number: Number, arguments: &[u64]) {
        let mut words = [0; 31];
        words[..arguments.len()].copy_from_slice(arguments);
        self.call(task, number as u64, words);
    }

    #[track_caller]
    fn after(&mut self, next: Option<TaskIndex>) {
        assert_eq!(next.map(TaskIndex::get), self.running(), "what the kernel says and does");
        assert_eq!(self.kernel.machine.alarm, self.kernel.core.alarm);
        if self.kernel.machine.ended.is_none() {
            self.kernel.check_invariants();
        }
    }

    // Memory.

    fn offset(address: u64) -> usize {
        let (task, offset) = ((address - window::TASKS) / SLOT, (address - window::TASKS) % SLOT);
        assert!(offset < MEMORY, "not memory of a task");
        (task * MEMORY + offset) as usize
    }

    /// Puts bytes into a task's memory.
    pub(super) fn fill(&mut self, address: u64, bytes: &[u8]) {
        let first = Self::offset(address);
        self.kernel.machine.memory[first..first + bytes.len()].copy_from_slice(bytes);
    }

    /// What is in a task's memory.
    pub(super) fn peek(&self, address: u64, length: usize) -> Vec<u8> {
        if length == 0 {
            return Vec::new();
        }
        let first = Self::offset(address);
        self.kernel.machine.memory[first..first + length].to_vec()
    }

    /// Writes a lease table at the beginning of the task's data.
    pub(super) fn leases(&mut self, task: usize, leases: &[(u64, u32, LeaseAttributes)]) -> u64 {
        for (n, &(address, length, attributes)) in leases.iter().enumerate() {
            let lease = LeaseDesc { address, length, attributes };
            self.fill(data(task) + n as u64 * 16, lease.as_bytes());
        }
        data(task)
    }

    // Messages.

    /// Where bytes of a message go: registers if they fit, else the outbox.
    fn place(&mut self, task: usize, bytes: &[u8], address: Option<u64>, words: &mut Words) {
        if bytes.len() <= INLINE {
            pack(bytes, words);
        } else if address.is_none() && bytes.len() <= 256 {
            self.fill(outbox(task), bytes);
            words[2] = outbox(task);
        }
        if let Some(address) = address {
            words[2] = address;
        }
    }

    #[track_caller]
    pub(super) fn send(&mut self, task: usize, message: Message) {
        let mut words = [0; 31];
        words[0] = message.target.0;
        words[1] = message.info.0;
        self.place(task, &message.bytes, message.address, &mut words);
        words[6] = message.capacity;
        words[7] = message.deadline;
        words[9] = message.buffer.unwrap_or(inbox(task));
        words[12] = message.leases;
        self.call(task, Number::Send as u64, words);
    }

    fn place_receive(task: usize, receive: Receive, words: &mut Words) {
        words[9] = receive.buffer.unwrap_or(inbox(task));
        words[10] = receive.size;
        words[11] = u64::from(receive.mask);
    }

    #[track_caller]
    pub(super) fn recv(&mut self, task: usize, receive: Receive) {
        let mut words = [0; 31];
        words[0] = receive.from.0;
        Self::place_receive(task, receive, &mut words);
        self.call(task, Number::Recv as u64, words);
    }

    fn place_answer(&mut self, task: usize, handle: Handle, answer: &Answer, words: &mut Words) {
        words[0] = handle.0;
        words[1] = answer.info.0;
        self.place(task, &answer.bytes, answer.address, words);
    }

    /// True if the caller took it.
    #[track_caller]
    pub(super) fn reply(&mut self, task: usize, handle: Handle, answer: Answer) -> bool {
        let mut words = [0; 31];
        self.place_answer(task, handle, &answer, &mut words);
        self.call(task, Number::Reply as u64, words);
        self.x(task, 0) == 0
    }

    #[track_caller]
    pub(super) fn reply_recv(&mut self, task: usize, handle: Handle, answer: Answer, r: Receive) {
        let mut words = [0; 31];
        self.place_answer(task, handle, &answer, &mut words);
        Self::place_receive(task, r, &mut words);
        self.call(task, Number::ReplyRecv as u64, words);
    }

    #[track_caller]
    pub(super) fn post(&mut self, task: usize, to: TaskId, bits: u64) {
        self.plain(task, Number::Post, &[to.0, bits]);
    }

    /// What the task's `SEND` came to; it must be able to go on.
    #[track_caller]
    pub(super) fn sent(&self, task: usize) -> Sent {
        let state = self.state(task);
        assert!(matches!(state, State::Ready | State::Running), "{task} is {state:?}");
        let words = self.words(task);
        match SendResult(words[0]) {
            SendResult::DEAD => Sent::Dead(Generation(words[1] as u32)),
            SendResult::GONE => Sent::Gone,
            SendResult::TIMED_OUT => Sent::TimedOut,
            SendResult(code) => {
                let length = words[1] as usize;
                let bytes = if length <= INLINE {
                    unpack(&words, length)
                } else {
                    self.peek(words[9], length)
                };
                Sent::Answered { code: u32::try_from(code).expect("a server's code"), bytes }
            }
        }
    }

    /// What the task's `RECV` came to; it must be able to go on.
    #[track_caller]
    pub(super) fn received(&self, task: usize) -> Received {
        let state = self.state(task);
        assert!(matches!(state, State::Ready | State::Running), "{task} is {state:?}");
        let words = self.words(task);
        let handle = Handle(words[0]);
        if handle == Handle::KERNEL {
            assert_eq!(words[1], 0);
            return Received::Bits(words[2] as u32);
        }
        if handle.is_dead() {
            assert_eq!(words[1], 0);
            return Received::Dead(handle.generation());
        }
        let info = SendInfo(words[1]);
        let bytes = if info.length() <= INLINE {
            unpack(&words, info.length())
        } else {
            self.peek(words[9], info.length().min(words[10] as usize))
        };
        Received::Message(Call {
            handle,
            operation: info.operation(),
            length: info.length(),
            leases: info.leases(),
            bytes,
            capacity: words[6],
        })
    }

    /// The message the task has received.
    #[track_caller]
    pub(super) fn message(&self, task: usize) -> Call {
        match self.received(task) {
            Received::Message(message) => message,
            other => panic!("{task} received {other:?}"),
        }
    }

    /// A client whose call the server has received: the server runs, and this is the call.
    #[track_caller]
    pub(super) fn in_reply(&mut self, client: usize, server: usize, message: Message) -> Handle {
        self.go(server);
        self.recv(server, super::words::anyone());
        self.go(client);
        self.send(client, message);
        self.expect_running(server);
        self.message(server).handle
    }

    // The kernel task.

    /// A message to the kernel.
    #[track_caller]
    pub(super) fn ask(&mut self, task: usize, op: Op, message: &(impl IntoBytes + Immutable)) {
        self.send(task, super::words::send(TaskId::KERNEL, op as u16, message.as_bytes()));
    }

    // What happens to tasks.

    #[track_caller]
    pub(super) fn interrupt(&mut self, irq: u32) {
        let next = self.kernel.interrupt(irq);
        self.after(next);
    }

    /// Time reaches `clock`; the alarm rings if it is due.
    #[track_caller]
    pub(super) fn time(&mut self, clock: u64) {
        self.kernel.machine.clock = clock;
        if self.kernel.machine.alarm <= clock {
            let next = self.kernel.alarm();
            self.after(next);
            assert!(self.kernel.machine.alarm > clock, "what is due has happened");
        }
    }

    /// Tick by tick up to `until`: who runs how long, in turn.
    #[track_caller]
    pub(super) fn watch(&mut self, until: u64) -> Vec<(Option<usize>, u64)> {
        let mut turns: Vec<(Option<usize>, u64)> = Vec::new();
        while self.kernel.machine.clock < until {
            let running = self.running();
            match turns.last_mut().filter(|turn| turn.0 == running) {
                Some(turn) => turn.1 += 1,
                None => turns.push((running, 1)),
            }
            self.time(self.kernel.machine.clock + 1);
        }
        turns
    }

    /// The running task causes an exception at `pc`.
    #[track_caller]
    pub(super) fn exception(&mut self, task: usize, kind: FaultKind, address: u64, pc: u64) {
        self.expect_running(task);
        self.kernel.machine.pc = pc;
        let next = self.kernel.exception(Exception { kind, detail: 0, address });
        self.after(next);
    }

    /// The running task dies.
    #[track_caller]
    pub(super) fn dies(&mut self, task: usize) {
        self.exception(task, FaultKind::Unknown, 0, 0);
    }

    pub(super) fn fault(&self, task: usize) -> FaultRecord {
        self.kernel.tasks[task].fault
    }

    /// It died of using a call wrongly.
    #[track_caller]
    pub(super) fn expect_fault(&self, task: usize, usage: Usage) {
        self.expect_state(task, State::Faulted);
        let FaultRecord { kind, detail, .. } = self.fault(task);
        assert_eq!((kind, detail), (FaultKind::Usage as u32, usage as u32), "not {usage:?}");
    }
}
