//! Who owns which interrupt: only the owner of the device, and only one.

use super::{Context, notifications::Bits};
use crate::app::Interrupt;
use crate::board::{Board, DeviceInterrupt};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::RawTask;
use crate::suggest;

/// A task's claim to an interrupt.
struct Claim<'a> {
    task: usize,
    source: &'a At<String>,
    notification: &'a str,
    line: &'a DeviceInterrupt,
}

/// The interrupts of every task.
pub(super) fn resolve(cx: Context<'_>, bits: &[Bits]) -> Vec<Vec<Interrupt>> {
    let claims: Vec<Claim<'_>> = cx.tasks().flat_map(|task| claims_of(cx, task)).collect();
    for (number, claim) in claims.iter().enumerate() {
        check_claim(cx, &claims, number, claim);
    }
    let of_task = |(index, _): (usize, &RawTask)| {
        let own = claims.iter().filter(|claim| claim.task == index);
        own.filter_map(|claim| {
            let bit = bits.get(index)?.number(claim.notification)?;
            let DeviceInterrupt { irq, edge, .. } = *claim.line;
            Some(Interrupt { source: claim.source.value.clone(), irq, bit, edge })
        })
        .collect()
    };
    cx.tasks().map(of_task).collect()
}

fn claims_of<'a>(
    cx: Context<'a>,
    (index, task): (usize, &'a RawTask),
) -> impl Iterator<Item = Claim<'a>> {
    task.interrupts.iter().filter_map(move |(source, notification)| {
        let line = look_up(cx, source)?;
        Some(Claim { task: index, source, notification: &notification.value, line })
    })
}

/// An interrupt that several want has been given to the wrong one at most once, so who owns the
/// device is only asked when there is one claim.
fn check_claim(cx: Context<'_>, claims: &[Claim<'_>], number: usize, claim: &Claim<'_>) {
    let rivals = || claims.iter().enumerate().filter(|(_, rival)| rival.line.irq == claim.line.irq);
    match rivals().next() {
        Some((first, other)) if first < number => contested(cx, claim, other),
        _ if rivals().count() == 1 => check_device(cx, &cx.app.tasks[claim.task], claim.source),
        _ => {}
    }
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

fn contested(cx: Context<'_>, claim: &Claim<'_>, first: &Claim<'_>) {
    let name = |claim: &Claim<'_>| format!("`{}`", cx.app.tasks[claim.task].name.value);
    let (irq, source) = (claim.line.irq, &claim.source.value);
    let (message, help) = if claim.task == first.task {
        let message = format!("interrupt {irq} (`{source}`) is listed twice");
        (message, "both devices raise it: list it once, and look at both when it comes")
    } else {
        let message = format!("interrupt {irq} (`{source}`) has two owners");
        (message, "let one task own it, and post a notification to the other")
    };
    let place = claim.source.place;
    let mistake = Diagnostic::new(Code::InterruptOwners, message, place, name(claim));
    cx.log.add(mistake.also(first.source.place, name(first)).help(help));
}

/// Whoever silences an interrupt must reach the device that raises it.
fn check_device(cx: Context<'_>, task: &RawTask, source: &At<String>) {
    let device = device_of(&source.value);
    if task.uses.iter().any(|(_, name)| name.value == device) {
        return;
    }
    let message = format!("task `{}` does not use device `{device}`", task.name.value);
    let label = "and takes its interrupt";
    let mistake = Diagnostic::new(Code::ForeignInterrupt, message, source.place, label);
    cx.log.add(mistake.help(format!("add `{device}` to its `uses`")));
}
