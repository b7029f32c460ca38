//! Depths of whole programs.

use super::machine::{BRK, CODE, Machine, NOP, RET};
use super::machine::{add_sp, address, b, bl, blr, br, cbz, load, sub_sp};
use crate::{Error, Lost, Rules};

const PUSH_32: u32 = 0xa9be_7bfd; // stp x29, x30, [sp, #-32]!
const POP_32: u32 = 0xa8c2_7bfd; // ldp x29, x30, [sp], #32

#[test]
fn calls_add_up_at_the_depth_they_are_made() {
    let mut machine = Machine::default();
    let leaf = machine.calls("leaf", 64, &[]);
    let middle = machine.calls("middle", 128, &[leaf]);
    // Deepest by itself, but it calls at 16 only.
    let at = machine.here();
    let words = [sub_sp(16), bl(at + 4, leaf), sub_sp(112), add_sp(128), RET];
    let wide = machine.function("wide", &words);
    machine.calls("_start", 32, &[middle, wide]);
    let estimate = machine.depth(&Rules::default()).unwrap();
    assert_eq!(estimate.most, 32 + 128 + 64);
    let path: Vec<_> = estimate.path.iter().map(|step| (&*step.function, step.bytes)).collect();
    assert_eq!(path, [("_start", 32), ("middle", 128), ("leaf", 64)]);
}

#[test]
fn pushes_count_and_tail_calls_take_over() {
    let mut machine = Machine::default();
    let leaf = machine.calls("leaf", 96, &[]);
    let at = machine.here();
    let tail = machine.function("tail", &[PUSH_32, NOP, POP_32, b(at + 12, leaf)]);
    machine.calls("_start", 16, &[tail]);
    assert_eq!(machine.bytes_of_stack(), 16 + 96);
}

#[test]
fn both_ways_of_a_branch_are_followed() {
    let mut machine = Machine::default();
    let at = machine.here();
    let words = [cbz(at, at + 12), sub_sp(16), b(at + 8, at + 16), sub_sp(48), NOP, BRK];
    machine.function("_start", &words);
    assert_eq!(machine.bytes_of_stack(), 48);
}

#[test]
fn code_behind_a_call_that_never_comes_back_is_not_reached() {
    let mut machine = Machine::default();
    let never = machine.function("never", &[sub_sp(32), BRK]);
    let at = machine.here();
    machine.function("_start", &[sub_sp(16), bl(at + 4, never)]);
    machine.function("behind", &[sub_sp(1024), RET]);
    assert_eq!(machine.bytes_of_stack(), 48);
}

#[test]
fn code_that_goes_on_into_the_next_function_calls_it() {
    let mut machine = Machine::default();
    machine.function("_start", &[sub_sp(16)]);
    machine.function("next", &[sub_sp(32), RET]);
    assert_eq!(machine.bytes_of_stack(), 48);
}

#[test]
fn aligning_the_stack_takes_the_most_it_may() {
    let mut machine = Machine::default();
    // mov x29, sp; sub x9, sp, #48; and sp, x9, #~63; mov sp, x29
    machine.function("_start", &[0x9100_03fd, 0xd100_c3e9, 0x927a_e53f, 0x9100_03bf, RET]);
    assert_eq!(machine.bytes_of_stack(), 48 + 48);
}

#[test]
fn a_stack_pointer_that_only_the_machine_knows_is_refused() {
    let mut machine = Machine::default();
    machine.function("_start", &[0xcb20_63ff, RET]); // sub sp, sp, x0
    let error = machine.depth(&Rules::default()).unwrap_err();
    let expected = Error::Lost { function: "_start".into(), address: CODE, why: Lost::Dynamic };
    assert_eq!(error, expected);
    let mut machine = Machine::default();
    machine.function("_start", &[0xd280_0600, 0xcb20_63ff, RET]); // mov x0, #48 before it
    assert_eq!(machine.bytes_of_stack(), 48);
}

