//! Every kind of fault, as `tasks` tells it.

mod fixture;

use fixture::record::{Fault, Task};
use fixture::{Machine, data, text};
use serde_json::{Value, json};

const PING: usize = 1;

/// A syndrome of this exception class.
const fn class(class: u32) -> u32 {
    class << 26 | 1 << 25
}

/// How ping's death is told, and the address that is told of it.
fn told(kind: u32, detail: u32, address: u64) -> (String, Value) {
    let mut machine = Machine::new();
    let fault = Fault { kind, detail, address, pc: text(PING), from: 2, ..Fault::default() };
    machine.put_record(PING, &Task { state: "Faulted", pc: text(PING), fault, ..Task::default() });
    let fault = &machine.json(&["tasks"])["tasks"][PING]["fault"];
    let words = fault["explanation"].as_str().unwrap().to_owned();
    let shown = machine.text(&["tasks"]);
    assert!(shown.contains(&words), "{shown}");
    (words, fault["address"].clone())
}

#[track_caller]
fn expect(kind: u32, detail: u32, address: u64, words: &str) {
    let (told, shown) = told(kind, detail, address);
    assert_eq!(told, words);
    let wanted = if words.contains("0x") { json!(address) } else { Value::Null };
    assert_eq!(shown, wanted, "{told}");
}

#[test]
fn faults_with_an_address_say_whose_it_is() {
    expect(1, 0, 8, "read from 0x8: a null pointer");
    expect(1, 1, data(2), "write to 0x10401000: variables of pong");
    expect(
        2,
        1,
        0x1020_2ff8,
        "stack overflow: access to 0x10202ff8, the guard page below its stack",
    );
    let own = "jump to 0x10201000, which is no code: writable variables of its own";
    expect(3, class(0x20), data(PING), own);
    let odd = "access to 0x10201001, which is not aligned: writable variables of its own";
    expect(4, class(0x24) | 0x21, data(PING) + 1, odd);
    expect(4, class(0x22), 0x1020_0002, "jump to 0x10200002, which is not aligned");
}

#[test]
fn what_has_no_address_names_none() {
    expect(4, class(0x26), 0, "access through a stack pointer that is not aligned");
    expect(6, class(0x07), 0, "floating-point instruction in a task without `fpu = true`");
    expect(9, 14, 0, "system call used wrongly: more than 16 leases");
    expect(10, 0, 0, "panic");
    expect(11, 0, 0, "faulted on purpose by pong");
    expect(12, 2, 0, "pong refused its call: the message has the wrong length");
}

#[test]
fn what_the_processor_says_more_is_told() {
    let cases = [
        (5, 0x00, "undefined or forbidden instruction", "unknown reason"),
        (5, 0x18, "undefined or forbidden instruction", "trapped system register access"),
        (6, 0x2c, "floating-point instruction that it may not execute", "floating-point exception"),
        (6, 0x19, "floating-point instruction that it may not execute", "SVE access"),
        (7, 0x2f, "bus error, told later than it happened", "SError"),
        (8, 0x3c, "breakpoint, watchpoint or single step without a debugger", "BRK"),
        (8, 0x32, "breakpoint, watchpoint or single step without a debugger", "single step"),
        (13, 0x15, "unexpected exception", "SVC"),
    ];
    for (kind, number, words, more) in cases {
        let (told, address) = told(kind, class(number), 0);
        assert_eq!(told, format!("{words} (ESR {:#010x}: {more})", class(number)));
        assert_eq!(address, Value::Null, "{told}");
    }
    let (told, address) = told(7, class(0x24) | 0x10, data(PING));
    assert!(told.starts_with("bus error at 0x10201000: writable variables"), "{told}");
    assert!(told.ends_with("data abort in a task)"), "{told}");
    assert_eq!(address, data(PING));
}

#[test]
fn a_kind_that_does_not_exist_is_said_to_be_none() {
    assert_eq!(told(77, 0, 0).0, "fault of kind 77, which does not exist");
}
