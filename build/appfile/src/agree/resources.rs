//! Resources: what a task takes against what the app file gives it.

use super::Take;
use crate::app::{App, Task};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Log, Place};
use crate::origin::Origin;

/// One resource for all regions that the task has for devices.
const SHARES: &str = "shares";

/// A resource that the app file gives.
struct Given<'a> {
    kind: &'static str,
    name: &'a str,
    /// The key that gives it.
    key: &'static str,
    /// Whether it makes no sense unless the task knows of it.
    needed: bool,
}

pub(super) fn compare(app: &App, task: &Task, takes: &[Take], log: &Log) {
    let (origin, given) = (&app.origin, given(task));
    let is_for = |given: &Given<'_>, take: &Take| {
        given.kind == take.kind
            && (take.kind == SHARES || given.name.replace('-', "_") == take.name)
    };
    for take in takes {
        // There may be no such regions.
        if take.kind != SHARES && !given.iter().any(|given| is_for(given, take)) {
            log.add(not_given(origin, task, take));
        }
    }
    for given in given.iter().filter(|given| given.needed) {
        if !takes.iter().any(|take| is_for(given, take)) {
            log.add(not_taken(origin, task, given));
        }
    }
}

fn header(origin: &Origin, task: &Task) -> Place {
    origin.value(&["tasks", &task.name]).unwrap_or_default()
}

fn not_given(origin: &Origin, task: &Task, take: &Take) -> Diagnostic {
    let Take { kind, name } = take;
    let name = name.replace('_', "-");
    let message = format!("task `{}` is not given the {kind} `{name}`", task.name);
    let label = format!("its crate takes `{}` in `resources!`", take.name);
    let help = format!("add {}, or take the field out", what_to_add(kind, &name));
    Diagnostic::new(Code::NotGiven, message, header(origin, task), label).help(help)
}

fn not_taken(origin: &Origin, task: &Task, given: &Given<'_>) -> Diagnostic {
    let Given { kind, name, key, .. } = given;
    let message = match *kind {
        SHARES => format!("task `{}` takes no regions for devices, such as `{name}`", task.name),
        _ => format!("task `{}` does not take the {kind} `{name}`", task.name),
    };
    let place = origin.named(&["tasks", &task.name, key], name);
    let place = place.unwrap_or_else(|| header(origin, task));
    let label = format!("`{key}` gives it");
    let field = match *kind {
        SHARES => "shared: Shares".to_owned(),
        _ => format!("{}: {}", name.replace('-', "_"), type_of(kind)),
    };
    let help = format!("remove it, or add the field `{field}` to the task's `resources!`");
    Diagnostic::new(Code::NotTaken, message, place, label).help(help)
}

fn what_to_add(kind: &str, name: &str) -> String {
    match kind {
        "device" | "table" => format!("`uses = [\"{name}\"]`"),
        "notification" => format!(
            "`timer = \"{name}\"`, `notifications = [\"{name}\"]` or `interrupts = {{ \"DEVICE.INTERRUPT\" = \"{name}\" }}`"
        ),
        "sender" => format!("`receives-from = {{ {name} = \"TASK\" }}`"),
        "slot" => format!("`task-slots = {{ {name} = \"TASK\" }}`"),
        "dma" => "`dma = \"SIZE\"`".to_owned(),
        "mounts" => "`mounts = { \"/\" = { server = \"TASK\", access = \"read\" } }`".to_owned(),
        "mounted" => "`serves = [\"fs\"]`".to_owned(),
        "region" => format!("`regions = {{ {name} = \"rw\" }}`"),
        _ => format!("`{name}`"),
    }
}

/// The type of `userlib` for a kind of resource.
fn type_of(kind: &str) -> String {
    let mut name = kind.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

fn given(task: &Task) -> Vec<Given<'_>> {
    let mut all = notifications(task);
    let mut give = |kind, name, key| all.push(Given { kind, name, key, needed: true });
    for slot in &task.slots {
        give("slot", &slot.name, "task-slots");
    }
    for sender in &task.senders {
        give("sender", &sender.name, "receives-from");
    }
    for device in &task.devices {
        give("device", &device.resource, "uses");
    }
    for table in &task.tables {
        give("table", table.name(), "uses");
    }
    if task.dma.is_some() {
        give("dma", "dma", "dma");
    }
    for share in &task.regions {
        let kind = if share.access.is_mapped() { "region" } else { SHARES };
        give(kind, &share.resource, "regions");
    }
    if !task.mounts.is_empty() {
        give("mounts", "mounts", "mounts");
    }
    if task.serves.iter().any(|name| name == "fs") {
        // Whoever serves files knows by it what its clients may do, though there be none.
        give("mounted", "mounted", "serves");
    }
    all
}

/// A bit may be there for others only, unless an interrupt or a restart sets it.
fn notifications(task: &Task) -> Vec<Given<'_>> {
    let given = |(bit, name)| {
        let bit = bit as u32;
        let key = if task.interrupts.iter().any(|interrupt| interrupt.bit == bit) {
            "interrupts"
        } else if task.on_restart.iter().any(|&(_, heard)| heard == bit) {
            "on-restart"
        } else if task.timer == Some(bit) {
            "timer"
        } else if task.events.iter().any(|event| event.bit == bit) {
            "events"
        } else {
            "notifications"
        };
        Given { kind: "notification", name, key, needed: key != "notifications" }
    };
    let names = task.notifications.iter().map(String::as_str);
    names.enumerate().map(given).collect()
}
