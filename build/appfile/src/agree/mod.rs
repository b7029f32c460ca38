//! Whether a task's own crate and the app file agree: the resources it takes, the settings it wants
//! to be told, the rights it uses, the interfaces it serves and asks.

mod clients;
mod description;
mod forms;
mod interfaces;
mod resources;
mod rights;
mod settings;
mod sides;
mod stack;

pub use interfaces::Tables;
pub use sides::{Interface, Served, Sides};
pub use stack::StackNeed;

use crate::app::App;
use crate::diagnostic::{Log, Report};

/// What a task's object says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// What its `resources!` names.
    pub takes: Vec<Take>,
    /// The interfaces it serves and asks.
    pub sides: Sides,
    /// The line that its `config!` leaves: see `userlib::settings`.
    pub config: Option<String>,
    /// How much stack its instructions can need, or why that is not known.
    pub stack: Result<StackNeed, String>,
}

impl Default for Declared {
    fn default() -> Self {
        Self {
            takes: Vec::new(),
            sides: Sides::default(),
            config: None,
            stack: Ok(StackNeed::default()),
        }
    }
}

/// A resource that a task takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// `device`, `slot` and so on.
    pub kind: String,
    /// As Rust spells it.
    pub name: String,
}

impl Declared {
    /// From the lines of a task's list of resources, `KIND NAME`, and its description of settings.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn read(resources: &str, config: &str) -> Result<Self, String> {
        let mut takes: Vec<Take> = Vec::new();
        let mut sides = Sides::default();
        for line in resources.lines() {
            let (kind, name) =
                line.split_once(' ').ok_or_else(|| format!("`{line}` is damaged"))?;
            if sides.take(kind, name)? {
                continue;
            }
            let take = Take { kind: kind.to_owned(), name: name.to_owned() };
            if takes.contains(&take) {
                return Err(format!("it takes the {kind} `{name}` twice"));
            }
            takes.push(take);
        }
        let mut lines = config.lines();
        let config = lines.next().map(str::to_owned);
        match lines.next() {
            Some(_) => Err("it has two `config!`".to_owned()),
            None => Ok(Self { takes, sides, config, ..Self::default() }),
        }
    }
}

/// What comes of it when every task and the app file agree.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// The record of each task's settings, by task index.
    pub settings: Vec<Vec<u8>>,
    /// The tables of the interfaces that each task serves, by task index.
    pub tables: Vec<Tables>,
    /// What was found that need not stop a build.
    pub warnings: Report,
}

/// Compares what tasks declare, by task index, with the app file, and clients with servers.
///
/// # Errors
/// Every disagreement there is.
pub fn agree(app: &App, declared: &[Declared]) -> Result<Agreement, Report> {
    let log = Log::default();
    for (task, declared) in app.tasks.iter().zip(declared) {
        resources::compare(app, task, &declared.takes, &log);
        stack::check(app, task, &declared.stack, &log);
    }
    let tables = interfaces::tables(app, declared, &log);
    let settings = settings::records(app, declared, &log);
    finish(app, log).map(|warnings| Agreement { settings, tables, warnings })
}

/// Rights that no task's code uses, to be shown: from the names in each linked task's debug
/// information (`.debug_str`), by task index. Where there are none, nothing is known.
///
/// # Errors
/// If the app file takes them for mistakes.
pub fn unused_rights(app: &App, names: &[&[u8]]) -> Result<Report, Report> {
    let log = Log::default();
    // The supervisor's rights are not its choice.
    for (task, names) in app.tasks.iter().zip(names).skip(abi::SUPERVISOR + 1) {
        rights::check(&app.origin, task, names, &log);
    }
    finish(app, log)
}

fn finish(app: &App, log: Log) -> Result<Report, Report> {
    let diagnostics = app.origin.lints.apply(log.into_sorted());
    let report = Report { sources: app.origin.sources.clone(), diagnostics };
    if report.is_refusal() { Err(report) } else { Ok(report) }
}
