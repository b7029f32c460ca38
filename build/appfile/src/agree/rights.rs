//! Rights that are granted and never used: whoever would use one has, somewhere in the debug
//! information, the name of a function that does.

use super::Declared;
use crate::app::{Rights, Task};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Log};
use crate::origin::Origin;

/// Endings of mangled names, by what their functions need.
const USERS: [(&str, &[&str]); 6] = [
    ("status", &["4kipc11read_status", "4kipc12find_faulted", "4kipc18read_panic_message"]),
    ("restart", &["4kipc7restart", "4kipc4stop", "10Supervisor7restart"]),
    ("fault", &["4kipc5fault", "10Supervisor5crash"]),
    ("dump", &["4kipc11dump_region", "4kipc9read_dump", "4kipc18read_panic_message"]),
    ("reset", &["4kipc5reset"]),
    ("post", &["3sys4post"]),
];

impl Declared {
    /// The same, with what the names in the object's debug information (`.debug_str`) say. Without
    /// any, nothing is known.
    #[must_use]
    pub fn with_names(self, names: &[u8]) -> Self {
        let each = || names.split(|byte| *byte == 0).filter(|name| name.starts_with(b"_R"));
        let has = |user: &&str| each().any(|name| name.ends_with(user.as_bytes()));
        let used = USERS.iter().filter(|(_, users)| users.iter().any(has));
        let used = used.map(|(right, _)| *right).collect();
        Self { uses: (!names.is_empty()).then_some(used), ..self }
    }
}

/// The supervisor's are not its choice.
pub(super) fn check(origin: &Origin, index: usize, task: &Task, declared: &Declared, log: &Log) {
    let Some(used) = declared.uses.as_ref().filter(|_| index != abi::SUPERVISOR) else { return };
    for (right, _) in USERS.iter().filter(|(right, _)| !used.contains(right)) {
        if !has(&task.rights, right) {
            continue;
        }
        let path = ["tasks", &task.name, "rights", right];
        let place = origin.entry(&path).unwrap_or_default();
        let message = format!("task `{}` never uses its right to {}", task.name, in_words(right));
        let label = "nothing in its code asks for this";
        log.add(Diagnostic::new(Code::UnusedRight, message, place, label).help("remove it"));
    }
}

fn has(rights: &Rights, right: &str) -> bool {
    match right {
        "status" => !rights.status.is_empty(),
        "restart" => !rights.restart.is_empty(),
        "fault" => !rights.fault.is_empty(),
        "dump" => !rights.dump.is_empty(),
        "reset" => rights.reset,
        _ => !rights.post.is_empty(),
    }
}

fn in_words(right: &str) -> &str {
    match right {
        "status" => "read other tasks' state",
        "restart" => "restart tasks",
        "fault" => "fault tasks",
        "dump" => "read dead tasks' memory",
        "reset" => "reset the system",
        _ => "set other tasks' notifications",
    }
}
