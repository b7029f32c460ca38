//! Every class of instructions that matters. The words are an assembler's.

use crate::decode::{Memory, Op, SP, decode};

const AT: u64 = 0x1_0000;

#[track_caller]
fn is(word: u32, op: Op) {
    assert_eq!(decode(word, AT), op, "{word:#010x}");
}

#[test]
fn branches_and_their_targets() {
    is(0x9400_0040, Op::Call(AT + 0x100)); // bl
    is(0x17ff_fffe, Op::Jump(AT - 8)); // b
    is(0x5400_0081, Op::Branch(AT + 16)); // b.ne
    is(0xb400_0103, Op::Branch(AT + 32)); // cbz x3
    is(0x35ff_ff03, Op::Branch(AT - 32)); // cbnz w3
    is(0xb608_0201, Op::Branch(AT + 64)); // tbz x1, #33
    is(0x371f_fe01, Op::Branch(AT - 64)); // tbnz w1, #3
    is(0xd63f_0100, Op::CallRegister(8)); // blr x8
    is(0xd61f_0060, Op::JumpRegister(3)); // br x3
}

#[test]
fn where_nothing_follows() {
    is(0xd65f_03c0, Op::Return); // ret
    is(0xd65f_0220, Op::Return); // ret x17
    for stop in [0xd420_0020, 0x0000_0000, 0xd69f_03e0] {
        is(stop, Op::Stop); // brk, udf, eret
    }
}

#[test]
fn the_system() {
    is(0xd400_0001, Op::System); // svc
    is(0xd400_0002, Op::System); // hvc
    is(0xd538_d089, Op::Other(1 << 9)); // mrs x9
    for nothing in [0xd518_d089, 0xd503_201f, 0xd503_3fdf, 0xd503_207f] {
        is(nothing, Op::Other(0)); // msr, nop, isb, wfi
    }
}

#[test]
fn constants_and_addresses() {
    is(0x1000_00e9, Op::Value(9, AT + 28)); // adr
    is(0xb000_000b, Op::Page(11, AT + 0x1000)); // adrp
    is(0x9000_002b, Op::Page(11, AT + 0x4000));
    is(0x9280_0040, Op::Value(0, (-3_i64).cast_unsigned())); // mov x0, #-3
    is(0x5280_0288, Op::Value(8, 20)); // mov w8, #20
    is(0xd2a2_4681, Op::Value(1, 0x1234_0000)); // movz
    is(0xf28a_cf01, Op::Keep(1, 22136, !0xffff)); // movk
    is(0x5800_0140, Op::Literal(0, AT + 40)); // ldr x0, . + 40
}

#[test]
fn the_stack_pointer_by_a_constant() {
    is(0xd102_43ff, Op::Add(SP, SP, -144)); // sub sp, sp, #144
    is(0x9140_0fff, Op::Add(SP, SP, 0x3000)); // add sp, sp, #3, lsl #12
    is(0xd100_43e9, Op::Add(9, SP, -16)); // sub x9, sp, #16
    is(0x9100_03fd, Op::Add(29, SP, 0)); // mov x29, sp
    is(0x9100_013f, Op::Add(SP, 9, 0)); // mov sp, x9
    is(0xf100_103f, Op::Other(0)); // cmp x1, #4: 31 is no stack pointer here
    is(0x1100_1020, Op::Other(1)); // add w0, w1, #4
    is(0xf100_0400, Op::Add(0, 0, -1)); // subs
    is(0x1100_43ff, Op::WildStack); // add wsp, wsp, #16
}

#[test]
fn the_stack_pointer_by_a_register_or_a_mask() {
    is(0xcb29_63ff, Op::Extended(SP, SP, 9, true)); // sub sp, sp, x9
    is(0x8b21_4fe0, Op::Other(1)); // add x0, sp, w1, uxtw #3
    is(0x927b_e93f, Op::And(SP, 9, !31)); // and sp, x9, #~31
    is(0x927a_e529, Op::And(9, 9, !63));
    is(0x9200_9c41, Op::And(1, 2, 0x00ff_00ff_00ff_00ff));
    is(0x1200_0800, Op::Other(1)); // and w0, w0, #7
    is(0xb240_1c20, Op::Other(1)); // orr x0, x1, #0xff
}

