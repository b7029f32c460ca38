//! Every command on a machine whose memory is known byte for byte.

mod fixture;

use fixture::elf::Processor;
use fixture::record::{Fault, Task};
use fixture::{
    EPITAPH, FAIL, IMAGE_ID, LEAF, Machine, RETAINED, START, STEP, WRITABLE, data, debug,
    stack_bottom, stack_top, text,
};
use serde_json::{Value, json};

const PING: usize = 1;
const IN_REPLY: u32 = 4;

/// Ping has written to pong's variables, two calls deep.
fn faulted() -> Machine {
    let mut machine = Machine::new();
    let sp = stack_top(PING) - 48;
    let mut task = Task {
        state: "Faulted",
        generation: 3,
        restarts: 2,
        sp,
        pc: text(PING) + STEP + 8,
        fault: Fault {
            kind: 1,
            detail: 1,
            address: data(2) + 4,
            pc: text(PING) + STEP + 8,
            ..Fault::default()
        },
        ..Task::default()
    };
    task.x[0] = data(2) + 4;
    machine.put_task(PING, sp + 16, &(text(PING) + START + 8).to_le_bytes());
    machine.put_record(PING, &task);
    machine
}

fn task(machine: &Machine, index: usize) -> Value {
    machine.json(&["tasks"])["tasks"][index].clone()
}

fn functions(places: &Value) -> Vec<String> {
    let places = places.as_array().unwrap().iter();
    places
        .map(|place| format!("{}:{}", place["function"].as_str().unwrap(), place["line"]))
        .collect()
}

#[test]
fn a_fault_has_its_function_file_and_line() {
    let machine = faulted();
    let ping = task(&machine, PING);
    assert_eq!(
        (&ping["state"], &ping["generation"], &ping["restarts"]),
        (&json!("faulted"), &json!(3), &json!(2))
    );
    let fault = &ping["fault"];
    assert_eq!(fault["kind"], "memory-access");
    assert_eq!(functions(&fault["places"]), ["poke:5", "step:21"]);
    assert_eq!(fault["places"][0]["file"], "task/src/main.rs");
    let words = fault["explanation"].as_str().unwrap();
    assert_eq!(words, "write to 0x10401004: variables of pong");
    let text = machine.text(&["tasks"]);
    assert!(text.contains("at poke (task/src/main.rs:5)"), "{text}");
}

#[test]
fn a_backtrace_shows_calls_and_what_was_inlined() {
    let traces = faulted().json(&["backtrace", "ping"]);
    let frames = traces["backtraces"][0]["frames"].as_array().unwrap().clone();
    let places: Vec<_> = frames.iter().map(|frame| functions(&frame["places"])).collect();
    assert_eq!(places, [vec!["poke:5", "step:21"], vec!["start:10"]]);
    assert_eq!(traces["backtraces"][0]["broken"], Value::Null);
}

/// In `leaf`, called by `fail`, which has not kept who called it.
fn lost() -> Machine {
    let mut machine = Machine::new();
    let sp = stack_top(PING) - 64;
    let mut task = Task { state: "InRecv", sp, pc: text(PING) + LEAF + 4, ..Task::default() };
    task.x[30] = text(PING) + FAIL + 8;
    machine.put_task(PING, sp + 32, &(text(PING) + START + 8).to_le_bytes());
    machine.put_record(PING, &task);
    machine
}

#[test]
fn the_caller_of_a_function_that_never_returns_is_worked_out() {
    let traces = lost().json(&["backtrace", "ping"]);
    let frames = traces["backtraces"][0]["frames"].as_array().unwrap().clone();
    let places: Vec<_> =
        frames.iter().map(|frame| functions(&frame["places"])[0].clone()).collect();
    assert_eq!(places, ["leaf:40", "fail:30", "step:22", "start:10"]);
    let guessed: Vec<_> = frames.iter().map(|frame| frame["guessed"].as_bool().unwrap()).collect();
    assert_eq!(guessed, [false, false, true, false]);
}

