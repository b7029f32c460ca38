//! `[tasks.NAME]`.

use super::{NamedTasks, RawMount, RawRights, RawShare, RawTask, budget, restart, rights};
use crate::app::{Access, MaxSizes, StackCheck};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::reader::{Fields, Value};
use crate::units::{pages, show_size};
use crate::words::check_name;

/// Bytes of a task's name in the task table.
const NAME_BYTES: usize = 24;
/// Less than a frame of any code that does something.
const LEAST_STACK: u64 = 1 << 10;
const MAY_WRITE: [(&str, bool); 2] = [("read", false), ("read-write", true)];
const ACCESS: [(&str, Access); 3] =
    [("r", Access::Read), ("rw", Access::Write), ("dma", Access::Dma)];

pub(super) fn parse(name: At<&str>, value: &Value<'_>) -> Option<RawTask> {
    let name = At { value: name.value.to_owned(), place: name.place };
    // A task with a bad name is still the one that others name.
    if check_name(name.clone(), value.log).is_some() {
        check_length(&name, value);
    }
    let what = format!("task `{}`", name.value);
    let (task, misspelt) = value.fields_and_slips(what, |task| read(name, task))?;
    Some(RawTask { misspelt, ..task })
}

fn read(name: At<String>, task: &mut Fields<'_>) -> RawTask {
    super::is_config(task);
    RawTask {
        name,
        krate: task.get("crate").and_then(|value| value.package()),
        features: list(task, "features", Value::packages),
        default_features: task.get("default-features").and_then(|value| value.boolean()),
        priority: task.get("priority").and_then(|value| value.small()),
        stack: task.get("stack").and_then(|value| stack(&value)),
        stack_check: stack_check(task),
        notifications: list(task, "notifications", Value::names),
        uses: list(task, "uses", slots),
        interrupts: list(task, "interrupts", |value| dotted(value, "an interrupt", "uart0.irq")),
        slots: list(task, "task-slots", slots),
        mounts: list(task, "mounts", mounts),
        receives_from: list(task, "receives-from", slots),
        timer: task.get("timer").and_then(|value| value.name()),
        dma: task.get("dma").and_then(|value| whole_pages(&value)),
        regions: list(task, "regions", regions),
        serves: list(task, "serves", Value::names),
        callers: list(task, "callers", callers),
        events: list(task, "events", events),
        start: task.get("start").and_then(|value| value.boolean()),
        phase: task.get("phase").and_then(|value| value.small()),
        ready_within: task.get("ready-within").and_then(|value| value.milliseconds()),
        check_in: task.get("check-in").and_then(|value| value.milliseconds()),
        restart: task.get("restart").and_then(|value| restart::parse(&value)),
        dump: task.get("dump").and_then(|value| value.boolean()),
        on_restart: list(task, "on-restart", Value::name_pairs),
        fpu: task.get("fpu").and_then(|value| value.boolean()),
        budget: task.get("budget").and_then(|value| budget::parse(&value)),
        max_sizes: task.get("max-sizes").map_or_else(MaxSizes::default, max_sizes),
        rights: task.get("rights").map_or_else(RawRights::default, |value| rights::parse(&value)),
        misspelt: Vec::new(),
    }
}

fn check_length(name: &At<String>, value: &Value<'_>) {
    if name.value.len() > NAME_BYTES {
        let message = format!("the name `{}` is too long", name.value);
        let help = format!("a task's name has at most {NAME_BYTES} characters");
        let length = format!("{} characters", name.value.len());
        value.log.add(Diagnostic::new(Code::BadName, message, name.place, length).help(help));
    }
}

/// What a reader makes of an optional key, or nothing.
fn list<'a, T>(
    task: &mut Fields<'a>,
    key: &'static str,
    read: impl FnOnce(&Value<'a>) -> Vec<T>,
) -> Vec<T> {
    task.get(key).map_or_else(Vec::new, |value| read(&value))
}

fn stack(value: &Value<'_>) -> Option<At<u64>> {
    let bytes = value.size()?.value;
    if bytes < LEAST_STACK {
        let message = format!("{} is too small", value.what());
        let label = format!("{} holds no call frame of use", show_size(bytes));
        value.wrong(Code::BadSize, message, &label, "write \"4 KiB\": it takes whole pages anyway");
    }
    Some(value.at(pages(bytes)))
}

