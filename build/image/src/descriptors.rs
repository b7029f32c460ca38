//! The kernel's read-only tables, and the tables that tasks get.

use appfile::App;
use appfile::app::Table;
use config::{
    ImageDesc, IrqDesc, PostRight, RegionAttributes, RegionDesc, RegionInfo, Table as Records,
    TaskDesc,
};
use layout::{Kind, Layout, Region};
use zerocopy::{Immutable, IntoBytes};

/// Every table starts at a multiple of this.
const ALIGNMENT: usize = 8;

/// The descriptors as they lie in memory, beginning with the head, whose image id is still zero.
pub fn bytes(app: &App, layout: &Layout) -> Vec<u8> {
    let tables = collect(app, layout);
    let mut bytes = vec![0; size_of::<ImageDesc>()];
    let head = ImageDesc {
        magic: ImageDesc::MAGIC,
        image_id: 0,
        tasks: append(&mut bytes, &tables.tasks),
        regions: append(&mut bytes, &tables.regions),
        irqs: append(&mut bytes, &tables.irqs),
        irq_lookup: append(&mut bytes, &tables.irq_lookup),
        post_rights: append(&mut bytes, &tables.post_rights),
        task_array: layout.kernel.task_array,
        timer_array: layout.kernel.timer_array,
        timer_count: layout.kernel.timer_count as u32,
        on_supervisor_fault: app.on_supervisor_fault(),
        flags: app.image_flags(),
        reserved: 0,
        trace: layout.kernel.trace,
        board: app.board_desc(layout.kernel.gic_distributor, layout.kernel.gic_cpu),
    };
    bytes[..size_of::<ImageDesc>()].copy_from_slice(head.as_bytes());
    bytes
}

/// The tables that some task uses.
pub fn tables(app: &App, layout: &Layout) -> Vec<(Table, Vec<u8>)> {
    let used = |table| app.tasks.iter().any(|task| task.tables.contains(&table));
    let mut tables = Vec::new();
    if used(Table::Tasks) {
        let (infos, told) = app.task_table();
        tables.push((Table::Tasks, [infos.as_bytes(), told.as_bytes()].concat()));
    }
    if used(Table::Regions) {
        tables.push((Table::Regions, region_table(app, layout).as_bytes().to_vec()));
    }
    tables
}

struct Tables {
    tasks: Vec<TaskDesc>,
    regions: Vec<RegionDesc>,
    irqs: Vec<IrqDesc>,
    irq_lookup: Vec<u16>,
    post_rights: Vec<PostRight>,
}

fn collect(app: &App, layout: &Layout) -> Tables {
    let mut tables = Tables {
        tasks: Vec::new(),
        regions: Vec::new(),
        irqs: Vec::new(),
        irq_lookup: vec![u16::MAX; app.board.gic.irq_count as usize],
        post_rights: Vec::new(),
    };
    for index in 0..app.tasks.len() {
        let task = task_desc(app, layout, index, &mut tables);
        tables.tasks.push(task);
    }
    for (position, irq) in tables.irqs.iter().enumerate() {
        if let Some(entry) = tables.irq_lookup.get_mut(irq.irq as usize) {
            *entry = position as u16;
        }
    }
    tables
}

fn task_desc(app: &App, layout: &Layout, index: usize, tables: &mut Tables) -> TaskDesc {
    let (task, place) = (&app.tasks[index], &layout.tasks[index]);
    let regions = layout.regions_of(app, index);
    let regions = extend(&mut tables.regions, regions.iter().map(region_desc));
    let irqs = extend(&mut tables.irqs, task.irq_descs(index));
    let post_rights = extend(&mut tables.post_rights, task.post_rights());
    let rights = &task.rights;
    TaskDesc {
        entry: place.text,
        stack_top: place.stack_top,
        stack_bottom: place.stack_bottom,
        // Filled in once the page tables have their places.
        ttbr0: 0,
        priority: task.priority,
        flags: task.flags(),
        regions,
        irqs,
        post_rights,
        may_send: task.may_send(),
        may_status: appfile::bitmap(&rights.status),
        may_restart: appfile::bitmap(&rights.restart),
        may_fault: appfile::bitmap(&rights.fault),
        may_dump: appfile::bitmap(&rights.dump),
        budget_run_ns: task.budget.map_or(0, |budget| budget.run_ns),
        budget_every_ns: task.budget.map_or(0, |budget| budget.every_ns),
        slice_ns: app.slice_ns(task.priority),
        fpu_state: layout.kernel.fpu_states[index],
        budget_bits: task.budget.map_or(0, |budget| budget.bits),
        reserved: 0,
    }
}

fn region_desc(region: &Region) -> RegionDesc {
    RegionDesc {
        base: region.mapping.address,
        size: region.mapping.size,
        physical: region.mapping.physical,
        attributes: attributes(region),
        reserved: 0,
    }
}

/// What a region is, in the kernel's terms.
pub fn attributes(region: &Region) -> RegionAttributes {
    let rights = region.mapping.rights;
    let when = |yes, attribute: RegionAttributes| if yes { attribute.0 } else { 0 };
    RegionAttributes(
        RegionAttributes::READ.0
            | when(rights.write, RegionAttributes::WRITE)
            | when(rights.execute, RegionAttributes::EXECUTE)
            | when(region.kind == Kind::Device, RegionAttributes::DEVICE)
            | when(region.kind == Kind::Dma, RegionAttributes::DMA)
            | when(region.kind == Kind::Shared, RegionAttributes::SHARED),
    )
}

/// The kernel's regions, then each task's; all that a test of isolation needs to know what must
/// fault.
fn region_table(app: &App, layout: &Layout) -> Vec<RegionInfo> {
    let info = |region: &Region, task: u32| RegionInfo {
        base: region.mapping.address,
        size: region.mapping.size,
        task,
        attributes: attributes(region),
    };
    let mut table: Vec<RegionInfo> =
        layout.kernel.regions.iter().map(|region| info(region, RegionInfo::KERNEL)).collect();
    let linear = |mapping| Region { name: String::new(), mapping, kind: Kind::Private };
    let linear = layout.linear_map().into_iter().map(linear);
    table.extend(linear.map(|region| info(&region, RegionInfo::KERNEL)));
    for index in 0..app.tasks.len() {
        let regions = layout.regions_of(app, index);
        table.extend(regions.iter().map(|region| info(region, index as u32)));
    }
    table
}

/// Adds records to a table; says where they are in it.
fn extend<T>(table: &mut Vec<T>, records: impl Iterator<Item = T>) -> [u32; 2] {
    let first = table.len();
    table.extend(records);
    [first as u32, (table.len() - first) as u32]
}

fn append<T: IntoBytes + Immutable>(bytes: &mut Vec<u8>, records: &[T]) -> Records {
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    let offset = bytes.len() as u32;
    bytes.extend_from_slice(records.as_bytes());
    Records { offset, count: records.len() as u32 }
}