#[test]
fn a_smashed_return_address_is_said_to_be_one() {
    let mut machine = faulted();
    machine.put_task(PING, stack_top(PING) - 32, &0xdead_beef_u64.to_le_bytes());
    let text = machine.text(&["backtrace", "ping"]);
    assert!(text.contains("and no further: it would return to 0xdeadbeef"), "{text}");
}

#[test]
fn a_panic_has_its_message() {
    let mut machine = Machine::new();
    let message = b"panicked at task/src/main.rs:22:9:\nfull";
    let fault = Fault {
        kind: 10,
        detail: message.len() as u32,
        address: data(PING) + 8,
        pc: text(PING) + LEAF + 4,
        ..Fault::default()
    };
    machine.put_task(PING, data(PING) + 8, message);
    machine.put_record(PING, &Task { state: "Faulted", fault, pc: fault.pc, ..Task::default() });
    assert_eq!(
        task(&machine, PING)["fault"]["message"],
        "panicked at task/src/main.rs:22:9:\nfull"
    );
    assert!(machine.try_run(&["backtrace", "ping"]).unwrap().output.contains("full"));
}

#[test]
fn a_life_after_a_panic_has_overwritten_the_message() {
    let mut machine = Machine::new();
    let fault = Fault { kind: 10, detail: 8, address: stack_bottom(PING), ..Fault::default() };
    machine.put_task(PING, stack_bottom(PING), &0xbadd_cafe_badd_cafe_u64.to_le_bytes());
    machine.put_record(PING, &Task { state: "Ready", fault, pc: text(PING), ..Task::default() });
    assert_eq!(task(&machine, PING)["fault"]["message"], Value::Null);
    let text = machine.text(&["tasks"]);
    assert!(text.contains("last life: panic (its message is overwritten)"), "{text}");
}

#[test]
fn bits_without_names_are_told_together() {
    let mut machine = Machine::new();
    let mask = !(1 << 5 | 1 << 7);
    machine.put_record(PING, &Task { state: "InRecv", peer: 1023, mask, ..Task::default() });
    let ping = task(&machine, PING);
    let words = "waits for fault, tick, bits 2 to 4, bit 6, bits 8 to 31";
    assert_eq!(ping["standing"], words);
    assert_eq!(ping["waits_for"].as_array().unwrap().len(), 30);
}

#[test]
fn peers_and_notifications_have_names() {
    let mut machine = Machine::new();
    machine.put_record(0, &Task { state: "InRecv", mask: 3, notifications: 4, ..Task::default() });
    machine.put_record(1, &Task { state: "InReply", peer: 2, ..Task::default() });
    machine.put_record(2, &Task { state: "InRecv", peer: 1023, mask: 2, ..Task::default() });
    let standing: Vec<_> = (0..3).map(|index| task(&machine, index)["standing"].clone()).collect();
    assert_eq!(
        standing,
        [
            "waits for a message or fault, tick; bit 2 set",
            "waits for the answer of pong",
            "waits for tick"
        ]
    );
}

#[test]
fn faults_by_others_name_them() {
    let mut machine = Machine::new();
    let by = |kind, detail| Fault {
        kind,
        detail,
        from: 2,
        original_state: IN_REPLY,
        ..Fault::default()
    };
    machine.put_record(0, &Task { state: "Faulted", fault: by(11, 0), ..Task::default() });
    machine.put_record(1, &Task { state: "Faulted", fault: by(12, 4), ..Task::default() });
    let words = |index| task(&machine, index)["fault"]["explanation"].clone();
    assert_eq!(words(0), "faulted on purpose by pong");
    assert_eq!(words(1), "pong refused its call: the leases are wrong");
}

