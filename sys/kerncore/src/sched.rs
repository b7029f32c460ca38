//! Which task runs next: queues of tasks, linked through the tasks themselves.
//!
//! Strict priority; tasks of equal priority take turns. One bit per priority says whether anyone
//! is ready there, so the answer costs the same with four tasks as with two hundred. The running
//! task is in no queue.

use crate::task::{NOBODY, Task, TaskIndex};
use abi::PRIORITIES;

/// A task's neighbours in the queue it is in. It is in one at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    next: u16,
    previous: u16,
}

impl Default for Links {
    fn default() -> Self {
        Self { next: NOBODY, previous: NOBODY }
    }
}

/// First and last of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    head: u16,
    tail: u16,
}

impl Default for Queue {
    fn default() -> Self {
        Self { head: NOBODY, tail: NOBODY }
    }
}

impl Queue {
    /// Whether nobody is in it.
    #[inline]
    pub(crate) const fn is_empty(self) -> bool {
        self.head == NOBODY
    }

    /// The first, if any.
    #[inline]
    pub(crate) fn head<F>(self, tasks: &[Task<'_, F>]) -> Option<TaskIndex> {
        TaskIndex::checked(self.head as usize, tasks.len())
    }

    #[inline(always)]
    fn insert_between<F>(
        &mut self,
        tasks: &mut [Task<'_, F>],
        previous: u16,
        task: TaskIndex,
        next: u16,
    ) {
        let own = task.get() as u16;
        tasks[task].links = Links { next, previous };
        match tasks.get_mut(previous as usize) {
            Some(previous) => previous.links.next = own,
            None => self.head = own,
        }
        match tasks.get_mut(next as usize) {
            Some(next) => next.links.previous = own,
            None => self.tail = own,
        }
    }

    /// Puts a task behind all others.
    #[inline]
    pub(crate) fn push_back<F>(&mut self, tasks: &mut [Task<'_, F>], task: TaskIndex) {
        self.insert_between(tasks, self.tail, task, NOBODY);
    }

    /// Puts a task before all others.
    #[inline(always)]
    pub(crate) fn push_front<F>(&mut self, tasks: &mut [Task<'_, F>], task: TaskIndex) {
        let own = task.get() as u16;
        tasks[task].links = Links { next: self.head, previous: NOBODY };
        match tasks.get_mut(self.head as usize) {
            Some(next) => next.links.previous = own,
            None => self.tail = own,
        }
        self.head = own;
    }

    /// Puts a task behind all that are at least as important.
    pub(crate) fn insert_by_priority<F>(&mut self, tasks: &mut [Task<'_, F>], task: TaskIndex) {
        let priority = tasks[task].priority;
        let (mut previous, mut next) = (self.tail, NOBODY);
        while let Some(other) = tasks.get(previous as usize) {
            if other.priority <= priority {
                break;
            }
            next = previous;
            previous = other.links.previous;
        }
        self.insert_between(tasks, previous, task, next);
    }

    /// Takes out a task that is in this queue.
    pub(crate) fn remove<F>(&mut self, tasks: &mut [Task<'_, F>], task: TaskIndex) {
        let Links { next, previous } = core::mem::take(&mut tasks[task].links);
        match tasks.get_mut(previous as usize) {
            Some(previous) => previous.links.next = next,
            None => self.head = next,
        }
        match tasks.get_mut(next as usize) {
            Some(next) => next.links.previous = previous,
            None => self.tail = previous,
        }
    }
}

/// The ready tasks that are not running.
#[derive(Debug)]
pub(crate) struct ReadyQueues {
    occupied: u64,
    queues: [Queue; PRIORITIES],
}

impl ReadyQueues {
    pub(crate) fn new() -> Self {
        Self { occupied: 0, queues: [Queue::default(); PRIORITIES] }
    }

    /// Whether someone is ready who is as important as `priority`, or more.
    #[inline]
    pub(crate) const fn any_at_or_above(&self, priority: u8) -> bool {
        self.occupied.trailing_zeros() <= priority as u32
    }

    /// Whether someone is ready who is more important than `priority`.
    #[inline]
    pub(crate) const fn any_above(&self, priority: u8) -> bool {
        self.occupied.trailing_zeros() < priority as u32
    }

    #[inline]
    fn queue(&mut self, priority: u8) -> &mut Queue {
        &mut self.queues[priority as usize % PRIORITIES]
    }

    /// It becomes ready and waits for its turn.
    #[inline]
    pub(crate) fn push_back<F>(&mut self, tasks: &mut [Task<'_, F>], task: TaskIndex) {
        let priority = tasks[task].priority;
        self.occupied |= 1 << (priority as usize % PRIORITIES);
        self.queue(priority).push_back(tasks, task);
    }

    /// It was interrupted in its turn and goes on with it before its equals.
    #[inline(always)]
    pub(crate) fn push_front<F>(&mut self, tasks: &mut [Task<'_, F>], task: TaskIndex) {
        let priority = tasks[task].priority;
        self.occupied |= 1 << (priority as usize % PRIORITIES);
        self.queue(priority).push_front(tasks, task);
    }

    /// It is no longer ready.
    pub(crate) fn remove<F>(&mut self, tasks: &mut [Task<'_, F>], task: TaskIndex) {
        let priority = tasks[task].priority;
        let queue = self.queue(priority);
        queue.remove(tasks, task);
        if queue.is_empty() {
            self.occupied &= !(1 << (priority as usize % PRIORITIES));
        }
    }

    /// Takes out the task at the head of the most important non-empty queue. `None` means that
    /// nothing can run until an interrupt arrives.
    #[must_use]
    #[inline]
    pub(crate) fn pop<F>(&mut self, tasks: &mut [Task<'_, F>]) -> Option<TaskIndex> {
        let priority = self.occupied.trailing_zeros() as usize;
        let task = self.queues.get(priority)?.head(tasks)?;
        self.remove(tasks, task);
        Some(task)
    }
}

#[cfg(test)]
impl Queue {
    /// Everyone in it from first to last, by index. Panics if the links contradict each other.
    pub(crate) fn members<F>(self, tasks: &[Task<'_, F>]) -> Vec<usize> {
        let (mut members, mut previous, mut at) = (Vec::new(), NOBODY, self.head);
        while at != NOBODY {
            assert!(members.len() < tasks.len(), "a queue runs in a circle");
            assert_eq!(tasks[at as usize].links.previous, previous, "behind task {at}");
            members.push(at as usize);
            (previous, at) = (at, tasks[at as usize].links.next);
        }
        assert_eq!(self.tail, previous, "the last of a queue");
        members
    }
}

#[cfg(test)]
impl ReadyQueues {
    /// The members of each priority's queue. Panics if a bit says otherwise.
    pub(crate) fn members<F>(&self, tasks: &[Task<'_, F>]) -> Vec<Vec<usize>> {
        let members: Vec<_> = self.queues.iter().map(|queue| queue.members(tasks)).collect();
        for (priority, queue) in members.iter().enumerate() {
            assert_eq!(self.occupied >> priority & 1 != 0, !queue.is_empty(), "bit {priority}");
        }
        members
    }
}
