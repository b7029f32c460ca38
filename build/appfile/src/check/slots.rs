//! Whom a task may send to.
//!
//! A client waits for its server. If the server were less important, whoever is between them in
//! priority could keep both waiting; so every slot points to a more important task.

use super::Context;
use crate::app::Slot;
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::RawTask;

/// The slots of every task.
pub(super) fn resolve(cx: Context<'_>) -> Vec<Vec<Slot>> {
    let of_task = |(index, task): (usize, &RawTask)| {
        let slots = task.slots.iter();
        slots.filter_map(|(name, target)| resolve_one(cx, index, name, target)).collect()
    };
    cx.tasks().map(of_task).collect()
}

fn resolve_one(
    cx: Context<'_>,
    index: usize,
    name: &At<String>,
    target: &At<String>,
) -> Option<Slot> {
    Some(Slot { name: name.value.clone(), target: server(cx, index, target)? })
}

/// The index of a task that another may wait for.
pub(super) fn server(cx: Context<'_>, index: usize, target: &At<String>) -> Option<usize> {
    let found = cx.task(target)?;
    let task = &cx.app.tasks[index];
    if found == index {
        let message = format!("task `{}` has a slot to itself", task.name.value);
        let label = "it would wait for itself";
        cx.log.add(Diagnostic::new(Code::SlotToItself, message, target.place, label));
    } else if index == abi::SUPERVISOR {
        let message = "the supervisor has a task slot";
        let label = format!("it would wait for `{}`, which only it can restart", target.value);
        let mistake = Diagnostic::new(Code::Supervisor, message, target.place, label);
        cx.log.add(mistake.help("let the other task ask the supervisor, and post a notification"));
    } else {
        goes_uphill(cx, task, &cx.app.tasks[found], target);
    }
    Some(found)
}

fn goes_uphill(cx: Context<'_>, task: &RawTask, server: &RawTask, target: &At<String>) {
    let (Some(own), Some(servers)) = (&task.priority, &server.priority) else { return };
    if servers.value < own.value {
        return;
    }
    let (name, peer) = (&task.name.value, &server.name.value);
    let how = if servers.value == own.value { "not more" } else { "less" };
    let message = format!("task `{name}` would wait for `{peer}`, which is {how} important");
    let label = format!("priority {} calls priority {}", own.value, servers.value);
    let help = match own.value {
        // Nothing but the supervisor is more important than that.
        0 | 1 => format!("give `{name}` a larger `priority` than `{peer}` has"),
        own => format!(
            "give `{peer}` a priority less than {own}, or `{name}` one larger than {}",
            servers.value
        ),
    };
    let mistake = Diagnostic::new(Code::SlotDownhill, message, target.place, label);
    let mistake = mistake.also(servers.place, format!("`{peer}`"));
    cx.log.add(mistake.also(own.place, format!("`{name}`")).help(help));
}
