//! Board files.

use crate::board::{Board, Conduit, Device, DeviceInterrupt, Gic, Qemu, Ram, Window};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log, Place};
use crate::reader::{Value, read_root};
use crate::schema::{BOARD, FIRST_SHARED, Kind};
use crate::tree::Entry;
use crate::units::{MAX_SIZE, pages, show_address};
use crate::words::check_name;

const CONDUITS: [(&str, Conduit); 2] = [("hvc", Conduit::Hvc), ("smc", Conduit::Smc)];
const TRIGGERS: [(&str, bool); 2] = [("level", false), ("edge", true)];
const BLOCK: u64 = 2 << 20;

/// Reads a board. `None` if anything is wrong with it.
pub(crate) fn parse(tree: &[Entry], text: &str, file: usize, log: &Log) -> Option<Board> {
    read_root(tree, file, log, "the board", &BOARD, |board| {
        let name = board.get("name").and_then(|value| value.name());
        let arch = board.get("arch").and_then(|value| value.choice(&[("aarch64", ())]));
        let coherent = board.get("dma-coherent").and_then(|value| value.boolean());
        let ram = board.get("ram").and_then(|value| ram(&value));
        let gic = board.get("interrupt-controller").and_then(|value| gic(&value));
        let timer = board.get("timer").and_then(|value| timer(&value));
        let psci = board.get("psci").and_then(|value| psci(&value));
        let count = gic.as_ref().map_or(crate::schema::FIRST_SPECIAL, |gic| gic.irq_count.into());
        let devices = board.get("devices").map(|value| devices(&value, count));
        let devices = devices.unwrap_or_default();
        let qemu = board.get("qemu").map(|value| qemu(&value));
        arch?;
        let places = devices.iter().map(|device| device.place).collect();
        let board = Board {
            name: name?.value,
            dma_coherent: coherent?.value,
            ram: ram?,
            gic: gic?,
            timer_irq: timer?,
            psci: psci?,
            devices: devices.into_iter().map(|device| device.value).collect(),
            qemu: qemu.unwrap_or_default(),
            text: text.to_owned(),
        };
        check_overlaps(&board, places, log);
        Some(board)
    })
}

fn ram(value: &Value<'_>) -> Option<Ram> {
    value.fields("`ram`", |ram| {
        let base = ram.get("base").and_then(|v| address(&v, BLOCK));
        let size = ram.get("size").and_then(|v| whole_pages(&v));
        let offset = ram.get("text-offset").and_then(|v| address(&v, config::PAGE));
        let ram = Ram { base: base?.value, size: size?.value, text_offset: offset?.value };
        let fits = ram.text_offset < ram.size && ram.base + ram.size <= MAX_SIZE;
        if !fits {
            let message = "`ram` has no room for the image where it is to be loaded";
            let help = format!("RAM ends at most at {}", show_address(MAX_SIZE));
            let label = "`base`, `size` and `text-offset` do not fit together";
            ram_mistake(value, message, label, help);
        }
        fits.then_some(ram)
    })?
}

fn ram_mistake(value: &Value<'_>, message: &str, label: &str, help: String) {
    value.log.add(Diagnostic::new(Code::OutsideRam, message, value.place, label).help(help));
}

/// A physical address with an alignment.
fn address(value: &Value<'_>, align: u64) -> Option<At<u64>> {
    let address = value.integer()?;
    if address.value % align != 0 {
        let message = format!("{} is not aligned", value.what());
        let help = format!("write a multiple of {align:#x}");
        value.wrong(Code::Unaligned, message, "not aligned", &help);
        return None;
    }
    Some(address)
}

fn whole_pages(value: &Value<'_>) -> Option<At<u64>> {
    let size = value.size()?;
    let mistake = "not a multiple of the page, 4 KiB";
    if size.value % config::PAGE != 0 {
        value.wrong(Code::BadSize, format!("{} is uneven", value.what()), mistake, "round it");
        return None;
    }
    Some(size)
}

fn gic(value: &Value<'_>) -> Option<Gic> {
    value.fields("`interrupt-controller`", |gic| {
        let version = gic.get("version").and_then(|v| v.integer());
        let distributor = gic.get("distributor").and_then(|v| window(&v));
        let cpu = gic.get("cpu").and_then(|v| window(&v));
        let count = gic.get("irq-count").and_then(|v| v.integer());
        Some(Gic {
            version: version?.value as u32,
            distributor: distributor?,
            cpu: cpu?,
            irq_count: count?.value as u32,
        })
    })?
}

fn window(value: &Value<'_>) -> Option<Window> {
    value.fields(value.what(), |window| {
        let base = window.get("address").and_then(|v| address(&v, config::PAGE));
        let size = window.get("size").and_then(|v| whole_pages(&v));
        Some(Window { address: base?.value, size: size?.value })
    })?
}

