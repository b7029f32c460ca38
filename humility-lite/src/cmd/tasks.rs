//! `tasks`: where every task stands, and why the dead ones died.

use super::bits::{listed, names};
use super::place::{is_of, show};
use crate::fault::Fault;
use crate::program::Place;
use crate::record::{Peer, Record, Records, State};
use crate::space::Owner;
use crate::table::{Align, Table, or_unknown};
use crate::target::Target;
use crate::unwind::{At, Frame};
use anyhow::Result;
use serde::Serialize;
use std::fmt;

/// All tasks.
#[derive(Serialize)]
pub struct Answer {
    app: String,
    image_id: u64,
    tasks: Vec<Task>,
}

#[derive(Serialize)]
struct Task {
    index: usize,
    name: String,
    priority: u32,
    generation: Option<u32>,
    restarts: Option<u32>,
    /// How often it spent its budget too early.
    overruns: Option<u32>,
    /// A word; `None` if the record is damaged.
    state: Option<&'static str>,
    /// In words, with peers and notifications.
    standing: String,
    peer: Option<String>,
    /// Names of notifications set and not yet received.
    notifications: Vec<String>,
    /// Names of notifications that end its receive.
    waits_for: Vec<String>,
    deadline: Option<u64>,
    gone: bool,
    pc: Option<u64>,
    /// Around the program counter, the innermost first.
    places: Vec<Place>,
    /// The newest place on its stack that is of its own crate.
    own: Option<Place>,
    /// Why it died, or why its last life did.
    fault: Option<FaultReport>,
}

#[derive(Serialize)]
struct FaultReport {
    kind: &'static str,
    detail: u32,
    address: Option<u64>,
    pc: u64,
    from: Option<String>,
    explanation: String,
    message: Option<String>,
    places: Vec<Place>,
}

pub fn answer(target: &Target) -> Result<Answer> {
    let records = Records::new(target)?;
    let tasks = (0..target.manifest.tasks.len()).map(|index| describe(target, &records, index));
    Ok(Answer {
        app: target.manifest.app.clone(),
        image_id: target.manifest.image_id,
        tasks: tasks.collect(),
    })
}

fn describe(target: &Target, records: &Records<'_>, index: usize) -> Task {
    let record = records.get(index);
    let trace = super::backtrace::trace(target, records, index, &record);
    let trace = trace.map(|(trace, _)| trace.frames).unwrap_or_default();
    let peer = record.peer.and_then(|peer| peer_name(target, peer));
    let manifest = &target.manifest.tasks[index];
    let waits = record.state == Some(State::InRecv);
    Task {
        index,
        name: manifest.name.clone(),
        priority: manifest.priority,
        generation: record.generation,
        restarts: record.restarts,
        overruns: record.overruns,
        state: record.state.map(word),
        standing: standing(target, index, &record, peer.as_deref()),
        peer,
        notifications: names(Some(manifest), record.notifications.unwrap_or(0)),
        waits_for: names(Some(manifest), record.mask.filter(|_| waits).unwrap_or(0)),
        deadline: record.timer.map(|(_, deadline)| deadline),
        gone: record.gone,
        pc: trace.first().map(|frame| frame.pc),
        places: trace.first().map(|frame| frame.places.clone()).unwrap_or_default(),
        own: own(&trace, &manifest.krate),
        fault: report(target, index, &record),
    }
}

fn own(trace: &[Frame], krate: &str) -> Option<Place> {
    trace.iter().flat_map(|frame| &frame.places).find(|place| is_of(place, krate)).cloned()
}

const fn word(state: State) -> &'static str {
    match state {
        State::Stopped => "stopped",
        State::Ready => "ready",
        State::InRecv => "receiving",
        State::InSend => "sending",
        State::InReply => "awaiting-reply",
        State::Faulted => "faulted",
        State::Running => "running",
        State::Spent => "out-of-budget",
    }
}

fn peer_name(target: &Target, peer: Peer) -> Option<String> {
    match peer {
        Peer::Task(index) => Some(target.name(Owner::Task(index)).to_owned()),
        Peer::Anyone | Peer::Kernel => None,
    }
}

