//! Which bit each notification is.
//!
//! Names listed in `notifications` have their place in the list; what `timer`, `interrupts`,
//! `on-restart` and `events` name besides gets the next bits, in this order.

use super::{Context, values};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::RawTask;
use crate::suggest;

/// A task's bits.
#[derive(Default)]
pub(super) struct Bits {
    /// By bit.
    pub names: Vec<String>,
    /// Restarted task and bit.
    pub on_restart: Vec<(usize, u32)>,
}

impl Bits {
    /// The number of a bit.
    pub fn number(&self, name: &str) -> Option<u32> {
        let position = self.names.iter().position(|other| other == name)?;
        u32::try_from(position).ok().filter(|&bit| bit < u32::BITS)
    }
}

/// The bits of every task.
pub(super) fn resolve(cx: Context<'_>) -> Vec<Bits> {
    cx.tasks().map(|(index, task)| of_task(cx, index, task)).collect()
}

fn of_task(cx: Context<'_>, index: usize, task: &RawTask) -> Bits {
    let mut bits = Bits { names: values(&task.notifications), on_restart: Vec::new() };
    let implied = task.interrupts.iter().chain(&task.on_restart).chain(&task.events);
    let implied = implied.map(|(_, name)| name);
    for name in task.timer.iter().chain(implied) {
        if !bits.names.contains(&name.value) {
            bits.names.push(name.value.clone());
        }
    }
    count(cx, task, bits.names.len());
    for (peer, name) in &task.on_restart {
        let Some(restarted) = cx.task(peer) else { continue };
        if can_restart(cx, index, restarted, peer) {
            bits.on_restart.extend(bits.number(&name.value).map(|bit| (restarted, bit)));
        }
    }
    bits
}

fn count(cx: Context<'_>, task: &RawTask, count: usize) {
    if count > u32::BITS as usize {
        let message = format!("task `{}` has {count} notifications", task.name.value);
        let label = "more than 32 bits";
        let mistake = Diagnostic::new(Code::NotificationCount, message, task.name.place, label);
        cx.log.add(mistake.help("let several sources share one, and ask each when it comes"));
    }
}

/// Only a restart of somebody else, by the supervisor, is heard of.
fn can_restart(cx: Context<'_>, index: usize, restarted: usize, peer: &At<String>) -> bool {
    let (message, label) = if restarted == index {
        ("a task is to be told of its own restart", "it begins anew anyway")
    } else if restarted == abi::SUPERVISOR {
        ("a task is to be told of the supervisor's restart", "it is never restarted")
    } else {
        return true;
    };
    cx.log.add(Diagnostic::new(Code::Combination, message, peer.place, label));
    false
}

/// A bit of another task, which must have been given there.
pub(super) fn of_other(
    cx: Context<'_>,
    all: &[Bits],
    other: usize,
    name: &At<String>,
) -> Option<u32> {
    let bits = all.get(other)?;
    let found = bits.number(&name.value);
    if found.is_none() {
        let task = &cx.app.tasks[other].name.value;
        let message = format!("task `{task}` has no notification `{}`", name.value);
        let known = bits.names.iter().map(String::as_str);
        let help = suggest::help(&name.value, "it has", known)
            .unwrap_or_else(|| format!("add it to the `notifications` of `{task}`"));
        let mistake =
            Diagnostic::new(Code::UnknownNotification, message, name.place, "no such bit");
        cx.log.add(mistake.help(help));
    }
    found
}
