//! One task: its saved registers and where it stands.

use crate::lost;
use crate::machine::Frame;
use crate::pace::Pace;
use crate::sched::{Links, Queue};
use abi::{FaultRecord, Generation, Handle, NO_DEADLINE};
use config::{RegionDesc, TaskBitmap, TaskDesc};
use core::ops::{Index, IndexMut};

/// The index of a task that exists. Made only by comparing with the table's length, so using it
/// cannot go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct TaskIndex(u16);

impl TaskIndex {
    /// The supervisor. There is always one.
    pub const SUPERVISOR: Self = Self(abi::SUPERVISOR as u16);

    /// The task with this index in a table of `count`, at most `MAX_TASKS`.
    #[inline]
    pub(crate) const fn checked(index: usize, count: usize) -> Option<Self> {
        if index < count { Some(Self(index as u16)) } else { None }
    }

    /// As an index into the table.
    #[must_use]
    #[inline]
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl<'t, F> Index<TaskIndex> for [Task<'t, F>] {
    type Output = Task<'t, F>;

    #[inline(always)]
    fn index(&self, task: TaskIndex) -> &Self::Output {
        match self.get(task.get()) {
            Some(task) => task,
            None => lost(),
        }
    }
}

impl<F> IndexMut<TaskIndex> for [Task<'_, F>] {
    #[inline(always)]
    fn index_mut(&mut self, task: TaskIndex) -> &mut Self::Output {
        match self.get_mut(task.get()) {
            Some(task) => task,
            None => lost(),
        }
    }
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Not started yet.
    Stopped = 0,
    /// In the ready queue of its priority.
    Ready = 1,
    /// Waiting in `RECV`: for anyone if `peer` is [`NOBODY`], for notifications only if it is
    /// [`KERNEL`], else for the peer.
    InRecv = 2,
    /// Waiting in the peer's queue of senders.
    InSend = 3,
    /// Its message was received; waiting for the peer's answer.
    InReply = 4,
    /// Dead, as `fault` says.
    Faulted = 5,
    /// The current task of a core; in no queue.
    Running = 6,
    /// Would run, but has spent its budget; its timer brings the next period.
    Spent = 7,
}

/// [`Task::peer`] of a task that waits for no one in particular.
pub const NOBODY: u16 = u16::MAX;

/// [`Task::peer`] of a task that receives from the kernel only.
pub const KERNEL: u16 = abi::TaskId::KERNEL.index() as u16;

/// Everything that changes about one task. The saved registers come first: the vectors rely on it.
/// Its size is a power of two, so that the way from an index to a task is one instruction.
#[derive(Debug)]
#[repr(C, align(512))]
pub struct Task<'t, F> {
    /// Saved registers.
    pub frame: F,
    /// Index, present generation, and number of the latest call.
    pub handle: Handle,
    /// Where it stands.
    pub state: State,
    /// 0 (most important) to 63.
    pub priority: u8,
    /// Held for good: nobody shall wait for it.
    pub gone: bool,
    /// Has a budget, a time slice or floating-point registers.
    pub(crate) attended: bool,
    /// Index of the task it waits for.
    pub peer: u16,
    /// Notification bits set and not yet received.
    pub notifications: u32,
    /// Bits that end its `RECV`.
    pub mask: u32,
    /// Bits its timer sets.
    pub timer_bits: u32,
    /// How often it was restarted.
    pub restarts: u32,
    /// How often it has spent its budget before the period was over.
    pub overruns: u32,
    /// When its timer sets them.
    pub deadline: u64,
    /// Its place in a ready queue or a queue of senders.
    pub(crate) links: Links,
    /// Tasks waiting in `SEND` for it to receive, the most important first.
    pub(crate) senders: Queue,
    /// Tasks that wait for it in any way.
    pub(crate) waiters: TaskBitmap,
    /// How long it may run.
    pub(crate) pace: Pace,
    /// Why it last died.
    pub fault: FaultRecord,
    /// What `app.toml` says of it.
    pub(crate) desc: &'t TaskDesc,
    /// What it reaches.
    pub(crate) regions: &'t [RegionDesc],
}

impl<'t, F: Frame> Task<'t, F> {
    /// A task that has not started. `frame` is overwritten; `frequency` is the counter's, in ticks
    /// a second.
    #[must_use]
    pub fn new(
        index: usize,
        desc: &'t TaskDesc,
        regions: &'t [RegionDesc],
        frame: F,
        frequency: u64,
    ) -> Self {
        let mut task = Self {
            frame,
            handle: Handle::first(index, Generation(0)),
            state: State::Stopped,
            priority: desc.priority.min(abi::PRIORITIES as u32 - 1) as u8,
            gone: false,
            attended: desc.budget_every_ns != 0 || desc.slice_ns != 0 || desc.fpu_state != 0,
            peer: NOBODY,
            notifications: 0,
            mask: 0,
            timer_bits: 0,
            restarts: 0,
            overruns: 0,
            deadline: NO_DEADLINE,
            links: Links::default(),
            senders: Queue::default(),
            waiters: TaskBitmap::EMPTY,
            pace: Pace::new(desc, frequency),
            fault: FaultRecord::default(),
            desc,
            regions,
        };
        task.frame.reset(desc.entry, desc.stack_top, desc.ttbr0);
        task
    }

    /// Whether it waits to receive from anyone.
    #[inline]
    pub(crate) fn receives_from_anyone(&self) -> bool {
        self.state == State::InRecv && self.peer == NOBODY
    }

    /// Whether it waits to receive from just the task with this index.
    pub(crate) fn receives_from(&self, index: TaskIndex) -> bool {
        self.state == State::InRecv && self.peer == index.0
    }

    /// Whether it waits for the answer of the task with this index to just this call.
    #[inline]
    pub(crate) fn awaits(&self, server: TaskIndex, handle: Handle) -> bool {
        self.handle == handle && self.state == State::InReply && self.peer == server.0
    }

    /// Its present life.
    #[inline]
    pub(crate) const fn generation(&self) -> Generation {
        self.handle.generation()
    }

    /// Blocks in `state`, waiting for `peer`.
    #[inline]
    pub(crate) fn block(&mut self, state: State, peer: TaskIndex) {
        self.state = state;
        self.peer = peer.0;
    }

    /// Blocks, waiting for notifications only.
    pub(crate) fn block_for_kernel(&mut self) {
        self.state = State::InRecv;
        self.peer = KERNEL;
    }

    /// Blocks, waiting for anyone.
    #[inline]
    pub(crate) fn block_for_anyone(&mut self) {
        self.state = State::InRecv;
        self.peer = NOBODY;
    }
}
