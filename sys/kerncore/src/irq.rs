//! Interrupts: to their owners as notification bits, and the owners' control of them.

use crate::call::Outcome;
use crate::kernel::{Image, Kernel, Next};
use crate::machine::{Frame, Machine};
use crate::task::TaskIndex;
use abi::Usage;
use abi::call::irq::{ENABLE, PENDING, POSTED};
use abi::trace::Event;
use config::IrqDesc;

impl<'t, M: Machine> Kernel<'t, M> {
    /// An interrupt came, and is acknowledged. It is held back until its owner lets it come
    /// again. Says who runs next.
    pub fn interrupt(&mut self, irq: u32) -> Option<TaskIndex> {
        self.machine.irq_enable(irq, false);
        match self.irq_owner(irq) {
            Some((owner, bits)) => {
                self.note_one(Event::Interrupt, owner, irq);
                if self.wake(owner, bits) {
                    return self.settle_woken(owner);
                }
            }
            None => self.spurious_interrupt(),
        }
        self.next()
    }

    /// The controller interrupted and then had nothing to say, or something that is nobody's.
    pub fn spurious_interrupt(&mut self) {
        self.spurious_interrupts = self.spurious_interrupts.saturating_add(1);
    }

    fn irq_owner(&self, irq: u32) -> Option<(TaskIndex, u32)> {
        let position = *self.image.irq_lookup.get(irq as usize)?;
        let desc = self.image.irqs.get(usize::from(position))?;
        Some((self.index(desc.task as usize)?, desc.notification))
    }

    /// A task's interrupts behind these notification bits.
    pub(crate) fn irqs_of(
        &self,
        task: TaskIndex,
        bits: u32,
    ) -> impl Iterator<Item = &'t IrqDesc> + use<'t, M> {
        let range = self.tasks[task].desc.irqs;
        Image::part(self.image.irqs, range).iter().filter(move |irq| irq.notification & bits != 0)
    }

    fn own_irqs(&self, me: TaskIndex) -> Result<u32, Usage> {
        let bits = u32::try_from(self.arg(me, 0)).map_err(|_| Usage::NoIrq)?;
        if self.irqs_of(me, bits).next().is_none() {
            return Err(Usage::NoIrq);
        }
        Ok(bits)
    }

    pub(crate) fn irq_control(&mut self, me: TaskIndex) -> Outcome {
        let bits = self.own_irqs(me)?;
        let flags = self.arg(me, 1);
        for irq in self.irqs_of(me, bits) {
            if flags & PENDING != 0 {
                self.machine.irq_set_pending(irq.irq, false);
            }
            self.machine.irq_enable(irq.irq, flags & ENABLE != 0);
        }
        Ok(Next::Same)
    }

    pub(crate) fn irq_status(&mut self, me: TaskIndex) -> Outcome {
        let bits = self.own_irqs(me)?;
        let mut flags = 0;
        for irq in self.irqs_of(me, bits) {
            if self.machine.irq_is_enabled(irq.irq) {
                flags |= ENABLE;
            }
            if self.machine.irq_is_pending(irq.irq) {
                flags |= PENDING;
            }
            if self.tasks[me].notifications & irq.notification != 0 {
                flags |= POSTED;
            }
        }
        self.frame(me).set(0, flags);
        Ok(Next::Same)
    }
}
