//! `[kernel]`.

use crate::app::{KernelSettings, OnSupervisorFault};
use crate::reader::Value;

const DEFAULT: KernelSettings = KernelSettings {
    on_supervisor_fault: OnSupervisorFault::Reset,
    retain: true,
    trace: false,
    counters: false,
    time_slices: Vec::new(),
};
const ENDS: [(&str, OnSupervisorFault); 2] =
    [("reset", OnSupervisorFault::Reset), ("stop", OnSupervisorFault::Stop)];

pub(super) fn parse(value: Option<Value<'_>>) -> KernelSettings {
    let settings = value.and_then(|value| {
        value.fields("`kernel`", |kernel| {
            let end = kernel.optional("on-supervisor-fault").and_then(|value| value.choice(&ENDS));
            let retain = kernel.optional("retain").and_then(|value| value.boolean());
            let trace = kernel.optional("trace").and_then(|value| value.boolean());
            let counters = kernel.optional("counters").and_then(|value| value.boolean());
            KernelSettings {
                on_supervisor_fault: end.map_or(DEFAULT.on_supervisor_fault, |end| end.value),
                retain: retain.map_or(DEFAULT.retain, |retain| retain.value),
                trace: trace.map_or(DEFAULT.trace, |trace| trace.value),
                counters: counters.map_or(DEFAULT.counters, |counters| counters.value),
                time_slices: Vec::new(),
            }
        })
    });
    settings.unwrap_or(DEFAULT)
}
