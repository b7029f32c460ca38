//! `[kernel]`.

use crate::app::{KernelSettings, OnSupervisorFault};
use crate::reader::Value;

const DEFAULT: KernelSettings =
    KernelSettings { on_supervisor_fault: OnSupervisorFault::Reset, retain: true };
const ENDS: [(&str, OnSupervisorFault); 2] =
    [("reset", OnSupervisorFault::Reset), ("stop", OnSupervisorFault::Stop)];

pub(super) fn parse(value: Option<Value<'_>>) -> KernelSettings {
    let settings = value.and_then(|value| {
        value.fields("`kernel`", |kernel| {
            let end = kernel.optional("on-supervisor-fault").and_then(|value| value.choice(&ENDS));
            let retain = kernel.optional("retain").and_then(|value| value.boolean());
            KernelSettings {
                on_supervisor_fault: end.map_or(DEFAULT.on_supervisor_fault, |end| end.value),
                retain: retain.map_or(DEFAULT.retain, |retain| retain.value),
            }
        })
    });
    settings.unwrap_or(DEFAULT)
}
