//! Apps to lay out.

use appfile::App;
use appfile::app::{
    Access, DeviceUse, KernelSettings, MaxSizes, OnSupervisorFault, Region, RegionUse, Restart,
    Rights, Table, Task,
};
use appfile::board::{Board, Conduit, Gic, Ram, Window};

/// 64 MiB of RAM.
pub fn board(dma_coherent: bool) -> Board {
    Board {
        name: "test".into(),
        dma_coherent,
        ram: Ram { base: 0x4000_0000, size: 64 << 20, text_offset: 0x8_0000 },
        gic: Gic {
            version: 3,
            distributor: Window { address: 0x0800_0000, size: 0x1_0000 },
            cpu: Window { address: 0x080a_0000, size: 0x2_0000 },
            irq_count: 64,
        },
        timer_irq: 27,
        psci: Conduit::Hvc,
        devices: Vec::new(),
        qemu: None,
        text: String::new(),
    }
}

/// A task with a stack and nothing else.
pub fn task(name: &str, stack: u64) -> Task {
    Task {
        name: name.into(),
        krate: name.into(),
        features: Vec::new(),
        default_features: true,
        priority: 1,
        stack,
        stack_check: None,
        notifications: Vec::new(),
        devices: Vec::new(),
        interrupts: Vec::new(),
        slots: Vec::new(),
        mounts: Vec::new(),
        senders: Vec::new(),
        timer: None,
        dma: None,
        regions: Vec::new(),
        tables: Vec::new(),
        serves: Vec::new(),
        callers: Vec::new(),
        events: Vec::new(),
        start: true,
        phase: 0,
        ready_within_ms: None,
        check_in_ms: None,
        restart: Restart::Never,
        dump: false,
        on_restart: Vec::new(),
        fpu: false,
        budget: None,
        max_sizes: MaxSizes::default(),
        rights: Rights::default(),
    }
}

/// An app of these tasks.
pub fn app(board: Board, tasks: Vec<Task>, regions: Vec<Region>) -> App {
    let on_supervisor_fault = OnSupervisorFault::Reset;
    App {
        name: "test".into(),
        board,
        kernel: KernelSettings {
            on_supervisor_fault,
            retain: true,
            trace: true,
            counters: false,
            time_slices: Vec::new(),
        },
        regions,
        tasks,
        text: String::new(),
        version: None,
        archive: Vec::new(),
        origin: appfile::Origin::default(),
        warnings: Vec::new(),
    }
}

/// The `n`th device, in a page of its own but not at its beginning.
pub fn device(n: u64) -> DeviceUse {
    DeviceUse {
        name: format!("dev{n}"),
        resource: format!("dev{n}"),
        address: 0x0a00_0200 + n * 0x1000,
        size: 0x200,
        dma: true,
    }
}

/// A region where layout wants it.
pub fn region(name: &str, size: u64) -> Region {
    Region { name: name.into(), size, address: None, dma: false, contents: None }
}

/// Gives a task a region.
pub fn share(task: &mut Task, region: usize, write: bool) {
    let access = if write { Access::Write } else { Access::Read };
    task.regions.push(RegionUse { resource: format!("region{region}"), region, access });
}

/// Gives a task a table.
pub fn read_table(task: &mut Task) {
    task.tables.push(Table::Tasks);
}
