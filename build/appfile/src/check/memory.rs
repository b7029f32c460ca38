//! Regions: who shares them, and whether what has a fixed address lies where memory is free.

use super::Context;
use crate::app::{Access, RegionUse};
use crate::board::Board;
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::{RawRegion, RawShare, RawTask, overlap};
use crate::suggest;
use crate::units::{show_address, show_size};

/// The regions of every task.
pub(super) fn resolve(cx: Context<'_>) -> Vec<Vec<RegionUse>> {
    for region in &cx.app.regions {
        region.dma.iter().for_each(|device| reached(cx, region, device));
    }
    for (number, region) in cx.app.regions.iter().enumerate() {
        placement(cx, number, region);
        unmoved(cx, region);
    }
    if let Some(board) = cx.board {
        sizes(cx, board);
    }
    let of_task = |(_, task): (usize, &RawTask)| {
        let uses = task.regions.iter().inspect(|share| {
            unwritten(cx, share);
            for_devices(cx, task, share);
        });
        let resolved = uses.filter_map(|share| {
            let (region, resource) = (find(cx, &share.region)?, share.resource.value.clone());
            Some(RegionUse { resource, region, access: share.access })
        });
        twice(cx, task);
        too_many(cx, task);
        resolved.collect()
    };
    cx.tasks().map(of_task).collect()
}

/// A device only reaches where its driver tells it to, so the driver must have the region too.
fn reached(cx: Context<'_>, region: &RawRegion, device: &At<String>) {
    let Some(board) = cx.board else { return };
    let (name, place) = (&region.name.value, device.place);
    let Some(found) = board.device(&device.value) else {
        return super::devices::unknown(cx, board, device);
    };
    if !found.dma {
        let message = format!("device `{}` does not reach memory", device.value);
        let label = "the board says so";
        let mistake = Diagnostic::new(Code::NoDma, message, place, label);
        return cx.log.add(mistake.help(format!("remove it from the `dma` of region `{name}`")));
    }
    let uses = |task: &&RawTask| task.uses.iter().any(|(_, used)| used.value == device.value);
    let owner = cx.app.tasks.iter().find(uses);
    let (message, label, help) = match owner {
        None => (
            format!("device `{}` reaches region `{name}`, and no task owns it", device.value),
            "nobody tells it where to write".to_owned(),
            "give the device to a task, in `uses`".to_owned(),
        ),
        Some(owner) if !owner.regions.iter().any(|share| share.region.value == *name) => (
            format!("device `{}` reaches region `{name}`, and its owner does not", device.value),
            format!("owned by `{}`", owner.name.value),
            format!("give `{}` the region: regions = {{ {name} = \"dma\" }}", owner.name.value),
        ),
        Some(_) => return,
    };
    cx.log.add(Diagnostic::new(Code::OrphanRegion, message, place, label).help(help));
}

fn find(cx: Context<'_>, name: &At<String>) -> Option<usize> {
    let regions = &cx.app.regions;
    let found = regions.iter().position(|region| region.name.value == name.value);
    if found.is_none() {
        let message = format!("there is no region `{}`", name.value);
        let known = regions.iter().map(|region| region.name.value.as_str());
        let help = suggest::help(&name.value, "the regions are", known)
            .unwrap_or_else(|| format!("add a table [regions.{}]", name.value));
        let mistake = Diagnostic::new(Code::UnknownRegion, message, name.place, "no such region");
        cx.log.add(mistake.help(help));
    }
    found
}

/// What is part of the image lies where the image does, and no device writes it.
fn unmoved(cx: Context<'_>, region: &RawRegion) {
    let Some(file) = &region.file else { return };
    let address = region.address.as_ref().map(|address| ("`address`", address.place));
    let dma = region.dma.first().map(|device| ("`dma`", device.place));
    let Some((key, place)) = address.or(dma) else { return };
    let message = format!("region `{}` has contents and {key}", region.name.value);
    let mistake = Diagnostic::new(Code::Contents, message, place, "not with `file`");
    let mistake = mistake.also(file.place, "these are in the image");
    cx.log.add(mistake.help("copy what must lie elsewhere, or change, to another region"));
}

/// Nobody writes what is part of the image.
fn unwritten(cx: Context<'_>, share: &RawShare) {
    let name = &share.region;
    let region = cx.app.regions.iter().find(|region| region.name.value == name.value);
    let file = region.and_then(|region| region.file.as_ref());
    let Some(file) = file.filter(|_| share.access == Access::Write) else { return };
    let message = format!("region `{}` has contents, and a task writes it", name.value);
    let mistake = Diagnostic::new(Code::Contents, message, name.place, "this is to be \"r\"");
    let mistake = mistake.also(file.place, "these are in the image");
    cx.log.add(mistake.help("copy it to a region that the task has as \"rw\""));
}

