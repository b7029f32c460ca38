//! `budget = { … }`: how long a task may run in each period.

use super::RawBudget;
use crate::reader::Value;

pub(super) fn parse(value: &Value<'_>) -> Option<RawBudget> {
    value.fields("`budget`", |budget| RawBudget {
        place: value.place,
        run: budget.get("run").and_then(|value| value.nanoseconds()),
        every: budget.get("every").and_then(|value| value.nanoseconds()),
        notify: budget.get("notify").and_then(|value| value.name()),
    })
}
