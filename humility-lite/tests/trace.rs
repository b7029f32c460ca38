//! The kernel's trace, whole and damaged.

mod fixture;

use fixture::kernel::{ENTRIES_AT, ENTRY, MAGIC_AT, PLACES, TRACE, what};
use fixture::{DESCRIPTORS, KERNEL_VARIABLES, Machine, VARIABLES, data, debug};
use serde_json::{Value, json};

const PING: u64 = 1;
const PONG: u64 = 2;

const SWITCH: u8 = 1;
const SEND: u8 = 2;
const REPLY: u8 = 3;
const INTERRUPT: u8 = 4;
const FAULT: u8 = 5;
const TIMER: u8 = 6;
const RESTART: u8 = 7;
const POST: u8 = 8;
const IDLE: u8 = 9;
const SEND_SWITCH: u8 = 10;
const REPLY_SWITCH: u8 = 11;

/// A trace of these events, 10 steps apart.
fn traced(events: &[u64]) -> Machine {
    let mut machine = Machine::new();
    let entries: Vec<_> = (100..).step_by(10).zip(events.iter().copied()).collect();
    machine.put_trace(&entries);
    machine
}

/// What each line says happened, from the answer for people.
fn told(text: &str) -> Vec<&str> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("event"));
    let at = lines.next().and_then(|names| names.find("what")).expect("a column `what`");
    lines.map(|line| &line[at..]).collect()
}

/// The order in which entries were answered, by their times.
fn times(machine: &Machine) -> Vec<u64> {
    let entries = machine.json(&["trace"])["entries"].clone();
    entries.as_array().unwrap().iter().map(|entry| entry["time"].as_u64().unwrap()).collect()
}

fn problems(machine: &Machine) -> Vec<String> {
    machine.try_run(&["trace"]).unwrap().problems
}

#[test]
fn calls_and_answers_have_the_names_of_the_interface() {
    let machine = traced(&[
        what(SEND_SWITCH, PING, PONG, 1 | 8 << 16 | 2 << 28),
        what(REPLY_SWITCH, PONG, PING, 7),
        what(SEND, PING, PONG, 1),
        what(REPLY, PONG, PING, 0),
        what(SEND, PING, PONG, 3 | 1 << 28),
        what(REPLY, PONG, PING, 9),
        what(SEND, PONG, 0, 1),
    ]);
    let text = machine.text(&["trace"]);
    let expected = [
        "calls pong: pong.ping, 8 bytes, 2 leases; pong runs",
        "answers ping's pong.ping: PongError.Full (7); ping runs",
        "calls pong: pong.ping",
        "answers ping's pong.ping: ok",
        "calls pong: #3, 1 lease",
        "answers ping: code 9",
        "calls supervisor: #1",
    ];
    assert_eq!(told(&text), expected);
}

#[test]
fn an_answer_to_a_call_before_the_trace_is_a_plain_one() {
    let machine = traced(&[what(REPLY, PONG, PING, 7)]);
    assert_eq!(told(&machine.text(&["trace"])), ["answers ping: code 7"]);
}

#[test]
fn everything_else_that_can_happen() {
    let machine = traced(&[
        what(SWITCH, PING, 0, 0),
        what(INTERRUPT, PING, 0, 33),
        what(INTERRUPT, PING, 0, 34),
        what(FAULT, PING, 0, 9 | 3 << 8),
        what(TIMER, PING, 0, 0),
        what(TIMER, PING, 0, 1),
        what(TIMER, PONG, 0, 2),
        what(RESTART, PING, 0, 0),
    ]);
    let expected = [
        "runs",
        "interrupt uart0.irq (33)",
        "interrupt #34, which is none of its own",
        "FAULTS: system call used wrongly: no task has this index",
        "its timer expires",
        "the deadline of its call passes",
        "its time slice or budget ends, or its next period begins",
        "starts",
    ];
    assert_eq!(told(&machine.text(&["trace"])), expected);
    let machine = traced(&[
        what(RESTART, PING, 0, 4),
        what(POST, PING, PONG, 0b1010),
        what(FAULT, PONG, 0, 6),
        what(IDLE, 0, 0, 0),
    ]);
    let expected = [
        "is restarted: generation 4",
        "posts tick, bit 3 to pong",
        "FAULTS: floating-point instruction that it may not execute",
        "nobody can run until an interrupt comes",
    ];
    assert_eq!(told(&machine.text(&["trace"])), expected);
}

