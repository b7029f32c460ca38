//! How many tasks there are, and the two ends of their order: the supervisor, and the idle task if
//! there is one.

use super::Context;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::parse::RawTask;

const IDLE_CRATE: &str = "task-idle";

pub(super) fn check(cx: Context<'_>) {
    count(cx);
    if let Some(supervisor) = cx.app.tasks.first() {
        top(cx, supervisor);
        bottom(cx);
    }
}

fn count(cx: Context<'_>) {
    let tasks = &cx.app.tasks;
    if let Some(first_too_many) = tasks.get(abi::MAX_TASKS) {
        let message = format!("{} tasks are too many", tasks.len());
        let place = first_too_many.name.place;
        let help = format!("an image holds at most {} tasks", abi::MAX_TASKS);
        let label = format!("the {}th task", abi::MAX_TASKS + 1);
        cx.log.add(Diagnostic::new(Code::TaskCount, message, place, label).help(help));
    }
}

/// Priority 0 is the first task's, and only its.
fn top(cx: Context<'_>, supervisor: &RawTask) {
    for (index, task) in cx.tasks() {
        let Some(priority) = &task.priority else { continue };
        let (message, label, help) = match (index, priority.value) {
            (0, 1..) => (
                format!("the first task, `{}`, does not have priority 0", task.name.value),
                "not the most important",
                "the first task is the supervisor: write `priority = 0`, or put it first",
            ),
            (1.., 0) => (
                format!("task `{}` has the supervisor's priority", task.name.value),
                "only for the first task",
                "write a priority from 1 to 63",
            ),
            _ => continue,
        };
        let mistake = Diagnostic::new(Code::Supervisor, message, priority.place, label);
        let mistake = match index {
            0 => mistake,
            _ => mistake.also(supervisor.name.place, "the supervisor"),
        };
        cx.log.add(mistake.help(help));
    }
}

/// Whether it is the task that runs when nobody else can.
pub(crate) fn is_idle(task: &RawTask) -> bool {
    task.krate.as_ref().is_some_and(|krate| krate.value == IDLE_CRATE)
}

/// The idle task runs when nobody else can, so it must be below everybody else. Without one the kernel
/// sleeps.
fn bottom(cx: Context<'_>) {
    let Some(idle) = cx.app.tasks.iter().find(|task| is_idle(task)) else { return };
    let Some(own) = &idle.priority else { return };
    let others = cx.app.tasks.iter().filter(|task| task.name.place != idle.name.place);
    for other in others {
        let Some(priority) = &other.priority else { continue };
        if priority.value >= own.value {
            let (name, idle) = (&other.name.value, &idle.name.value);
            let message = format!("task `{name}` is not more important than the idle task");
            let label = "it would share or never get the processor";
            let mistake = Diagnostic::new(Code::Idle, message, priority.place, label);
            let mistake = mistake.also(own.place, format!("`{idle}` never gives it back"));
            cx.log.add(mistake.help("give the idle task priority 63, and every other less"));
        }
    }
}
