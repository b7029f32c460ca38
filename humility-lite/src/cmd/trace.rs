//! `trace`: what the kernel did lately.

use super::bits::names;
use crate::fault::brief;
use crate::interface::Interfaces;
use crate::table::{Align, Table};
use crate::target::Target;
use crate::trace::{Entry, Event, TaskNumber, Then, decode};
use anyhow::Result;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The trace.
#[derive(Serialize)]
pub struct Answer {
    app: String,
    /// The counter's steps in a second, if they are known.
    frequency: Option<u64>,
    /// The oldest first.
    entries: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    /// How many events came before it.
    number: u64,
    /// Counter value.
    time: u64,
    /// The same since the counter began.
    seconds: Option<f64>,
    /// Counter steps to the last event of the trace.
    ticks_before_end: i128,
    /// The same in microseconds.
    us_before_end: Option<f64>,
    /// To whom it happened.
    task: Option<String>,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum What {
    Switch,
    Send {
        to: String,
        operation: u16,
        /// `INTERFACE.OPERATION`.
        name: Option<String>,
        length: u32,
        leases: u32,
        /// Whether the server runs at once.
        switches: bool,
    },
    Reply {
        to: String,
        code: u32,
        /// What it answers.
        call: Option<String>,
        /// `ERROR.VARIANT`.
        error: Option<String>,
        switches: bool,
    },
    Interrupt {
        irq: u32,
        /// `DEVICE.NAME`.
        source: Option<String>,
    },
    Fault {
        kind: u32,
        detail: u32,
        explanation: String,
    },
    Timer {
        timer: u32,
        explanation: String,
    },
    Restart {
        generation: u32,
    },
    Post {
        to: String,
        bits: u32,
        notifications: Vec<String>,
    },
    Idle,
    Unknown {
        event_number: u8,
        what: u64,
    },
}

pub fn answer(target: &Target, last: Option<usize>, task: Option<&str>) -> Result<Answer> {
    let wanted = task.map(|task| target.task(task)).transpose()?;
    let entries = crate::trace::read(target)?;
    let frequency = super::ringbuf::frequency(target);
    let end = entries.last().map_or(0, |entry| entry.time);
    let mut reader = Reader::new(target);
    let mut lines = Vec::new();
    for entry in &entries {
        // Each is read, wanted or not: an answer is understood by its call.
        let (task, event) = decode(entry.what);
        let line = reader.line(entry, (end, frequency));
        if wanted.is_none_or(|wanted| concerns(wanted, task, event)) {
            lines.push(line);
        }
    }
    reader.complain();
    lines.drain(..lines.len().saturating_sub(last.unwrap_or(usize::MAX)));
    Ok(Answer { app: target.manifest.app.clone(), frequency, entries: lines })
}

/// Whether an event names a task.
fn concerns(wanted: TaskNumber, task: TaskNumber, event: Event) -> bool {
    match event {
        Event::Send { to, .. } | Event::Reply { to, .. } | Event::Post { to, .. } => {
            wanted == task || wanted == to
        }
        Event::Idle | Event::Unknown(_) => false,
        _ => wanted == task,
    }
}

/// Numbers of the events that have something that cannot be.
#[derive(Default)]
struct Odd(BTreeSet<u64>);

impl Odd {
    fn complain(&self, target: &Target, what: &str) {
        if let Some(first) = self.0.first() {
            let count = self.0.len();
            target.problem(format!("events of the trace {what}: {count}, the first is {first}"));
        }
    }
}

struct Reader<'t> {
    target: &'t Target,
    interfaces: Interfaces<'t>,
    /// By caller: the server and operation it waits for.
    calls: BTreeMap<TaskNumber, (TaskNumber, u16)>,
    unknown_events: Odd,
    unknown_tasks: Odd,
}

impl<'t> Reader<'t> {
    fn new(target: &'t Target) -> Self {
        Self {
            target,
            interfaces: Interfaces::new(target),
            calls: BTreeMap::new(),
            unknown_events: Odd::default(),
            unknown_tasks: Odd::default(),
        }
    }

    fn complain(&self) {
        self.unknown_events.complain(self.target, "that do not exist");
        self.unknown_tasks.complain(self.target, "that name tasks that do not exist");
    }

    fn line(&mut self, entry: &Entry, (end, frequency): (u64, Option<u64>)) -> Line {
        let (task, event) = decode(entry.what);
        let is_of_task = !matches!(event, Event::Idle | Event::Unknown(_));
        let seconds = |ticks: f64| frequency.map(|frequency| ticks / frequency as f64);
        let before = i128::from(end) - i128::from(entry.time);
        Line {
            number: entry.number,
            time: entry.time,
            seconds: seconds(entry.time as f64),
            ticks_before_end: before,
            us_before_end: seconds(before as f64).map(|seconds| seconds * 1e6),
            task: is_of_task.then(|| self.name(entry, task)),
            what: self.what(entry, task, event),
        }
    }

    fn name(&mut self, entry: &Entry, task: TaskNumber) -> String {
        match self.target.manifest.tasks.get(task) {
            Some(task) => task.name.clone(),
            None => {
                self.unknown_tasks.0.insert(entry.number);
                format!("task #{task}")
            }
        }
    }

