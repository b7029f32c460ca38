//! `qemu`: build, boot, converse.

use crate::dist::{Dist, dist};
use crate::own_disk::{default_disk, serial};
use anyhow::{Context, Result, bail};
use clap::Args;
use qemu::{End, Machine, Options, Script};
use regex::Regex;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toolchain::Missing;

/// How long a script may take if nothing else is said, in seconds.
const TIMEOUT: u64 = 60;
/// Where Debian has a U-Boot for QEMU's `virt` machine.
const U_BOOT: &str = "/usr/lib/u-boot/qemu_arm64/u-boot.bin";

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
    /// End with failure after so many seconds [default with --send or --until: 60].
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Write an ELF core of the guest at the end.
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// Disk image, or `none` [default: one made with some files in it].
    #[arg(long, value_name = "FILE")]
    disk: Option<PathBuf>,
    /// The disk's serial [default: the one that the app asks for].
    #[arg(long, value_name = "TEXT")]
    disk_serial: Option<String>,
    /// File of the flash bank, as large as that; an erased one is made if there is none [default: one
    /// of the app's own, if a task uses `flash1`].
    #[arg(long, value_name = "FILE")]
    flash: Option<PathBuf>,
    /// Log what is written to the disk, for `cargo xtask disk replay`; the disk as it was before is
    /// kept in FILE.disk.
    #[arg(long, value_name = "FILE")]
    log_writes: Option<PathBuf>,
    /// Start this instead of the image: a boot loader, which finds the image on the disk.
    #[arg(long, value_name = "FILE")]
    firmware: Option<PathBuf>,
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
    if arguments.firmware.as_deref() == Some(Path::new(U_BOOT)) {
        toolchain::require(find_u_boot)?;
    }
    let dist = dist(&arguments.app)?;
    let mut options = options(&dist)?;
    options.disk = disk(&dist, arguments.disk.as_deref())?;
    options.serial = arguments.disk_serial.clone().or(options.serial);
    if let Some(file) = &arguments.flash {
        options.flash = Some(crate::own_flash::given(&dist, file)?);
    }
    options.log_writes = arguments.log_writes.clone();
    if let Some(log) = &options.log_writes {
        keep_disk(options.disk.as_deref(), log)?;
    }
    options.firmware = arguments.firmware.clone();
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
        scripted_run(&mut machine, &arguments)
    } else {
        by_hand(&mut machine)
    };
    let Some(path) = &arguments.dump else { return outcome };
    let dumped = machine.dump(path).with_context(|| format!("no dump in {}", path.display()));
    match &dumped {
        Ok(()) => eprintln!("[dump: {}]", path.display()),
        Err(error) if outcome.is_err() => eprintln!("error: {error:#}"),
        Err(_) => (),
    }
    outcome.and(dumped)
}

fn by_hand(machine: &mut Machine) -> Result<()> {
    eprintln!("Ctrl-A x ends it.");
    match qemu::interactive(machine, &mut |words| eprint!("\r\n[{words}]\r\n"))? {
        End::Seen => Ok(()),
        other => bail!("{other}"),
    }
}

fn scripted_run(machine: &mut Machine, arguments: &Arguments) -> Result<()> {
    let limit = arguments.timeout.unwrap_or(TIMEOUT);
    let script = Script {
        send: arguments.send.iter().cloned().collect(),
        until: arguments.until.clone(),
        timeout: Some(Duration::from_secs(limit)),
    };
    let mut print = |bytes: &[u8]| {
        let mut output = std::io::stdout().lock();
        let _ = output.write_all(bytes).and_then(|()| output.flush());
    };
    let end = qemu::converse(machine, script, &mut print, &mut |words| eprintln!("\n[{words}]"))?;
    eprintln!();
    match (&end, &arguments.until) {
        (End::Seen, _) => Ok(()),
        (End::TimedOut { unsent: Some(command) }, _) => {
            bail!("no prompt to type `{command}` at was seen within {limit} s")
        }
        (End::TimedOut { .. }, Some(until)) => bail!("`{until}` was not seen within {limit} s"),
        (End::TimedOut { .. }, None) => bail!("the prompt was not seen again within {limit} s"),
        _ => bail!("{end}"),
    }
}

/// How the board file says QEMU plays this board.
pub fn options(dist: &Dist) -> Result<Options> {
    let board = &dist.app.board;
    let qemu = board
        .qemu
        .as_ref()
        .with_context(|| format!("board `{}` has no [qemu] in its file", board.name))?;
    let kernel = dist.manifest()?.kernel;
    let epitaph = kernel.epitaph.base;
    let in_copy = epitaph.checked_sub(kernel.writable.base);
    let copy = kernel.retained.map(|retained| retained.base);
    Ok(Options {
        image: dist.image_bin.clone(),
        machine: qemu.machine.clone(),
        cpu: qemu.cpu.clone(),
        memory: qemu.memory.clone(),
        epitaph: Some(epitaph),
        serial: serial(&dist.app),
        flash: crate::own_flash::own(dist)?,
        previous_epitaph: copy.zip(in_copy).map(|(copy, offset)| copy + offset),
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

/// Keeps the disk as it is before the log begins.
fn keep_disk(disk: Option<&Path>, log: &Path) -> Result<()> {
    let disk = disk.context("--log-writes: there is no disk to write to")?;
    writelog::Image::of(disk, 512)?.save(&disk_before(log))
}

/// Where the disk of a log is kept.
pub fn disk_before(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".disk");
    name.into()
}

/// QEMU's version, or where it is to be had.
pub fn find_qemu() -> Result<String, Missing> {
    toolchain::version(qemu::PROGRAM, &["--version"])
        .ok_or_else(|| Missing::new("QEMU", &["qemu-system-arm"], "or install qemu-system-aarch64"))
}

/// U-Boot, or where it is to be had.
pub fn find_u_boot() -> Result<(), Missing> {
    if Path::new(U_BOOT).is_file() {
        return Ok(());
    }
    Err(Missing::new("U-Boot for QEMU", &["u-boot-qemu"], "or give --firmware another one"))
}
