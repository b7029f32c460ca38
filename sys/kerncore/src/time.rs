//! Deadlines: each task's own timer, and how long its `SEND` may take.

use crate::call::Outcome;
use crate::kernel::{Kernel, Next};
use crate::machine::Machine;
use crate::task::TaskIndex;
use crate::timer_queue::TIMERS_PER_TASK;
use abi::call::SendResult;
use abi::trace::Event;
use abi::{NO_DEADLINE, Usage};

const OWN: usize = 0;
const SEND: usize = 1;

impl<M: Machine> Kernel<'_, M> {
    /// The alarm rang. Everything that is due happens; says who runs next.
    pub fn alarm(&mut self) -> Option<TaskIndex> {
        let now = self.machine.now();
        if let Some(timer) = self.core.timers.pop(now) {
            self.expire(timer, now);
        }
        if self.core.timers.is_due(now) {
            self.expire_rest(now);
        }
        self.update_alarm();
        self.next()
    }

    /// Seldom is more than one due.
    #[cold]
    fn expire_rest(&mut self, now: u64) {
        while let Some(timer) = self.core.timers.pop(now) {
            self.expire(timer, now);
        }
    }

    #[inline(always)]
    fn expire(&mut self, timer: usize, now: u64) {
        let Some(task) = self.index(timer / TIMERS_PER_TASK) else { return };
        let kind = timer % TIMERS_PER_TASK;
        self.note_one(Event::Timer, task, kind as u32);
        match kind {
            OWN => self.expire_own(task),
            SEND => self.finish_send(task, SendResult::TIMED_OUT.0, 0),
            _ => self.expire_pace(task, now),
        }
    }

    fn expire_own(&mut self, task: TaskIndex) {
        let owner = self.task(task);
        owner.deadline = NO_DEADLINE;
        let bits = owner.timer_bits;
        self.wake(task, bits);
    }

    pub(crate) fn set_timer(&mut self, me: TaskIndex) -> Outcome {
        let deadline = self.arg(me, 0);
        let bits = u32::try_from(self.arg(me, 1)).map_err(|_| Usage::NotPermitted)?;
        let due = deadline != NO_DEADLINE && deadline <= self.machine.now();
        self.arm_own_timer(me, if due { NO_DEADLINE } else { deadline }, bits);
        if due {
            self.notify(me, bits);
        }
        Ok(Next::Same)
    }

    /// Arms a task's own timer, or cancels it.
    pub(crate) fn arm_own_timer(&mut self, task: TaskIndex, deadline: u64, bits: u32) {
        let owner = self.task(task);
        owner.deadline = deadline;
        owner.timer_bits = bits;
        let timer = task.get() * TIMERS_PER_TASK + OWN;
        if deadline == NO_DEADLINE {
            self.core.timers.cancel(timer);
        } else {
            self.core.timers.arm(timer, deadline);
        }
        self.update_alarm();
    }

    pub(crate) fn get_timer(&mut self) -> Outcome {
        self.fast_get_timer();
        Ok(Next::Same)
    }

    pub(crate) fn arm_send_deadline(&mut self, task: TaskIndex, deadline: u64) {
        self.core.timers.arm(task.get() * TIMERS_PER_TASK + SEND, deadline);
        self.update_alarm();
    }

    pub(crate) fn cancel_send_deadline(&mut self, task: TaskIndex) {
        self.core.timers.cancel(task.get() * TIMERS_PER_TASK + SEND);
        self.update_alarm();
    }

    #[inline]
    pub(crate) fn update_alarm(&mut self) {
        let deadline = self.core.timers.first().map_or(NO_DEADLINE, |(deadline, _)| deadline);
        if deadline != self.core.alarm {
            self.core.alarm = deadline;
            self.machine.set_alarm(deadline);
        }
    }
}
