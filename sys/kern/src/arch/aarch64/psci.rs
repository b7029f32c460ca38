//! PSCI: how the system is reset (Arm DEN 0022).

use smccc::{Hvc, Smc, psci};

/// Which instruction reaches the firmware.
#[derive(Clone, Copy, Debug)]
pub enum Conduit {
    /// HVC.
    Hypervisor,
    /// SMC.
    SecureMonitor,
}

/// Resets the system. Returns if the firmware will not.
pub fn reset(conduit: Conduit) {
    let _ = match conduit {
        Conduit::Hypervisor => psci::system_reset::<Hvc>(),
        Conduit::SecureMonitor => psci::system_reset::<Smc>(),
    };
}
