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
    #[inline(always)]
    pub fn alarm(&mut self) -> Option<TaskIndex> {
        let now = self.machine.now();
        let woken = self.core.timers.pop(now).and_then(|timer| self.expire(timer, now));
        let earliest = self.core.timers.earliest();
        if earliest <= now {
            return self.expire_rest(now);
        }
        self.set_alarm(earliest);
        match woken {
            Some(task) => self.settle_woken(task),
            None => self.next(),
        }
    }

    /// Seldom is more than one due.
    #[cold]
    fn expire_rest(&mut self, now: u64) -> Option<TaskIndex> {
        while let Some(timer) = self.core.timers.pop(now) {
            self.expire(timer, now);
        }
        self.update_alarm();
        self.next()
    }

    /// The task that runs now because its timer woke it and it is the most important.
    #[inline(always)]
    fn expire(&mut self, timer: usize, now: u64) -> Option<TaskIndex> {
        let task = self.index(timer / TIMERS_PER_TASK)?;
        let kind = timer % TIMERS_PER_TASK;
        self.note_one(Event::Timer, task, kind as u32);
        match kind {
            OWN => return self.expire_own(task).then_some(task),
            SEND => self.finish_send(task, SendResult::TIMED_OUT.0, 0),
            _ => self.expire_pace(task, now),
        }
        None
    }

    #[inline(always)]
    fn expire_own(&mut self, task: TaskIndex) -> bool {
        let owner = self.task(task);
        owner.deadline = NO_DEADLINE;
        let bits = owner.timer_bits;
        self.wake(task, bits)
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
        self.set_alarm(self.core.timers.earliest());
    }

    #[inline(always)]
    fn set_alarm(&mut self, deadline: u64) {
        if deadline != self.core.alarm {
            self.core.alarm = deadline;
            self.machine.set_alarm(deadline);
        }
    }
}
