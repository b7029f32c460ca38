//! The app as meant: names looked up, rules checked, everything put together.
//!
//! Each file decides one kind of question and words its answers. A check skips what an earlier
//! mistake left out, so that one mistake makes one message.

mod devices;
mod interfaces;
mod interrupts;
mod memory;
mod mounts;
mod names;
mod notifications;
mod priority;
mod raised;
mod rights;
mod slots;
mod supervisor;
mod time;
mod waits;
mod waste;

pub(crate) use priority::is_idle;

use crate::app::{App, Budget, KernelSettings, Region, Task};
use crate::board::Board;
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log};
use crate::parse::{RawApp, RawTask};
use crate::suggest;

/// What every check looks at.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub app: &'a RawApp,
    /// `None` if it could not be read, which has been noted.
    pub board: Option<&'a Board>,
    pub log: &'a Log,
}

impl<'a> Context<'a> {
    /// The index of a task.
    fn task(self, name: &At<String>) -> Option<usize> {
        let index = self.app.tasks.iter().position(|task| task.name.value == name.value);
        if index.is_none() {
            let message = format!("there is no task `{}`", name.value);
            let known = self.app.tasks.iter().map(|task| task.name.value.as_str());
            self.log.add(
                Diagnostic::new(Code::UnknownTask, message, name.place, "no such task")
                    .maybe_help(suggest::help(&name.value, "the tasks are", known)),
            );
        }
        index
    }

    /// The tasks with their indices.
    fn tasks(self) -> impl Iterator<Item = (usize, &'a RawTask)> {
        self.app.tasks.iter().enumerate()
    }
}

/// What was found out about one task, by index.
struct Resolved {
    notifications: Vec<notifications::Bits>,
    devices: Vec<devices::Uses>,
    interrupts: Vec<Vec<crate::app::Interrupt>>,
    slots: Vec<Vec<crate::app::Slot>>,
    mounts: Vec<Vec<crate::app::Mount>>,
    senders: Vec<Vec<crate::app::Slot>>,
    regions: Vec<Vec<crate::app::RegionUse>>,
    callers: Vec<Vec<crate::app::CallerRule>>,
    events: Vec<Vec<crate::app::EventUse>>,
    rights: Vec<crate::app::Rights>,
    budgets: Vec<Option<Budget>>,
    time_slices: Vec<(u32, u64)>,
}

/// Makes all checks. What comes back is only good if the log is empty.
pub(crate) fn check(cx: Context<'_>) -> Option<App> {
    priority::check(cx);
    supervisor::check(cx);
    names::check(cx);
    raised::check(cx);
    let notifications = notifications::resolve(cx);
    let slots = slots::resolve(cx);
    let mounts = mounts::resolve(cx);
    // Whom a task may send to in either way.
    let ways = mounts::with_slots(&slots, &mounts);
    let events = interfaces::events(cx, &slots, &notifications);
    let resolved = Resolved {
        devices: devices::resolve(cx),
        interrupts: interrupts::resolve(cx, &notifications),
        senders: waits::resolve(cx, &ways),
        callers: interfaces::callers(cx, &ways),
        slots,
        mounts,
        regions: memory::resolve(cx),
        rights: rights::resolve(cx, &notifications, &events),
        events,
        budgets: time::budgets(cx, &notifications),
        time_slices: time::slices(cx),
        notifications,
    };
    if !cx.log.is_good() {
        return None;
    }
    // What a mistake left over is not wasted.
    time::sum(cx);
    waste::check(cx, &resolved.regions, &resolved.devices);
    assemble(cx, resolved)
}

fn assemble(cx: Context<'_>, mut resolved: Resolved) -> Option<App> {
    let region = |raw: &crate::parse::RawRegion| {
        let address = raw.address.as_ref().map(|address| address.value);
        let size = raw.size.as_ref()?.value;
        let (name, dma) = (raw.name.value.clone(), !raw.dma.is_empty());
        Some(Region { name, size, address, dma, contents: None })
    };
    let regions = cx.app.regions.iter().map(region).collect::<Option<_>>()?;
    let tasks = cx.tasks().map(|(index, raw)| assemble_task(index, raw, &mut resolved));
    let tasks = tasks.collect::<Option<_>>()?;
    Some(App {
        name: cx.app.name.as_ref()?.value.clone(),
        board: cx.board?.clone(),
        kernel: KernelSettings {
            time_slices: std::mem::take(&mut resolved.time_slices),
            ..cx.app.kernel.settings.clone()
        },
        regions,
        tasks,
        text: String::new(),
        version: cx.app.version.as_ref().map(|version| version.value.clone()),
        archive: Vec::new(),
        origin: crate::Origin::default(),
        warnings: Vec::new(),
    })
}

fn assemble_task(index: usize, raw: &RawTask, resolved: &mut Resolved) -> Option<Task> {
    let bits = std::mem::take(resolved.notifications.get_mut(index)?);
    let timer = raw.timer.as_ref().and_then(|name| bits.number(&name.value));
    let uses = std::mem::take(resolved.devices.get_mut(index)?);
    Some(Task {
        name: raw.name.value.clone(),
        krate: raw.krate.as_ref()?.value.clone(),
        features: values(&raw.features),
        default_features: value(raw.default_features.as_ref()).unwrap_or(true),
        priority: raw.priority.as_ref()?.value,
        stack: raw.stack.as_ref()?.value,
        stack_check: raw.stack_check.clone(),
        notifications: bits.names,
        devices: uses.devices,
        interrupts: std::mem::take(resolved.interrupts.get_mut(index)?),
        slots: std::mem::take(resolved.slots.get_mut(index)?),
        mounts: std::mem::take(resolved.mounts.get_mut(index)?),
        senders: std::mem::take(resolved.senders.get_mut(index)?),
        timer,
        dma: value(raw.dma.as_ref()),
        regions: std::mem::take(resolved.regions.get_mut(index)?),
        tables: uses.tables,
        serves: values(&raw.serves),
        callers: std::mem::take(resolved.callers.get_mut(index)?),
        events: std::mem::take(resolved.events.get_mut(index)?),
        start: value(raw.start.as_ref()).unwrap_or(true),
        phase: value(raw.phase.as_ref()).unwrap_or(0),
        ready_within_ms: value(raw.ready_within.as_ref()),
        check_in_ms: value(raw.check_in.as_ref()),
        restart: value(raw.restart.as_ref()).unwrap_or(crate::parse::DEFAULT_RESTART),
        dump: value(raw.dump.as_ref()).unwrap_or(false),
        on_restart: bits.on_restart,
        fpu: value(raw.fpu.as_ref()).unwrap_or(false),
        budget: *resolved.budgets.get(index)?,
        max_sizes: raw.max_sizes,
        rights: std::mem::take(resolved.rights.get_mut(index)?),
    })
}

fn value<T: Copy>(at: Option<&At<T>>) -> Option<T> {
    at.map(|at| at.value)
}

fn values(names: &[At<String>]) -> Vec<String> {
    names.iter().map(|name| name.value.clone()).collect()
}
