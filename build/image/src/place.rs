//! From measured ELFs to a layout.

use crate::descriptors;
use crate::elf::Elf;
use crate::script::DATA_IMAGE_ALIGNMENT;
use anyhow::{Context, Result, bail};
use appfile::App;
use appfile::app::Table;
use config::window::KERNEL;
use layout::{KernelRecords, KernelSizes, Layout, Sizes, TaskSizes};

/// The tables for tasks that some task uses, as bytes.
pub type TableBytes = Vec<(Table, Vec<u8>)>;

/// How often tables may turn out longer than thought; two rounds are enough for all known.
const ROUNDS: usize = 8;

/// Where everything goes, and the tables that say so.
pub fn place(app: &App, kernel: &Elf, tasks: &[Elf]) -> Result<(Layout, TableBytes)> {
    let mut sizes = measure(kernel).context("the kernel")?;
    sizes.tasks = tasks.iter().map(task_sizes).collect::<Result<_>>()?;
    for _ in 0..ROUNDS {
        let layout = layout::layout(app, &sizes)?;
        // Descriptors and tables list regions, and are regions themselves.
        let descriptors = descriptors::bytes(app, &layout).len() as u64;
        let tables = descriptors::tables(app, &layout);
        let lengths: Vec<_> =
            tables.iter().map(|(table, bytes)| (*table, bytes.len() as u64)).collect();
        if descriptors == sizes.descriptors && lengths == sizes.tables {
            check_kernel(kernel, &layout)?;
            return Ok((layout, tables));
        }
        sizes.descriptors = descriptors;
        sizes.tables = lengths;
    }
    bail!("internal error: the descriptors' size does not settle")
}

fn measure(kernel: &Elf) -> Result<Sizes> {
    let header = kernel.kernel_header()?;
    Ok(Sizes {
        kernel: KernelSizes {
            text: kernel.size(".text"),
            boot: kernel.symbol("__boot_end")?.saturating_sub(KERNEL),
            rodata: kernel.size(".rodata"),
            bss: kernel.size(".bss"),
        },
        records: KernelRecords {
            task: header.task_size.into(),
            task_alignment: header.task_align.into(),
            timer: header.timer_size.into(),
            timers_per_task: header.timers_per_task.into(),
            fpu: header.fpu_size.into(),
            trace: header.trace_size.into(),
        },
        descriptors: 0,
        tables: Vec::new(),
        tasks: Vec::new(),
    })
}

/// What a linked task measures.
pub fn task_sizes(task: &Elf) -> Result<TaskSizes> {
    Ok(TaskSizes {
        text: task.size(".text"),
        rodata: task.size(".rodata").next_multiple_of(DATA_IMAGE_ALIGNMENT) + task.size(".data"),
        data: task.symbol("__bss_end")?.saturating_sub(task.symbol("__data_start")?),
    })
}

/// The linker put the kernel's sections where the kernel's tables will map them.
fn check_kernel(kernel: &Elf, layout: &Layout) -> Result<()> {
    for name in [".rodata", ".bss"] {
        let region = layout.kernel.regions.iter().find(|region| region.name == name[1..]);
        let Some(region) = region else { continue };
        let (linked, mapped) = (kernel.address(name), region.mapping.address);
        if linked != Some(mapped) {
            bail!("internal error: the kernel's {name} is linked at {linked:x?}, not {mapped:#x}");
        }
    }
    Ok(())
}