    fn what(&mut self, entry: &Entry, task: TaskNumber, event: Event) -> What {
        match event {
            Event::Switch => What::Switch,
            Event::Send { to, operation, length, leases, then } => {
                self.calls.insert(task, (to, operation));
                let name = self.interfaces.operation(to, operation);
                let switches = then == Then::Switches;
                What::Send { to: self.name(entry, to), operation, name, length, leases, switches }
            }
            Event::Reply { to, code, then } => self.reply(entry, task, (to, code, then)),
            Event::Interrupt(irq) => What::Interrupt { irq, source: self.source(task, irq) },
            Event::Fault { kind, detail } => {
                What::Fault { kind, detail, explanation: brief(kind, detail) }
            }
            Event::Timer(timer) => What::Timer { timer, explanation: self.timer(task, timer) },
            Event::Restart(generation) => What::Restart { generation },
            Event::Post { to, bits } => {
                let notifications = names(self.target.manifest.tasks.get(to), bits);
                What::Post { to: self.name(entry, to), bits, notifications }
            }
            Event::Idle => What::Idle,
            Event::Unknown(event_number) => {
                self.unknown_events.0.insert(entry.number);
                What::Unknown { event_number, what: entry.what }
            }
        }
    }

    fn reply(
        &mut self,
        entry: &Entry,
        task: TaskNumber,
        (to, code, then): (TaskNumber, u32, Then),
    ) -> What {
        // A task has one call at a time; the trace may begin in the middle of it.
        let call = self.calls.remove(&to).filter(|(server, _)| *server == task);
        let error = call.and_then(|(_, operation)| {
            self.interfaces.error(task, operation, code).filter(|_| code != 0)
        });
        let call = call.and_then(|(_, operation)| self.interfaces.operation(task, operation));
        let switches = then == Then::Switches;
        What::Reply { to: self.name(entry, to), code, call, error, switches }
    }

    /// The name of a task's interrupt.
    fn source(&self, task: TaskNumber, irq: u32) -> Option<String> {
        let interrupts = &self.target.manifest.tasks.get(task)?.interrupts;
        interrupts.iter().find(|one| one.irq == irq).map(|one| one.source.clone())
    }

    fn timer(&self, task: TaskNumber, timer: u32) -> String {
        let task = self.target.manifest.tasks.get(task);
        let budget = task.is_none_or(|task| task.budget.is_some());
        let slice = task.is_none_or(|task| task.slice_ns != 0);
        match timer {
            0 => "its timer expires",
            1 => "the deadline of its call passes",
            2 if budget && !slice => "its budget is spent, or its next period begins",
            2 if slice && !budget => "its time slice ends",
            2 => "its time slice or budget ends, or its next period begins",
            timer => return format!("timer #{timer} expires"),
        }
        .to_owned()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entries.is_empty() {
            return writeln!(f, "{}: no events to show", self.app);
        }
        match self.frequency {
            Some(hertz) => write!(f, "{}, {hertz} counter steps in a second", self.app)?,
            None => write!(
                f,
                "{}, times in counter steps (no ring buffer in use tells how long they are)",
                self.app
            )?,
        }
        f.write_str("\n\n")?;
        let align = [Align::Right, Align::Right, Align::Right, Align::Left, Align::Left];
        let unit = if self.frequency.is_some() { "us before end" } else { "before end" };
        let names = ["event", unit, "time", "task", "what"];
        let columns: Vec<_> = names.into_iter().zip(align).collect();
        let mut table = Table::new(&columns);
        for line in &self.entries {
            let ticks = || (line.ticks_before_end.to_string(), line.time.to_string());
            let exact = |(us, seconds)| (format!("{us:.2}"), format!("{seconds:.6} s"));
            let times = line.us_before_end.zip(line.seconds);
            let (before, time) = times.map_or_else(ticks, exact);
            let task = line.task.clone().unwrap_or_default();
            table.row([line.number.to_string(), before, time, task, line.what.to_string()]);
        }
        write!(f, "{table}")
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch => f.write_str("runs"),
            Self::Send { to, operation, name, length, leases, switches } => {
                match name {
                    Some(name) => write!(f, "calls {to}: {name}")?,
                    None => write!(f, "calls {to}: #{operation}")?,
                }
                for (count, of) in [(*length, "byte"), (*leases, "lease")] {
                    f.write_str(&with(count, of))?;
                }
                f.write_str(&then(to, *switches))
            }
            Self::Reply { to, code, call, error, switches } => {
                match call {
                    Some(call) => write!(f, "answers {to}'s {call}: ")?,
                    None => write!(f, "answers {to}: ")?,
                }
                match (code, error) {
                    (0, _) => write!(f, "ok")?,
                    (code, Some(error)) => write!(f, "{error} ({code})")?,
                    (code, None) => write!(f, "code {code}")?,
                }
                f.write_str(&then(to, *switches))
            }
            Self::Interrupt { irq, source: Some(source) } => {
                write!(f, "interrupt {source} ({irq})")
            }
            Self::Interrupt { irq, source: None } => {
                write!(f, "interrupt #{irq}, which is none of its own")
            }
            Self::Fault { explanation, .. } => write!(f, "FAULTS: {explanation}"),
            Self::Timer { explanation, .. } => f.write_str(explanation),
            Self::Restart { generation: 0 } => f.write_str("starts"),
            Self::Restart { generation } => write!(f, "is restarted: generation {generation}"),
            Self::Post { to, notifications, .. } => {
                write!(f, "posts {} to {to}", notifications.join(", "))
            }
            Self::Idle => f.write_str("nobody can run until an interrupt comes"),
            Self::Unknown { event_number, what } => {
                write!(f, "event #{event_number}, which does not exist ({what:#018x})")
            }
        }
    }
}

/// What comes with a call, if there is any.
fn with(count: u32, what: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(", 1 {what}"),
        count => format!(", {count} {what}s"),
    }
}

fn then(other: &str, switches: bool) -> String {
    if switches { format!("; {other} runs") } else { String::new() }
}