fn stack_check(task: &mut Fields<'_>) -> Option<StackCheck> {
    let parts = |value: &Value<'_>| -> Vec<String> {
        value.list().iter().filter_map(|part| Some(part.text()?.value)).collect()
    };
    let calls = |value: &Value<'_>| -> Vec<(String, Vec<String>)> {
        let entries = value.entries().into_iter();
        entries.map(|(caller, callees)| (caller.value.to_owned(), parts(&callees))).collect()
    };
    let declared = StackCheck {
        calls: list(task, "stack-calls", calls),
        recursion: list(task, "stack-recursion", parts),
    };
    let wanted = task.get("stack-check").and_then(|value| value.boolean());
    wanted.is_none_or(|wanted| wanted.value).then_some(declared)
}

fn whole_pages(value: &Value<'_>) -> Option<At<u64>> {
    let bytes = value.size()?.value;
    Some(value.at(pages(bytes)))
}

/// `{ "SOURCE.PART" = "notification" }`; the sources are looked up later.
fn dotted(value: &Value<'_>, what: &str, example: &str) -> Vec<(At<String>, At<String>)> {
    let pair = |(source, bit): (At<&str>, Value<'_>)| {
        let source = At { value: source.value.to_owned(), place: source.place };
        if bit.is_table() {
            let message = format!("the source of {what} needs quotes");
            let help = format!("write, for example: \"{example}\" = \"irq\"");
            bit.wrong(Code::WrongType, message, "the dot makes this a table", &help);
            return None;
        }
        Some((source, bit.name()?))
    };
    value.entries().into_iter().filter_map(pair).collect()
}

/// `{ "SLOT.EVENT" = "notification" }`.
fn events(value: &Value<'_>) -> Vec<(At<String>, At<String>)> {
    dotted(value, "an event", "disk.changed")
}

/// `{ interface = { operation = ["task"] } }`.
fn callers(value: &Value<'_>) -> Vec<(At<String>, Vec<NamedTasks>)> {
    by_name(value, |operations| by_name(operations, Value::names))
}

/// The entries whose keys are names.
fn by_name<'a, T>(
    value: &Value<'a>,
    read: impl Fn(&Value<'a>) -> Vec<T>,
) -> Vec<(At<String>, Vec<T>)> {
    let one = |(name, value): (At<&str>, Value<'a>)| {
        let name = At { value: name.value.to_owned(), place: name.place };
        Some((check_name(name, value.log)?, read(&value)))
    };
    value.entries().into_iter().filter_map(one).collect()
}

/// `{ slot = "task" }`, or `["task"]` where both have one name.
fn slots(value: &Value<'_>) -> Vec<(At<String>, At<String>)> {
    if value.is_list() {
        return value.names().into_iter().map(|name| (name.clone(), name)).collect();
    }
    value.name_pairs()
}

/// `{ region = "rw" }`, or `{ resource = { region = "region", access = "rw" } }`.
fn regions(value: &Value<'_>) -> Vec<RawShare> {
    let one = |(name, share): (At<&str>, Value<'_>)| {
        let resource = At { value: name.value.to_owned(), place: name.place };
        let resource = check_name(resource, value.log)?;
        if !share.is_table() {
            let access = share.choice(&ACCESS)?.value;
            return Some(RawShare { region: resource.clone(), resource, access });
        }
        let fields = share.fields("a region of a task", |share| {
            let region = share.get("region").and_then(|value| value.name());
            (region, share.get("access").and_then(|value| value.choice(&ACCESS)))
        });
        let (region, access) = fields?;
        Some(RawShare { resource, region: region?, access: access?.value })
    };
    value.entries().into_iter().filter_map(one).collect()
}

/// `{ "/data" = { … } }`; the paths are looked at later.
fn mounts(value: &Value<'_>) -> Vec<RawMount> {
    let one = |(path, value): (At<&str>, Value<'_>)| {
        let path = At { value: path.value.to_owned(), place: path.place };
        value.fields(format!("mount `{}`", path.value), |mount| RawMount {
            path,
            server: mount.get("server").and_then(|value| value.name()),
            write: mount.get("access").and_then(|value| Some(value.choice(&MAY_WRITE)?.value)),
            subtree: mount.get("subtree").and_then(|value| value.text()),
            open: mount.get("open").and_then(|value| value.small()?.value.try_into().ok()),
        })
    };
    value.entries().into_iter().filter_map(one).collect()
}

fn max_sizes(value: Value<'_>) -> MaxSizes {
    let sizes = value.fields("`max-sizes`", |sizes| MaxSizes {
        text: sizes.get("text").and_then(|value| value.size()).map(|size| size.value),
        ram: sizes.get("ram").and_then(|value| value.size()).map(|size| size.value),
    });
    sizes.unwrap_or_default()
}
