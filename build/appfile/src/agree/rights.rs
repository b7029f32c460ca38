//! Rights that are granted and never used: whoever would use one has, somewhere in the debug
//! information, the name of a function that does.

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

pub(super) fn check(origin: &Origin, task: &Task, names: &[u8], log: &Log) {
    let names: Vec<&[u8]> =
        names.split(|byte| *byte == 0).filter(|name| name.starts_with(b"_R")).collect();
    if names.is_empty() {
        return;
    }
    for (right, users) in USERS {
        let is_user =
            |name: &&[u8]| users.iter().any(|user: &&str| name.ends_with(user.as_bytes()));
        if !has(&task.rights, right) || names.iter().any(is_user) {
            continue;
        }
        let place = origin.entry(&["tasks", &task.name, "rights", right]).unwrap_or_default();
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
