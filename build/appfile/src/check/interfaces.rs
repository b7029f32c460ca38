//! Who may call what, and who hears of what, as far as the app file alone can tell. Whether
//! interfaces have such operations and events shows when the tasks are built.

use super::{Context, notifications::Bits};
use crate::app::{CallerRule, EventUse, Slot};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::RawTask;
use crate::suggest;

/// The caller rules of every task.
pub(super) fn callers(cx: Context<'_>, slots: &[Vec<Slot>]) -> Vec<Vec<CallerRule>> {
    let of_task = |(server, task): (usize, &RawTask)| {
        let mut rules = Vec::new();
        for (interface, operations) in &task.callers {
            for (operation, names) in operations {
                let can = names.iter().filter_map(|name| caller(cx, slots, server, name));
                let tasks = can.collect();
                let (interface, operation) = (interface.value.clone(), operation.value.clone());
                rules.push(CallerRule { interface, operation, tasks });
            }
        }
        rules
    };
    cx.tasks().map(of_task).collect()
}

fn caller(cx: Context<'_>, slots: &[Vec<Slot>], server: usize, name: &At<String>) -> Option<usize> {
    let index = cx.task(name)?;
    if !slots.get(index)?.iter().any(|slot| slot.target == server) {
        let server = &cx.app.tasks[server].name.value;
        let message = format!("task `{}` cannot call `{server}` at all", name.value);
        let help = format!("give it `task-slots = [\"{server}\"]`, or leave it out here");
        let mistake = Diagnostic::new(Code::CallerWithoutSlot, message, name.place, "has no slot");
        cx.log.add(mistake.help(help));
    }
    Some(index)
}

/// The events that every task hears of.
pub(super) fn events(cx: Context<'_>, slots: &[Vec<Slot>], bits: &[Bits]) -> Vec<Vec<EventUse>> {
    let of_task = |(index, task): (usize, &RawTask)| {
        let (slots, bits) = (slots.get(index)?, bits.get(index)?);
        let one = |(source, bit): &(At<String>, At<String>)| {
            event(cx, task, slots, source, bits.number(&bit.value))
        };
        Some(task.events.iter().filter_map(one).collect())
    };
    cx.tasks().map(|task| of_task(task).unwrap_or_default()).collect()
}

fn event(
    cx: Context<'_>,
    task: &RawTask,
    slots: &[Slot],
    source: &At<String>,
    bit: Option<u32>,
) -> Option<EventUse> {
    let split = source.value.split_once('.');
    let found = split.and_then(|(slot, event)| {
        let slot = slots.iter().find(|other| other.name == slot)?;
        Some((slot, event))
    });
    let Some((slot, event)) = found else {
        let message =
            format!("`{}` is no event that task `{}` can hear of", source.value, task.name.value);
        let known = task.slots.iter().map(|(name, _)| name.value.as_str());
        let slot = split.map_or(source.value.as_str(), |(slot, _)| slot);
        let label = "write the slot, a dot and the event";
        let help = suggest::help(slot, "its slots are", known);
        cx.log.add(
            Diagnostic::new(Code::UnknownEvent, message, source.place, label).maybe_help(help),
        );
        return None;
    };
    let (source, event) = (source.value.clone(), event.to_owned());
    Some(EventUse { source, server: slot.target, event, bit: bit? })
}