#[test]
fn addresses_are_explained_by_who_has_them() {
    let machine = Machine::new();
    let words = |address: u64| {
        let fault = Fault { kind: 1, address, ..Fault::default() };
        let mut machine = Machine::new();
        machine.put_record(PING, &Task { state: "Faulted", fault, ..Task::default() });
        task(&machine, PING)["fault"]["explanation"].as_str().unwrap().to_owned()
    };
    assert!(words(8).ends_with("a null pointer"));
    assert!(words(stack_bottom(PING) - 1).ends_with("the guard page below its stack"));
    assert!(words(stack_top(0)).ends_with("the guard page above the stack of supervisor"));
    assert!(words(text(PING)).ends_with("read-only code of its own"));
    assert!(words(text(2) + 0x5000).ends_with("device uart0 of pong"));
    assert!(words(fixture::KERNEL_VARIABLES).ends_with("bss of kernel"));
    assert!(words(0x7000_0000_0000).ends_with("nobody's memory"));
    let map = machine.text(&["map", "0x10201008"]);
    assert!(map.contains("data+0x8 of ping"), "{map}");
}

#[test]
fn the_processor_has_the_registers_of_the_task_it_ran() {
    let mut machine = Machine::new();
    machine.put_current(PING as u16);
    machine.put_record(PING, &Task { state: "Running", pc: 1, ..Task::default() });
    let (sp, pc) = (stack_top(PING), text(PING) + LEAF);
    let mut live = Processor { x: [7; 31], sp, pc, pstate: 0, v: [0; 32] };
    machine.core.processor = Some(live);
    let registers =
        |machine: &Machine| machine.json(&["registers", "ping"])["registers"][0].clone();
    let set = registers(&machine);
    assert_eq!((&set["pc"], &set["x"][3]), (&json!(text(PING) + LEAF), &json!(7)));
    // In the kernel, what the processor holds is not the task's.
    live.pstate = 0x3c5;
    machine.core.processor = Some(live);
    assert_eq!(registers(&machine)["pc"], 1);
    assert!(registers(&machine)["caveat"].is_string());
}

/// Writes an entry of ping's ring buffer: line, count, tag and what follows the tag.
fn put_entry(machine: &mut Machine, index: u64, (line, count): (u16, u32), payload: [u32; 2]) {
    let at = data(PING) + debug::RINGBUF_AT + debug::HEAD + index * debug::ENTRY;
    machine.put_task(PING, at, &line.to_le_bytes());
    machine.put_task(PING, at + 4, &count.to_le_bytes());
    machine.put_task(PING, at + 8, &(u64::from(line) * 1_000_000).to_le_bytes());
    machine.put_task(PING, at + 16, &payload[0].to_le_bytes());
    machine.put_task(PING, at + 20, &payload[1].to_le_bytes());
}

