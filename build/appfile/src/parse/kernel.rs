//! `[kernel]`.

use super::{MAX_PRIORITY, RawKernel};
use crate::app::{KernelSettings, OnSupervisorFault};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::reader::{Fields, Value};

const DEFAULT: KernelSettings = KernelSettings {
    on_supervisor_fault: OnSupervisorFault::Reset,
    retain: true,
    trace: false,
    counters: false,
    time_slices: Vec::new(),
};
const ENDS: [(&str, OnSupervisorFault); 2] =
    [("reset", OnSupervisorFault::Reset), ("stop", OnSupervisorFault::Stop)];

pub(super) fn parse(value: Option<Value<'_>>) -> RawKernel {
    let kernel = value.and_then(|value| value.fields("`kernel`", read));
    kernel.unwrap_or(RawKernel { settings: DEFAULT, time_slices: Vec::new() })
}

fn read(kernel: &mut Fields<'_>) -> RawKernel {
    let end = kernel.get("on-supervisor-fault").and_then(|value| value.choice(&ENDS));
    let settings = KernelSettings {
        on_supervisor_fault: end.map_or(DEFAULT.on_supervisor_fault, |end| end.value),
        retain: switch(kernel, "retain", DEFAULT.retain),
        trace: switch(kernel, "trace", DEFAULT.trace),
        counters: switch(kernel, "counters", DEFAULT.counters),
        time_slices: Vec::new(),
    };
    let slices = kernel.get("time-slices");
    let entries = slices.map_or_else(Vec::new, |value| value.entries());
    let time_slices = entries.into_iter().filter_map(|(key, value)| slice(&key, value)).collect();
    RawKernel { settings, time_slices }
}

fn switch(kernel: &mut Fields<'_>, key: &'static str, default: bool) -> bool {
    let switch = kernel.get(key).and_then(|value| value.boolean());
    switch.map_or(default, |switch| switch.value)
}

/// `PRIORITY = "5ms"`. There is one way to write a priority, so that none is there twice.
fn slice(key: &At<&str>, value: Value<'_>) -> Option<(At<u32>, Option<At<u64>>)> {
    let number = key.value.parse().ok();
    let number = number.filter(|number: &u32| {
        u64::from(*number) <= MAX_PRIORITY && number.to_string() == key.value
    });
    let Some(priority) = number else {
        let message = format!("`{}` is not a priority", key.value);
        let mistake = Diagnostic::new(Code::BadNumber, message, key.place, "not a priority");
        value.log.add(mistake.help(format!("write a number from 1 to {MAX_PRIORITY}")));
        return None;
    };
    let value = value.called(format!("the time slice of priority {priority}"));
    Some((At { value: priority, place: key.place }, value.nanoseconds()))
}
