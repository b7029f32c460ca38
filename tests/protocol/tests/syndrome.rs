//! Every class of exceptions that a task can cause has a name.
//!
//! The classes are those of Arm ARM D23.2.37; the code is the kernel's, compiled here.

#[path = "../../../sys/kern/src/arch/aarch64/syndrome.rs"]
mod syndrome;

use abi::{FaultKind, FaultRecord};
use kerncore::Exception;
use syndrome::decode;

const ADDRESS: u64 = 0x1234_5678;
const INSTRUCTION_ABORT: u64 = 0x20;
const DATA_ABORT: u64 = 0x24;
/// ESR_EL1.IL, and for data aborts WnR.
const LONG: u64 = 1 << 25;
const WRITES: u64 = 1 << 6;

fn of(class: u64, specific: u64) -> Exception {
    decode(class << 26 | LONG | specific, ADDRESS)
}

/// The name of a class without an address.
fn expected(class: u64) -> FaultKind {
    match class {
        // Undefined; WFI; coprocessors; branch target; illegal state; system registers.
        0x00 | 0x01 | 0x03 | 0x04 | 0x05 | 0x06 | 0x0c | 0x0d | 0x0e | 0x18 => {
            FaultKind::IllegalInstruction
        }
        // Advanced SIMD, SVE, SME; trapped floating-point exceptions.
        0x07 | 0x19 | 0x1d | 0x2c => FaultKind::FloatingPoint,
        // The stack pointer.
        0x26 => FaultKind::Alignment,
        // SError.
        0x2f => FaultKind::BusError,
        // Breakpoint, single step, watchpoint; BKPT, BRK.
        0x30 | 0x32 | 0x34 | 0x38 | 0x3c => FaultKind::Debug,
        _ => FaultKind::Unknown,
    }
}

#[test]
fn every_class_without_an_address_keeps_its_syndrome() {
    for class in (0..64).filter(|class| ![INSTRUCTION_ABORT, 0x22, DATA_ABORT].contains(class)) {
        let Exception { kind, detail, address } = of(class, 0x123);
        assert_eq!((kind, address), (expected(class), 0), "class {class:#x}");
        assert_eq!(u64::from(detail), class << 26 | LONG | 0x123);
    }
}

#[test]
fn a_program_counter_that_is_not_aligned() {
    let Exception { kind, address, .. } = of(0x22, 0);
    assert_eq!((kind, address), (FaultKind::Alignment, ADDRESS));
}

#[test]
fn data_aborts_by_their_status() {
    for status in 0..64 {
        let kind = match status {
            0x10..=0x1f => FaultKind::BusError,
            0x21 => FaultKind::Alignment,
            _ => FaultKind::MemoryAccess,
        };
        for write in [0, WRITES] {
            let seen = of(DATA_ABORT, status | write);
            assert_eq!((seen.kind, seen.address), (kind, ADDRESS), "status {status:#x}");
            if kind == FaultKind::MemoryAccess {
                let detail = if write == 0 { FaultRecord::READ } else { FaultRecord::WRITE };
                assert_eq!(seen.detail, detail);
            }
        }
    }
}

#[test]
fn instruction_aborts_by_their_status() {
    for status in 0..64 {
        let external = (0x10..=0x1f).contains(&status);
        let kind = if external { FaultKind::BusError } else { FaultKind::IllegalText };
        let seen = of(INSTRUCTION_ABORT, status);
        assert_eq!((seen.kind, seen.address), (kind, ADDRESS), "status {status:#x}");
    }
}
