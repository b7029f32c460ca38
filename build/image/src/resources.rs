//! A task's resources: what it asks for against what `app.toml` gives, and the values.
//!
//! The task's ELF has a manifest of `KIND NAME` lines and room for their records; see
//! `userlib::resources`.

use crate::elf::Elf;
use crate::place::TableBytes;
use anyhow::{Result, bail};
use appfile::App;
use appfile::app::Task;
use layout::{Kind, Layout};
use pagetable::PAGE;

/// A resource that `app.toml` gives.
struct Given {
    kind: &'static str,
    /// As Rust spells it.
    name: String,
    /// The key in `app.toml`.
    key: &'static str,
    /// Whether it makes no sense unless the task knows of it.
    needed: bool,
    /// Pairs of words, one or two.
    records: Vec<[u64; 2]>,
}

/// A resource that a task takes.
struct Taken<'e> {
    kind: &'e str,
    name: &'e str,
}

/// The bytes of each task's records. All disagreements between tasks and `app.toml` are reported
/// at once.
pub fn records(
    app: &App,
    layout: &Layout,
    tables: &TableBytes,
    tasks: &[Elf],
) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    let mut mistakes = Vec::new();
    for (index, elf) in tasks.iter().enumerate() {
        let task = &app.tasks[index];
        let taken = taken(elf, &task.name)?;
        let given = given(app, layout, tables, index);
        complain(task, &given, &taken, &mut mistakes);
        let bytes = bytes(&given, &taken);
        let room = elf.symbol("__resources_end")?.saturating_sub(elf.symbol("__resources")?);
        if mistakes.is_empty() && room != bytes.len() as u64 {
            bail!(
                "task `{}` has {room} bytes for resources that take {}: was it built from other \
                 sources than this tool?",
                task.name,
                bytes.len()
            );
        }
        all.push(bytes);
    }
    if mistakes.is_empty() { Ok(all) } else { bail!(mistakes.join("\n")) }
}

/// Writes the records of one task.
pub fn fill(task: &mut Elf, records: &[u8]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    task.patch(".rodata", task.symbol("__resources")?, records)
}

fn taken<'e>(elf: &'e Elf, task: &str) -> Result<Vec<Taken<'e>>> {
    let Ok(text) = std::str::from_utf8(elf.contents(".aidos.manifest")) else {
        bail!("task `{task}`: the list of its resources is damaged");
    };
    let mut all: Vec<Taken<'e>> = Vec::new();
    for line in text.lines() {
        let Some((kind, name)) = line.split_once(' ') else {
            bail!("task `{task}`: the list of its resources is damaged at `{line}`");
        };
        if all.iter().any(|taken| taken.kind == kind && taken.name == name) {
            bail!("task `{task}` takes the {kind} `{name}` twice");
        }
        all.push(Taken { kind, name });
    }
    Ok(all)
}

impl Given {
    fn is(&self, taken: &Taken<'_>) -> bool {
        self.kind == taken.kind && self.name == taken.name
    }
}

fn bytes(given: &[Given], taken: &[Taken<'_>]) -> Vec<u8> {
    let found = taken.iter().filter_map(|taken| given.iter().find(|given| given.is(taken)));
    let words = found.flat_map(|given| given.records.iter().flatten());
    words.flat_map(|word| word.to_le_bytes()).collect()
}

fn complain(task: &Task, given: &[Given], taken: &[Taken<'_>], mistakes: &mut Vec<String>) {
    let name = &task.name;
    for taken in taken {
        if !given.iter().any(|given| given.is(taken)) {
            mistakes.push(format!(
                "task `{name}` takes the {} `{}`, which app.toml does not give it: add {} to \
                 [tasks.{name}], or take the field out of its `resources!`",
                taken.kind,
                taken.name,
                what_to_add(taken)
            ));
        }
    }
    for given in given.iter().filter(|given| given.needed) {
        if !taken.iter().any(|taken| given.is(taken)) {
            mistakes.push(format!(
                "app.toml gives task `{name}` the {} `{}`, which it does not take: remove it from \
                 `{}` of [tasks.{name}], or add the field `{}: {}` to its `resources!`",
                given.kind,
                toml_name(&given.name),
                given.key,
                given.name,
                type_of(given.kind)
            ));
        }
    }
}

fn what_to_add(taken: &Taken<'_>) -> String {
    let name = toml_name(taken.name);
    match taken.kind {
        "device" | "table" => format!("`uses = [\"{name}\"]`"),
        "notification" => format!(
            "`notifications = [\"{name}\"]`, or `interrupts = {{ \"DEVICE.INTERRUPT\" = \"{name}\" }}`,"
        ),
        "slot" => format!("`task-slots = {{ {name} = \"TASK\" }}`"),
        "dma" => "`dma = \"SIZE\"`".to_owned(),
        "region" => format!("`regions = {{ {name} = \"rw\" }}`"),
        _ => format!("`{name}`"),
    }
}

/// The type of `userlib` for a kind of resource.
fn type_of(kind: &str) -> String {
    let mut name = kind.to_owned();
    name[..1].make_ascii_uppercase();
    name
}

fn rust_name(name: &str) -> String {
    name.replace('-', "_")
}

fn toml_name(name: &str) -> String {
    name.replace('_', "-")
}

fn given(app: &App, layout: &Layout, tables: &TableBytes, index: usize) -> Vec<Given> {
    let task = &app.tasks[index];
    let mut all = notifications(task);
    let mut give = |kind, name: &str, key, records| {
        all.push(Given { kind, name: rust_name(name), key, needed: true, records });
    };
    for slot in &task.slots {
        give("slot", &slot.name, "task-slots", vec![[slot.target as u64, 0]]);
    }
    let place = &layout.tasks[index];
    let mapping = |name: &str, kind| {
        let found = place.regions.iter().find(|region| region.name == name && region.kind == kind);
        found.map(|region| region.mapping)
    };
    for device in &task.devices {
        if let Some(mapping) = mapping(&device.name, Kind::Device) {
            let base = mapping.address + device.address % PAGE;
            give("device", &device.name, "uses", vec![[base, device.size]]);
        }
    }
    if let Some(dma) = mapping("dma", Kind::Dma) {
        give("dma", "dma", "dma", vec![[dma.address, dma.size], [dma.physical, 0]]);
    }
    for (table, bytes) in tables.iter().filter(|(table, _)| task.tables.contains(table)) {
        if let Some(mapping) = mapping(table.name(), Kind::Private) {
            give("table", table.name(), "uses", vec![[mapping.address, bytes.len() as u64]]);
        }
    }
    for share in &task.regions {
        let (region, place) = (&app.regions[share.region], &layout.shared[share.region].mapping);
        let records = vec![[place.address, place.size], [place.physical, 0]];
        give("region", &region.name, "regions", records);
    }
    all
}

/// A bit may be there for others only, unless an interrupt or a restart sets it.
fn notifications(task: &Task) -> Vec<Given> {
    let mut all = Vec::new();
    for (bit, name) in task.notifications.iter().enumerate() {
        let bit = bit as u32;
        let key = if task.interrupts.iter().any(|interrupt| interrupt.bit == bit) {
            "interrupts"
        } else if task.on_restart.iter().any(|&(_, heard)| heard == bit) {
            "on-restart"
        } else {
            "notifications"
        };
        all.push(Given {
            kind: "notification",
            name: rust_name(name),
            key,
            needed: key != "notifications",
            records: vec![[1 << bit, 0]],
        });
    }
    all
}
