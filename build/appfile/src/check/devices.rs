//! Who owns which device. One page has one owner, because pages are what is mapped.

use super::Context;
use crate::app::{DeviceUse, Table};
use crate::board::{Board, Device};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Place};
use crate::suggest;

const TABLES: [Table; 2] = [Table::Tasks, Table::Regions];

/// What a task's `uses` gives it.
#[derive(Default)]
pub(super) struct Uses {
    pub devices: Vec<DeviceUse>,
    pub tables: Vec<Table>,
}

/// A device that has found its owner.
struct Owned<'a> {
    device: &'a Device,
    task: usize,
    place: Place,
}

/// The devices and tables of every task.
pub(super) fn resolve(cx: Context<'_>) -> Vec<Uses> {
    let mut owned = Vec::new();
    cx.tasks()
        .map(|(index, task)| {
            let mut uses = Uses::default();
            for (resource, name) in &task.uses {
                resolve_one(cx, index, resource, name, &mut uses, &mut owned);
            }
            uses
        })
        .collect()
}

fn resolve_one<'a>(
    cx: Context<'a>,
    task: usize,
    resource: &At<String>,
    name: &At<String>,
    uses: &mut Uses,
    owned: &mut Vec<Owned<'a>>,
) {
    if let Some(table) = TABLES.iter().find(|table| table.name() == name.value) {
        if resource.value != name.value {
            renamed_table(cx, resource, name);
        }
        uses.tables.push(*table);
        return;
    }
    let Some(board) = cx.board else { return };
    let Some(device) = board.device(&name.value) else {
        unknown(cx, board, name);
        return;
    };
    let own = Owned { device, task, place: name.place };
    if owned.iter().all(|other| are_apart(cx, &own, other)) {
        owned.push(own);
    }
    let Device { name, address, size, .. } = device.clone();
    let dma = board.devices.iter().any(|other| other.dma && share_a_page(device, other));
    let resource = resource.value.clone();
    uses.devices.push(DeviceUse { name, resource, address, size, dma });
}

fn renamed_table(cx: Context<'_>, resource: &At<String>, name: &At<String>) {
    let message = format!("table `{}` has one name", name.value);
    let label = "a table is what it is called";
    let help = format!("write `{0} = \"{0}\"`", name.value);
    cx.log.add(Diagnostic::new(Code::UnknownDevice, message, resource.place, label).help(help));
}

pub(super) fn unknown(cx: Context<'_>, board: &Board, name: &At<String>) {
    let message = format!("board `{}` has no device `{}`", board.name, name.value);
    let devices = board.devices.iter().map(|device| device.name.as_str());
    let known = devices.chain(TABLES.map(Table::name));
    cx.log.add(
        Diagnostic::new(Code::UnknownDevice, message, name.place, "neither device nor table")
            .maybe_help(suggest::help(&name.value, "there are", known)),
    );
}

/// Whether the new owner takes nothing from an earlier one.
fn are_apart(cx: Context<'_>, new: &Owned<'_>, old: &Owned<'_>) -> bool {
    if new.task == old.task {
        return true;
    }
    let owner = |owned: &Owned<'_>| &cx.app.tasks[owned.task].name.value;
    let (new_device, old_device) = (&new.device.name, &old.device.name);
    let (code, message, help) = if new_device == old_device {
        let message = format!("device `{new_device}` has two owners");
        (Code::DeviceOwners, message, "let one task own it and serve the other")
    } else if share_a_page(new.device, old.device) {
        let message = format!("devices `{new_device}` and `{old_device}` are in one page");
        (Code::PageOwners, message, "give both to one task, or use a device in another page")
    } else {
        return true;
    };
    let mistake = Diagnostic::new(code, message, new.place, format!("`{}`", owner(new)));
    cx.log.add(mistake.also(old.place, format!("`{}`", owner(old))).help(help));
    false
}

fn share_a_page(a: &Device, b: &Device) -> bool {
    let first = |device: &Device| device.address / config::PAGE;
    let last = |device: &Device| (device.address + device.size - 1) / config::PAGE;
    first(a) <= last(b) && first(b) <= last(a)
}
