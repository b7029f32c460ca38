//! The archive's manifest: the layout in the debugger's terms.

use crate::Inputs;
use crate::assemble::Image;
use crate::elf::Elf;
use crate::grants;
use appfile::{App, Declared};
use archive::{Array, Budget, Interrupt, Kernel, Manifest, Region, Slot, Span, StackNeed, Task};
use layout::{Kind, Layout};

/// The kernel's entry in the archive.
pub const KERNEL_ELF: &str = "elf/kernel.elf";

/// A task's entry in the archive.
pub fn task_elf(name: &str) -> String {
    format!("elf/task/{name}.elf")
}

/// Describes one build.
pub fn describe(
    app: &App,
    layout: &Layout,
    tasks: &[Elf],
    declared: &[Declared],
    image: &Image,
    inputs: &Inputs,
) -> Manifest {
    Manifest {
        format: archive::FORMAT,
        app: app.name.clone(),
        version: app.version.clone(),
        board: app.board.name.clone(),
        image_id: image.id,
        built: inputs.built.clone(),
        load_address: image.load_address,
        entry: image.load_address,
        ram: Span { base: app.board.ram.base, size: app.board.ram.size },
        kernel: describe_kernel(app, layout),
        tasks: tasks
            .iter()
            .enumerate()
            .zip(declared)
            .map(|((index, elf), declared)| archive::Task {
                stack_need: app.tasks[index]
                    .stack_check
                    .is_some()
                    .then(|| need(declared))
                    .flatten(),
                ..describe_task(app, layout, index, elf)
            })
            .collect(),
        shared: layout.shared.iter().map(region).collect(),
        memory: memory(app, layout),
    }
}

fn need(declared: &Declared) -> Option<StackNeed> {
    let appfile::StackNeed { plain, formatting, most, path } = declared.stack.clone().ok()?;
    Some(StackNeed { plain, formatting, most, path })
}

fn describe_kernel(app: &App, layout: &Layout) -> Kernel {
    let kernel = &layout.kernel;
    let mut regions: Vec<Region> = kernel.regions.iter().map(region).collect();
    regions.extend(layout.linear_map().iter().map(|mapping| Region {
        name: "linear".into(),
        base: mapping.address,
        physical: mapping.physical,
        size: mapping.size,
        access: if mapping.rights.write { "rw-".into() } else { "r--".into() },
    }));
    Kernel {
        elf: KERNEL_ELF.into(),
        regions,
        task_array: Array {
            address: kernel.task_array,
            physical: kernel.arrays.base,
            stride: kernel.task_stride,
            count: app.tasks.len() as u64,
        },
        linear_base: config::window::LINEAR,
        epitaph: span(kernel.epitaph),
        writable: span(layout.writable),
        retained: layout.retained.map(span),
        on_supervisor_fault: match app.kernel.on_supervisor_fault {
            appfile::app::OnSupervisorFault::Reset => "reset".into(),
            appfile::app::OnSupervisorFault::Stop => "stop".into(),
        },
        devices: grants::controller(app),
    }
}

fn describe_task(app: &App, layout: &Layout, index: usize, elf: &Elf) -> Task {
    let (task, place) = (&app.tasks[index], &layout.tasks[index]);
    Task {
        name: task.name.clone(),
        index,
        krate: task.krate.clone(),
        elf: task_elf(&task.name),
        priority: task.priority,
        entry: elf.entry,
        regions: layout.regions_of(app, index).iter().map(region).collect(),
        stack_bottom: place.stack_bottom,
        stack_top: place.stack_top,
        notifications: task.notifications.clone(),
        interrupts: task
            .interrupts
            .iter()
            .map(|interrupt| Interrupt {
                source: interrupt.source.clone(),
                irq: interrupt.irq,
                bit: interrupt.bit,
            })
            .collect(),
        slots: task
            .slots
            .iter()
            .map(|slot| Slot {
                name: slot.name.clone(),
                task: app.tasks[slot.target].name.clone(),
                index: slot.target,
            })
            .collect(),
        serves: task.serves.clone(),
        restart: task.restart.name().into(),
        fpu: task.fpu,
        budget: task.budget.map(budget),
        slice_ns: app.slice_ns(task.priority),
        stack_need: None,
        grants: Some(grants::of(app, task)),
    }
}

const fn budget(budget: appfile::app::Budget) -> Budget {
    Budget { run_ns: budget.run_ns, every_ns: budget.every_ns, bits: budget.bits }
}

fn region(region: &layout::Region) -> Region {
    let rights = region.mapping.rights;
    let mut access = String::from("r");
    access.push(if rights.write { 'w' } else { '-' });
    access.push(if rights.execute { 'x' } else { '-' });
    match region.kind {
        Kind::Private => (),
        Kind::Device => access.push('d'),
        Kind::Dma => access.push('m'),
        Kind::Shared => access.push('s'),
    }
    if region.kind == Kind::Shared && region.mapping.memory == pagetable::Memory::NonCacheable {
        access.push('m');
    }
    Region {
        name: region.name.clone(),
        base: region.mapping.address,
        physical: region.mapping.physical,
        size: region.mapping.size,
        access,
    }
}

fn span(span: layout::Span) -> Span {
    Span { base: span.base, size: span.size }
}

/// Physical memory by address: whose it is.
fn memory(app: &App, layout: &Layout) -> Vec<Region> {
    let owned = |owner: &str, found: &layout::Region| {
        let mut region = region(found);
        region.name = format!("{owner} {}", region.name);
        region
    };
    let table_names: Vec<&str> = layout.tables.iter().map(|(table, _)| table.name()).collect();
    let mut memory: Vec<Region> =
        layout.kernel.regions.iter().map(|region| owned("kernel", region)).collect();
    for (task, place) in app.tasks.iter().zip(&layout.tasks) {
        let own = place.regions.iter().filter(|region| !table_names.contains(&&*region.name));
        memory.extend(own.map(|region| owned(&task.name, region)));
    }
    memory.extend(layout.tables.iter().map(|(table, span)| part(table.name(), *span)));
    memory.push(part("page tables", layout.page_tables));
    memory.extend(layout.retained.map(|span| part("retained", span)));
    memory.extend(layout.shared.iter().map(region));
    memory.retain(|region| !region.access.contains('d'));
    for region in &mut memory {
        region.base = region.physical;
    }
    memory.sort_by_key(|region| region.base);
    memory
}

/// Memory that the kernel sees in its linear map only, or not at all.
fn part(name: &str, span: layout::Span) -> Region {
    Region {
        name: name.into(),
        base: span.base,
        physical: span.base,
        size: span.size,
        access: "r--".into(),
    }
}