fn timer(value: &Value<'_>) -> Option<u32> {
    let irq = value.fields("`timer`", |timer| timer.get("irq").and_then(|irq| irq.integer()))??;
    Some(irq.value as u32)
}

fn psci(value: &Value<'_>) -> Option<Conduit> {
    let conduit = value
        .fields("`psci`", |psci| psci.get("conduit").and_then(|value| value.choice(&CONDUITS)))??;
    Some(conduit.value)
}

fn qemu(value: &Value<'_>) -> Option<Qemu> {
    let text = |value: Value<'_>| Some(value.text()?.value);
    value.fields("`qemu`", |qemu| {
        let machine = qemu.get("machine").and_then(text);
        let cpu = qemu.get("cpu").and_then(text);
        let memory = qemu.get("memory").and_then(text);
        Some(Qemu { machine: machine?, cpu: cpu?, memory: memory? })
    })?
}

fn devices(value: &Value<'_>, irq_count: u64) -> Vec<At<Device>> {
    let entries = value.entries().into_iter();
    entries.filter_map(|(name, value)| device(name, &value, irq_count)).collect()
}

fn device(name: At<&str>, value: &Value<'_>, irq_count: u64) -> Option<At<Device>> {
    let name = check_name(At { value: name.value.to_owned(), place: name.place }, value.log)?;
    let device = value.fields(format!("device `{}`", name.value), |device| {
        let base = device.get("address").and_then(|v| v.integer());
        let size = device.get("size").and_then(|v| v.size());
        let lines = device.get("interrupts").map_or_else(Vec::new, |v| v.entries());
        let line = |(name, value)| interrupt(name, &value, irq_count);
        let interrupts = lines.into_iter().filter_map(line).collect();
        // Whoever forgets to say it is told that a driver must be trusted, not that it need not.
        let dma = device.get("dma").map(|value| value.boolean());
        let dma = dma.map_or(Some(true), |dma| dma.map(|dma| dma.value))?;
        let (address, size) = (base?.value, size?.value);
        Some(Device { name: name.value, address, size, dma, interrupts })
    })??;
    Some(At { value: device, place: name.place })
}

fn interrupt(name: At<&str>, value: &Value<'_>, irq_count: u64) -> Option<DeviceInterrupt> {
    let name = check_name(At { value: name.value.to_owned(), place: name.place }, value.log)?.value;
    if !value.is_table() {
        return Some(DeviceInterrupt { irq: irq(value, irq_count)?, name, edge: false });
    }
    value.fields(format!("interrupt `{name}`"), |line| {
        let id = line.get("id").and_then(|value| irq(&value, irq_count));
        let edge = line.get("trigger").map(|value| value.choice(&TRIGGERS));
        let edge = edge.map_or(Some(false), |edge| edge.map(|edge| edge.value))?;
        Some(DeviceInterrupt { name, irq: id?, edge })
    })?
}

/// The id of an interrupt that a device can raise on any core.
fn irq(value: &Value<'_>, irq_count: u64) -> Option<u32> {
    value.is_a(|kind| matches!(kind, Kind::Integer(..)));
    let id = value.number(0, irq_count - 1)?.value;
    if id < FIRST_SHARED {
        let message = format!("interrupt {id} is not for devices");
        let label = if id < 16 { "software-generated" } else { "private to each core" };
        let help = "those from 0 to 31 are the kernel's, the timer's among them; what a device \
                    tree calls SPI n is interrupt n + 32";
        value.wrong(Code::ReservedInterrupt, message, label, help);
        return None;
    }
    Some(id as u32)
}

/// Devices may share pages with each other, but with neither RAM nor the interrupt controller.
fn check_overlaps(board: &Board, places: Vec<Place>, log: &Log) {
    let kernels = [
        ("RAM", board.ram.base, board.ram.size),
        ("the interrupt controller", board.gic.distributor.address, board.gic.distributor.size),
        ("the interrupt controller", board.gic.cpu.address, board.gic.cpu.size),
    ];
    for (number, (device, &place)) in board.devices.iter().zip(&places).enumerate() {
        let start = device.address / config::PAGE * config::PAGE;
        let size = pages(device.address + device.size) - start;
        let hit = kernels.iter().find(|&&(_, base, length)| overlap(start, size, base, length));
        let message = match hit {
            Some((what, ..)) => format!("device `{}` shares a page with {what}", device.name),
            None => {
                let twin = board.devices[..number]
                    .iter()
                    .find(|other| overlap(device.address, device.size, other.address, other.size));
                let Some(twin) = twin else { continue };
                format!("device `{}` overlaps `{}`", device.name, twin.name)
            }
        };
        let address = show_address(device.address);
        log.add(Diagnostic::new(Code::BoardOverlap, message, place, format!("at {address}")));
    }
}

pub(crate) const fn overlap(a: u64, a_size: u64, b: u64, b_size: u64) -> bool {
    a < b + b_size && b < a + a_size
}
