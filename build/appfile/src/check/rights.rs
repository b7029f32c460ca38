//! What each task may ask of kernel and supervisor.

use super::{Context, notifications, notifications::Bits};
use crate::app::{EventUse, Rights};
use crate::parse::{RawTask, Whom};
use std::collections::BTreeMap;

/// The rights of every task.
pub(super) fn resolve(cx: Context<'_>, bits: &[Bits], events: &[Vec<EventUse>]) -> Vec<Rights> {
    cx.tasks().map(|(index, task)| of_task(cx, index, task, bits, events)).collect()
}

fn of_task(
    cx: Context<'_>,
    index: usize,
    task: &RawTask,
    bits: &[Bits],
    events: &[Vec<EventUse>],
) -> Rights {
    let named = Rights {
        status: whom(cx, &task.rights.status),
        restart: whom(cx, &task.rights.restart),
        fault: whom(cx, &task.rights.fault),
        dump: whom(cx, &task.rights.dump),
        reset: task.rights.reset,
        post: Vec::new(),
    };
    let mut post = posts(cx, task, bits);
    for (client, events) in events.iter().enumerate() {
        for event in events.iter().filter(|event| event.server == index) {
            *post.entry(client).or_default() |= 1 << event.bit;
        }
    }
    if index != abi::SUPERVISOR {
        return Rights { post: post.into_iter().collect(), ..named };
    }
    for (hearer, bits) in bits.iter().enumerate() {
        for &(_, bit) in &bits.on_restart {
            *post.entry(hearer).or_default() |= 1 << bit;
        }
    }
    let all: Vec<usize> = (0..cx.app.tasks.len()).collect();
    Rights {
        status: all.clone(),
        restart: all.clone(),
        fault: all.clone(),
        dump: all,
        reset: true,
        post: post.into_iter().collect(),
    }
}

fn whom(cx: Context<'_>, whom: &Whom) -> Vec<usize> {
    let named = whom.names.iter().filter_map(|name| cx.task(name));
    let mut tasks: Vec<usize> = named.collect();
    if whom.all.is_some() {
        tasks = (0..cx.app.tasks.len()).collect();
    }
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}

fn posts(cx: Context<'_>, task: &RawTask, all: &[Bits]) -> BTreeMap<usize, u32> {
    let mut posts = BTreeMap::new();
    for (target, names) in &task.rights.post {
        let Some(index) = cx.task(target) else { continue };
        let found = names.iter().filter_map(|name| notifications::of_other(cx, all, index, name));
        let mask = found.fold(0, |mask, bit| mask | 1 << bit);
        if mask != 0 {
            *posts.entry(index).or_insert(0) |= mask;
        }
    }
    posts
}