#[test]
fn ring_buffers_are_decoded_oldest_first() {
    let mut machine = Machine::new();
    let head = data(PING) + debug::RINGBUF_AT;
    machine.put_task(PING, head, &2_u32.to_le_bytes());
    machine.put_task(PING, head + 8, &1_000_000_u64.to_le_bytes());
    put_entry(&mut machine, 2, (3, 1), [0, 77]);
    put_entry(&mut machine, 3, (4, 9), [1, 5]);
    put_entry(&mut machine, 0, (5, 1), [2, 0]);
    put_entry(&mut machine, 1, (0, 0), [3, 0]);
    let rings = machine.json(&["ringbuf", "ping", "EVENTS"]);
    let entries = rings["ringbufs"][0]["entries"].as_array().unwrap().clone();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| json!([entry["line"], entry["count"], entry["seconds"], entry["payload"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!([3, 1, 3.0, { "Opened": 77 }]),
            json!([4, 9, 4.0, { "Moved": { "by": 5 } }]),
            json!([5, 1, 5.0, "Closed"]),
        ]
    );
    let text = machine.text(&["ringbuf", "ping"]);
    assert!(text.contains("Opened(77)") && text.contains("Moved { by: 5 }"), "{text}");
    assert!(machine.try_run(&["ringbuf", "ping", "NOTHING"]).is_err());
}

#[test]
fn an_impossible_payload_is_said_to_be_one() {
    let mut machine = Machine::new();
    put_entry(&mut machine, 0, (3, 1), [99, 0]);
    let rings = machine.json(&["ringbuf", "ping"]);
    let payload = &rings["ringbufs"][0]["entries"][0]["payload"];
    assert_eq!(payload["unreadable"], "no variant has tag 99");
}

#[test]
fn variables_are_found_by_the_end_of_their_path() {
    let mut machine = Machine::new();
    machine.put_current(1);
    let read = machine.json(&["readvar", "statics::KERNEL", "--task", "kernel"]);
    assert_eq!(read["variables"][0]["value"], json!({ "core": { "current": 1, "fp_owner": 0 } }));
    let listed = machine.text(&["readvar"]);
    assert!(listed.contains("events::EVENTS") && listed.contains("kern::statics::KERNEL"));
    assert!(machine.try_run(&["readvar", "ERNEL"]).is_err());
}

#[test]
fn memory_is_read_by_virtual_and_physical_address() {
    let mut machine = Machine::new();
    machine.put_task(PING, data(PING) + 1, b"hello");
    let virtually = machine.json(&["readmem", &format!("{:#x}", data(PING) + 1), "5"]);
    assert_eq!((&virtually["space"], &virtually["bytes"][0]), (&json!("ping"), &json!(b'h')));
    let physically = machine.json(&["readmem", "0x400a6001", "5"]);
    assert_eq!(physically["bytes"], virtually["bytes"]);
    assert_eq!(physically["space"], "physical");
    let text = machine.text(&["readmem", "0x400a_6001", "5"]);
    assert!(text.contains("68 65 6c 6c 6f") && text.contains("hello"), "{text}");
}

#[test]
fn memory_that_is_not_there_is_shown_as_such() {
    let machine = Machine::new();
    let answer = machine.try_run(&["readmem", "0x400f_fffc", "8"]).unwrap();
    let lines: Vec<_> = answer.output.lines().map(str::trim).collect();
    assert!(lines[1].contains("00 00 00 00") && lines[2].contains("?? ?? ?? ??"), "{lines:?}");
    assert_eq!(answer.problems, ["0x40100000: not in the dump"]);
    assert!(machine.try_run(&["readmem", "0x900_0000", "4"]).is_err());
    assert!(machine.try_run(&["readmem", "0xffff_ffff_ffff_fff0", "64"]).is_err());
    assert!(machine.try_run(&["readmem", "0", "0x1_0000_0000"]).is_err());
}

#[test]
fn the_margin_is_what_still_has_its_paint() {
    let mut machine = Machine::new();
    let paint = 0xbadd_cafe_badd_cafe_u64.to_le_bytes();
    let mut stack = paint.repeat(512);
    stack[3072..3080].fill(0);
    machine.put_task(PING, stack_bottom(PING), &stack);
    machine.put_record(PING, &Task { state: "Ready", ..Task::default() });
    machine.put_record(2, &Task { state: "Ready", ..Task::default() });
    let stacks = machine.json(&["stackmargin"])["stacks"].clone();
    assert_eq!(
        (&stacks[0]["margin"], &stacks[0]["remark"]),
        (&Value::Null, &json!("never started"))
    );
    assert_eq!((&stacks[1]["margin"], &stacks[1]["used"]), (&json!(3072), &json!(1024)));
    assert_eq!((&stacks[2]["margin"], &stacks[2]["remark"]), (&json!(0), &json!("used up")));
}

/// Last words about the supervisor, `at` a physical address.
fn put_epitaph(machine: &mut Machine, at: u64) {
    let (magic, time, reason) = (u64::from_le_bytes(*b"epitaph1"), 99, 3);
    for (offset, value) in [(0, magic), (8, IMAGE_ID), (16, time), (24, reason), (56, 4)] {
        machine.core.put_u64(at + offset, value);
    }
    machine.core.put(at + 64, b"gone");
    machine.core.put_u64(at + 240, magic ^ IMAGE_ID ^ time ^ reason);
}

#[test]
fn the_epitaph_is_believed_only_whole() {
    let mut machine = Machine::new();
    assert_eq!(machine.json(&["epitaph"])["epitaph"], Value::Null);
    put_epitaph(&mut machine, EPITAPH);
    let epitaph = machine.json(&["epitaph"])["epitaph"].clone();
    assert_eq!((&epitaph["text"], &epitaph["task"]), (&json!("gone"), &json!("supervisor")));
    machine.core.put_u64(EPITAPH + 16, 98);
    assert_eq!(machine.json(&["epitaph"])["epitaph"], Value::Null);
}

#[test]
fn the_boot_before_is_read_from_where_it_was_retained() {
    let mut machine = faulted();
    assert!(machine.try_run(&["--retained", "tasks"]).is_err());
    put_epitaph(&mut machine, EPITAPH);
    let size = WRITABLE.size as usize;
    let (from, to) = (WRITABLE.base - machine.core.base, RETAINED.base - machine.core.base);
    machine.core.memory.copy_within(from as usize..from as usize + size, to as usize);
    machine.put_record(PING, &Task { state: "Ready", ..Task::default() });
    machine.core.put(EPITAPH, &[0; 248]);
    assert_eq!(task(&machine, PING)["state"], "ready");
    let before = machine.json(&["--retained", "tasks"]);
    assert_eq!(before["tasks"][PING]["state"], "faulted");
    assert_eq!(machine.json(&["--retained", "epitaph"])["epitaph"]["text"], "gone");
}

#[test]
fn a_dump_of_another_image_is_refused_with_both_ids() {
    let mut machine = Machine::new();
    machine.core.put_u64(0x4009_0008, 0xabcd);
    let error = machine.try_run(&["tasks"]).unwrap_err().to_string();
    assert!(error.contains("000000000000abcd") && error.contains("1122334455667788"), "{error}");
    let forced = machine.try_run(&["--force", "tasks"]).unwrap();
    assert_eq!(forced.problems.len(), 1);
    // An image with another layout has its descriptors elsewhere.
    machine.core.put(0x4009_0000, b"whatever");
    machine.core.put(0x4009_5000, b"aidosimg");
    machine.core.put_u64(0x4009_5008, 0x1234);
    let error = machine.try_run(&["tasks"]).unwrap_err().to_string();
    assert!(error.contains("0000000000001234") && error.contains("1122334455667788"), "{error}");
    machine.core.put(0x4009_5000, b"whatever");
    let error = machine.try_run(&["tasks"]).unwrap_err().to_string();
    assert!(error.contains("no image") && error.contains("1122334455667788"), "{error}");
}

#[test]
fn plain_ram_is_as_good_but_for_the_registers() {
    let machine = faulted();
    let path = machine.path("ram");
    std::fs::write(&path, &machine.core.memory).unwrap();
    let answer = machine.run_with(&["--ram", path.to_str().unwrap()], &["tasks"]).unwrap();
    assert!(answer.output.contains("poke (task/src/main.rs:5)"));
    assert!(machine.run_with(&["-d", path.to_str().unwrap()], &["tasks"]).is_err());
}

#[test]
fn what_needs_no_dump_works_without() {
    let machine = Machine::new();
    for command in ["manifest", "map", "readvar"] {
        machine.run_with(&[], &[command]).map(|answer| assert!(!answer.output.is_empty())).unwrap();
    }
    for command in ["tasks", "registers", "backtrace", "ringbuf", "stackmargin", "epitaph"] {
        let error = machine.run_with(&[], &[command]).unwrap_err().to_string();
        assert!(error.contains("needs a dump"), "{command}: {error}");
    }
}

#[test]
fn an_unknown_task_is_answered_with_those_there_are() {
    let error = Machine::new().try_run(&["registers", "pang"]).unwrap_err().to_string();
    assert_eq!(error, "no task `pang`; there are supervisor, ping, pong");
}
