//! Writing the trace.

use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::task::TaskIndex;
use abi::trace::{Event, TRACE_ENTRIES, TraceEntry, TraceRing};

/// The ring, if the image keeps one.
#[derive(Debug)]
pub(crate) struct Trace<'t>(pub(crate) Option<&'t mut TraceRing>);

impl Trace<'_> {
    /// Notes what happened.
    #[inline(always)]
    pub(crate) fn note<M: Machine>(
        &mut self,
        machine: &M,
        event: Event,
        task: TaskIndex,
        other: TaskIndex,
        detail: u32,
    ) {
        if let Some(ring) = &mut self.0 {
            let time = machine.now();
            let place = ring.next as usize % TRACE_ENTRIES;
            ring.entries[place] = TraceEntry::new(time, event, task.get(), other.get(), detail);
            ring.next = ring.next.wrapping_add(1);
        }
    }
}

impl<M: Machine> Kernel<'_, M> {
    /// Notes what happened.
    #[inline(always)]
    pub(crate) fn note(&mut self, event: Event, task: TaskIndex, other: TaskIndex, detail: u32) {
        self.trace.note(&self.machine, event, task, other, detail);
    }

    /// The same, about one task.
    #[inline(always)]
    pub(crate) fn note_one(&mut self, event: Event, task: TaskIndex, detail: u32) {
        self.note(event, task, TaskIndex::SUPERVISOR, detail);
    }
}
