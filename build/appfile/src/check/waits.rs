//! Closed receives: a task that waits for a message of one other task.
//!
//! Sends go to more important tasks only, so they alone never make a ring of tasks that wait for
//! each other. A server that waits for one client can: if that client first waits for somebody who
//! waits for the server. Each step of such a ring is a slot or a closed receive.

use super::Context;
use crate::app::Slot;
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Place};
use crate::parse::RawTask;

/// Whom each task may receive from alone, once it is sure that no ring comes of it.
pub(super) fn resolve(cx: Context<'_>, slots: &[Vec<Slot>]) -> Vec<Vec<Slot>> {
    let of_task = |(index, task): (usize, &RawTask)| {
        let senders = task.receives_from.iter();
        senders.filter_map(|(name, sender)| resolve_one(cx, index, name, sender, slots)).collect()
    };
    let all: Vec<Vec<Slot>> = cx.tasks().map(of_task).collect();
    for (server, senders) in all.iter().enumerate() {
        for sender in senders {
            if let Some(ring) = ring(slots, &all, server, sender.target) {
                note(cx, server, &ring);
            }
        }
    }
    all
}

fn resolve_one(
    cx: Context<'_>,
    index: usize,
    name: &At<String>,
    sender: &At<String>,
    slots: &[Vec<Slot>],
) -> Option<Slot> {
    let found = cx.task(sender)?;
    let task = &cx.app.tasks[index].name.value;
    if index == abi::SUPERVISOR {
        let message = "the supervisor would wait for one task";
        let label = "nobody is supervised meanwhile";
        cx.log.add(Diagnostic::new(Code::Supervisor, message, sender.place, label));
        return None;
    }
    let may_send = slots.get(found).is_some_and(|slots| slots.iter().any(|s| s.target == index));
    if !may_send {
        let message = format!("task `{task}` would wait for ever for `{}`", sender.value);
        let label = format!("`{}` cannot send to `{task}`", sender.value);
        let mistake = Diagnostic::new(Code::MuteSender, message, sender.place, label);
        let help = format!("add `{task}` to the `task-slots` of `{}`", sender.value);
        cx.log.add(mistake.help(help));
        return None;
    }
    Some(Slot { name: name.value.clone(), target: found })
}

/// The tasks of a ring, from the sender on: each may wait for the next, the last for the server.
fn ring(
    slots: &[Vec<Slot>],
    senders: &[Vec<Slot>],
    server: usize,
    sender: usize,
) -> Option<Vec<usize>> {
    let mut came_from = vec![None; slots.len()];
    let mut open = vec![sender];
    while let Some(task) = open.pop() {
        let sends = slots[task].iter().map(|slot| slot.target);
        // Its own message is what the server waits for.
        let sends = sends.filter(|&target| (task, target) != (sender, server));
        for next in sends.chain(senders[task].iter().map(|slot| slot.target)) {
            if next == server {
                return Some(way(&came_from, sender, task));
            }
            if next != sender && came_from[next].is_none() {
                came_from[next] = Some(task);
                open.push(next);
            }
        }
    }
    None
}

fn way(came_from: &[Option<usize>], first: usize, last: usize) -> Vec<usize> {
    let mut way = vec![last];
    while let Some(&task) = way.last().filter(|&&task| task != first) {
        match came_from[task] {
            Some(before) => way.push(before),
            None => break,
        }
    }
    way.reverse();
    way
}

fn note(cx: Context<'_>, server: usize, ring: &[usize]) {
    let name = |index: usize| cx.app.tasks[index].name.value.as_str();
    let all: Vec<String> = ring.iter().map(|&task| format!("`{}`", name(task))).collect();
    let message = format!(
        "tasks could wait for each other for ever: `{0}` for {1}, then `{0}`",
        name(server),
        all.join(" for ")
    );
    let label = |from: usize, to: usize| format!("`{}` waits for `{}`", name(from), name(to));
    let Some(place) = waits(cx, server, ring[0]) else { return };
    let mut mistake = Diagnostic::new(Code::WaitRing, message, place, label(server, ring[0]));
    for (&from, &to) in ring.iter().zip(ring.iter().skip(1).chain([&server])) {
        if let Some(place) = waits(cx, from, to) {
            mistake = mistake.also(place, label(from, to));
        }
    }
    cx.log.add(mistake.help("let one of them receive from anyone, or send later"));
}

/// Where it is said that one task may wait for another.
fn waits(cx: Context<'_>, from: usize, to: usize) -> Option<Place> {
    let (task, to) = (&cx.app.tasks[from], &cx.app.tasks[to].name.value);
    let mut said = task.receives_from.iter().chain(&task.slots);
    said.find(|(_, target)| target.value == *to).map(|(_, target)| target.place)
}
