//! `humility-lite` on dumps of machines that really died.

use std::path::{Path, PathBuf};
use test_system::{Outcome, cargo, root};

/// A variant of the demo under its own name, run with these commands, and its dump.
struct Death {
    folder: tempfile::TempDir,
    archive: PathBuf,
}

impl Death {
    /// One that the machine outlives.
    fn of(name: &str, change: (&str, &str), commands: &[&str]) -> Self {
        let (death, outcome) = Self::seen(name, change, commands);
        let _ = outcome.expect_success();
        death
    }

    fn seen(name: &str, change: (&str, &str), commands: &[&str]) -> (Self, Outcome) {
        let demo = std::fs::read_to_string(root().join("app.toml")).expect("there is a demo");
        assert!(demo.contains(change.0), "the demo has no `{}`", change.0);
        let renamed = demo.replacen("name = \"demo\"", &format!("name = \"{name}\""), 1);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = folder.path().join("app.toml");
        std::fs::write(&app, renamed.replacen(change.0, change.1, 1)).expect("a file");
        let dump = folder.path().join("core.elf");
        let mut arguments = vec!["xtask", "qemu", text(&app), "--dump", text(&dump)];
        for command in commands {
            arguments.extend(["--send", command]);
        }
        let outcome = cargo(&arguments);
        let archive = root().join(format!("target/{name}/dist/{name}.zip"));
        (Self { folder, archive }, outcome)
    }

    fn ask(&self, arguments: &[&str]) -> Outcome {
        let dump = self.folder.path().join("core.elf");
        ask(&self.archive, &dump, arguments)
    }
}

fn ask(archive: &Path, dump: &Path, arguments: &[&str]) -> Outcome {
    let mut all = vec!["humility-lite", "-a", text(archive), "-d", text(dump)];
    all.extend(arguments);
    cargo(&all)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

const PING: &str = "restart = { backoff = \"500ms\", within = \"20s\" }";

#[test]
fn a_held_task_is_explained_with_function_file_and_line() {
    let never = (PING, "restart = \"never\"");
    let death = Death::of("demo-held", never, &["crash ping"]);
    let tasks = death.ask(&["tasks"]).expect_success().stdout;
    let ping = tasks.split_once(" ping ").map(|(_, rest)| rest).expect("ping is listed");
    let ping = ping.split_once(" shell ").map_or(ping, |(ping, _)| ping);
    assert!(ping.contains("FAULTED, held for good"), "{tasks}");
    assert!(ping.contains("task_ping::start (task/ping/src/main.rs:"), "{tasks}");

    let frames = death.ask(&["backtrace", "ping"]).expect_success().stdout;
    assert!(frames.contains("task_ping::start"), "{frames}");
    let untraced = death.ask(&["trace"]);
    assert!(!untraced.success);
    assert!(untraced.stderr.contains("set `trace = true` under [kernel]"), "{}", untraced.stderr);
    let json = death.ask(&["--json", "tasks"]).expect_success().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(json.to_string().contains("task_ping::start"), "{json}");
    for command in ["manifest", "registers", "map", "stackmargin", "ringbuf", "epitaph"] {
        let _ = death.ask(&[command]).expect_success();
    }

    let other = Death::of("demo-other", (PING, "restart = \"always\""), &["uptime"]);
    let dump = death.folder.path().join("core.elf");
    let refused = ask(&other.archive, &dump, &["tasks"]);
    assert!(!refused.success);
    assert!(refused.stderr.contains("the archive of image"), "{}", refused.stderr);
}

#[test]
fn the_kernels_last_decisions_are_told_by_name() {
    let traced = ("[kernel]\n", "[kernel]\ntrace = true\n");
    let death = Death::of("demo-traced", traced, &["crash ping", "uptime"]);
    let text = death.ask(&["trace"]).expect_success().stdout;
    for expected in [
        "calls supervisor: supervisor.crash, 4 bytes; supervisor runs",
        "FAULTS: faulted on purpose",
        "answers shell's supervisor.crash: ok",
        "answers ping's pong.ping: ok; ping runs",
        "interrupt uart0.irq (33)",
        "its timer expires",
    ] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }

    let lines = death.ask(&["trace", "--task", "ping", "--last", "3"]).expect_success().stdout;
    let lines: Vec<_> = lines.lines().skip_while(|line| !line.starts_with("event")).collect();
    assert!(lines.len() == 4 && lines[1..].iter().all(|line| line.contains("ping")), "{lines:?}");

    let json = death.ask(&["--json", "trace"]).expect_success().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["problems"], serde_json::json!([]));
    let entries = json["entries"].as_array().expect("entries");
    let crash = entries.iter().position(|entry| entry["name"] == "supervisor.crash");
    let fault = entries.iter().position(|entry| entry["event"] == "fault");
    assert!(crash.is_some() && crash < fault, "{crash:?}, {fault:?}");
}

#[test]
fn the_boot_before_a_reset_is_explained() {
    let change = ("retain = true", "retain = true");
    let death = Death::of("demo-reset", change, &["crash supervisor", "uptime"]);
    let before = death.ask(&["--retained", "epitaph"]).expect_success().stdout;
    assert!(before.contains("supervisor"), "{before}");
    let tasks = death.ask(&["--retained", "tasks"]).expect_success().stdout;
    assert!(tasks.contains("task_supervisor"), "{tasks}");
}

#[test]
fn a_supervisor_that_dies_stops_the_machine_where_the_app_says_so() {
    let stop = ("on-supervisor-fault = \"reset\"", "on-supervisor-fault = \"stop\"");
    let (death, outcome) = Death::seen("demo-stop", stop, &["crash supervisor", "uptime"]);
    assert!(!outcome.success);
    assert!(outcome.stderr.contains("the machine stopped"), "{}", outcome.stderr);
    let epitaph = death.ask(&["epitaph"]).expect_success().stdout;
    assert!(epitaph.contains("supervisor"), "{epitaph}");
    let tasks = death.ask(&["tasks"]).expect_success().stdout;
    assert!(tasks.contains("task_supervisor"), "{tasks}");
}

#[test]
fn a_task_whose_restarts_are_spent_resets_the_machine() {
    let reset = (PING, "restart = { max = 1, within = \"60s\", then = \"reset\" }");
    let commands = ["crash ping", "crash ping", "uptime"];
    let death = Death::of("demo-spent", reset, &commands);
    let before = death.ask(&["--retained", "epitaph"]).expect_success().stdout;
    assert!(before.contains("reset requested by"), "{before}");
}
