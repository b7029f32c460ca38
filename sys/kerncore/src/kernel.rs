//! The kernel's state, and who runs next.

use crate::machine::Machine;
use crate::sched::ReadyQueues;
use crate::task::{NOBODY, State, Task, TaskIndex};
use crate::timer_queue::{TimerEntry, TimerQueue};
use crate::trace::Trace;
use abi::trace::{Event, TraceRing};
use abi::{Handle, MAX_TASKS, TaskId};
use config::{ImageDesc, IrqDesc, PostRight, RegionDesc, TaskDesc};

/// The image's read-only tables.
#[derive(Clone, Copy, Debug)]
pub struct Image<'t> {
    /// Head of the descriptors.
    pub head: &'t ImageDesc,
    /// By task index.
    pub tasks: &'t [TaskDesc],
    /// By task.
    pub regions: &'t [RegionDesc],
    /// By task.
    pub irqs: &'t [IrqDesc],
    /// By interrupt id: index into `irqs`, or `u16::MAX`.
    pub irq_lookup: &'t [u16],
    /// By task.
    pub post_rights: &'t [PostRight],
}

impl<'t> Image<'t> {
    /// The part of a table that `range` (first, count) names; empty if there is none.
    pub(crate) fn part<T>(table: &'t [T], range: [u32; 2]) -> &'t [T] {
        let first = range[0] as usize;
        table.get(first..first.saturating_add(range[1] as usize)).unwrap_or(&[])
    }

    /// The regions of one task.
    #[must_use]
    pub fn regions_of(&self, desc: &TaskDesc) -> &'t [RegionDesc] {
        Self::part(self.regions, desc.regions)
    }
}

/// What belongs to one core.
#[derive(Debug)]
pub(crate) struct Core<'t> {
    /// The task that runs, or ran last; in no queue while it is ready.
    pub(crate) current: TaskIndex,
    pub(crate) ready: ReadyQueues,
    pub(crate) timers: TimerQueue<'t>,
    /// What the alarm was last set to.
    pub(crate) alarm: u64,
    /// The attended task that runs, or `NOBODY`.
    pub(crate) attended: u16,
    /// Since when.
    pub(crate) attended_since: u64,
    /// Whose floating-point registers are in the processor, or `NOBODY`.
    pub(crate) fp_owner: u16,
}

/// The kernel.
#[derive(Debug)]
pub struct Kernel<'t, M: Machine> {
    /// The hardware.
    pub machine: M,
    pub(crate) image: Image<'t>,
    pub(crate) tasks: &'t mut [Task<'t, M::Frame>],
    pub(crate) core: Core<'t>,
    /// Interrupts that came and belong to nobody, or were gone when the controller was asked.
    pub spurious_interrupts: u32,
    /// What happened lately, if the image keeps it.
    pub(crate) trace: Trace<'t>,
}

/// What a call means for the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Next {
    /// The caller goes on; nobody became ready.
    Same,
    /// This task runs; the caller has found its place elsewhere.
    Switch(TaskIndex),
    /// Somebody's readiness changed: choose.
    Choose,
}

