//! How to start QEMU.

use crate::PROGRAM;
use anyhow::{Context, Result};
use serde_json::json;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What to run, and on what.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The image.
    pub image: PathBuf,
    /// Started instead of the image: a boot loader that finds the image by itself.
    pub firmware: Option<PathBuf>,
    /// `-machine`.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// `-m`.
    pub memory: String,
    /// Physical address of the kernel's epitaph. Without it nobody notices that the kernel stopped.
    pub epitaph: Option<u64>,
    /// Physical address of the previous boot's epitaph, if that is kept.
    pub previous_epitaph: Option<u64>,
    /// Disk image on the first virtio slot.
    pub disk: Option<PathBuf>,
    /// The disk's serial.
    pub serial: Option<String>,
    /// What the second flash bank holds: a file of exactly its size.
    pub flash: Option<PathBuf>,
    /// What is written to the disk is logged here, in the format of dm-log-writes.
    pub log_writes: Option<PathBuf>,
    /// Old virtio register layout instead of the present one.
    pub legacy_virtio: bool,
    /// Guest memory in this file.
    pub ram: Option<PathBuf>,
    /// Wait for a debugger on TCP port 1234.
    pub gdb: bool,
    /// Further arguments.
    pub arguments: Vec<String>,
}

/// The command line, with the guest's console and QEMU's monitor on these sockets.
pub fn command(options: &Options, console: &Path, monitor: &Path) -> Result<Command> {
    let mut command = mortal();
    let socket =
        |id: &str, path: &Path| format!("socket,id={id},path={},server=on,wait=off", escaped(path));
    let mut machine = options.machine.clone();
    if let Some(path) = &options.ram {
        // A file that holds the last run's memory would look like a warm reset.
        std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let (size, path) = (&options.memory, escaped(path));
        let object = format!("memory-backend-file,id=ram,share=on,size={size},mem-path={path}");
        command.args(["-object", &object]);
        machine.push_str(",memory-backend=ram");
    }
    command
        .args(["-machine", &machine, "-cpu", &options.cpu, "-m", &options.memory])
        .args(["-display", "none", "-nic", "none", "-S", "-no-shutdown"])
        .args(["-chardev", &socket("console", console), "-serial", "chardev:console"])
        .args(["-chardev", &socket("monitor", monitor), "-mon", "chardev=monitor,mode=control"]);
    match &options.firmware {
        Some(firmware) => command.arg("-bios").arg(firmware),
        None => command.arg("-kernel").arg(&options.image),
    };
    if let Some(disk) = &options.disk {
        match &options.log_writes {
            Some(log) => logged_drive(&mut command, disk, log)?,
            None => {
                let drive = format!("if=none,id=disk0,format=raw,file={}", escaped(disk));
                command.args(["-drive", &drive]);
            }
        }
        let mut device = "virtio-blk-device,drive=disk0,bus=virtio-mmio-bus.0".to_owned();
        if let Some(serial) = &options.serial {
            // QEMU takes a comma for the end, unless it is there twice.
            device += &format!(",serial={}", serial.replace(',', ",,"));
        }
        command.args(["-device", &device]);
    }
    if let Some(flash) = &options.flash {
        let drive = format!("if=pflash,unit=1,format=raw,file={}", escaped(flash));
        command.args(["-drive", &drive]);
    }
    if !options.legacy_virtio {
        command.args(["-global", "virtio-mmio.force-legacy=false"]);
    }
    if options.gdb {
        command.arg("-s");
    }
    command.args(&options.arguments);
    // In a process group of its own, Ctrl-C is ours alone.
    command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
    Ok(command)
}

/// Gives QEMU a disk, and a filter before it that logs what is written. Discards are let through,
/// to be logged; the log says after each entry how many it has, so that it is whole however QEMU
/// ends.
fn logged_drive(command: &mut Command, disk: &Path, log: &Path) -> Result<()> {
    std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let file = |path: &Path| json!({"driver": "file", "filename": path, "discard": "unmap"});
    let mut log = file(log);
    log["cache"] = json!({"no-flush": true});
    let filter = json!({
        "driver": "blklogwrites", "node-name": "disk0", "discard": "unmap", "log-sector-size": 512,
        "log-super-update-interval": 1, "file": file(disk), "log": log,
    });
    command.args(["-blockdev", &filter.to_string()]);
    Ok(())
}

/// QEMU, ended by the system with the thread that starts it, however that ends.
fn mortal() -> Command {
    let setpriv = ["--pdeathsig", "KILL", "--"];
    let there = Command::new("setpriv").args(setpriv).arg("true").stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        return Command::new(PROGRAM);
    }
    let mut command = Command::new("setpriv");
    command.args(setpriv).arg(PROGRAM);
    command
}

/// A file's name among options that commas separate.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(options: &Options) -> Result<String> {
        let command = command(options, Path::new("c"), Path::new("m"))?;
        let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
        Ok(words.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn memory_in_a_file_begins_empty() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let ram = folder.path().join("ram,1");
        std::fs::write(&ram, "old")?;
        let options = Options {
            machine: "virt".into(),
            memory: "512M".into(),
            ram: Some(ram.clone()),
            ..Options::default()
        };
        let line = line(&options)?;
        assert!(line.contains("-machine virt,memory-backend=ram "), "{line}");
        assert!(line.contains("ram,,1 "), "{line}");
        assert_eq!(std::fs::metadata(ram)?.len(), 0);
        Ok(())
    }

    #[test]
    fn firmware_is_not_given_the_image() -> Result<()> {
        let options = Options { firmware: Some("loader".into()), ..Options::default() };
        let line = line(&options)?;
        assert!(line.contains("-bios loader") && !line.contains("-kernel"), "{line}");
        Ok(())
    }

    #[test]
    fn a_log_stands_before_the_disk_and_begins_empty() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("w.log");
        std::fs::write(&log, "old")?;
        let disk = Some("d,1".into());
        let with = Options { disk, log_writes: Some(log.clone()), ..Options::default() };
        let line = line(&with)?;
        assert!(line.contains(r#""driver":"blklogwrites""#), "{line}");
        assert!(line.contains(r#""filename":"d,1""#) && !line.contains("-drive"), "{line}");
        assert_eq!(std::fs::metadata(log)?.len(), 0);
        Ok(())
    }

    #[test]
    fn without_a_disk_there_is_no_device() -> Result<()> {
        assert!(!line(&Options::default())?.contains("virtio-blk"));
        let with = Options { disk: Some("d".into()), ..Options::default() };
        assert!(line(&with)?.contains("virtio-blk-device,drive=disk0,bus=virtio-mmio-bus.0"));
        assert!(!line(&with)?.contains("serial=disk"));
        let disk = Some("d".into());
        let named = Options { disk, serial: Some("disk,1".into()), ..Options::default() };
        assert!(line(&named)?.contains("bus=virtio-mmio-bus.0,serial=disk,,1"));
        assert!(line(&with)?.contains("force-legacy=false"));
        assert!(!line(&with)?.contains("pflash"));
        let flash = Options { flash: Some("f,1".into()), ..with.clone() };
        assert!(line(&flash)?.contains("if=pflash,unit=1,format=raw,file=f,,1"));
        let old = Options { legacy_virtio: true, ..with };
        assert!(!line(&old)?.contains("force-legacy"));
        Ok(())
    }
}
