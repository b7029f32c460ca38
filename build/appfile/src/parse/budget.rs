//! `budget = { … }`: how long a task may run in each period.

use super::RawBudget;
use crate::reader::Value;

pub(super) fn parse(value: &Value<'_>) -> Option<RawBudget> {
    value.fields("`budget`", |budget| RawBudget {
        place: value.place,
        run: budget.required("run", "run = \"2ms\"").and_then(|value| value.nanoseconds()),
        every: budget.required("every", "every = \"10ms\"").and_then(|value| value.nanoseconds()),
        notify: budget.optional("notify").and_then(|value| value.name()),
    })
}
