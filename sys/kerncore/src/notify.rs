//! Notification bits: set by other tasks, interrupts, timers and the kernel.

use crate::call::Outcome;
use crate::kernel::{Image, Kernel, Next};
use crate::machine::{Frame, Machine};
use crate::task::{State, TaskIndex};
use abi::call::SendResult;
use abi::trace::Event;
use abi::{Handle, TaskId, Usage};

impl<M: Machine> Kernel<'_, M> {
    pub(crate) fn post(&mut self, me: TaskIndex) -> Outcome {
        let target = TaskId(self.arg(me, 0));
        let bits = u32::try_from(self.arg(me, 1)).map_err(|_| Usage::NotPermitted)?;
        let task = self.index(target.index()).ok_or(Usage::TaskOutOfRange)?;
        self.check_post(me, task, bits)?;
        let generation = self.tasks[task].generation();
        if generation != target.generation() {
            self.set_results(me, SendResult::DEAD.0, u64::from(generation.0));
            return Ok(Next::Same);
        }
        self.note(Event::Post, me, task, bits);
        self.set_results(me, SendResult::OK.0, 0);
        self.notify(task, bits);
        Ok(Next::Choose)
    }

    #[inline]
    pub(crate) fn check_post(
        &self,
        me: TaskIndex,
        task: TaskIndex,
        bits: u32,
    ) -> Result<(), Usage> {
        let range = self.tasks[me].desc.post_rights;
        let rights = Image::part(self.image.post_rights, range);
        let allowed = rights
            .iter()
            .filter(|right| right.task as usize == task.get())
            .fold(0, |bits, right| bits | right.bits);
        if bits & !allowed == 0 { Ok(()) } else { Err(Usage::NotPermitted) }
    }

    /// [`Kernel::notify`] where nothing more is done with the running task: one who is more
    /// important takes its place at once, without a way through the queues. True if so.
    #[inline(always)]
    pub(crate) fn wake(&mut self, task: TaskIndex, bits: u32) -> bool {
        let runs = self.fast_wake(task, bits, None);
        if !runs {
            self.notify(task, bits);
        }
        runs
    }

    /// Sets bits, and wakes the task if it waits for one of them.
    #[inline(never)]
    pub(crate) fn notify(&mut self, task: TaskIndex, bits: u32) {
        if self.set_bits(task, bits) {
            self.make_ready(task);
        }
    }

    /// The same for the supervisor, which has no budget: whoever has spent his can tell it.
    pub(crate) fn notify_supervisor(&mut self, bits: u32) {
        if self.set_bits(TaskIndex::SUPERVISOR, bits) {
            self.queue_ready(TaskIndex::SUPERVISOR);
        }
    }

    /// True if the task's wait is over.
    fn set_bits(&mut self, task: TaskIndex, bits: u32) -> bool {
        let target = self.task(task);
        target.notifications |= bits;
        if target.state != State::InRecv || target.notifications & target.mask == 0 {
            return false;
        }
        let mask = target.mask;
        self.forget_wait(task);
        self.take_notifications(task, mask)
    }

    /// Hands a receiving task those of its bits that are in `mask`. False if there are none.
    #[inline]
    pub(crate) fn take_notifications(&mut self, task: TaskIndex, mask: u32) -> bool {
        let target = self.task(task);
        let bits = target.notifications & mask;
        if bits == 0 {
            return false;
        }
        target.notifications &= !bits;
        target.frame.set(0, Handle::KERNEL.0);
        target.frame.set(1, 0);
        target.frame.set(2, u64::from(bits));
        true
    }
}