#[test]
fn a_loop_that_takes_stack_in_each_turn_is_refused() {
    let mut machine = Machine::default();
    let at = machine.here();
    machine.function("_start", &[sub_sp(16), cbz(at + 4, at), RET]);
    let error = machine.depth(&Rules::default()).unwrap_err();
    assert!(matches!(error, Error::Lost { why: Lost::Grows, .. }), "{error}");
}

#[test]
fn recursion_is_refused_unless_it_is_declared() {
    let mut machine = Machine::default();
    let leaf = machine.calls("leaf", 8, &[]);
    let at = machine.here();
    // `dig` calls `other`, which calls `dig`.
    let other = at + 20;
    machine.function("dig", &[sub_sp(32), bl(at + 4, other), bl(at + 8, leaf), add_sp(32), RET]);
    machine.function("other", &[sub_sp(16), bl(other + 4, at), add_sp(16), RET]);
    machine.calls("_start", 64, &[at]);
    let error = machine.depth(&Rules::default()).unwrap_err();
    assert_eq!(error, Error::Recursion(vec!["dig".into(), "other".into(), "dig".into()]));
    let rules = Rules { recursion: vec![("di*".into(), 3)], ..Rules::default() };
    // Three times `dig`, and `other` below each.
    assert_eq!(machine.depth(&rules).unwrap().most, 64 + 3 * (32 + 16));
}

#[test]
fn a_function_that_is_not_called_may_recurse() {
    let mut machine = Machine::default();
    let at = machine.here();
    machine.function("_start", &[sub_sp(16), RET]);
    machine.function("dig", &[b(at + 8, at + 8)]);
    let dig = machine.here();
    machine.function("deep", &[sub_sp(32), bl(dig + 4, dig), RET]);
    assert_eq!(machine.bytes_of_stack(), 16);
}

/// Loads the address of a function from memory nobody knows, and calls it.
fn indirect(machine: &Machine, offset: u32, makes: &[u64]) -> Vec<u32> {
    let mut words = vec![sub_sp(16)];
    for (register, to) in (10..).zip(makes) {
        words.extend(address(register, machine.here() + 4 * words.len() as u64, *to));
    }
    words.extend([load(8, 0, offset), blr(8), add_sp(16), RET]);
    words
}

#[test]
fn a_call_through_a_pointer_may_reach_whatever_has_its_address_taken() {
    let mut machine = Machine::default();
    let small = machine.calls("small", 64, &[]);
    let large = machine.calls("large", 512, &[]);
    machine.calls("larger, but its address is not taken", 1024, &[]);
    let words = indirect(&machine, 8, &[small, large]);
    machine.function("_start", &words);
    assert_eq!(machine.bytes_of_stack(), 16 + 512);
    let rules = Rules { indirect: vec![("_st*".into(), vec!["small".into()])], ..Rules::default() };
    assert_eq!(machine.depth(&rules).unwrap().most, 16 + 64);
}

#[test]
fn a_call_to_one_of_a_few_known_functions_reaches_only_them() {
    let mut machine = Machine::default();
    let small = machine.calls("small", 64, &[]);
    let medium = machine.calls("medium", 128, &[]);
    let large = machine.calls("large", 512, &[]);
    let at = machine.here();
    let mut words = Vec::from(address(8, at, small));
    words.extend(address(9, at + 8, medium));
    words.extend(address(10, at + 16, large));
    words.extend([0x9a88_1128, blr(8), RET]); // csel x8, x9, x8
    machine.function("_start", &words);
    assert_eq!(machine.bytes_of_stack(), 128);
}

#[test]
fn a_method_is_looked_for_at_its_place_in_method_tables() {
    for (offset, expected) in [(24, 64), (32, 512)] {
        let mut machine = Machine::default();
        let first = machine.calls("first", 64, &[]);
        let second = machine.calls("second", 512, &[]);
        let table = machine.constant(&[0, 24, 8, first, second]);
        let words = indirect(&machine, offset, &[table]);
        machine.function("_start", &words);
        assert_eq!(machine.bytes_of_stack(), 16 + expected);
    }
}

