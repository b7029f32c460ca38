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
    /// Linux 6.1, of the leanest configuration, in the same machine.
    pub linux: Option<Peer>,
    /// Bytes and not instructions.
    pub bytes: bool,
}

/// What another system needs for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Guest instructions.
    pub instructions: u64,
    /// Nanoseconds.
    pub wall: u64,
}

const fn key(name: &'static str) -> Key {
    Key { name, target: None, traced_target: None, sel4: [None; 2], linux: None, bytes: false }
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

    const fn linux(self, instructions: u64, wall: u64) -> Self {
        Self { linux: Some(Peer { instructions, wall }), ..self }
    }

    const fn bytes(self) -> Self {
        Self { bytes: true, ..self }
    }
}

/// In the order of the report. seL4's figures were counted in the same way, on the same QEMU
/// machine; those of one direction (signal, interrupt) are its kernel's share alone. Linux's were
/// counted there too: a raw disk with `O_DIRECT`, FAT32, and ext4 beside littlefs. Its flush is a write
/// with one less a write without; its 64 KiB, also beside those of files, are a sixteenth of what
/// a MiB of the raw disk took.
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
    key("blk_read_4k").at_most(5800).linux(11_600, 69_000),
    key("blk_write_4k").linux(11_957, 72_000),
    key("blk_read_64k").linux(18_400, 78_600),
    key("blk_write_64k"),
    key("blk_read_4k_shared"),
    key("blk_read_64k_shared").linux(18_400, 78_600),
    key("blk_read_1m_shared").linux(114_000, 184_000),
    key("blk_write_64k_shared"),
    key("blk_flush").linux(11_267, 208_000),
    key("fat_open_read_4k_cold").linux(187_000, 426_000),
    key("fat_open_read_4k").at_most(7179).linux(7179, 9300),
    key("fat_stat").at_most(3431).linux(3431, 3900),
    key("fat_readdir_100").linux(114_000, 92_000),
    key("fat_create_sync").linux(164_000, 790_000),
    key("fat_read_64k").linux(18_400, 78_600),
    key("fat_write_64k"),
    key("lfs_open_read_4k_cold").linux(28_000, 129_000),
    key("lfs_open_read_4k").at_most(6522).linux(6522, 8800),
    key("lfs_stat").at_most(2655).linux(2655, 3200),
    key("lfs_readdir_100").linux(140_000, 116_000),
    key("lfs_create_sync").linux(156_000, 1_256_000),
    key("lfs_read_64k").linux(18_400, 78_600),
    key("lfs_write_64k"),
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
