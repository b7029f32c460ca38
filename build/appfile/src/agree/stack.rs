//! Stacks: what a task can need against what the app file gives it.

use crate::app::{App, Task};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Log};
use crate::units::{pages, show_size};

/// Functions on the longest way that a message names.
const NAMED: usize = 4;

/// How much stack a task can need, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackNeed {
    /// Without panics and without formatting.
    pub plain: u64,
    /// Without panics.
    pub formatting: u64,
    /// At most.
    pub most: u64,
    /// The longest way: functions and how much of it is theirs.
    pub path: Vec<(String, u64)>,
}

pub(super) fn check(app: &App, task: &Task, need: &Result<StackNeed, String>, log: &Log) {
    let place = app.origin.value(&["tasks", &task.name, "stack"]).unwrap_or_default();
    match need {
        Ok(need) if need.most <= task.stack => (),
        Ok(need) => {
            let message = format!("the stack of task `{}` may overflow", task.name);
            let label = format!("it can need {} bytes: {}", need.most, named(need));
            let help = format!("write `stack = \"{}\"`", show_size(pages(need.most)));
            log.add(Diagnostic::new(Code::StackTooSmall, message, place, label).help(help));
        }
        Err(why) => {
            let message = format!("nobody knows how much stack task `{}` needs", task.name);
            let help = "change that; or say in `stack-recursion` that it calls itself and in \
                        `stack-calls` whom it calls through a pointer; or write `stack-check = \
                        false` and give it enough";
            log.add(Diagnostic::new(Code::StackUnknown, message, place, why.clone()).help(help));
        }
    }
}

/// The largest on the way, in their order.
fn named(need: &StackNeed) -> String {
    let mut sizes: Vec<u64> = need.path.iter().map(|(_, bytes)| *bytes).collect();
    sizes.sort_unstable_by_key(|bytes| std::cmp::Reverse(*bytes));
    let least = sizes.get(NAMED - 1).copied().unwrap_or(1).max(1);
    let large = need.path.iter().filter(|(_, bytes)| *bytes >= least).take(NAMED);
    let words: Vec<_> = large.map(|(name, bytes)| format!("{bytes} in `{name}`")).collect();
    words.join(", ")
}
