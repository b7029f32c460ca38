//! Time: the generic timer's virtual counter, read without the kernel.

/// Counter value now: CNTVCT_EL0 (Arm ARM D12.1).
#[must_use]
#[inline]
pub fn now() -> u64 {
    counter::now()
}

/// Counter steps in one second: CNTFRQ_EL0.
#[must_use]
#[inline]
pub fn frequency() -> u64 {
    counter::frequency()
}

/// The counter value so many milliseconds from now.
#[must_use]
pub fn after_ms(milliseconds: u64) -> u64 {
    now().saturating_add(from_ms(milliseconds))
}

/// Milliseconds as counter steps.
#[must_use]
pub fn from_ms(milliseconds: u64) -> u64 {
    scale(milliseconds, frequency(), 1000)
}

/// Counter steps as milliseconds.
#[must_use]
pub fn to_ms(steps: u64) -> u64 {
    scale(steps, 1000, frequency())
}

/// Milliseconds since the counter began.
#[must_use]
pub fn uptime_ms() -> u64 {
    to_ms(now())
}

/// Waits until the counter reaches `deadline`, with the task's timer and the notification bits
/// given, which must be free.
pub fn sleep_until(deadline: u64, notification: u32) {
    crate::sys::set_timer(deadline, notification);
    while now() < deadline {
        crate::sys::recv_notification(notification);
    }
}

fn scale(value: u64, numerator: u64, denominator: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(numerator) / u128::from(denominator.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

#[cfg(target_os = "none")]
mod counter {
    pub fn now() -> u64 {
        let value;
        // SAFETY: reads a counter the kernel leaves open to EL0.
        unsafe {
            core::arch::asm!("mrs {}, cntvct_el0", out(reg) value, options(nomem, nostack));
        }
        value
    }

    pub fn frequency() -> u64 {
        let value;
        // SAFETY: reads a register the kernel leaves open to EL0.
        unsafe {
            core::arch::asm!("mrs {}, cntfrq_el0", out(reg) value, options(nomem, nostack, pure));
        }
        value
    }
}

#[cfg(not(target_os = "none"))]
mod counter {
    pub const fn now() -> u64 {
        0
    }

    pub const fn frequency() -> u64 {
        1_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_times_do_not_overflow() {
        assert_eq!(scale(u64::MAX, 1000, 62_500_000), u64::MAX / 62_500);
        assert_eq!(scale(u64::MAX, 2, 1), u64::MAX);
    }
}