#[test]
fn registers() {
    is(0xaa13_03e0, Op::Move(0, 19));
    is(0xaa1f_03e0, Op::Move(0, SP)); // mov x0, xzr
    is(0x8b0a_0129, Op::Sum(9, 9, 10, 0));
    is(0x8b0c_096b, Op::Sum(11, 11, 12, 2)); // lsl #2
    is(0x8b29_c94a, Op::Sum(10, 10, 9, 2)); // sxtw #2
    is(0x9a88_1128, Op::Select(8, 9, 8)); // csel
    is(0x9b02_1423, Op::Other(1 << 3)); // madd
    is(0x9ac2_0823, Op::Other(1 << 3)); // udiv
    is(0x9e66_0003, Op::Other(1 << 3)); // fmov x3, d0
    is(0x0e03_3c03, Op::Other(1 << 3)); // umov
}

fn memory(base: u8, offset: i64, writeback: i64, words: [Option<u8>; 2], clobbers: u32) -> Op {
    Op::Memory(Memory { base, offset, writeback, words, clobbers })
}

#[test]
fn pushes_and_pops() {
    let none = [None, None];
    is(0xf81f_0ffe, memory(SP, -16, -16, none, 0)); // str x30, [sp, #-16]!
    is(0xf841_07fe, memory(SP, 0, 16, [Some(30), None], 0)); // ldr x30, [sp], #16
    is(0xa9be_7bfd, memory(SP, -32, -32, none, 0)); // stp x29, x30, [sp, #-32]!
    is(0xa8c2_7bfd, memory(SP, 0, 32, [Some(29), Some(30)], 0)); // ldp, post
    is(0x6dbc_27e8, memory(SP, -64, -64, none, 0)); // stp d8, d9, [sp, #-64]!
    is(0xadbe_07e0, memory(SP, -64, -64, none, 0)); // stp q0, q1, [sp, #-64]!
    is(0x3c9e_0fe0, memory(SP, -32, -32, none, 0)); // str q0, [sp, #-32]!
    is(0x4cdf_73e0, Op::WildStack); // ld1 {v0.16b}, [sp], #16
    is(0x4cdf_7020, Op::Other(1 | 1 << 1 | 1 << 28)); // the same at x1
}

#[test]
fn loads_of_words_and_of_less() {
    is(0xf940_0c48, memory(2, 24, 0, [Some(8), None], 0)); // ldr x8, [x2, #24]
    is(0xa940_2100, memory(8, 0, 0, [Some(0), Some(8)], 0)); // ldp x0, x8, [x8]
    is(0xa97f_2100, memory(8, -16, 0, [Some(0), Some(8)], 0));
    is(0xf85f_8048, memory(2, -8, 0, [Some(8), None], 0)); // ldur
    is(0xb940_1848, memory(2, 24, 0, [None, None], 1 << 8)); // ldr w8
    is(0xb980_1848, memory(2, 24, 0, [None, None], 1 << 8)); // ldrsw
    is(0x2940_2100, memory(8, 0, 0, [None, None], 1 | 1 << 8)); // ldp w0, w8
    is(0x6940_2100, memory(8, 0, 0, [None, None], 1 | 1 << 8)); // ldpsw
    is(0x3dc0_0960, memory(11, 32, 0, [None, None], 0)); // ldr q0, [x11, #32]
    is(0x3900_0c20, memory(1, 3, 0, [None, None], 0)); // strb
    is(0xf980_0020, memory(1, 0, 0, [None, None], 0)); // prfm
}

#[test]
fn loads_by_an_index() {
    is(0x3869_694c, Op::Table(12, 10, 1, false)); // ldrb
    is(0x7869_794c, Op::Table(12, 10, 2, false)); // ldrh
    is(0xb8a8_796a, Op::Table(10, 11, 4, true)); // ldrsw
    is(0xf868_796a, Op::Other(1 << 10)); // ldr x10
}

#[test]
fn what_is_not_told_apart_forgets_enough() {
    for (word, written) in [
        (0xc85f_7c83, 3), // ldxr x3
        (0xc805_7c83, 5), // stxr w5
        (0xc87f_9883, 6), // ldaxp x3, x6
        (0xf821_0062, 2), // ldadd x1, x2
        (0x08df_fc62, 2), // ldarb w2
    ] {
        let Op::Other(mask) = decode(word, AT) else { panic!("{word:#010x}") };
        assert_ne!(mask & (1 << written), 0, "{word:#010x}");
    }
}