fn standing(target: &Target, index: usize, record: &Record, peer: Option<&str>) -> String {
    let Some(state) = record.state else { return "? (its record is damaged)".to_owned() };
    let peer = peer.unwrap_or("?");
    let words = match state {
        State::InRecv => {
            let bits = listed(target.manifest.tasks.get(index), record.mask.unwrap_or(0));
            let message = match record.peer {
                Some(Peer::Anyone) => "a message",
                Some(Peer::Kernel) => "",
                _ => &format!("a message of {peer}"),
            };
            let or = if message.is_empty() || bits.is_empty() { "" } else { " or " };
            let nothing = if message.is_empty() && bits.is_empty() { "nothing" } else { "" };
            format!("waits for {message}{or}{bits}{nothing}")
        }
        State::InSend => format!("waits until {peer} receives its call"),
        State::InReply => format!("waits for the answer of {peer}"),
        State::Faulted if record.gone => "FAULTED, held for good".to_owned(),
        State::Faulted => "FAULTED".to_owned(),
        State::Stopped if record.gone => "held for good".to_owned(),
        State::Stopped => "not started".to_owned(),
        State::Ready => "ready".to_owned(),
        State::Running => "running".to_owned(),
        State::Spent => "out of budget until its next period".to_owned(),
    };
    match listed(target.manifest.tasks.get(index), record.notifications.unwrap_or(0)) {
        set if set.is_empty() => words,
        set => format!("{words}; {set} set"),
    }
}

fn report(target: &Target, index: usize, record: &Record) -> Option<FaultReport> {
    let fault = record.fault.filter(Fault::is_one)?;
    // Its next life begins with painting the stack, where the message was.
    let is_kept = matches!(record.state, Some(State::Faulted | State::Stopped));
    let at = if fault.is_in_call() { At::Before } else { At::This };
    let program = target.program(Owner::Task(index));
    let from = target.manifest.tasks.get(fault.from as usize);
    Some(FaultReport {
        kind: fault.kind_name(),
        detail: fault.detail,
        address: fault.has_address().then_some(fault.address),
        pc: fault.pc,
        from: from.filter(|_| fault.has_cause()).map(|task| task.name.clone()),
        explanation: fault.words(target, index),
        message: is_kept.then(|| fault.panic_message(target, index)).flatten(),
        places: program.map(|it| caller(it.places(at.instruction(fault.pc)))).unwrap_or_default(),
    })
}

/// Without the stubs of system calls that were inlined: all faults in a call would look alike.
fn caller(mut places: Vec<Place>) -> Vec<Place> {
    let stubs = places.iter().take_while(|place| place.inlined && is_stub(&place.function)).count();
    places.drain(..stubs);
    places
}

fn is_stub(function: &str) -> bool {
    function.starts_with("userlib::svc::") || function.starts_with("userlib::sys::")
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, image {:016x}\n", self.app, self.image_id)?;
        let mut table = Table::new(&[
            ("id", Align::Right),
            ("task", Align::Left),
            ("prio", Align::Right),
            ("gen", Align::Right),
            ("restarts", Align::Right),
            ("state", Align::Left),
        ]);
        for task in &self.tasks {
            table.row([
                task.index.to_string(),
                task.name.clone(),
                task.priority.to_string(),
                or_unknown(task.generation),
                or_unknown(task.restarts),
                task.standing.clone(),
            ]);
            notes(&mut table, task);
        }
        write!(f, "{table}")
    }
}

fn notes(table: &mut Table, task: &Task) {
    match task.overruns {
        None | Some(0) => (),
        Some(1) => table.note("spent its budget before the period was over, once"),
        Some(times) => {
            table.note(format!("spent its budget before the period was over, {times} times"));
        }
    }
    let is_dead = task.state == Some("faulted");
    let started = task.state.is_some_and(|state| state != "stopped");
    if let Some(fault) = &task.fault {
        let which = if is_dead { "" } else { "last life: " };
        let is_panic = fault.kind == "panic";
        let is_lost = is_panic && started && !is_dead;
        let lost = if is_lost { " (its message is overwritten)" } else { "" };
        table.note(format!("{which}{}{lost}", fault.explanation));
        for line in fault.message.iter().flat_map(|message| message.lines()) {
            table.note(format!("  {line}"));
        }
        // Every panic is in the same function of the library.
        let is_told = fault.message.is_some() && task.own.is_some();
        if !(is_panic && (is_lost || is_told)) {
            table.note(format!("  at {}", exact(fault.pc, &fault.places)));
        }
    }
    // Where it died may be in a library; then who called that is of interest.
    let is_told = |own| task.fault.as_ref().and_then(|fault| fault.places.first()) == Some(own);
    match &task.own {
        Some(own) if is_dead && is_told(own) => (),
        Some(own) if is_dead => table.note(format!("  in {}", show(own))),
        Some(own) if started => table.note(format!("in {}", show(own))),
        None if started && !is_dead => {
            table.note(format!("at {}", exact(task.pc.unwrap_or(0), &task.places)));
        }
        _ => (),
    }
}

fn exact(pc: u64, places: &[Place]) -> String {
    places.first().map_or_else(|| format!("{pc:#x}"), show)
}
