//! What the supervisor must and must not have, and what others need of it.

use super::Context;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Place};
use crate::parse::RawTask;

pub(super) fn check(cx: Context<'_>) {
    for (index, task) in cx.tasks() {
        if index == abi::SUPERVISOR {
            fault_bit(cx, task);
            nobody_supervises_it(cx, task);
        } else {
            can_say_so(cx, task);
            starts_or_not(cx, task);
        }
    }
}

/// The kernel sets bit 0 when a task dies.
fn fault_bit(cx: Context<'_>, supervisor: &RawTask) {
    let first = supervisor.notifications.first();
    let misspelt = supervisor.misspelt.contains(&"notifications");
    if misspelt || first.is_some_and(|name| name.value == "fault") {
        return;
    }
    let place = first.map_or(supervisor.name.place, |name| name.place);
    let message = "the supervisor's first notification is not `fault`";
    let mistake = Diagnostic::new(Code::Supervisor, message, place, "the kernel sets this bit");
    cx.log.add(mistake.help("write: notifications = [\"fault\", …]"));
}

/// Keys that tell the supervisor how to treat a task mean nothing for itself.
fn nobody_supervises_it(cx: Context<'_>, task: &RawTask) {
    let keys = [
        ("restart", task.restart.as_ref().map(|at| at.place)),
        ("check-in", task.check_in.as_ref().map(|at| at.place)),
        ("ready-within", task.ready_within.as_ref().map(|at| at.place)),
        ("dump", task.dump.as_ref().map(|at| at.place)),
        ("phase", task.phase.as_ref().filter(|at| at.value > 0).map(|at| at.place)),
        ("start", task.start.as_ref().filter(|at| !at.value).map(|at| at.place)),
    ];
    for (key, place) in keys {
        let Some(place) = place else { continue };
        let message = format!("the supervisor cannot have this `{key}`");
        let mistake = Diagnostic::new(Code::Supervisor, message, place, "nobody would heed it");
        cx.log.add(mistake.help("what happens when it dies: `on-supervisor-fault` in [kernel]"));
    }
    let kin = task.on_restart.first();
    if let Some((peer, _)) = kin {
        let message = "the supervisor has an `on-restart`";
        let label = "it restarts tasks itself";
        cx.log.add(Diagnostic::new(Code::Supervisor, message, peer.place, label));
    }
}

/// "Ready" and "well" are messages to the supervisor.
fn can_say_so(cx: Context<'_>, task: &RawTask) {
    let Some(supervisor) = cx.app.tasks.first() else { return };
    let has_slot = task.slots.iter().any(|(_, target)| target.value == supervisor.name.value);
    if has_slot || task.misspelt.contains(&"task-slots") {
        return;
    }
    let keys = [("ready-within", &task.ready_within), ("check-in", &task.check_in)];
    for (key, at) in keys {
        let Some(at) = at else { continue };
        let message = format!("task `{}` has `{key}` but cannot say so", task.name.value);
        let mistake =
            Diagnostic::new(Code::NoSupervisorSlot, message, at.place, "waits for a message");
        let help = format!("add `{}` to its `task-slots`", supervisor.name.value);
        cx.log.add(mistake.help(help));
    }
}

/// A task that is only started on request belongs to no phase.
fn starts_or_not(cx: Context<'_>, task: &RawTask) {
    let Some(start) = task.start.as_ref().filter(|start| !start.value) else { return };
    let phase = task.phase.as_ref().map(|at| at.place);
    let ready = task.ready_within.as_ref().map(|at| at.place);
    let keys: [(&str, Option<Place>); 2] = [("phase", phase), ("ready-within", ready)];
    for (key, place) in keys {
        let Some(place) = place else { continue };
        let name = &task.name.value;
        let message = format!("task `{name}` has `{key}` and does not start by itself");
        let mistake = Diagnostic::new(Code::Combination, message, place, "never heeded");
        let mistake = mistake.also(start.place, "because of this");
        cx.log.add(mistake.help("remove one of them"));
    }
}
