//! System calls with any registers.

use test_protocol::{RawCall, RawResult};
use userlib::svc::{self, Registers};

/// Carries the call out. Returns only if the task survives it.
#[must_use]
pub fn raw(call: &RawCall) -> RawResult {
    let [buffer, capacity, mask, leases] = call.more;
    let registers = Registers { x: call.x, buffer, capacity, mask, leases };
    // SAFETY: none. The kernel must bear any registers, and a test that names memory of this
    // task names memory that is there for that.
    RawResult { x: unsafe { svc::call_number(call.number, registers) } }
}
