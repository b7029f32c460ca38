//! Linking, descriptors, the finished image.
//!
//! [`build`] takes a checked app and relocatable objects, and gives back everything that goes
//! into `dist`: every ELF at its final addresses, the image in both forms, and the archive.

#![forbid(unsafe_code)]

mod assemble;
mod descriptors;
mod elf;
mod link;
mod manifest;
mod outer_elf;
mod resources;

pub use link::Linker;

use anyhow::{Context, Result, bail};
use appfile::App;
use appfile::app::Table;
use archive::{Built, Entry};
use elf::Elf;
use layout::{KernelRecords, KernelSizes, Layout, Sizes, TaskSizes};
use std::path::{Path, PathBuf};

/// What the image is made of.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The kernel, compiled to one relocatable object.
    pub kernel: PathBuf,
    /// The tasks' crates likewise, by task index.
    pub tasks: Vec<PathBuf>,
    /// The linker.
    pub linker: Linker,
    /// Folder for ELFs and linker scripts.
    pub work: PathBuf,
    /// Source revision and tools, for the archive.
    pub built: Built,
    /// Further entries for the archive, such as the interfaces.
    pub extra: Vec<Entry>,
}

/// What comes out.
#[derive(Clone, Debug)]
pub struct Products {
    /// For a boot loader, and QEMU's `-kernel`.
    pub image_bin: Vec<u8>,
    /// The same as an ELF.
    pub image_elf: Vec<u8>,
    /// The archive.
    pub archive: Vec<u8>,
    /// What the archive says of the image.
    pub manifest: archive::Manifest,
}

/// Builds the image.
pub fn build(app: &App, inputs: &Inputs) -> Result<Products> {
    std::fs::create_dir_all(&inputs.work)
        .with_context(|| format!("cannot make {}", inputs.work.display()))?;
    let mut kernel = link::kernel(inputs).context("the kernel")?;
    let trials = each_task(app, |task| link::trial(app, inputs, task))?;
    let (layout, tables) = place(app, &kernel, &trials)?;
    let mut tasks = each_task(app, |task| link::task(app, inputs, &layout, task))?;
    for (index, task) in tasks.iter_mut().enumerate() {
        resources::fill(app, &layout, index, task)?;
    }
    let image = assemble::image(app, &layout, &mut kernel, &tasks, &tables)?;
    let manifest = manifest::describe(app, &layout, &tasks, &image, inputs);
    let entries = archive_entries(app, &image, &kernel, &tasks, inputs);
    let archive = archive::write(&manifest, &entries)?;
    Ok(Products { image_elf: outer_elf::wrap(&image), image_bin: image.bytes, archive, manifest })
}

fn each_task<T>(app: &App, make: impl Fn(usize) -> Result<T>) -> Result<Vec<T>> {
    let named = |index: usize| format!("task `{}`", app.tasks[index].name);
    (0..app.tasks.len()).map(|index| make(index).with_context(|| named(index))).collect()
}

/// The tables for tasks that some task uses, as bytes. Those that say where things are come out
/// right only once a layout is known.
type TableBytes = Vec<(Table, Vec<u8>)>;

fn place(app: &App, kernel: &Elf, tasks: &[Elf]) -> Result<(Layout, TableBytes)> {
    let header = kernel.kernel_header()?;
    let mut sizes = Sizes {
        kernel: KernelSizes {
            text: kernel.size(".text"),
            boot: kernel.symbol("__boot_end")? - config::window::KERNEL,
            rodata: kernel.size(".rodata"),
            bss: kernel.size(".bss"),
        },
        records: KernelRecords {
            task: header.task_size.into(),
            task_alignment: header.task_align.into(),
            timer: header.timer_size.into(),
            timers_per_task: header.timers_per_task.into(),
        },
        descriptors: 0,
        tables: Vec::new(),
        tasks: tasks.iter().map(task_sizes).collect(),
    };
    // What the tables hold does not change how long they are.
    let draft = layout::layout(app, &sizes)?;
    sizes.descriptors = descriptors::bytes(app, &draft).len() as u64;
    let lengths = descriptors::tables(app, &draft);
    sizes.tables = lengths.iter().map(|(table, bytes)| (*table, bytes.len() as u64)).collect();
    let layout = layout::layout(app, &sizes)?;
    let tables = descriptors::tables(app, &layout);
    if tables.iter().zip(&sizes.tables).any(|((_, bytes), (_, size))| bytes.len() as u64 > *size) {
        // The region table lists the tables themselves: once more with what it now holds.
        sizes.tables = tables.iter().map(|(table, bytes)| (*table, bytes.len() as u64)).collect();
        let layout = layout::layout(app, &sizes)?;
        let tables = descriptors::tables(app, &layout);
        return Ok((layout, tables));
    }
    Ok((layout, tables))
}

fn task_sizes(task: &Elf) -> TaskSizes {
    let data = task.size(".data");
    TaskSizes {
        text: task.size(".text"),
        rodata: task.size(".rodata").next_multiple_of(link::DATA_IMAGE_ALIGNMENT) + data,
        data: data.next_multiple_of(link::BSS_ALIGNMENT) + task.size(".bss"),
    }
}

fn archive_entries(
    app: &App,
    image: &assemble::Image,
    kernel: &Elf,
    tasks: &[Elf],
    inputs: &Inputs,
) -> Vec<Entry> {
    let entry = |name: String, bytes: Vec<u8>| Entry { name, bytes };
    let mut entries = vec![
        entry("app.toml".into(), app.text.clone().into_bytes()),
        entry("board.toml".into(), app.board.text.clone().into_bytes()),
        entry("image.elf".into(), outer_elf::wrap(image)),
        entry("image.bin".into(), image.bytes.clone()),
        entry(manifest::KERNEL_ELF.into(), kernel.bytes.clone()),
    ];
    for (task, elf) in app.tasks.iter().zip(tasks) {
        entries.push(entry(manifest::task_elf(&task.name), elf.bytes.clone()));
    }
    entries.extend(inputs.extra.iter().map(|extra| entry(extra.name.clone(), extra.bytes.clone())));
    entries
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.is_empty() {
        bail!("{} is empty", path.display());
    }
    Ok(bytes)
}
