//! A task's resources: what it asks for against what `app.toml` gives, and the values.
//!
//! The task's ELF has a manifest of `KIND NAME` lines and room for their records; see
//! `userlib::resources`.

use crate::elf::Elf;
use anyhow::{Result, bail};
use appfile::App;
use layout::Layout;
use pagetable::PAGE;

/// One or two records of two words.
type Records = Vec<[u64; 2]>;

/// A resource that `app.toml` gives.
struct Given {
    kind: &'static str,
    name: String,
    /// The key in `app.toml`.
    key: &'static str,
    records: Records,
}

/// Compares and fills in.
pub fn fill(app: &App, layout: &Layout, index: usize, elf: &mut Elf) -> Result<()> {
    let task = &app.tasks[index].name;
    let given = given(app, layout, index);
    let wanted = wanted(elf.contents(".aidos.manifest"), task)?;
    complain(task, &given, &wanted)?;
    let mut bytes = Vec::new();
    for (kind, name) in &wanted {
        let found = given.iter().find(|given| given.kind == kind && &given.name == name);
        for word in found.iter().flat_map(|found| found.records.iter().flatten()) {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
    }
    if bytes.is_empty() {
        return Ok(());
    }
    elf.patch(".rodata", elf.symbol("__resources")?, &bytes)
}

fn wanted(manifest: &[u8], task: &str) -> Result<Vec<(String, String)>> {
    let text = std::str::from_utf8(manifest).unwrap_or("");
    let mut wanted = Vec::new();
    for line in text.lines() {
        let Some((kind, name)) = line.split_once(' ') else {
            bail!("task `{task}`: its manifest is damaged at `{line}`");
        };
        wanted.push((kind.to_owned(), name.to_owned()));
    }
    Ok(wanted)
}

fn complain(task: &str, given: &[Given], wanted: &[(String, String)]) -> Result<()> {
    let mut mistakes = Vec::new();
    for (kind, name) in wanted {
        if !given.iter().any(|given| given.kind == kind && &given.name == name) {
            mistakes.push(format!(
                "task `{task}` takes the {kind} `{name}`, which app.toml does not give it: add it \
                 to `{}` of [tasks.{task}]",
                key_of(kind)
            ));
        }
    }
    for Given { kind, name, key, .. } in given {
        // A notification may be there for others only.
        let taken = wanted.iter().any(|(wanted, by)| wanted == kind && by == name);
        if !taken && *kind != "notification" {
            mistakes.push(format!(
                "app.toml gives task `{task}` the {kind} `{name}`, which it does not take: remove \
                 it from `{key}` of [tasks.{task}], or name it in the task's `resources!`"
            ));
        }
    }
    if mistakes.is_empty() { Ok(()) } else { bail!(mistakes.join("\n")) }
}

fn key_of(kind: &str) -> &'static str {
    match kind {
        "device" | "table" => "uses",
        "slot" => "task-slots",
        "dma" => "dma",
        "region" => "regions",
        _ => "notifications",
    }
}

/// A name as Rust spells it.
fn rust_name(name: &str) -> String {
    name.replace('-', "_")
}

fn given(app: &App, layout: &Layout, index: usize) -> Vec<Given> {
    let task = &app.tasks[index];
    let mut all = Vec::new();
    let mut give = |kind, name: &str, key, records: Records| {
        all.push(Given { kind, name: rust_name(name), key, records });
    };
    for (bit, name) in task.notifications.iter().enumerate() {
        give("notification", name, "notifications", vec![[1 << bit, 0]]);
    }
    for slot in &task.slots {
        give("slot", &slot.name, "task-slots", vec![[slot.target as u64, 0]]);
    }
    let place = &layout.tasks[index];
    let mapping = |name: &str| place.region(name).map(|region| region.mapping);
    for device in &task.devices {
        if let Some(mapping) = mapping(&device.name) {
            let base = mapping.address + device.address % PAGE;
            give("device", &device.name, "uses", vec![[base, device.size]]);
        }
    }
    if let Some(dma) = mapping("dma") {
        give("dma", "dma", "dma", vec![[dma.address, dma.size], [dma.physical, 0]]);
    }
    for table in &task.tables {
        let size = table_size(layout, *table);
        if let Some(mapping) = mapping(table.name()) {
            give("table", table.name(), "uses", vec![[mapping.address, size]]);
        }
    }
    for share in &task.regions {
        let (region, place) = (&app.regions[share.region], &layout.shared[share.region].mapping);
        let records = vec![[place.address, place.size], [place.physical, 0]];
        give("region", &region.name, "regions", records);
    }
    all
}

fn table_size(layout: &Layout, table: appfile::app::Table) -> u64 {
    let found = layout.tables.iter().find(|(made, ..)| *made == table);
    found.map_or(0, |(_, span)| span.size)
}
