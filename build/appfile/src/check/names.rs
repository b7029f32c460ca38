//! Resource names: everything a task takes is a field of one struct, so a name means one thing.

use super::Context;
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Place};
use crate::parse::RawTask;

pub(super) fn check(cx: Context<'_>) {
    for (_, task) in cx.tasks() {
        one_task(cx, task);
    }
}

fn one_task(cx: Context<'_>, task: &RawTask) {
    let mut seen: Vec<(&str, &str, Place)> = Vec::new();
    for (kind, name, place) in resources(task) {
        match seen.iter().find(|(_, other, _)| *other == name) {
            // One notification may have several sources.
            Some((other, ..)) if *other == kind && kind == NOTIFICATION => {}
            Some(&(other, _, first)) => {
                let message = format!("task `{}` has two resources `{name}`", task.name.value);
                let mistake = Diagnostic::new(Code::ResourceClash, message, place, kind);
                cx.log.add(mistake.also(first, other).help("rename one of them"));
            }
            None => seen.push((kind, name, place)),
        }
    }
}

const NOTIFICATION: &str = "a notification";

fn resources(task: &RawTask) -> impl Iterator<Item = (&'static str, &str, Place)> {
    fn of<'a>(
        kind: &'static str,
        names: impl Iterator<Item = &'a At<String>>,
    ) -> impl Iterator<Item = (&'static str, &'a str, Place)> {
        names.map(move |name| (kind, name.value.as_str(), name.place))
    }
    let implied = task.interrupts.iter().chain(&task.on_restart).chain(&task.events);
    let implied = implied.map(|(_, name)| name);
    let senders = task.receives_from.iter().map(|(name, _)| name);
    let dma = task.dma.iter().map(|dma| ("memory for DMA", "dma", dma.place));
    let mounts = task.mounts.iter().take(1).map(|mount| ("mounts", "mounts", mount.path.place));
    of(NOTIFICATION, task.notifications.iter())
        .chain(of("a device or table", task.uses.iter().map(|(name, _)| name)))
        .chain(of(NOTIFICATION, task.timer.iter()))
        .chain(of(NOTIFICATION, implied))
        .chain(of("a sender", senders))
        .chain(of("a slot", task.slots.iter().map(|(name, _)| name)))
        .chain(of("a region", task.regions.iter().map(|share| &share.resource)))
        .chain(dma)
        .chain(mounts)
}
