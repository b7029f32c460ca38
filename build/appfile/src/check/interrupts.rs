//! Who owns which interrupt: only the owner of the device, and only one.

use super::{Context, notifications::Bits};
use crate::app::Interrupt;
use crate::board::{Board, DeviceInterrupt};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Place};
use crate::parse::RawTask;
use crate::suggest;

/// An interrupt that has found its owner.
struct Owned {
    irq: u32,
    task: usize,
    place: Place,
}

/// The interrupts of every task.
pub(super) fn resolve(cx: Context<'_>, bits: &[Bits]) -> Vec<Vec<Interrupt>> {
    let mut owned = Vec::new();
    let of_task = |(index, task): (usize, &RawTask)| {
        let mut found = Vec::new();
        for (source, notification) in &task.interrupts {
            let Some(line) = look_up(cx, source) else { continue };
            if has_one_owner(cx, index, source, line, &mut owned) {
                check_device(cx, task, source);
            }
            let bit = bits.get(index).and_then(|bits| bits.number(&notification.value));
            found.extend(bit.map(|bit| Interrupt {
                source: source.value.clone(),
                irq: line.irq,
                bit,
                edge: line.edge,
            }));
        }
        found
    };
    cx.tasks().map(of_task).collect()
}

fn device_of(source: &str) -> &str {
    source.split('.').next().unwrap_or(source)
}

fn look_up<'a>(cx: Context<'a>, source: &At<String>) -> Option<&'a DeviceInterrupt> {
    let board = cx.board?;
    let found = source.value.split_once('.').and_then(|(device, line)| {
        board.device(device)?.interrupts.iter().find(|interrupt| interrupt.name == line)
    });
    if found.is_none() {
        unknown(cx, board, source);
    }
    found
}

fn unknown(cx: Context<'_>, board: &Board, source: &At<String>) {
    let (message, label) = match source.value.as_str() {
        "timer" | "timer.irq" => (
            "the timer's interrupt is the kernel's".to_owned(),
            "every task has a timer of its own",
        ),
        other => {
            (format!("board `{}` has no interrupt `{other}`", board.name), "no such interrupt")
        }
    };
    let sources: Vec<String> = board
        .devices
        .iter()
        .flat_map(|device| {
            device.interrupts.iter().map(move |i| format!("{}.{}", device.name, i.name))
        })
        .collect();
    let known = sources.iter().map(String::as_str);
    cx.log.add(
        Diagnostic::new(Code::UnknownInterrupt, message, source.place, label)
            .maybe_help(suggest::help(&source.value, "there are", known)),
    );
}

fn has_one_owner(
    cx: Context<'_>,
    task: usize,
    source: &At<String>,
    line: &DeviceInterrupt,
    owned: &mut Vec<Owned>,
) -> bool {
    let Some(other) = owned.iter().find(|other| other.irq == line.irq) else {
        owned.push(Owned { irq: line.irq, task, place: source.place });
        return true;
    };
    let name = |task: usize| format!("`{}`", cx.app.tasks[task].name.value);
    let message = format!("interrupt {} (`{}`) has two owners", line.irq, source.value);
    let mistake = Diagnostic::new(Code::InterruptOwners, message, source.place, name(task));
    let help = "let one task own it, and post a notification to the other";
    cx.log.add(mistake.also(other.place, name(other.task)).help(help));
    false
}

/// Whoever silences an interrupt must reach the device that raises it.
fn check_device(cx: Context<'_>, task: &RawTask, source: &At<String>) {
    let device = device_of(&source.value);
    if task.uses.iter().any(|name| name.value == device) {
        return;
    }
    let message = format!("task `{}` does not use device `{device}`", task.name.value);
    let label = "and takes its interrupt";
    let mistake = Diagnostic::new(Code::ForeignInterrupt, message, source.place, label);
    cx.log.add(mistake.help(format!("add `{device}` to its `uses`")));
}
