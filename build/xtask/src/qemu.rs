//! `qemu`: build, boot, converse.

use crate::dist::{Dist, dist};
use anyhow::{Context, Result, bail};
use clap::Args;
use qemu::{End, Machine, Options, Script};
use regex::Regex;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toolchain::Missing;

/// How long a script may take if nothing else is said.
const TIMEOUT: u64 = 120;

/// Arguments of `qemu`.
#[derive(Args)]
pub struct Arguments {
    /// The app file.
    app: PathBuf,
    /// Type this when the shell waits (again and again).
    #[arg(long, value_name = "TEXT")]
    send: Vec<String>,
    /// End with success when the guest prints a line that matches, after the last --send.
    #[arg(long, value_name = "REGEX")]
    until: Option<Regex>,
    /// End with failure after so many seconds [default with --send or --until: 120].
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Write an ELF core of the guest at the end.
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// Disk image, or `none` [default: one made with some files in it].
    #[arg(long, value_name = "FILE")]
    disk: Option<PathBuf>,
    /// Give the disk the old virtio register layout.
    #[arg(long)]
    legacy_virtio: bool,
    /// Keep guest memory in this file, truncated first.
    #[arg(long, value_name = "FILE")]
    ram: Option<PathBuf>,
    /// Wait for gdb on port 1234 before the first instruction.
    #[arg(long)]
    gdb: bool,
    /// A further argument for QEMU (again and again).
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    qemu_arg: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<()> {
    toolchain::require(find_qemu)?;
    let dist = dist(&arguments.app)?;
    let mut options = options(&dist)?;
    options.disk = disk(&dist, arguments.disk.as_deref())?;
    options.legacy_virtio = arguments.legacy_virtio;
    options.ram = arguments.ram.clone();
    options.gdb = arguments.gdb;
    options.arguments = arguments.qemu_arg.clone();
    let mut machine = Machine::start(&options)?;
    if options.gdb {
        eprintln!(
            "waiting for: gdb-multiarch {} -ex 'target remote :1234'",
            dist.folder.join("link/kernel.elf").display()
        );
    }
    let scripted = !arguments.send.is_empty() || arguments.until.is_some();
    let outcome = if scripted || arguments.timeout.is_some() {
        scripted_run(&mut machine, &dist, &arguments)
    } else {
        eprintln!("Ctrl-A x ends it.");
        qemu::interactive(&mut machine, &mut |words| eprintln!("\r[{words}]\r"))
    };
    if let Some(path) = &arguments.dump {
        machine.dump(path)?;
        eprintln!("[dump: {}]", path.display());
    }
    outcome
}

fn scripted_run(machine: &mut Machine, dist: &Dist, arguments: &Arguments) -> Result<()> {
    let kernel = &dist.manifest()?.kernel;
    let epitaph = kernel.epitaph.base;
    let script = Script {
        send: arguments.send.iter().cloned().collect(),
        until: arguments.until.clone(),
        timeout: Some(Duration::from_secs(arguments.timeout.unwrap_or(TIMEOUT))),
        epitaph,
        previous_epitaph: kernel
            .retained
            .map(|retained| retained.base + (epitaph - kernel.writable.base)),
    };
    let mut print = |bytes: &[u8]| {
        let mut output = std::io::stdout().lock();
        let _ = output.write_all(bytes).and_then(|()| output.flush());
    };
    match qemu::converse(machine, script, &mut print, &mut |words| eprintln!("\n[{words}]"))? {
        End::Seen => Ok(()),
        End::TimedOut => bail!("not seen within {} s", arguments.timeout.unwrap_or(TIMEOUT)),
        End::Stopped(words) => bail!("the machine stopped: {words}"),
        End::Shutdown => bail!("the guest switched itself off"),
        End::Gone => bail!("QEMU ended"),
    }
}

/// How the board file says QEMU plays this board.
pub fn options(dist: &Dist) -> Result<Options> {
    let board = &dist.app.board;
    let qemu = board
        .qemu
        .as_ref()
        .with_context(|| format!("board `{}` has no [qemu] in its file", board.name))?;
    Ok(Options {
        image: dist.image_bin.clone(),
        machine: qemu.machine.clone(),
        cpu: qemu.cpu.clone(),
        memory: qemu.memory.clone(),
        ..Options::default()
    })
}

/// The disk asked for; one is made if none is.
fn disk(dist: &Dist, asked: Option<&Path>) -> Result<Option<PathBuf>> {
    match asked {
        Some(path) if path == Path::new("none") => Ok(None),
        Some(path) if path.is_file() => Ok(Some(path.to_owned())),
        Some(path) => bail!("there is no disk image {}", path.display()),
        None => default_disk(dist).map(Some),
    }
}

/// A disk with some files on it, made once for each app.
pub fn default_disk(dist: &Dist) -> Result<PathBuf> {
    let path = dist.folder.with_file_name("disk.img");
    if !path.is_file() {
        disk::make_fat32(&path, &disk::default_contents())?;
    }
    Ok(path)
}

/// QEMU, or where it is to be had.
pub fn find_qemu() -> Result<(), Missing> {
    let version = std::process::Command::new(qemu::PROGRAM).arg("--version").output();
    match version {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(Missing::new("QEMU", &["qemu-system-arm"], "or install qemu-system-aarch64")),
    }
}
