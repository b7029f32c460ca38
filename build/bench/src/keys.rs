//! What is measured, what is aimed at, and what others need for the same.

/// A key of the report.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// At most so many.
    pub target: Option<u64>,
    /// At most so many with the trace ring on.
    pub traced_target: Option<u64>,
    /// seL4: as Microkit runs it, and at its barest.
    pub sel4: [Option<u64>; 2],
    /// Bytes and not instructions.
    pub bytes: bool,
}

const fn key(name: &'static str) -> Key {
    Key { name, target: None, traced_target: None, sel4: [None; 2], bytes: false }
}

impl Key {
    const fn at_most(self, target: u64) -> Self {
        Self { target: Some(target), ..self }
    }

    const fn traced_at_most(self, target: u64) -> Self {
        Self { traced_target: Some(target), ..self }
    }

    const fn sel4(self, microkit: u64, barest: u64) -> Self {
        Self { sel4: [Some(microkit), Some(barest)], ..self }
    }

    const fn sel4_microkit(self, microkit: u64) -> Self {
        Self { sel4: [Some(microkit), None], ..self }
    }

    const fn sel4_barest(self, barest: u64) -> Self {
        Self { sel4: [None, Some(barest)], ..self }
    }

    const fn bytes(self) -> Self {
        Self { bytes: true, ..self }
    }
}

/// In the order of the report. seL4's figures were counted in the same way, on the same QEMU
/// machine; those of one direction (signal, interrupt) are its kernel's share alone.
pub const KEYS: &[Key] = &[
    key("null_syscall").at_most(60).sel4_barest(93),
    key("ipc_roundtrip_0b").at_most(330).traced_at_most(390).sel4(722, 415),
    key("ipc_roundtrip_32b").at_most(370).sel4(770, 462),
    key("ipc_roundtrip_64b").at_most(600).sel4(2414, 1445),
    key("ipc_roundtrip_256b"),
    key("lease_read_64b"),
    key("borrow_64b"),
    key("lease_read_4k"),
    key("borrow_4k"),
    key("idl_call"),
    key("idl_request").at_most(40),
    key("idl_answer").at_most(40),
    key("post_wake").at_most(200).sel4(742, 473),
    key("irq_to_task").at_most(250).sel4_microkit(516),
    key("timer_to_task").at_most(200),
    key("fault_to_supervisor").at_most(200),
    key("fault_with_caller"),
    key("restart_task"),
    key("restart_to_task"),
    key("boot_to_first_task").at_most(50_000).sel4_microkit(4_040_000),
    key("blk_read_4k").at_most(5800),
    key("blk_write_4k"),
    key("blk_read_64k"),
    key("blk_write_64k"),
    key("blk_flush"),
    key("worst_irq_off"),
    key("reading"),
    key("kernel_text").at_most(24 * 1024).bytes(),
    key("kernel_rodata").bytes(),
    key("kernel_ram").bytes(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_there_twice() {
        for (number, key) in KEYS.iter().enumerate() {
            assert!(KEYS[..number].iter().all(|other| other.name != key.name), "{}", key.name);
        }
    }
}
