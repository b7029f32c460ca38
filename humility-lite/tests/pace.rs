//! Budgets, time slices and floating-point registers, on a machine whose memory is known byte for
//! byte.

mod fixture;

use fixture::Machine;
use fixture::record::Task;
use serde_json::{Value, json};

const PONG: usize = 2;

#[test]
fn a_spent_budget_is_said_and_counted() {
    let mut machine = Machine::new();
    machine.put_record(1, &Task { state: "Ready", overruns: 1, ..Task::default() });
    machine.put_record(PONG, &Task { state: "Spent", overruns: 7, ..Task::default() });
    let tasks = machine.json(&["tasks"])["tasks"].clone();
    assert_eq!(
        (&tasks[PONG]["state"], &tasks[PONG]["overruns"]),
        (&json!("out-of-budget"), &json!(7))
    );
    assert_eq!(tasks[0]["overruns"], 0);
    let text = machine.text(&["tasks"]);
    let lines: Vec<_> =
        text.lines().filter(|line| line.contains("budget")).map(str::trim).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].ends_with("period was over, once"), "{text}");
    assert!(lines[1].ends_with("out of budget until its next period"), "{text}");
    assert!(lines[2].ends_with("period was over, 7 times"), "{text}");
}

#[test]
fn an_older_kernel_counts_no_overruns() {
    let mut machine = Machine::new();
    let renamed = fixture::debug::kernel();
    machine.put_program("elf/kernel.elf", replaced(renamed, b"overruns", b"unknowns"));
    let tasks = machine.json(&["tasks"]);
    assert_eq!(tasks["tasks"][PONG]["overruns"], Value::Null);
    assert!(!machine.text(&["tasks"]).contains("budget"));
}

/// Every occurrence of a name by another of its length.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "the name is there");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn the_manifest_tells_what_only_some_tasks_have() {
    let text = Machine::new().text(&["manifest"]);
    let pong = text.rsplit_once("\npong\n").expect("pong is told last").1;
    let has = |what: &str, words: &str| {
        pong.lines().any(|line| {
            line.trim()
                .split_once("  ")
                .is_some_and(|(key, rest)| key == what && rest.trim_start().starts_with(words))
        })
    };
    assert!(has("budget", "2 ms in every 10 ms; the supervisor gets tick"), "{pong}");
    assert!(has("time slice", "5 ms"), "{pong}");
    assert!(has("fpu", "floating-point registers"), "{pong}");
    assert_eq!(text.matches("floating-point").count(), 1, "{text}");
}