/// Of a region that a task has for devices, some device reaches it: its own, if it has such a device.
fn for_devices(cx: Context<'_>, task: &RawTask, share: &RawShare) {
    let region = cx.app.regions.iter().find(|region| region.name.value == share.region.value);
    let (Some(region), Some(board)) = (region.filter(|_| share.access == Access::Dma), cx.board)
    else {
        return;
    };
    let (task, own) = (&task.name.value, task.uses.iter().map(|(_, device)| device.value.as_str()));
    let own: Vec<_> =
        own.filter(|name| board.device(name).is_some_and(|device| device.dma)).collect();
    let reaches = |name: &&str| region.dma.iter().any(|device| device.value == **name);
    if own.iter().any(reaches) || (own.is_empty() && !region.dma.is_empty()) {
        return;
    }
    let name = &region.name.value;
    let (who, device) = match own.first() {
        Some(device) => (format!("no device of `{task}`"), *device),
        None => ("no device".to_owned(), "virtio0"),
    };
    let message = format!("`{task}` has region `{name}` for devices, and {who} reaches it");
    let mistake =
        Diagnostic::new(Code::OrphanRegion, message, share.resource.place, "this is \"dma\"");
    let mistake = mistake.also(region.name.place, "its `dma` names who reaches it");
    cx.log.add(mistake.help(format!("add dma = [\"{device}\"] to [regions.{name}]")));
}

/// A region is once in an address space.
fn twice(cx: Context<'_>, task: &RawTask) {
    for (index, share) in task.regions.iter().enumerate() {
        let same = |other: &&RawShare| other.region.value == share.region.value;
        let Some(first) = task.regions.iter().take(index).find(same) else { continue };
        let (task, region) = (&task.name.value, &share.region.value);
        let message = format!("task `{task}` has region `{region}` twice");
        let mistake =
            Diagnostic::new(Code::Duplicate, message, share.resource.place, "once is enough");
        cx.log.add(mistake.also(first.resource.place, "here before").help("remove one"));
    }
}

/// A task's record of regions for devices has so many places.
fn too_many(cx: Context<'_>, task: &RawTask) {
    let for_devices = task.regions.iter().filter(|share| share.access == Access::Dma);
    let Some(share) = { for_devices }.nth(config::SHARES) else { return };
    let task = &task.name.value;
    let message = format!("task `{task}` has more than {} regions for devices", config::SHARES);
    let place = share.resource.place;
    let mistake = Diagnostic::new(Code::OrphanRegion, message, place, "one too many");
    cx.log.add(mistake.help("let fewer of its clients have regions, or share one"));
}

/// What one fixed region lies on, if anything: the first answer is enough.
fn placement(cx: Context<'_>, number: usize, region: &RawRegion) {
    let (Some(address), Some(size)) = (&region.address, &region.size) else { return };
    if address.value % config::PAGE != 0 {
        let message = format!("region `{}` begins in the middle of a page", region.name.value);
        let label = "not a multiple of 0x1000";
        let near = show_address(address.value.next_multiple_of(config::PAGE));
        let mistake = Diagnostic::new(Code::Unaligned, message, address.place, label);
        cx.log.add(mistake.help(format!("the next page begins at {near}")));
        return;
    }
    on_another_region(cx, number, region, address, size.value);
    if let Some(board) = cx.board {
        on_the_board(cx, board, region, address, size.value);
    }
}

fn on_another_region(
    cx: Context<'_>,
    number: usize,
    region: &RawRegion,
    address: &At<u64>,
    size: u64,
) {
    for other in &cx.app.regions[..number] {
        let (Some(base), Some(length)) = (&other.address, &other.size) else { continue };
        if overlap(address.value, size, base.value, length.value) {
            let (new, old) = (&region.name.value, &other.name.value);
            let message = format!("region `{new}` overlaps region `{old}`");
            let span = |base: u64, size: u64| {
                format!("{} to {}", show_address(base), show_address(base + size - 1))
            };
            let mistake = Diagnostic::new(
                Code::RegionOverlap,
                message,
                address.place,
                span(address.value, size),
            );
            let mistake = mistake.also(base.place, span(base.value, length.value));
            let free = show_address(base.value + length.value);
            cx.log.add(mistake.help(format!("`{old}` ends before {free}")));
        }
    }
}

fn on_the_board(cx: Context<'_>, board: &Board, region: &RawRegion, address: &At<u64>, size: u64) {
    let name = &region.name.value;
    let (base, ram) = (address.value, board.ram);
    let device = board.devices.iter().find(|d| overlap(base, size, d.address, d.size));
    let inside = base >= ram.base && base + size <= ram.base + ram.size;
    let (code, message) = if let Some(device) = device {
        (Code::RegionOverlap, format!("region `{name}` overlaps device `{}`", device.name))
    } else if !inside {
        (Code::OutsideRam, format!("region `{name}` is not in RAM"))
    } else if overlap(base, size, board.load_address(), config::PAGE) {
        (Code::RegionOverlap, format!("region `{name}` lies where the image is loaded"))
    } else {
        return;
    };
    let label = format!("{} from {}", show_size(size), show_address(base));
    let end = show_address(ram.base + ram.size - 1);
    let help = format!(
        "RAM of `{}` is {} to {end}; the image grows upwards from {}",
        board.name,
        show_address(ram.base),
        show_address(board.load_address())
    );
    cx.log.add(Diagnostic::new(code, message, address.place, label).help(help));
}

/// Nothing can be larger than all of RAM.
fn sizes(cx: Context<'_>, board: &Board) {
    let of_regions = cx.app.regions.iter().map(|region| ("a region", &region.size));
    let of_tasks =
        cx.app.tasks.iter().flat_map(|task| [("a stack", &task.stack), ("`dma`", &task.dma)]);
    for (what, size) in of_regions.chain(of_tasks) {
        let Some(size) = size.as_ref().filter(|size| size.value > board.ram.size) else { continue };
        let message = format!("{what} is larger than the memory of `{}`", board.name);
        let label = format!("RAM is {}", show_size(board.ram.size));
        cx.log.add(Diagnostic::new(Code::OutsideRam, message, size.place, label));
    }
}
