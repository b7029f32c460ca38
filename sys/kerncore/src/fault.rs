//! Death of a task: who is to blame, who learns of it, and what comes after.
//!
//! The generation rises at the fault. Whoever waits for the dead task gets its dead code then;
//! whoever sends to its new life waits until the supervisor has restarted it.

use crate::call::Outcome;
use crate::kernel::{Kernel, Next};
use crate::machine::{End, Frame, Machine};
use crate::task::{NOBODY, State, TaskIndex};
use abi::call::SendResult;
use abi::trace::Event;
use abi::{
    FAULT_NOTIFICATION, FaultKind, FaultRecord, Generation, Handle, ReplyFault, Usage, kipc,
};
use config::TaskBitmap;

/// An exception that a task caused.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// What it is called.
    pub kind: FaultKind,
    /// Depends on the kind.
    pub detail: u32,
    /// Address accessed, if any.
    pub address: u64,
}

impl<M: Machine> Kernel<'_, M> {
    /// The current task caused an exception. Says who runs next.
    pub fn exception(&mut self, exception: Exception) -> Option<TaskIndex> {
        let task = self.current();
        let Exception { mut kind, detail, address } = exception;
        if kind == FaultKind::MemoryAccess && self.is_stack_guard(task, address) {
            kind = FaultKind::StackOverflow;
        }
        let record = FaultRecord { kind: kind as u32, detail, address, ..Default::default() };
        if self.fault(task, record) {
            self.settle_woken(TaskIndex::SUPERVISOR)
        } else {
            self.next()
        }
    }

    fn is_stack_guard(&self, task: TaskIndex, address: u64) -> bool {
        let bottom = self.tasks[task].desc.stack_bottom;
        address < bottom && bottom - address <= config::PAGE
    }

    /// A task used a system call wrongly.
    #[cold]
    pub(crate) fn fault_usage(&mut self, task: TaskIndex, usage: Usage) {
        let record = FaultRecord {
            kind: FaultKind::Usage as u32,
            detail: usage as u32,
            ..FaultRecord::default()
        };
        self.fault(task, record);
    }

    pub(crate) fn fault_from_server(&mut self, task: TaskIndex, by: TaskIndex, why: ReplyFault) {
        let record = FaultRecord {
            kind: FaultKind::FromServer as u32,
            detail: why as u32,
            from: by.get() as u32,
            ..FaultRecord::default()
        };
        self.fault(task, record);
    }

    pub(crate) fn fault_injected(&mut self, task: TaskIndex, by: TaskIndex) {
        let record = FaultRecord {
            kind: FaultKind::Injected as u32,
            from: by.get() as u32,
            ..FaultRecord::default()
        };
        self.fault(task, record);
    }

    pub(crate) fn panic(&mut self, me: TaskIndex) -> Outcome {
        let (address, length) = (self.arg(me, 0), self.arg(me, 1));
        let record = FaultRecord {
            kind: FaultKind::Panic as u32,
            detail: u32::try_from(length).unwrap_or(u32::MAX),
            address,
            ..FaultRecord::default()
        };
        self.fault(me, record);
        Ok(Next::Choose)
    }

    /// Kills a task that lives. `record` says why; where and in what state is filled in here. True
    /// if the supervisor runs now.
    fn fault(&mut self, task: TaskIndex, mut record: FaultRecord) -> bool {
        if self.tasks[task].state == State::Faulted {
            return false;
        }
        let victim = &mut self.tasks[task];
        if victim.state == State::Running {
            self.machine.complete(&mut victim.frame);
        }
        record.pc = victim.frame.pc();
        record.original_state = status_of(victim.state);
        victim.fault = record;
        self.note_one(Event::Fault, task, record.kind | record.detail << 8);
        self.keep_fp_of_dead(task);
        self.end_life(task);
        self.task(task).state = State::Faulted;
        if task == TaskIndex::SUPERVISOR {
            self.machine.end(End::SupervisorFault { record });
            return false;
        }
        // Whoever runs, in the middle of a call, must not lose the processor here.
        if self.tasks[self.core.current].state == State::Running {
            self.notify(TaskIndex::SUPERVISOR, FAULT_NOTIFICATION);
            return false;
        }
        self.wake(TaskIndex::SUPERVISOR, FAULT_NOTIFICATION)
    }

    /// Takes a task out of every queue, raises its generation and tells whoever waits for it.
    #[inline(always)]
    fn end_life(&mut self, task: TaskIndex) {
        if self.tasks[task].state != State::Running {
            self.leave_queues(task);
        }
        let victim = self.task(task);
        let next = victim.generation().next();
        victim.handle = Handle::first(task.get(), next);
        victim.peer = NOBODY;
        // Not ready, and in no queue, until someone says otherwise.
        victim.state = State::Stopped;
        if !victim.waiters.is_empty() {
            self.release_waiters(task, SendResult::DEAD, next);
        }
    }

    #[inline(never)]
    fn leave_queues(&mut self, task: TaskIndex) {
        match self.tasks[task].state {
            State::Ready => self.core.ready.remove(self.tasks, task),
            State::InRecv | State::InSend | State::InReply => self.forget_wait(task),
            State::Spent => self.unpark(task),
            State::Running | State::Stopped | State::Faulted => (),
        }
    }

    /// Ends every wait for a task: sends with `result`, closed receives with its dead handle.
    pub(crate) fn release_waiters(
        &mut self,
        task: TaskIndex,
        result: SendResult,
        generation: Generation,
    ) {
        let mut waiters: TaskBitmap = self.tasks[task].waiters;
        while let Some(index) = waiters.pop() {
            let Some(waiter) = self.index(index) else { continue };
            if self.tasks[index].state == State::InRecv {
                self.forget_wait(waiter);
                self.set_results(waiter, Handle::dead(generation).0, 0);
                self.make_ready(waiter);
            } else {
                self.finish_send(waiter, result.0, u64::from(generation.0));
            }
        }
    }

    /// Gives a task a fresh life: registers, notifications, timer and interrupts as at the
    /// beginning. Senders that wait for this life stay queued. A life that has not begun yet is
    /// not followed by another; it is this one.
    pub(crate) fn reinitialise(&mut self, task: TaskIndex) {
        let state = self.tasks[task].state;
        let begun = state != State::Stopped;
        if begun && state != State::Faulted {
            self.end_life(task);
        }
        self.arm_own_timer(task, abi::NO_DEADLINE, 0);
        for irq in self.irqs_of(task, u32::MAX) {
            self.machine.irq_enable(irq.irq, false);
        }
        self.clear_fp(task);
        self.note_one(Event::Restart, task, self.tasks[task].generation().0);
        let task = self.task(task);
        task.frame.reset(task.desc.entry, task.desc.stack_top, task.desc.ttbr0);
        task.state = State::Stopped;
        task.notifications = 0;
        task.mask = 0;
        task.gone = false;
        task.restarts = task.restarts.wrapping_add(u32::from(begun));
    }
}

/// A state as `READ_STATUS` reports it.
pub(crate) const fn status_of(state: State) -> u32 {
    match state {
        State::Stopped => kipc::state::STOPPED,
        State::Ready | State::Running => kipc::state::READY,
        State::InRecv => kipc::state::IN_RECV,
        State::InSend => kipc::state::IN_SEND,
        State::InReply => kipc::state::IN_REPLY,
        State::Faulted => kipc::state::FAULTED,
        State::Spent => kipc::state::OUT_OF_BUDGET,
    }
}