impl<'t, M: Machine> Kernel<'t, M> {
    /// A kernel over tasks that have not started, with at least the supervisor, and an array of
    /// [`TimerEntry::EMPTY`] with [`TIMERS_PER_TASK`](crate::TIMERS_PER_TASK) for each.
    #[must_use]
    pub fn new(
        machine: M,
        image: Image<'t>,
        tasks: &'t mut [Task<'t, M::Frame>],
        timers: &'t mut [TimerEntry],
        trace: Option<&'t mut TraceRing>,
    ) -> Self {
        let core = Core {
            current: TaskIndex::SUPERVISOR,
            ready: ReadyQueues::new(),
            timers: TimerQueue::new(timers),
            alarm: abi::NO_DEADLINE,
            attended: NOBODY,
            attended_since: 0,
            fp_owner: NOBODY,
        };
        // A longer table's end would have no indices.
        let count = tasks.len().min(MAX_TASKS);
        let (tasks, _) = tasks.split_at_mut(count);
        Self { machine, image, tasks, core, spurious_interrupts: 0, trace: Trace(trace) }
    }

    /// Makes the tasks ready that start by themselves, and chooses the first.
    pub fn start(&mut self) -> Option<TaskIndex> {
        for index in 0..self.tasks.len() {
            let Some(task) = self.index(index) else { break };
            if self.tasks[index].desc.flags & TaskDesc::START != 0 {
                self.make_ready(task);
            }
        }
        self.next()
    }

    /// The saved registers of a task.
    #[inline]
    pub fn frame(&mut self, task: TaskIndex) -> &mut M::Frame {
        &mut self.tasks[task].frame
    }

    /// The running task.
    #[must_use]
    #[inline]
    pub const fn current(&self) -> TaskIndex {
        self.core.current
    }

    /// The current task, unless it waits.
    #[must_use]
    #[inline]
    pub fn running(&self) -> Option<TaskIndex> {
        let current = self.core.current;
        (self.tasks[current].state == State::Running).then_some(current)
    }

    /// The alarm's interrupt.
    #[must_use]
    #[inline]
    pub const fn timer_irq(&self) -> u32 {
        self.image.head.board.timer_irq
    }

    /// The task with this index, if there is one.
    #[inline]
    pub(crate) fn index(&self, index: usize) -> Option<TaskIndex> {
        TaskIndex::checked(index, self.tasks.len())
    }

    #[inline]
    pub(crate) fn task(&mut self, task: TaskIndex) -> &mut Task<'t, M::Frame> {
        &mut self.tasks[task]
    }

    /// The id of a task in its present life.
    pub(crate) fn id(&self, task: TaskIndex) -> TaskId {
        self.tasks[task].handle.task()
    }

    /// Queues a task that is not ready as ready.
    #[inline]
    pub(crate) fn make_ready(&mut self, task: TaskIndex) {
        if self.tasks[task].attended && self.park_if_spent(task) {
            return;
        }
        self.queue_ready(task);
    }

    /// The same, whatever is left of its budget.
    #[inline]
    pub(crate) fn queue_ready(&mut self, task: TaskIndex) {
        self.tasks[task].state = State::Ready;
        self.tasks[task].peer = NOBODY;
        self.core.ready.push_back(self.tasks, task);
    }

    /// Who runs next; it becomes the current task. `None`: wait for an interrupt.
    #[inline]
    pub(crate) fn choose(&mut self) -> Option<TaskIndex> {
        let current = self.core.current;
        if self.tasks[current].state == State::Running {
            if !self.core.ready.any_above(self.tasks[current].priority) {
                return Some(current);
            }
            self.tasks[current].state = State::Ready;
            self.core.ready.push_front(self.tasks, current);
        }
        let next = self.core.ready.pop(self.tasks)?;
        self.run(next);
        Some(next)
    }

    /// Makes a task that is in no queue the current one.
    #[inline]
    pub(crate) fn run(&mut self, task: TaskIndex) {
        self.tasks[task].state = State::Running;
        self.core.current = task;
        self.note_one(Event::Switch, task, 0);
    }

    /// Who runs next, and what has to be done for attended tasks.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<TaskIndex> {
        let current = self.core.current;
        let task = &self.tasks[current];
        let goes_on = task.state == State::Running && !self.core.ready.any_above(task.priority);
        if goes_on && !task.attended && self.core.attended == NOBODY {
            return Some(current);
        }
        self.next_chosen()
    }

    #[inline(never)]
    fn next_chosen(&mut self) -> Option<TaskIndex> {
        let next = self.choose();
        self.settle(next)
    }

    /// Applies what a call means.
    #[inline]
    pub(crate) fn apply(&mut self, next: Next) -> Option<TaskIndex> {
        match next {
            Next::Same => Some(self.core.current),
            Next::Switch(task) => {
                self.run(task);
                self.settle(Some(task))
            }
            Next::Choose => self.next(),
        }
    }

    /// Ends a wait for `peer`, if the task is in one that its peer keeps count of.
    pub(crate) fn forget_wait(&mut self, task: TaskIndex) {
        let waiting = &self.tasks[task];
        let (state, peer) = (waiting.state, waiting.peer);
        let Some(peer) = self.index(peer as usize) else { return };
        if state == State::InSend {
            let mut senders = self.tasks[peer].senders;
            senders.remove(self.tasks, task);
            self.tasks[peer].senders = senders;
        }
        if matches!(state, State::InSend | State::InReply) {
            self.cancel_send_deadline(task);
        }
        self.tasks[peer].waiters.remove(task.get());
    }

    /// Ends a task's `SEND` with these results, and makes it ready.
    pub(crate) fn finish_send(&mut self, task: TaskIndex, x0: u64, x1: u64) {
        self.forget_wait(task);
        self.set_results(task, x0, x1);
        self.make_ready(task);
    }

    #[inline]
    pub(crate) fn set_results(&mut self, task: TaskIndex, x0: u64, x1: u64) {
        use crate::machine::Frame;
        let frame = self.frame(task);
        frame.set(0, x0);
        frame.set(1, x1);
    }

    /// The caller a handle names, if it waits for just this answer of `server`.
    #[inline]
    pub(crate) fn caller(&self, server: TaskIndex, handle: Handle) -> Option<TaskIndex> {
        let caller = self.index(handle.index())?;
        self.tasks[caller].awaits(server, handle).then_some(caller)
    }
}