#[test]
fn a_jump_by_a_table_stays_in_its_function() {
    let mut machine = Machine::default();
    let taken = machine.calls("taken", 2048, &[]);
    let table = machine.bytes(&[0, 1, 3, 0, 0, 0, 0, 0]);
    machine.constant(&[taken]);
    let at = machine.here();
    let mut words = Vec::from(address(10, at, table));
    words.push(0x1000_008b); // adr x11, . + 16
    words.push(0x3869_694c); // ldrb w12, [x10, x9]
    words.push(0x8b0c_096b); // add x11, x11, x12, lsl #2
    words.push(br(11));
    words.extend([RET, sub_sp(16), BRK, sub_sp(48), BRK]);
    machine.function("_start", &words);
    assert_eq!(machine.bytes_of_stack(), 48);
}

#[test]
fn what_a_table_leads_to_is_found_though_its_end_is_not() {
    let mut machine = Machine::default();
    let table = machine.bytes(&[0, 1, 3, 0]);
    machine.bytes(&[0; 12]);
    let at = machine.here();
    // Another instruction points into the table, as if something else began there.
    let mut words = Vec::from(address(10, at, table + 1));
    words.extend(address(10, at + 8, table));
    words.push(0x1000_008b); // adr x11, . + 16
    words.push(0x3869_694c); // ldrb w12, [x10, x9]
    words.push(0x8b0c_096b); // add x11, x11, x12, lsl #2
    words.push(br(11));
    words.extend([RET, sub_sp(16), BRK, sub_sp(48), BRK]);
    machine.function("_start", &words);
    assert_eq!(machine.bytes_of_stack(), 48);
}

#[test]
fn an_indirect_jump_is_a_call() {
    let mut machine = Machine::default();
    let taken = machine.calls("taken", 256, &[]);
    let at = machine.here();
    let mut words = Vec::from(address(10, at, taken));
    words.extend([sub_sp(64), add_sp(64), load(3, 0, 8), br(3)]);
    machine.function("_start", &words);
    assert_eq!(machine.bytes_of_stack(), 256);
}

/// `core::fmt::write`, which calls `f`s and writers through pointers; returns its address.
fn write(machine: &mut Machine) -> u64 {
    let words = [sub_sp(112), load(8, 0, 8), blr(8), load(9, 1, 24), blr(9), add_sp(112), RET];
    machine.function("core::fmt::write", &words)
}

/// A function that makes addresses and then calls.
fn makes(machine: &mut Machine, name: &str, frame: u32, makes: &[u64], calls: &[u64]) -> u64 {
    let at = machine.here();
    let mut words = vec![sub_sp(frame)];
    for (register, to) in (10..).zip(makes) {
        words.extend(address(register, at + 4 * words.len() as u64, *to));
    }
    for to in calls {
        words.push(bl(at + 4 * words.len() as u64, *to));
    }
    words.extend([add_sp(frame), RET]);
    machine.function(name, &words)
}

#[test]
fn formatting_is_counted_where_it_is_asked_for() {
    let mut machine = Machine::default();
    let write = write(&mut machine);
    let number = machine.calls("<u32 as core::fmt::Display>::fmt", 32, &[]);
    // A formatter that formats its own parts, with the machinery again.
    let pair = "<pair::Pair as core::fmt::Display>::fmt";
    let pair = makes(&mut machine, pair, 64, &[number], &[write]);
    let modest = makes(&mut machine, "modest", 1024, &[number], &[write]);
    let other = makes(&mut machine, "other", 16, &[pair], &[write]);
    machine.calls("_start", 0, &[modest, other]);
    let estimate = machine.depth(&Rules::default()).unwrap();
    // `Pair` is not counted below `modest`, which has nothing to do with it.
    assert_eq!(estimate.most, 1024 + 112 + 32);
    assert_eq!(estimate.without_formatting, 1024);
}

