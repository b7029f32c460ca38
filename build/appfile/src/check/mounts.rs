//! The file systems in a task's tree: paths, servers, and how many there are.

use super::{Context, slots};
use crate::app::{Mount, Slot};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::{RawMount, RawTask};
use config::{MOUNT_PATH, MOUNTED_BY, MOUNTS};

/// The interface of file systems.
const INTERFACE: &str = "fs";

/// The mounts of every task.
pub(super) fn resolve(cx: Context<'_>) -> Vec<Vec<Mount>> {
    let of_task = |(index, task): (usize, &RawTask)| {
        are_not_too_many(cx, task);
        let mut mounts: Vec<Mount> = Vec::new();
        for raw in &task.mounts {
            let Some(mount) = resolve_one(cx, index, raw) else { continue };
            if let Some(other) = mounts.iter().find(|other| other.server == mount.server) {
                is_there_already(cx, task, raw, &other.path);
            }
            mounts.push(mount);
        }
        mounts
    };
    let all: Vec<Vec<Mount>> = cx.tasks().map(of_task).collect();
    have_room(cx, &all);
    all
}

/// Slots, and for each mount another: whom tasks may send to, and wait for.
pub(super) fn with_slots(slots: &[Vec<Slot>], mounts: &[Vec<Mount>]) -> Vec<Vec<Slot>> {
    let slot = |mount: &Mount| Slot { name: mount.path.clone(), target: mount.server };
    let both = slots.iter().zip(mounts);
    both.map(|(slots, mounts)| slots.iter().cloned().chain(mounts.iter().map(slot)).collect())
        .collect()
}

fn resolve_one(cx: Context<'_>, index: usize, raw: &RawMount) -> Option<Mount> {
    is_plain(cx, &raw.path, "the path of a mount");
    if let Some(subtree) = &raw.subtree {
        is_plain(cx, subtree, "a subtree");
    }
    let name = raw.server.as_ref()?;
    let server = slots::server(cx, index, name)?;
    if !cx.app.tasks[server].serves.iter().any(|serves| serves.value == INTERFACE) {
        let message = format!("task `{}` has no files to mount", name.value);
        let label = format!("it does not serve `{INTERFACE}`");
        let serve = |task: &&RawTask| task.serves.iter().any(|serves| serves.value == INTERFACE);
        let known: Vec<&str> =
            cx.app.tasks.iter().filter(serve).map(|task| task.name.value.as_str()).collect();
        let help = match known.is_empty() {
            true => format!("a task of a file system has `serves = [\"{INTERFACE}\"]`"),
            false => format!("those that do: {}", known.join(", ")),
        };
        cx.log.add(Diagnostic::new(Code::NoFileSystem, message, name.place, label).help(help));
    }
    Some(Mount {
        path: raw.path.value.clone(),
        server,
        write: raw.write?,
        subtree: raw.subtree.as_ref().map_or("/", |subtree| &subtree.value).to_owned(),
        open: raw.open,
    })
}

/// Paths are as clients and servers make them: what is written otherwise would never be found.
fn is_plain(cx: Context<'_>, path: &At<String>, what: &str) {
    let text = &path.value;
    let names: Vec<&str> =
        text.split('/').filter(|name| !matches!(*name, "" | "." | "..")).collect();
    let plain = format!("/{}", names.join("/"));
    let add = |label: &str, help: String| {
        let message = format!("`{text}` is not {what}");
        cx.log.add(Diagnostic::new(Code::MountPath, message, path.place, label).help(help));
    };
    if text.len() > MOUNT_PATH {
        let label = format!("{} bytes", text.len());
        add(&label, format!("paths here have at most {MOUNT_PATH} bytes"));
    } else if text.contains('\0') {
        add("holds a byte 0", "no name has one".into());
    } else if !text.starts_with('/') {
        add("does not begin with `/`", format!("write \"{plain}\""));
    } else if *text != plain {
        add(
            "holds `.`, `..` or a `/` too many",
            match text.contains("..") {
                true => "write where it leads to".into(),
                false => format!("write \"{plain}\""),
            },
        );
    }
}

fn is_there_already(cx: Context<'_>, task: &RawTask, raw: &RawMount, first: &str) {
    let Some(server) = &raw.server else { return };
    let name = &task.name.value;
    let message = format!("`{}` is in the tree of task `{name}` twice", server.value);
    let label = format!("it is at `{first}`, too");
    let other = task.mounts.iter().find(|other| other.path.value == first);
    let mistake = Diagnostic::new(Code::MountTwice, message, raw.path.place, label);
    let mistake = match other {
        Some(other) => mistake.also(other.path.place, "here".to_owned()),
        None => mistake,
    };
    cx.log.add(mistake.help("a server knows its clients, not their paths: give it one place"));
}

fn are_not_too_many(cx: Context<'_>, task: &RawTask) {
    if let Some(more) = task.mounts.get(MOUNTS) {
        let message = format!("task `{}` has more than {MOUNTS} mounts", task.name.value);
        let label = "its tree has no more room";
        cx.log.add(Diagnostic::new(Code::TooManyMounts, message, more.path.place, label));
    }
}

/// A server has room for the rights of so many clients.
fn have_room(cx: Context<'_>, all: &[Vec<Mount>]) {
    for (server, task) in cx.tasks() {
        let of_client = |(client, mounts): (&RawTask, &Vec<Mount>)| {
            mounts.iter().position(|mount| mount.server == server)?;
            let is_it = |raw: &&RawMount| {
                raw.server.as_ref().is_some_and(|name| name.value == task.name.value)
            };
            client.mounts.iter().find(is_it).map(|raw| raw.path.place)
        };
        let mut places = cx.app.tasks.iter().zip(all).filter_map(of_client);
        if let Some(place) = places.nth(MOUNTED_BY) {
            let message = format!("more than {MOUNTED_BY} tasks mount `{}`", task.name.value);
            let label = "the server has no more room";
            cx.log.add(Diagnostic::new(Code::TooManyMounts, message, place, label));
        }
    }
}
