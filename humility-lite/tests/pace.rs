//! Budgets, time slices and floating-point registers, on a machine whose memory is known byte for
//! byte.

mod fixture;

use fixture::elf::Processor;
use fixture::record::Task;
use fixture::{Machine, stack_top, text};
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

/// Pong's floating-point registers in memory: 1.5 in v0, -2 in v31, both halves of v2.
fn floating() -> Machine {
    let mut machine = Machine::new();
    let mut v = [0; 32];
    (v[0], v[31]) = (1.5_f64.to_bits().into(), (-2_f32).to_bits().into());
    v[2] = 1 << 127 | 5;
    machine.put_fpu_state(PONG, &v, 0x10, 0x0100_0000);
    let (sp, pc) = (stack_top(PONG), text(PONG));
    machine.put_record(PONG, &Task { state: "Ready", sp, pc, ..Task::default() });
    machine.put_fp_owner(u16::MAX);
    machine
}

fn lines<'t>(text: &'t str, begin: &str) -> Vec<&'t str> {
    text.lines().map(str::trim).filter(|line| line.starts_with(begin)).collect()
}

#[test]
fn saved_floating_point_registers_are_shown_when_asked_for() {
    let machine = floating();
    let text = machine.text(&["registers", "pong", "--fp"]);
    let expected = [
        "v0 00000000000000003ff8000000000000  1.5 as f64",
        "v2 80000000000000000000000000000005",
        "v31 000000000000000000000000c0000000  -2.0 as f32",
    ];
    assert_eq!(lines(&text, "v"), expected, "{text}");
    assert_eq!(lines(&text, "fpsr"), ["fpsr 00000010  fpcr 01000000  all others 0"]);
    let fp = machine.json(&["registers", "pong", "--fp"])["registers"][0]["fp"].clone();
    assert_eq!(fp["v"][2], "0x80000000000000000000000000000005");
    assert_eq!((&fp["fpsr"], &fp["caveat"]), (&json!(16), &Value::Null));
    assert_eq!(machine.json(&["registers", "pong"])["registers"][0]["fp"], Value::Null);
    machine.text(&["registers", "ping", "--fp"]);
    assert_eq!(machine.json(&["registers", "ping", "--fp"])["registers"][0]["fp"], Value::Null);
}

#[test]
fn registers_still_in_the_processor_are_taken_from_there() {
    let mut machine = floating();
    machine.put_fp_owner(PONG as u16);
    let text = machine.text(&["registers", "pong", "--fp"]);
    assert!(text.contains("floating point (newer ones were in the processor)"), "{text}");
    let (sp, pc, pstate) = (0, 0, 5);
    machine.core.processor = Some(Processor { x: [0; 31], sp, pc, pstate, v: [7 << 100; 32] });
    let text = machine.text(&["registers", "pong", "--fp"]);
    assert_eq!(lines(&text, "v").len(), 32, "{text}");
    assert!(lines(&text, "v31")[0].ends_with("00000070000000000000000000000000"), "{text}");
    assert_eq!(lines(&text, "fpsr"), ["fpsr 00000010  fpcr 01000000"]);
    // Another's are in the processor.
    machine.put_fp_owner(1);
    assert!(machine.text(&["registers", "pong", "--fp"]).contains("1.5 as f64"));
}

#[test]
fn floating_point_registers_that_cannot_be_read_are_a_problem_and_the_rest_is_shown() {
    let mut machine = floating();
    machine.put_fp_owner(99);
    machine.core.put_u64(fixture::kernel::fpu_state_of(PONG), 8);
    let answer = machine.try_run(&["registers", "pong", "--fp"]).unwrap();
    assert!(answer.output.contains("pc "), "{}", answer.output);
    assert_eq!(answer.problems.len(), 2, "{:?}", answer.problems);
    assert!(answer.problems[0].contains("of task 99, which does not exist"));
    assert!(answer.problems[1].starts_with("floating-point registers of pong: "));
}
