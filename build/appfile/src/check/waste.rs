//! Warnings: what is given and serves nothing.

use super::{Context, devices::Uses};
use crate::app::RegionUse;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Place};
use crate::parse::RawTask;

pub(super) fn check(cx: Context<'_>, regions: &[Vec<RegionUse>], devices: &[Uses]) {
    unused_regions(cx, regions);
    lone_slices(cx);
    for ((_, task), uses) in cx.tasks().zip(devices) {
        memory_for_no_device(cx, task, uses);
    }
    if let Some(supervisor) = cx.app.tasks.first() {
        superfluous_rights(cx, supervisor);
    }
}

fn unused_regions(cx: Context<'_>, uses: &[Vec<RegionUse>]) {
    for (index, region) in cx.app.regions.iter().enumerate() {
        let name = &region.name.value;
        let mut all = uses.iter().flatten().filter(|share| share.region == index);
        let others_write =
            region.address.is_some() || !region.dma.is_empty() || region.file.is_some();
        let (code, message, label, help) = match all.next() {
            None => {
                // A use that is misspelt has been noted.
                let message = format!("no task has the region `{name}`");
                (Code::UnusedRegion, message, "memory for nobody", "remove it")
            }
            Some(first)
                if !(others_write
                    || first.access.writes()
                    || all.any(|share| share.access.writes())) =>
            {
                let message = format!("nobody writes the region `{name}`");
                let help = "give it to one of its tasks as \"rw\"";
                (Code::UnwrittenRegion, message, "every task has it as \"r\"", help)
            }
            Some(_) => continue,
        };
        let warning = Diagnostic::new(code, message, region.name.place, label);
        cx.log.add(warning.help(help));
    }
}

/// A time slice is for those who take turns.
fn lone_slices(cx: Context<'_>) {
    for (priority, _) in &cx.app.kernel.time_slices {
        let has =
            |task: &&RawTask| task.priority.as_ref().is_some_and(|p| p.value == priority.value);
        let mut tasks = cx.app.tasks.iter().filter(has);
        let (Some(only), None) = (tasks.next(), tasks.next()) else { continue };
        if priority.value == 0 {
            continue;
        }
        let message = format!("only task `{}` has priority {}", only.name.value, priority.value);
        let label = "its turn ends, and is its turn again";
        let warning = Diagnostic::new(Code::LoneSlice, message, priority.place, label);
        cx.log.add(warning.help("remove the time slice: it costs an interrupt each time"));
    }
}

fn memory_for_no_device(cx: Context<'_>, task: &RawTask, uses: &Uses) {
    let Some(dma) = &task.dma else { return };
    if cx.board.is_none() || uses.devices.iter().any(|device| device.dma) {
        return;
    }
    let message =
        format!("task `{}` has memory for DMA and no device that does it", task.name.value);
    let label = "no device in its `uses` reaches memory";
    let warning = Diagnostic::new(Code::DmaForNothing, message, dma.place, label);
    cx.log.add(warning.help("remove it; a variable in the task is as good"));
}

/// The supervisor has all rights but those to post unasked.
fn superfluous_rights(cx: Context<'_>, supervisor: &RawTask) {
    let rights = &supervisor.rights;
    let named = [&rights.status, &rights.restart, &rights.fault, &rights.dump];
    let all_named = named.iter().flat_map(|whom| whom.names.first().map(|name| name.place));
    let place: Option<Place> = all_named.into_iter().next();
    if let Some(place) = place.or_else(|| named.iter().find_map(|whom| whom.all)) {
        let message = "the supervisor is given a right that it has";
        let label = "it has this right over all tasks";
        let warning = Diagnostic::new(Code::SuperfluousRight, message, place, label);
        cx.log.add(warning.help("remove it"));
    }
}
