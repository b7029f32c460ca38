//! The app file as written: types are right, names not yet looked up.
//!
//! What is `None` was left out, or was wrong and has been noted.

mod board;
mod budget;
mod kernel;
mod region;
mod restart;
mod rights;
mod task;

use crate::app::{Access, KernelSettings, MaxSizes, Restart, StackCheck};
use crate::code::Code;
use crate::diagnostic::{At, Log, Place};
use crate::inherit::ABOUT_FILES;
use crate::lints::Lints;
use crate::reader::{Fields, Value, read_root};
use crate::schema::APP;
use crate::tree::Entry;

pub(crate) use board::{overlap, parse as parse_board};
pub(crate) use restart::DEFAULT as DEFAULT_RESTART;

/// The least important.
const MAX_PRIORITY: u64 = abi::PRIORITIES as u64 - 1;

/// The whole file.
pub(crate) struct RawApp {
    pub name: Option<At<String>>,
    pub board: Option<At<String>>,
    pub kernel: RawKernel,
    pub version: Option<At<String>>,
    pub archive: Vec<At<String>>,
    pub lints: Lints,
    pub regions: Vec<RawRegion>,
    pub tasks: Vec<RawTask>,
}

/// `[kernel]`.
pub(crate) struct RawKernel {
    /// All but the time slices.
    pub settings: KernelSettings,
    /// Priority and nanoseconds.
    pub time_slices: Vec<(At<u32>, Option<At<u64>>)>,
}

/// `[regions.NAME]`.
pub(crate) struct RawRegion {
    pub name: At<String>,
    pub size: Option<At<u64>>,
    pub address: Option<At<u64>>,
    /// Devices that reach it.
    pub dma: Vec<At<String>>,
    /// The path of its contents.
    pub file: Option<At<String>>,
}

/// `[tasks.NAME]`.
pub(crate) struct RawTask {
    pub name: At<String>,
    pub krate: Option<At<String>>,
    pub features: Vec<At<String>>,
    pub default_features: Option<At<bool>>,
    pub priority: Option<At<u32>>,
    pub stack: Option<At<u64>>,
    pub stack_check: Option<StackCheck>,
    pub notifications: Vec<At<String>>,
    /// Name of the resource, and of the device or table.
    pub uses: Vec<(At<String>, At<String>)>,
    pub interrupts: Vec<(At<String>, At<String>)>,
    pub slots: Vec<(At<String>, At<String>)>,
    pub mounts: Vec<RawMount>,
    pub receives_from: Vec<(At<String>, At<String>)>,
    pub timer: Option<At<String>>,
    pub dma: Option<At<u64>>,
    pub regions: Vec<RawShare>,
    pub serves: Vec<At<String>>,
    /// Interface, operation, tasks.
    pub callers: Vec<(At<String>, Vec<NamedTasks>)>,
    /// `SLOT.EVENT` and notification.
    pub events: Vec<(At<String>, At<String>)>,
    pub start: Option<At<bool>>,
    pub phase: Option<At<u32>>,
    pub ready_within: Option<At<u32>>,
    pub check_in: Option<At<u32>>,
    pub restart: Option<At<Restart>>,
    pub dump: Option<At<bool>>,
    pub on_restart: Vec<(At<String>, At<String>)>,
    pub fpu: Option<At<bool>>,
    pub budget: Option<RawBudget>,
    pub max_sizes: MaxSizes,
    /// Keys that were probably meant and misspelt: that they are missing is no further mistake.
    pub misspelt: Vec<&'static str>,
    pub rights: RawRights,
}

/// `"/data" = { … }`.
pub(crate) struct RawMount {
    pub path: At<String>,
    pub server: Option<At<String>>,
    pub write: Option<bool>,
    pub subtree: Option<At<String>>,
    pub open: Option<u8>,
}

/// A shared region, as a task has it.
pub(crate) struct RawShare {
    /// What the task calls it.
    pub resource: At<String>,
    pub region: At<String>,
    pub access: Access,
}

/// A name, and the tasks that it is about.
pub(crate) type NamedTasks = (At<String>, Vec<At<String>>);

/// `budget = { … }`; times in nanoseconds.
pub(crate) struct RawBudget {
    pub place: Place,
    pub run: Option<At<u64>>,
    pub every: Option<At<u64>>,
    /// A notification of the supervisor.
    pub notify: Option<At<String>>,
}

/// `rights = { … }`.
#[derive(Default)]
pub(crate) struct RawRights {
    pub status: Whom,
    pub restart: Whom,
    pub fault: Whom,
    pub dump: Whom,
    pub reset: bool,
    pub post: Vec<(At<String>, Vec<At<String>>)>,
}

/// Tasks by name, or all.
#[derive(Default)]
pub(crate) struct Whom {
    /// Where it says so.
    pub all: Option<Place>,
    pub names: Vec<At<String>>,
}

/// Reads the app file.
pub(crate) fn parse_app(tree: &[Entry], log: &Log) -> RawApp {
    let read = |app: &mut Fields<'_>| RawApp {
        name: app.get("name").and_then(|value| value.name()),
        board: app.get("board").and_then(|value| value.text()),
        version: app.get("version").and_then(|value| value.text()),
        archive: app.get("archive").map_or_else(Vec::new, |value| texts(&value)),
        lints: Lints::parse(app.get("lints")),
        kernel: kernel::parse(app.get("kernel")),
        regions: region::parse(app.get("regions")),
        tasks: parse_tasks(app),
    };
    read_root(tree, 0, log, "the app", &APP, |app| {
        // Read long ago.
        ABOUT_FILES.iter().for_each(|key| drop(app.get(key)));
        is_config(app);
        read(app)
    })
}

fn texts(value: &Value<'_>) -> Vec<At<String>> {
    value.list().iter().filter_map(Value::text).collect()
}

/// `config` is a table; what is in it is for those to say whom it is for, when they are built.
fn is_config(fields: &mut Fields<'_>) {
    if let Some(value) = fields.get("config") {
        value.entries();
    }
}

fn parse_tasks(app: &mut Fields<'_>) -> Vec<RawTask> {
    let Some(tasks) = app.get("tasks") else {
        return Vec::new();
    };
    let entries = tasks.entries();
    if tasks.is_table() && entries.is_empty() {
        let message = "there are no tasks".to_owned();
        let help = "a system has at least a supervisor";
        tasks.wrong(Code::TaskCount, message, "nothing to run", help);
    }
    entries.into_iter().filter_map(|(name, value)| task::parse(name, &value)).collect()
}
