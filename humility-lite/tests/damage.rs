//! Whatever a dump holds, every command answers or refuses; none panics.

mod fixture;

use fixture::elf::Processor;
use fixture::kernel;
use fixture::record::{Fault, Task};
use fixture::{Machine, START, STEP, data, stack_top, text};
use humility_lite::args::Args;
use proptest::prelude::*;
use std::path::Path;

const COMMANDS: [&[&str]; 16] = [
    &["tasks"],
    &["registers"],
    &["registers", "--fp"],
    &["trace"],
    &["trace", "--task", "pong", "--last", "3"],
    &["backtrace"],
    &["ringbuf"],
    &["readvar", "EVENTS"],
    &["readvar", "KERNEL"],
    &["readmem", "0x10201000", "64"],
    &["map", "0x10201000"],
    &["stackmargin"],
    &["epitaph"],
    &["--retained", "tasks"],
    &["--json", "tasks"],
    &["--json", "ringbuf"],
];

/// A machine with something to say.
fn machine() -> Machine {
    let mut machine = Machine::new();
    let sp = stack_top(1) - 48;
    let pc = text(1) + STEP + 8;
    let fault = Fault { kind: 10, detail: 20, address: data(1), pc, ..Fault::default() };
    machine.put_record(1, &Task { state: "Faulted", sp, pc, fault, ..Task::default() });
    machine.put_record(2, &Task { state: "InReply", peer: 1, sp, pc, ..Task::default() });
    machine.put_task(1, sp + 16, &(text(1) + START + 8).to_le_bytes());
    machine.put_task(1, data(1) + 0x100, &[1, 0, 0, 0]);
    machine.put_task(1, data(1) + 0x114, &[1, 0, 0, 0]);
    machine.put_current(2);
    let calls = (0..11).map(|n| (n, kernel::what(2 + n as u8 % 2, 1 + n % 2, 2 - n % 2, 1)));
    machine.put_trace(&calls.collect::<Vec<_>>());
    machine.put_fpu_state(2, &[3; 32], 0, 0);
    machine.core.processor = Some(Processor { x: [1; 31], sp, pc, pstate: 5, v: [2; 32] });
    machine
}

fn all(archive: &Path, dump: &Path) {
    use clap::Parser;
    for command in COMMANDS {
        let first = ["humility-lite", "--force", "-a"].map(Into::into);
        let files = [archive.into(), "-d".into(), dump.into()];
        let command = command.iter().map(std::ffi::OsString::from);
        let args = first.into_iter().chain(files).chain(command);
        let args = Args::try_parse_from(args).unwrap();
        let _answered_or_refused = humility_lite::run(&args);
    }
}

/// The parts of the file that mean something.
fn interesting() -> impl Strategy<Value = usize> {
    let headers = 0_usize..64 + 2 * 56 + 400;
    let memory_at: usize = 64 + 2 * 56 + 20 + 392 + 20 + 528;
    let records = memory_at + 0xa_0000..memory_at + 0xa_0600;
    let variables = memory_at + 0xa_1000..memory_at + 0xa_1200;
    let task = memory_at + 0xa_6000..memory_at + 0xa_8000;
    let kernel = memory_at + 0xa_1800..memory_at + 0xa_1900;
    let descriptors = memory_at + 0x9_0000..memory_at + 0x9_0200;
    prop_oneof![headers, records, variables, kernel, descriptors, task]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bits(flips in prop::collection::vec((interesting(), 0_u8..8), 1..40)) {
        let machine = machine();
        let mut file = machine.core.elf();
        for (at, bit) in flips {
            file[at] ^= 1 << bit;
        }
        let dump = machine.path("core.elf");
        std::fs::write(&dump, file).unwrap();
        all(&machine.path("fixture.zip"), &dump);
    }

    #[test]
    fn overwritten_words(words in prop::collection::vec((interesting(), any::<u64>()), 1..40)) {
        let machine = machine();
        let mut file = machine.core.elf();
        for (at, word) in words {
            file[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        let dump = machine.path("core.elf");
        std::fs::write(&dump, file).unwrap();
        all(&machine.path("fixture.zip"), &dump);
    }

    #[test]
    fn truncated(length in 0_usize..0x10_0000) {
        let machine = machine();
        let dump = machine.path("core.elf");
        let file = machine.core.elf();
        std::fs::write(&dump, &file[..length]).unwrap();
        all(&machine.path("fixture.zip"), &dump);
    }

    #[test]
    fn damaged_debug_information(
        flips in prop::collection::vec((0.0..1.0, 0_u8..8), 1..40),
        which in 0_usize..2,
    ) {
        let mut machine = machine();
        let damage = |mut bytes: Vec<u8>| {
            for (at, bit) in &flips {
                let at = (bytes.len() as f64 * at) as usize;
                bytes[at] ^= 1 << bit;
            }
            bytes
        };
        if which == 0 {
            machine.put_program("elf/kernel.elf", damage(fixture::debug::kernel()));
        } else {
            machine.put_program("elf/task/ping.elf", damage(fixture::debug::task(1)));
        }
        let dump = machine.path("core.elf");
        std::fs::write(&dump, machine.core.elf()).unwrap();
        all(&machine.path("fixture.zip"), &dump);
    }
}

#[test]
fn the_rest_is_answered_and_the_damage_named() {
    let mut machine = machine();
    machine.core.put(fixture::RECORDS + fixture::record::STRIDE + fixture::record::STATE, &[200]);
    machine.put_current(77);
    let answer = machine.try_run(&["tasks"]).unwrap();
    assert_eq!(answer.output.matches("its record is damaged").count(), 1);
    assert!(answer.output.contains("waits for the answer of ping"));
    assert_eq!(
        answer.problems,
        ["the current task is 77, which does not exist", "record of ping: no state is 200"]
    );
}

#[test]
fn a_dump_that_ends_early_is_used_as_far_as_it_goes() {
    let machine = machine();
    let dump = machine.path("short.elf");
    let file = machine.core.elf();
    // Up to the records, and one of them.
    let length = file.len() - machine.core.memory.len() + 0xa_0000 + 512;
    std::fs::write(&dump, &file[..length]).unwrap();
    let answer = machine.run_with(&["-d", dump.to_str().unwrap()], &["tasks"]).unwrap();
    assert!(answer.output.contains("not started"), "{}", answer.output);
    let named =
        |problem: &String| problem.starts_with("record of pong") && problem.contains("ends");
    assert!(answer.problems.iter().any(named), "{:?}", answer.problems);
}
