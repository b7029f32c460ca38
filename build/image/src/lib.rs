//! Linking, descriptors, the finished image.
//!
//! [`build`] takes a checked app and relocatable objects, and gives back everything that goes
//! into `dist`: every ELF at its final addresses, the image in both forms, and the archive.

#![forbid(unsafe_code)]

mod assemble;
mod descriptors;
mod elf;
mod grants;
mod kernel_stack;
mod link;
mod manifest;
mod mounts;
mod outer_elf;
mod parallel;
mod place;
mod resources;
mod script;

pub use link::Linker;

use anyhow::{Context, Result, bail};
use appfile::App;
use archive::{Built, Entry};
use elf::Elf;
use place::task_sizes;
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
    /// What was found that need not stop a build.
    pub warnings: appfile::Report,
}

/// Builds the image.
///
/// # Errors
/// If the linker refuses, if something does not fit, or if a task and `app.toml` disagree about
/// what the task has.
pub fn build(app: &App, inputs: &Inputs) -> Result<Products> {
    std::fs::create_dir_all(&inputs.work)
        .with_context(|| format!("cannot make {}", inputs.work.display()))?;
    let mut kernel = link::kernel(inputs).context("cannot link the kernel")?;
    let trials = each_task(app, |task| link::trial(app, inputs, task))?;
    let declared = trials.iter().zip(&app.tasks);
    let declared = declared.map(|(elf, task)| resources::declared(elf, task));
    let declared = declared.collect::<Result<Vec<_>>>()?;
    let agreement = appfile::agree(app, &declared)?;
    let (layout, tables) = place::place(app, &kernel, &trials)?;
    kernel_stack::check(&kernel, &layout)?;
    let records = resources::records(app, &layout, &tables, &declared);
    let mut tasks = each_task(app, |task| link::task(app, inputs, &layout, task))?;
    let names: Vec<&[u8]> = tasks.iter().map(|elf| elf.contents(".debug_str")).collect();
    let mut warnings = appfile::unused_rights(app, &names)?;
    warnings.diagnostics.extend(agreement.warnings.diagnostics);
    for (index, task) in tasks.iter_mut().enumerate() {
        let fill = |task: &mut Elf, name, bytes: &[u8]| {
            resources::fill(task, name, bytes)
                .with_context(|| format!("task `{}`", app.tasks[index].name))
        };
        fill(task, "resources", &records[index])?;
        fill(task, "config", &agreement.settings[index])?;
        fill(task, "callers", &agreement.tables[index].callers)?;
        resources::fill_events(task, &agreement.tables[index].events)
            .with_context(|| format!("task `{}`", app.tasks[index].name))?;
    }
    let image = assemble::image(app, &layout, &mut kernel, &tasks, &tables)?;
    let image_elf = outer_elf::wrap(&image);
    let manifest = manifest::describe(app, &layout, &tasks, &declared, &image, inputs);
    let entries = archive_entries(app, &image, &image_elf, &kernel, &tasks, inputs);
    let archive = archive::write(&manifest, &entries)?;
    Ok(Products { image_elf, image_bin: image.bytes, archive, manifest, warnings })
}

fn each_task<T: Send>(app: &App, make: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let named = |index: usize| format!("cannot link task `{}`", app.tasks[index].name);
    parallel::map(app.tasks.len(), |index| make(index).with_context(|| named(index)))
        .into_iter()
        .collect()
}

fn archive_entries(
    app: &App,
    image: &assemble::Image,
    image_elf: &[u8],
    kernel: &Elf,
    tasks: &[Elf],
    inputs: &Inputs,
) -> Vec<Entry> {
    let entry = |name: String, bytes: &[u8]| Entry { name, bytes: bytes.to_vec() };
    let mut entries = vec![
        entry("image.elf".into(), image_elf),
        entry("image.bin".into(), &image.bytes),
        entry(manifest::KERNEL_ELF.into(), &kernel.bytes),
    ];
    for (task, elf) in app.tasks.iter().zip(tasks) {
        entries.push(entry(manifest::task_elf(&task.name), &elf.bytes));
    }
    entries.push(entry("app.toml".into(), app.text.as_bytes()));
    entries.push(entry("board.toml".into(), app.board.text.as_bytes()));
    let files = app.archive.iter();
    entries.extend(files.map(|(name, bytes)| entry(format!("files/{name}"), bytes)));
    entries.extend(inputs.extra.iter().cloned());
    entries
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.is_empty() {
        bail!("{} is empty", path.display());
    }
    Ok(bytes)
}
