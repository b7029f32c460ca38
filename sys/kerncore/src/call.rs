//! From registers to decisions: one line per system call.

use crate::kernel::{Kernel, Next};
use crate::machine::{Frame, Machine};
use crate::task::TaskIndex;
use abi::{Call, Usage};

/// A task used a call wrongly; it is faulted.
pub(crate) type Outcome = Result<Next, Usage>;

impl<M: Machine> Kernel<'_, M> {
    /// Carries out the system call in the current task's registers. Says who runs next; `None`:
    /// nobody until an interrupt arrives.
    #[inline]
    pub fn system_call(&mut self) -> Option<TaskIndex> {
        let caller = self.current();
        let number = self.frame(caller).get(8);
        match self.dispatch(caller, number) {
            Ok(next) => self.apply(next),
            Err(usage) => {
                self.fault_usage(caller, usage);
                self.next()
            }
        }
    }

    #[inline]
    fn dispatch(&mut self, caller: TaskIndex, number: u64) -> Outcome {
        let call = Call::from_number(number).ok_or(Usage::BadCallNumber)?;
        match call {
            Call::Send => self.send(caller),
            Call::Recv => self.recv(caller),
            Call::Reply => self.reply(caller),
            Call::ReplyRecv => self.reply_recv(caller),
            Call::BorrowRead => self.borrow_read(caller),
            Call::BorrowWrite => self.borrow_write(caller),
            Call::BorrowInfo => self.borrow_info(caller),
            Call::IrqControl => self.irq_control(caller),
            Call::IrqStatus => self.irq_status(caller),
            Call::SetTimer => self.set_timer(caller),
            Call::GetTimer => self.get_timer(),
            Call::RefreshTaskId => self.refresh_task_id(caller),
            Call::Post => self.post(caller),
            Call::ReplyFault => self.reply_fault(caller),
            Call::Panic => self.panic(caller),
        }
    }

    /// General register `n` of a task.
    #[inline]
    pub(crate) fn arg(&self, task: TaskIndex, n: usize) -> u64 {
        self.tasks[task].frame.get(n)
    }

    fn refresh_task_id(&mut self, caller: TaskIndex) -> Outcome {
        let named = abi::TaskId(self.arg(caller, 0));
        let task = self.index(named.index()).ok_or(Usage::TaskOutOfRange)?;
        let id = self.id(task);
        self.frame(caller).set(0, id.0);
        Ok(Next::Same)
    }
}
