//! `manifest`: what was built.

use crate::table::{Align, Table, duration, size};
use crate::target::Target;
use archive::{Budget, Crate, Manifest, Task};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The manifest itself.
#[derive(Serialize)]
pub struct Answer<'t> {
    #[serde(flatten)]
    manifest: &'t Manifest,
}

pub fn answer(target: &Target) -> Answer<'_> {
    Answer { manifest: &target.manifest }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Manifest { app, board, image_id, built, ram, tasks, .. } = self.manifest;
        let dirty = if built.dirty { ", with changes" } else { "" };
        writeln!(f, "app       {app}")?;
        writeln!(f, "board     {board}, {} of RAM at {:#x}", size(ram.size), ram.base)?;
        writeln!(f, "image     {image_id:016x}, loaded at {:#x}", self.manifest.load_address)?;
        writeln!(f, "source    {} {}{dirty}", built.version, built.revision)?;
        writeln!(f, "compiler  {}", built.rustc)?;
        if !built.cargo.is_empty() {
            writeln!(f, "cargo     {}", built.cargo)?;
        }
        writeln!(f, "linker    {}", built.linker)?;
        crates(f, &built.crates)?;
        writeln!(f, "\n{} tasks", tasks.len())?;
        let columns = ["id", "prio", "task", "crate", "code", "vars", "stack", "restart"];
        let align = [Align::Right, Align::Right, Align::Left, Align::Left];
        let align = align.into_iter().chain([Align::Right; 3]).chain([Align::Left]);
        let columns: Vec<_> = columns.into_iter().zip(align).collect();
        let mut table = Table::new(&columns);
        for task in tasks {
            table.row(row(task));
        }
        write!(f, "{table}")?;
        tasks.iter().try_for_each(|task| connections(f, task, self.manifest))
    }
}

/// The crates by licence.
fn crates(f: &mut fmt::Formatter<'_>, all: &[Crate]) -> fmt::Result {
    if all.is_empty() {
        return Ok(());
    }
    let mut by_licence: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in all {
        let crates = by_licence.entry(&one.licence).or_default();
        crates.push(format!("{} {}", one.name, one.version));
    }
    writeln!(f, "\n{} crates (more of them: sbom.spdx.json in the archive)", all.len())?;
    by_licence.iter().try_for_each(|(licence, crates)| {
        let licence = if licence.is_empty() { "no licence named" } else { licence };
        writeln!(f, "  {licence}: {}", crates.join(", "))
    })
}

fn row(task: &Task) -> [String; 8] {
    let bytes = |name: &str| {
        let regions = task.regions.iter().filter(|region| region.name == name);
        size(regions.map(|region| region.size).sum())
    };
    [
        task.index.to_string(),
        task.priority.to_string(),
        task.name.clone(),
        task.krate.clone(),
        bytes("text"),
        bytes("data"),
        bytes("stack"),
        task.restart.clone(),
    ]
}

/// What a task has to do with others.
fn connections(f: &mut fmt::Formatter<'_>, task: &Task, all: &Manifest) -> fmt::Result {
    let mut lines = Vec::new();
    let bits = task.notifications.iter().enumerate();
    let bits: Vec<_> = bits.map(|(bit, name)| format!("{name} = bit {bit}")).collect();
    let interrupts = task.interrupts.iter();
    let interrupts: Vec<_> = interrupts
        .map(|interrupt| {
            format!("{} = {} (bit {})", interrupt.source, interrupt.irq, interrupt.bit)
        })
        .collect();
    let slots: Vec<_> =
        task.slots.iter().map(|slot| format!("{} = {}", slot.name, slot.task)).collect();
    let mounts = task.grants.iter().flat_map(|grants| &grants.mounts);
    let mounts: Vec<_> = mounts
        .map(|mount| {
            let access = if mount.write { "rw" } else { "r" };
            format!("{} = {}:{} {access}", mount.path, mount.task, mount.subtree)
        })
        .collect();
    let devices: Vec<_> = task
        .regions
        .iter()
        .filter(|region| crate::space::is_device(region))
        .map(|region| format!("{} at {:#x}", region.name, region.physical))
        .collect();
    let budget = task.budget.iter().map(|budget| pace(budget, all)).collect();
    let slice = Some(task.slice_ns).filter(|&slice| slice != 0);
    let slice = slice.map(|slice| format!("{}, then its equals have their turn", duration(slice)));
    let fpu = task.fpu.then(|| "floating-point registers".to_owned());
    let all = [
        ("notifications", bits),
        ("interrupts", interrupts),
        ("slots", slots),
        ("mounts", mounts),
        ("devices", devices),
        ("serves", task.serves.clone()),
        ("budget", budget),
        ("time slice", slice.into_iter().collect()),
        ("fpu", fpu.into_iter().collect()),
    ];
    for (what, list) in all.iter().filter(|(_, list)| !list.is_empty()) {
        lines.push(format!("  {what:<14} {}", list.join(", ")));
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{}\n{}", task.name, lines.join("\n"))
}

fn pace(budget: &Budget, all: &Manifest) -> String {
    let times = format!("{} in every {}", duration(budget.run_ns), duration(budget.every_ns));
    match super::bits::listed(all.tasks.first(), budget.bits) {
        bits if bits.is_empty() => times,
        bits => format!("{times}; the supervisor gets {bits}"),
    }
}
