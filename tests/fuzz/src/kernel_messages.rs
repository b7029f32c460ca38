//! Messages to the kernel: every operation, with and without the right, well and badly formed.

use crate::address;
use crate::calls::any_index;
use crate::{Chance, Deed, Outcome, Scene};
use abi::call::SendInfo;
use abi::kipc::Op;
use abi::{FaultKind, NO_DEADLINE};

/// Bytes of the message of an operation.
const fn length_of(op: Op) -> u64 {
    match op {
        Op::ReadStatus | Op::Stop | Op::Fault | Op::FindFaulted => 4,
        Op::Restart | Op::DumpRegion | Op::SoftwareIrq => 8,
        Op::ReadImageId | Op::Reset => 0,
        Op::ReadDump | Op::ReadPanicMessage => 24,
    }
}

/// Makes the registers of a `SEND` to the kernel, but for x0.
pub fn message(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> Outcome {
    let operation = match chance.below(16) {
        0 => chance.bits() as u16,
        1 => chance.one_of(&[0, 12, 13, 255, u16::MAX]),
        _ => chance.below(11) as u16 + 1,
    };
    let op = Op::from_number(operation);
    let right = op.map_or(4, length_of);
    let length = if chance.once_in(8) { address::length(chance) & 0xfff } else { right };
    let task = if chance.once_in(3) { scene.victim } else { any_index(chance, scene) };
    deed.x[1] = SendInfo::new(operation, length as usize, 0).0;
    deed.x[2] = task & 0xffff_ffff | second_word(chance, op) << 32;
    deed.x[3] = address::any(chance, scene);
    deed.x[4] = address::any(chance, scene);
    deed.x[6] = if chance.once_in(4) { address::length(chance) } else { 256 };
    deed.x[7] = if chance.once_in(4) { chance.bits() } else { NO_DEADLINE };
    deed.x[9] = address::any(chance, scene);
    let well_formed = length == right;
    fate(scene, op.filter(|_| well_formed), deed.x[2] as u32)
}

/// What stands beside the task's index.
fn second_word(chance: &mut Chance, op: Option<Op>) -> u64 {
    match op {
        Some(Op::Restart) => chance.one_of(&[0, 1, 1, 2]),
        Some(Op::DumpRegion) => chance.one_of(&[0, 1, 2, 3, 255, u32::MAX as u64]),
        Some(Op::ReadDump | Op::ReadPanicMessage) => address::length(chance) & 0xffff_ffff,
        _ => chance.bits() & 0xffff_ffff,
    }
}

/// Without the right nobody lives. With it, a reply may still not fit its buffer.
fn fate(scene: &Scene<'_>, op: Option<Op>, task: u32) -> Outcome {
    let permitted = match op {
        None | Some(Op::Reset | Op::SoftwareIrq | Op::FindFaulted) => false,
        Some(Op::ReadImageId) => true,
        Some(_) => u64::from(task) == scene.victim,
    };
    if permitted { Outcome::Either } else { Outcome::dies(FaultKind::Usage) }
}
