//! Whether something sets every notification. A task that waits for one that nothing sets waits
//! for ever.

use super::Context;
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::RawTask;
use crate::suggest;
use std::collections::BTreeSet;

pub(super) fn check(cx: Context<'_>) {
    let by_others = by_others(cx);
    for (index, task) in cx.tasks() {
        let own = by_itself(index, task);
        let name = task.name.value.as_str();
        // A bit that is misspelt elsewhere has been noted there.
        let listed = |bit: &str| task.notifications.iter().any(|name| name.value == bit);
        let mut misspelt = by_others.iter().filter(|(of, _)| *of == name);
        if misspelt.any(|(_, bit)| !listed(bit) && !own.contains(bit)) {
            continue;
        }
        let all = task.notifications.iter().map(|name| name.value.as_str());
        if all.chain(own.iter().copied()).collect::<BTreeSet<_>>().len() > u32::BITS as usize {
            continue;
        }
        let set = |bit: &str| own.contains(bit) || by_others.contains(&(name, bit));
        let unset: Vec<&At<String>> =
            task.notifications.iter().filter(|bit| !set(&bit.value)).collect();
        note(cx, task, &unset);
    }
}

fn note(cx: Context<'_>, task: &RawTask, bits: &[&At<String>]) {
    let Some((first, others)) = bits.split_first() else { return };
    let (owner, bit) = (&task.name.value, &first.value);
    let names: Vec<&str> = bits.iter().map(|bit| bit.value.as_str()).collect();
    let s = if others.is_empty() { "" } else { "s" };
    let message =
        format!("nothing sets the notification{s} {} of task `{owner}`", suggest::list(&names));
    let label = "by no timer, interrupt, restart, event or right";
    let mut mistake = Diagnostic::new(Code::NeverRaised, message, first.place, label);
    for bit in others {
        mistake = mistake.also(bit.place, "nor this");
    }
    let help = format!(
        "if its own timer does, write `timer = \"{bit}\"`; if another task shall, give that \
         `rights = {{ post = {{ {owner} = [\"{bit}\"] }} }}`"
    );
    let is_mistake = cx.app.lints.is_mistake(Code::NeverRaised);
    cx.log.add(mistake.help(help).taken_for_mistake(is_mistake));
}

/// What a task's own keys say of its notifications.
fn by_itself(index: usize, task: &RawTask) -> BTreeSet<&str> {
    let pairs = task.interrupts.iter().chain(&task.on_restart).chain(&task.events);
    let mut names: BTreeSet<&str> = pairs.map(|(_, name)| name.value.as_str()).collect();
    names.extend(task.timer.as_ref().map(|name| name.value.as_str()));
    if index == abi::SUPERVISOR {
        // The kernel's bit, whatever it is called.
        names.extend(task.notifications.first().map(|name| name.value.as_str()));
    }
    names
}

/// Task and notification that other tasks' keys name.
fn by_others<'a>(cx: Context<'a>) -> BTreeSet<(&'a str, &'a str)> {
    let mut names = BTreeSet::new();
    let supervisor = cx.app.tasks.first().map_or("", |task| task.name.value.as_str());
    for (_, task) in cx.tasks() {
        for (target, bits) in &task.rights.post {
            names.extend(bits.iter().map(|bit| (target.value.as_str(), bit.value.as_str())));
        }
        let notify = task.budget.as_ref().and_then(|budget| budget.notify.as_ref());
        names.extend(notify.map(|bit| (supervisor, bit.value.as_str())));
    }
    names
}