#[test]
fn only_the_last_are_kept_and_the_oldest_comes_first() {
    let events: Vec<_> = (0..11).map(|n| what(RESTART, PING, 0, n)).collect();
    let machine = traced(&events);
    assert_eq!(times(&machine), [130, 140, 150, 160, 170, 180, 190, 200]);
    let answer = machine.json(&["trace"]);
    let first = &answer["entries"][0];
    assert_eq!((&first["number"], &first["generation"]), (&json!(3), &json!(3)));
    assert_eq!(first["ticks_before_end"], 70);
    assert_eq!(answer["problems"], json!([]));
}

#[test]
fn an_unwritten_place_is_no_entry() {
    let machine = traced(&[what(SWITCH, 0, 0, 0)]);
    assert_eq!(times(&machine), [100]);
    let text = traced(&[]).text(&["trace"]);
    assert_eq!(text, "fixture: no events to show\n");
}

#[test]
fn the_last_few_or_those_of_one_task() {
    let machine = traced(&[
        what(SEND, PING, PONG, 1),
        what(SWITCH, PONG, 0, 0),
        what(REPLY, PONG, PING, 0),
        what(SWITCH, 0, 0, 0),
        what(IDLE, 0, 0, 0),
    ]);
    let count = |arguments: &[&str]| told(&machine.text(arguments)).len();
    assert_eq!(count(&["trace"]), 5);
    assert_eq!(count(&["trace", "--last", "2"]), 2);
    assert_eq!(count(&["trace", "--last", "99"]), 5);
    assert_eq!(count(&["trace", "--task", "supervisor"]), 1);
    assert_eq!(count(&["trace", "--task", "pong"]), 3);
    let text = machine.text(&["trace", "--task", "ping", "--last", "1"]);
    // Its call is not shown, but known.
    assert_eq!(told(&text), ["answers ping's pong.ping: ok"]);
    assert_eq!(machine.text(&["trace", "--last", "0"]), "fixture: no events to show\n");
    let error = machine.try_run(&["trace", "--task", "pang"]).unwrap_err().to_string();
    assert!(error.contains("no task `pang`"), "{error}");
}

#[test]
fn times_are_in_microseconds_where_the_counters_speed_is_known() {
    let mut machine = traced(&[what(SWITCH, PING, 0, 0), what(SWITCH, PONG, 0, 0)]);
    assert_eq!(machine.json(&["trace"])["entries"][0]["us_before_end"], Value::Null);
    assert!(machine.text(&["trace"]).contains("times in counter steps"));
    machine.put_task(1, data(1) + debug::RINGBUF_AT + 8, &1_000_000_u64.to_le_bytes());
    let entries = machine.json(&["trace"])["entries"].clone();
    assert_eq!(
        (&entries[0]["us_before_end"], &entries[1]["us_before_end"]),
        (&json!(10.0), &json!(0.0))
    );
    assert_eq!(entries[0]["seconds"], 0.0001);
    let text = machine.text(&["trace"]);
    assert!(text.contains("    0          10.00  0.000100 s  ping  runs"), "{text}");
}

#[test]
fn the_boot_before_has_its_own() {
    let mut machine = traced(&[what(SWITCH, PING, 0, 0)]);
    let size = fixture::WRITABLE.size as usize;
    let (from, to) = (fixture::WRITABLE.base, fixture::RETAINED.base);
    let at = |address| (address - machine.core.base) as usize;
    let (from, to) = (at(from), at(to));
    machine.core.memory.copy_within(from..from + size, to);
    machine.put_trace(&[(500, what(SWITCH, PONG, 0, 0)), (600, what(SWITCH, PONG, 0, 0))]);
    let retained = machine.json(&["--retained", "--force", "trace"]);
    assert_eq!(retained["entries"].as_array().unwrap().len(), 1);
    assert_eq!(retained["entries"][0]["task"], "ping");
}

#[test]
fn an_image_without_a_trace_says_what_to_set() {
    let machine = Machine::new();
    let error = machine.try_run(&["trace"]).unwrap_err().to_string();
    assert_eq!(error, "this image keeps no trace: set `trace = true` under [kernel] in app.toml");
}

