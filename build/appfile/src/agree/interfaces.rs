//! Interfaces: clients against servers, and what the app file says of operations and events.

use super::{Declared, Interface, Served};
use crate::app::{App, CallerRule, EventUse, Task};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Log, Place};
use crate::suggest;
use config::LISTENERS;

/// The tables that a server's object has room for, by task index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Who may call what: `userlib::ipc::Callers`.
    pub callers: Vec<u8>,
    /// Who hears of what: `userlib::ipc::Listeners`, one for each event.
    pub events: Vec<u8>,
}

/// What both files and objects say.
struct Context<'a> {
    app: &'a App,
    declared: &'a [Declared],
    log: &'a Log,
}

/// The tables of every task.
pub(super) fn tables(app: &App, declared: &[Declared], log: &Log) -> Vec<Tables> {
    let cx = Context { app, declared, log };
    let of_task = |(index, task): (usize, &Task)| {
        let own = declared.get(index)?;
        cx.asks(task, own);
        cx.serves(task, own);
        for event in &task.events {
            cx.is_event(task, event);
        }
        Some(Tables { callers: cx.callers(task, own), events: cx.events(index, own) })
    };
    app.tasks.iter().enumerate().map(|task| of_task(task).unwrap_or_default()).collect()
}

impl Context<'_> {
    fn place(&self, path: &[&str], name: &str) -> Place {
        let place = self.app.origin.named(path, name);
        place.or_else(|| self.app.origin.value(&path[..2])).unwrap_or_default()
    }

    fn of(&self, task: usize) -> &[Served] {
        self.declared.get(task).map_or(&[], |declared| &declared.sides.serves)
    }

    /// Every interface that a task asks must be served behind one of its slots, and be the same.
    fn asks(&self, task: &Task, own: &Declared) {
        for asked in &own.sides.asks {
            let mut served = false;
            let slots = task.slots.iter().map(|slot| ("task-slots", &slot.name, slot.target));
            let mounts = task.mounts.iter().map(|mount| ("mounts", &mount.path, mount.server));
            for (key, name, target) in slots.chain(mounts) {
                let theirs = self.of(target).iter().map(|served| &served.interface);
                for theirs in theirs.filter(|theirs| theirs.name == asked.name) {
                    served = true;
                    if theirs.hash != asked.hash {
                        let server = &self.app.tasks[target].name;
                        let place = self.place(&["tasks", &task.name, key], name);
                        self.log.add(differ(&task.name, asked, server, theirs, place));
                    }
                }
            }
            if !served {
                let place = self.app.origin.value(&["tasks", &task.name]).unwrap_or_default();
                let message = format!(
                    "task `{}` asks `{}`, which nobody behind its slots serves",
                    task.name, asked.name
                );
                let label = format!("its crate has a client of `{}`", asked.name);
                let help = "give it a slot to one in `task-slots`, or take the client out";
                self.log.add(Diagnostic::new(Code::NobodyServes, message, place, label).help(help));
            }
        }
    }

    /// What the app file says a task serves, it does.
    fn serves(&self, task: &Task, own: &Declared) {
        for name in &task.serves {
            if find(&own.sides.serves, name).is_none() {
                let message = format!("task `{}` does not serve `{name}`", task.name);
                let place = self.place(&["tasks", &task.name, "serves"], name);
                let label = "its crate has no server of this interface";
                let known = own.sides.serves.iter().map(|served| app_name(&served.interface.name));
                let known: Vec<String> = known.collect();
                let help = suggest::help(name, "it serves", known.iter().map(String::as_str));
                let mistake = Diagnostic::new(Code::NotServed, message, place, label);
                self.log.add(mistake.maybe_help(help));
            }
        }
    }

    fn callers(&self, task: &Task, own: &Declared) -> Vec<u8> {
        let room: usize = own.sides.serves.iter().map(|served| served.operations.len()).sum();
        let rules: Vec<[u64; 5]> =
            task.callers.iter().filter_map(|rule| self.rule(task, own, rule)).collect();
        if own.sides.serves.is_empty() {
            return Vec::new();
        }
        let mut words = vec![rules.len() as u64];
        words.extend(rules.iter().flatten());
        words.resize(1 + 5 * room, 0);
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Operation, and one bit for each task.
    fn rule(&self, task: &Task, own: &Declared, rule: &CallerRule) -> Option<[u64; 5]> {
        let CallerRule { interface, operation, tasks } = rule;
        let path = ["tasks", &task.name, "callers"];
        let Some(served) = find(&own.sides.serves, interface) else {
            let message = format!("task `{}` does not serve `{interface}`", task.name);
            let place = self.place(&path, interface);
            let known: Vec<String> =
                own.sides.serves.iter().map(|served| app_name(&served.interface.name)).collect();
            let help = suggest::help(interface, "it serves", known.iter().map(String::as_str));
            let mistake =
                Diagnostic::new(Code::NotServed, message, place, "not an interface of its crate");
            self.log.add(mistake.maybe_help(help));
            return None;
        };
        let mut operations = served.operations.iter();
        let Some((_, number)) = operations.find(|(name, _)| app_name(name) == *operation) else {
            let message = format!("`{interface}` has no operation `{operation}`");
            let place = self.place(&[&path[..], &[interface]].concat(), operation);
            let known: Vec<String> =
                served.operations.iter().map(|(name, _)| app_name(name)).collect();
            let known = known.iter().map(String::as_str);
            let help = suggest::help(operation, "its operations are", known);
            let mistake = Diagnostic::new(Code::UnknownOperation, message, place, "no such one");
            self.log.add(mistake.maybe_help(help));
            return None;
        };
        let mut words = [u64::from(*number), 0, 0, 0, 0];
        for &task in tasks {
            if let Some(word) = words.get_mut(1 + task / 64) {
                *word |= 1 << (task % 64);
            }
        }
        Some(words)
    }

    fn is_event(&self, task: &Task, event: &EventUse) {
        let served = self.of(event.server).iter();
        let known: Vec<String> =
            served.flat_map(|served| &served.events).map(|name| app_name(name)).collect();
        if known.contains(&event.event) {
            return;
        }
        let server = &self.app.tasks[event.server].name;
        let message = format!("task `{server}` has no event `{}`", event.event);
        let place = self.place(&["tasks", &task.name, "events"], &event.source);
        let help = suggest::help(&event.event, "it has", known.iter().map(String::as_str));
        let mistake = Diagnostic::new(Code::UnknownEvent, message, place, "no such event");
        self.log.add(mistake.maybe_help(help));
    }

    /// For each event of a server, who hears of it and by which bits.
    fn events(&self, server: usize, own: &Declared) -> Vec<u8> {
        let mut words = Vec::new();
        for name in own.sides.serves.iter().flat_map(|served| &served.events) {
            let mut listeners = self.listeners(server, &app_name(name));
            listeners.resize(LISTENERS, [0; 2]);
            words.extend(listeners.into_iter().flatten());
        }
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn listeners(&self, server: usize, name: &str) -> Vec<[u64; 2]> {
        let mut listeners = Vec::new();
        for (index, task) in self.app.tasks.iter().enumerate() {
            let heard = task.events.iter().filter(|one| one.server == server && one.event == name);
            let bits = heard.fold(0, |bits, one| bits | 1_u64 << one.bit);
            if bits == 0 {
                continue;
            }
            listeners.push([index as u64, bits]);
            if listeners.len() == LISTENERS + 1 {
                let message = format!("more than {LISTENERS} tasks hear of `{name}`");
                let place = self.app.origin.value(&["tasks", &task.name, "events"]);
                let label = "a server's table has no more room";
                let place = place.unwrap_or_default();
                self.log.add(Diagnostic::new(Code::TooManyListeners, message, place, label));
            }
        }
        listeners
    }
}

fn differ(
    client: &str,
    asked: &Interface,
    server: &str,
    served: &Interface,
    place: Place,
) -> Diagnostic {
    let name = &asked.name;
    let message =
        format!("`{client}` and `{server}` are built from different versions of `{name}`");
    let label = format!("`{client}` has {}, `{server}` has {}", asked.hash, served.hash);
    let mistake = Diagnostic::new(Code::OtherInterface, message, place, label);
    let help = "let both depend on one version of the api crate";
    mistake.help(if asked.longest > served.longest {
        format!(
            "{help}; the longest message has {} bytes for the client and {} for the server",
            asked.longest, served.longest
        )
    } else {
        help.to_owned()
    })
}

fn find<'s>(served: &'s [Served], name: &str) -> Option<&'s Served> {
    served.iter().find(|served| app_name(&served.interface.name) == name)
}

/// `BlockDevice` or `check_in` as app files write it.
fn app_name(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    text
}
