//! What an exception of a task is called (Arm ARM D23.2.37, ESR_EL1).
//!
//! `tests/protocol/tests/syndrome.rs` compiles this file on the host, and goes through every class.

use abi::{FaultKind, FaultRecord};
use kerncore::Exception;

/// Fault status codes that are not about translation: synchronous external aborts.
const EXTERNAL: core::ops::RangeInclusive<u64> = 0x10..=0x1f;
const ALIGNMENT: u64 = 0x21;

/// Names the exception with this syndrome, ESR_EL1, and this address, FAR_EL1.
pub fn decode(syndrome: u64, address: u64) -> Exception {
    let class = syndrome >> 26 & 0x3f;
    let status = syndrome & 0x3f;
    let (kind, address) = match class {
        0x20 if EXTERNAL.contains(&status) => (FaultKind::BusError, address),
        0x20 => (FaultKind::IllegalText, address),
        0x22 => (FaultKind::Alignment, address),
        0x24 if EXTERNAL.contains(&status) => (FaultKind::BusError, address),
        0x24 if status == ALIGNMENT => (FaultKind::Alignment, address),
        0x24 => (FaultKind::MemoryAccess, address),
        0x26 => (FaultKind::Alignment, 0),
        0x07 | 0x19 | 0x1d | 0x2c => (FaultKind::FloatingPoint, 0),
        0x00 | 0x01 | 0x03..=0x06 | 0x0c | 0x0d | 0x0e | 0x18 => (FaultKind::IllegalInstruction, 0),
        0x2f => (FaultKind::BusError, 0),
        0x30 | 0x32 | 0x34 | 0x38 | 0x3c => (FaultKind::Debug, 0),
        _ => (FaultKind::Unknown, 0),
    };
    let detail = match kind {
        // ESR_EL1.WnR
        FaultKind::MemoryAccess if syndrome >> 6 & 1 == 0 => FaultRecord::READ,
        FaultKind::MemoryAccess => FaultRecord::WRITE,
        _ => syndrome as u32,
    };
    Exception { kind, detail, address }
}