#[test]
fn a_wrong_count_is_named_and_times_give_the_order() {
    let events: Vec<_> = (0..11).map(|n| what(RESTART, PING, 0, n)).collect();
    let mut machine = traced(&events);
    machine.put_next(u64::MAX);
    assert_eq!(times(&machine), [130, 140, 150, 160, 170, 180, 190, 200]);
    let named = problems(&machine);
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(named[0].contains("more than there was time for"), "{named:?}");
    // Fewer than there are.
    machine.put_next(2);
    assert_eq!(times(&machine).len(), 8);
    assert!(problems(&machine)[0].contains("but 6 more are there"), "{:?}", problems(&machine));
}

#[test]
fn a_damaged_entry_is_told_as_far_as_it_goes() {
    let mut machine = traced(&[
        what(SWITCH, PING, 0, 0),
        what(SWITCH, PONG, 0, 0),
        what(SWITCH, PING, 0, 0),
        what(SWITCH, PONG, 0, 0),
    ]);
    machine.put_entry(1, (110, what(77, 0, 0, 0)));
    machine.put_entry(2, (5, what(SEND, 55, 66, 1)));
    let answer = machine.try_run(&["trace"]).unwrap();
    let lines = told(&answer.output);
    assert!(lines[1].starts_with("event #77, which does not exist"), "{lines:?}");
    assert_eq!(lines[2], "calls task #66: #1");
    assert!(answer.output.contains("task #55"), "{}", answer.output);
    let expected = [
        "time runs backwards in the trace at entry 2",
        "events of the trace that do not exist: 1, the first is 1",
        "events of the trace that name tasks that do not exist: 1, the first is 2",
    ];
    assert_eq!(answer.problems, expected);
}

#[test]
fn another_beginning_is_a_problem_but_no_end() {
    let mut machine = traced(&[what(SWITCH, PING, 0, 0)]);
    machine.core.put(VARIABLES + TRACE + MAGIC_AT, b"aidosXrc");
    assert_eq!(times(&machine), [100]);
    assert!(problems(&machine)[0].contains("not as it should"), "{:?}", problems(&machine));
}

#[test]
fn places_beyond_the_dump_are_counted() {
    let machine = traced(&[what(SWITCH, PING, 0, 0), what(SWITCH, PONG, 0, 0)]);
    let dump = machine.path("short.elf");
    let file = machine.core.elf();
    let before = VARIABLES + TRACE + ENTRIES_AT + 3 * ENTRY - machine.core.base;
    let length = file.len() - machine.core.memory.len() + before as usize;
    std::fs::write(&dump, &file[..length]).unwrap();
    let answer = machine.run_with(&["-d", dump.to_str().unwrap()], &["trace"]).unwrap();
    assert_eq!(told(&answer.output), ["runs", "runs"]);
    let missing = format!("{} of the trace's {PLACES} places cannot be read", PLACES - 3);
    assert!(answer.problems.contains(&missing), "{:?}", answer.problems);
}

#[test]
fn a_trace_that_is_elsewhere_is_refused_or_named() {
    let mut machine = traced(&[what(SWITCH, PING, 0, 0)]);
    for address in [8, u64::MAX - 8, KERNEL_VARIABLES + 0xff8] {
        machine.core.put_u64(DESCRIPTORS + fixture::kernel::TRACE_AT, address);
        let answer = machine.try_run(&["trace"]).unwrap();
        assert!(!answer.problems.is_empty(), "{address:#x}");
        assert!(answer.output.contains("no events to show"), "{}", answer.output);
    }
}

#[test]
fn without_the_interface_calls_have_numbers() {
    let mut machine = traced(&[what(SEND, PING, PONG, 1), what(REPLY, PONG, PING, 7)]);
    machine.put_program("idl/pong.json", b"{ not JSON".to_vec());
    let answer = machine.try_run(&["trace"]).unwrap();
    assert_eq!(told(&answer.output), ["calls pong: #1", "answers ping: code 7"]);
    let [problem] = answer.problems.as_slice() else { panic!("{:?}", answer.problems) };
    assert!(problem.starts_with("interface pong: its description is damaged"), "{problem}");
}
