//! What a task's object declares, and the values of its resources.
//!
//! The task's ELF has a manifest of `KIND NAME` lines and room for their records; see
//! `userlib::resources` and `userlib::settings`.

use crate::elf::Elf;
use crate::mounts;
use crate::place::TableBytes;
use anyhow::{Result, anyhow, bail};
use appfile::app::{Access, RegionUse, Task};
use appfile::{App, Declared, StackNeed, Take};
use config::{RegionFacts, SHARE_RECORDS, ShareDesc, TaskBitmap};
use layout::{Kind, Layout};
use pagetable::PAGE;

/// One resource for all regions that the task has for devices.
const SHARES: &str = "shares";

/// A resource that `app.toml` gives.
struct Given {
    kind: &'static str,
    /// As Rust spells it.
    name: String,
    /// Pairs of words, one or two.
    records: Vec<[u64; 2]>,
}

/// What a task's object says of itself.
pub fn declared(elf: &Elf, task: &Task) -> Result<Declared> {
    let name = &task.name;
    let text = |section| std::str::from_utf8(elf.contents(section)).ok();
    let texts = text(".aidos.manifest").zip(text(".aidos.config.type"));
    let Some((resources, config)) = texts else {
        bail!("task `{name}`: what it declares is damaged");
    };
    let declared = Declared::read(resources, config)
        .map_err(|trouble| anyhow!("task `{name}`: what it declares: {trouble}"))?;
    Ok(Declared { stack: stack(elf, task), ..declared })
}

/// How much stack a task can need; nothing if nobody shall look.
fn stack(elf: &Elf, task: &Task) -> Result<StackNeed, String> {
    let Some(check) = &task.stack_check else { return Ok(StackNeed::default()) };
    let said =
        stackdepth::Declared { calls: check.calls.clone(), recursion: check.recursion.clone() };
    let estimate = stackdepth::estimate(&elf.bytes, stackdepth::Entry::Start, &said)
        .map_err(|why| format!("{why:#}"))?;
    let path = estimate.path.into_iter().map(|step| (step.name, step.bytes)).collect();
    let stackdepth::Estimate { plain, formatting, most, .. } = estimate;
    Ok(StackNeed { plain, formatting, most, path })
}

/// The bytes of each task's resource records, once tasks and app agree.
pub fn records(
    app: &App,
    layout: &Layout,
    tables: &TableBytes,
    tasks: &[Declared],
) -> Vec<Vec<u8>> {
    let of_task = |(index, declared): (usize, &Declared)| {
        let given = given(app, layout, tables, index);
        let found = declared.takes.iter().filter_map(|take| given.iter().find(|one| one.is(take)));
        let words = found.flat_map(|given| given.records.iter().flatten());
        words.flat_map(|word| word.to_le_bytes()).collect()
    };
    tasks.iter().enumerate().map(of_task).collect()
}

/// Writes records into the room between the symbols `__NAME` and `__NAME_end`.
pub fn fill(task: &mut Elf, name: &str, records: &[u8]) -> Result<()> {
    let symbol = |end| task.symbol(&format!("__{name}{end}"));
    let (start, end) = (symbol("")?, symbol("_end")?);
    let room = end.saturating_sub(start);
    if room != records.len() as u64 {
        bail!(
            "a task has {room} bytes for its {name}, which takes {}: was it built from other \
             sources than this tool?",
            records.len()
        );
    }
    if records.is_empty() {
        return Ok(());
    }
    task.patch(".rodata", start, records)
}

/// As [`fill`], for who hears of a server's events. One that raises none has no room for that.
pub fn fill_events(task: &mut Elf, listeners: &[u8]) -> Result<()> {
    let raises = task.symbol("__events_end")? > task.symbol("__events")?;
    if raises {
        return fill(task, "events", listeners);
    }
    if listeners.iter().any(|&byte| byte != 0) {
        bail!("it raises none of its events, and a task wants to hear of one: see `events`");
    }
    Ok(())
}

impl Given {
    fn is(&self, take: &Take) -> bool {
        self.kind == take.kind && (self.kind == SHARES || self.name == take.name)
    }
}

fn rust_name(name: &str) -> String {
    name.replace('-', "_")
}

fn given(app: &App, layout: &Layout, tables: &TableBytes, index: usize) -> Vec<Given> {
    let task = &app.tasks[index];
    let mut all = Vec::new();
    let mut give = |kind, name: &str, records| {
        all.push(Given { kind, name: rust_name(name), records });
    };
    for (bit, name) in task.notifications.iter().enumerate() {
        give("notification", name, vec![[1 << bit, 0]]);
    }
    for slot in &task.slots {
        give("slot", &slot.name, vec![[slot.target as u64, 0]]);
    }
    for sender in &task.senders {
        give("sender", &sender.name, vec![[sender.target as u64, 0]]);
    }
    give("mounts", "mounts", mounts::client(task));
    give("mounted", "mounted", mounts::server(app, index));
    let place = &layout.tasks[index];
    let mapping = |name: &str, kind| {
        let found = place.regions.iter().find(|region| region.name == name && region.kind == kind);
        found.map(|region| region.mapping)
    };
    for device in &task.devices {
        if let Some(mapping) = mapping(&device.name, Kind::Device) {
            let base = mapping.address + device.address % PAGE;
            give("device", &device.resource, vec![[base, device.size]]);
        }
    }
    if let Some(dma) = mapping("dma", Kind::Dma) {
        give("dma", "dma", vec![[dma.address, dma.size], [dma.physical, 0]]);
    }
    for (table, bytes) in tables.iter().filter(|(table, _)| task.tables.contains(table)) {
        if let Some(mapping) = mapping(table.name(), Kind::Private) {
            give("table", table.name(), vec![[mapping.address, bytes.len() as u64]]);
        }
    }
    for share in task.regions.iter().filter(|share| share.access.is_mapped()) {
        let place = &layout.shared[share.region].mapping;
        let facts = RegionFacts { number: share.region as u32, alone: alone(app, index, share) };
        let records = vec![[place.address, place.size], [place.physical, facts.encode()]];
        give("region", &share.resource, records);
    }
    give(SHARES, SHARES, shares(app, layout, index));
    all
}

/// Whether a task writes a region that nobody else but devices has.
fn alone(app: &App, index: usize, share: &RegionUse) -> bool {
    let has = |task: &Task| {
        task.regions.iter().any(|other| other.region == share.region && other.access.is_mapped())
    };
    // Who gave it its place may know it, too.
    share.access.writes()
        && app.regions[share.region].address.is_none()
        && !app.tasks.iter().enumerate().any(|(other, task)| other != index && has(task))
}

/// The regions that a task has for devices: of each where it is, which, and which other tasks may
/// name it. A read-only sharer has no business telling devices to write.
fn shares(app: &App, layout: &Layout, index: usize) -> Vec<[u64; 2]> {
    let own = app.tasks[index].regions.iter().filter(|share| share.access == Access::Dma);
    let mut records: Vec<[u64; 2]> = Vec::new();
    for share in own {
        let place = &layout.shared[share.region].mapping;
        let mut clients = TaskBitmap::EMPTY;
        for (other, task) in app.tasks.iter().enumerate().filter(|(other, _)| *other != index) {
            let names = |it: &RegionUse| it.region == share.region && it.access != Access::Read;
            if task.regions.iter().any(names) {
                clients.insert(other);
            }
        }
        let (physical, size, number) = (place.physical, place.size, share.region as u32);
        records.extend(ShareDesc { physical, size, number, clients }.encode());
    }
    records.resize(config::SHARES * SHARE_RECORDS, [0; 2]);
    records
}
