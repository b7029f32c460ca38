//! Running the linker.
//!
//! A task is linked twice: at trial addresses, to learn its sizes, then where layout wants it.
//! The slots are multiples of 2 MiB, so thunks and fixes by address come out alike.

use crate::elf::Elf;
use crate::script::{self, Addresses};
use crate::{Inputs, read};
use anyhow::{Context, Result, bail};
use appfile::App;
use config::window::{KERNEL, TASKS};
use layout::Layout;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A linker that takes GNU arguments.
#[derive(Clone, Debug)]
pub struct Linker {
    /// The program.
    pub program: PathBuf,
    /// Arguments that make it one, such as `-flavor gnu`.
    pub arguments: Vec<String>,
}

/// Arguments of every link. The erratum fix is for Cortex-A53 843419.
const ARGUMENTS: [&str; 9] = [
    "--gc-sections",
    "--fix-cortex-a53-843419",
    "--build-id=none",
    "--no-undefined",
    "--orphan-handling=error",
    "-zmax-page-size=4096",
    "-znognustack",
    "--no-rosegment",
    "--no-relax",
];

/// Links the kernel, which has one place for ever.
pub fn kernel(inputs: &Inputs) -> Result<Elf> {
    let output = inputs.work.join("kernel.elf");
    link(inputs, &script::kernel(), &inputs.kernel, &output, &[])?;
    let elf = Elf::read(read(&output)?)?;
    let data = elf.size(".data");
    if data != 0 {
        bail!(
            "it has {data} bytes of variables that do not begin as zero, and nothing would give \
             them their values: let them begin as zero and set them at boot"
        );
    }
    begins_at(&elf, KERNEL, "_head")?;
    Ok(elf)
}

/// Links a task anywhere, for its sizes. Debug information has no part in them.
pub fn trial(app: &App, inputs: &Inputs, task: usize) -> Result<Elf> {
    let addresses = Addresses {
        text: TASKS,
        data: TASKS + (1 << 30),
        stack_bottom: TASKS + (2 << 30),
        stack_top: (TASKS + (2 << 30)).saturating_add(app.tasks[task].stack),
    };
    let name = format!("{}.trial", app.tasks[task].name);
    link_task(inputs, task, &addresses, &name, &["--strip-debug"])
}

/// Links a task where it belongs.
pub fn task(app: &App, inputs: &Inputs, layout: &Layout, task: usize) -> Result<Elf> {
    let place = &layout.tasks[task];
    let addresses = Addresses {
        text: place.text,
        data: place.data,
        stack_bottom: place.stack_bottom,
        stack_top: place.stack_top,
    };
    let name = format!("{}.elf", app.tasks[task].name);
    let elf = link_task(inputs, task, &addresses, &name, &[])?;
    let sizes = crate::task_sizes(&elf)?;
    let room = |name| place.region(name).map_or(0, |region| region.mapping.size);
    let fits = sizes.text <= room("text")
        && sizes.rodata <= room("rodata")
        && sizes.data <= room("data")
        && elf.address(".rodata") == Some(place.text + room("text"));
    if !fits {
        bail!(
            "internal error: at its final addresses it has other sizes than at the trial ones: \
             {sizes:x?}"
        );
    }
    Ok(elf)
}

fn link_task(
    inputs: &Inputs,
    task: usize,
    addresses: &Addresses,
    name: &str,
    more: &[&str],
) -> Result<Elf> {
    let output = inputs.work.join(name);
    link(inputs, &script::task(addresses), &inputs.tasks[task], &output, more)?;
    let elf = Elf::read(read(&output)?)?;
    begins_at(&elf, addresses.text, "_start")?;
    Ok(elf)
}

/// The linker only warns when there is no entry.
fn begins_at(elf: &Elf, address: u64, entry: &str) -> Result<()> {
    if elf.entry != address || elf.address(".text") != Some(address) {
        bail!("`{entry}` is not its first instruction: does its `main.rs` begin as the others do?");
    }
    Ok(())
}

/// Links, unless `output` is what the same object, script and linker gave before.
fn link(inputs: &Inputs, script: &str, object: &Path, output: &Path, more: &[&str]) -> Result<()> {
    let script_path = beside(output, ".ld");
    let key_path = beside(output, ".key");
    let key = key(inputs, script, object, more)?;
    if output.is_file() && std::fs::read_to_string(&key_path).is_ok_and(|old| old == key) {
        return Ok(());
    }
    // Whoever is interrupted from here on begins again.
    let _ = std::fs::remove_file(&key_path);
    write(&script_path, script)?;
    run(&inputs.linker, &script_path, object, output, more)?;
    write(&key_path, &key)
}

/// Changes whenever the linker's output would.
fn key(inputs: &Inputs, script: &str, object: &Path, more: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    (&inputs.linker.program, &inputs.linker.arguments, &inputs.built.linker).hash(&mut hasher);
    (ARGUMENTS, more, script, read(object)?).hash(&mut hasher);
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn run(linker: &Linker, script: &Path, object: &Path, output: &Path, more: &[&str]) -> Result<()> {
    let result = Command::new(&linker.program)
        .args(&linker.arguments)
        .args(ARGUMENTS)
        .args(more)
        .arg("-T")
        .arg(script)
        .arg("-o")
        .arg(output)
        .arg(object)
        .output()
        .with_context(|| format!("cannot run {}", linker.program.display()))?;
    if !result.status.success() {
        bail!("the linker refused:\n{}", String::from_utf8_lossy(&result.stderr).trim_end());
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
