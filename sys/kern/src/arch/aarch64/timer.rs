//! The virtual timer of the generic timer (Arm ARM D12).

use aarch64_cpu::registers::{
    CNTFRQ_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0, Readable, Writeable,
};
use abi::NO_DEADLINE;

/// The counter now.
#[inline]
pub fn now() -> u64 {
    CNTVCT_EL0.get()
}

/// Ticks a second.
pub fn frequency() -> u64 {
    CNTFRQ_EL0.get()
}

/// Interrupts when the counter reaches `deadline`, or not at all.
#[inline]
pub fn set_alarm(deadline: u64) {
    if deadline == NO_DEADLINE {
        CNTV_CTL_EL0.set(0);
        return;
    }
    CNTV_CVAL_EL0.set(deadline);
    CNTV_CTL_EL0.write(CNTV_CTL_EL0::ENABLE::SET);
}