#[test]
fn formatters_that_format_their_parts_add_up() {
    let mut machine = Machine::default();
    let write = write(&mut machine);
    let number = machine.calls("<u32 as core::fmt::Display>::fmt", 32, &[]);
    let pair = "<pair::Pair as core::fmt::Display>::fmt";
    let pair = makes(&mut machine, pair, 64, &[number], &[write]);
    makes(&mut machine, "_start", 16, &[pair], &[write]);
    assert_eq!(machine.bytes_of_stack(), 16 + 112 + 64 + 112 + 32);
}

#[test]
fn writers_are_called_at_their_place() {
    let mut machine = Machine::default();
    let write = write(&mut machine);
    let str = machine.calls("<a::Text as core::fmt::Write>::write_str", 256, &[]);
    let char = machine.calls("<a::Text as core::fmt::Write>::write_char", 512, &[]);
    let table = machine.constant(&[0, 8, 8, str, char]);
    makes(&mut machine, "_start", 16, &[table], &[write]);
    assert_eq!(machine.bytes_of_stack(), 16 + 112 + 256);
}

/// Ways into a panic, and its handler, which formats; returns `panic_bounds_check`.
fn panicking(machine: &mut Machine) -> u64 {
    let write = write(machine);
    let at = machine.here();
    let message = "<core::panic::PanicInfo as core::fmt::Display>::fmt";
    let message = machine.function(message, &[sub_sp(80), bl(at + 4, write), add_sp(80), RET]);
    let at = machine.here();
    let mut words = vec![sub_sp(304)];
    words.extend(address(10, at + 4, message));
    // It may panic itself: that is not counted.
    words.extend([bl(at + 12, write), bl(at + 16, at + 24), BRK]);
    let handler = machine.function("__rustc::rust_begin_unwind", &words);
    let at = machine.here();
    machine.function("core::panicking::panic_bounds_check", &[sub_sp(48), bl(at + 4, handler), BRK])
}

#[test]
fn panics_are_counted_apart() {
    let mut machine = Machine::default();
    let panic = panicking(&mut machine);
    let number = machine.calls("<u32 as core::fmt::Display>::fmt", 32, &[]);
    makes(&mut machine, "_start", 16, &[number], &[panic]);
    let estimate = machine.depth(&Rules::default()).unwrap();
    // What `_start` wants to have formatted is formatted below the message.
    assert_eq!(estimate.most, 16 + 48 + 304 + 112 + 80 + 112 + 32);
    assert_eq!(estimate.without_panics, 16);
}

#[test]
fn rules_for_nobody_are_told() {
    let mut machine = Machine::default();
    machine.function("_start", &[RET]);
    let rules = Rules {
        indirect: vec![("_start".into(), vec!["nobody".into()])],
        recursion: vec![("x::*".into(), 3)],
    };
    assert_eq!(machine.depth(&rules).unwrap().idle, ["nobody", "x::*"]);
}

/// Numbers that look random, from a seed.
fn noise(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 31
    }
}

#[test]
fn no_instructions_and_constants_bring_it_down() {
    for seed in 0..40 {
        let mut noise = noise(seed);
        let mut machine = Machine::default();
        for name in ["_start", "core::one", "<A as core::fmt::Display>::fmt", "<&B>::four"] {
            let mut words: Vec<u32> = (0..200).map(|_| noise() as u32).collect();
            for word in words.iter_mut().step_by(3) {
                *word = [bl(0, noise() % 0x400), blr(8), br(9), cbz(0, noise() % 0x200)]
                    [noise() as usize % 4];
            }
            machine.function(name, &words);
        }
        let words: Vec<u64> = (0..100).map(|_| CODE + noise() % 0x1_1000).collect();
        machine.constant(&words);
        drop(machine.depth(&Rules::default()));
    }
}
