//! Block devices, where this machine lends us a loop device.

mod common;

use common::{BOLD, CAREFUL, MIB, run, write};
use flash::{Limits, System};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A file that is a disk.
struct Loop {
    device: PathBuf,
    folder: TempDir,
}

impl Loop {
    /// `None` where that is not permitted.
    fn new(size: u64, arguments: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("disk");
        std::fs::File::create(&file).and_then(|file| file.set_len(size)).expect("a file");
        let mut losetup = Command::new("/sbin/losetup");
        let output = losetup.args(arguments).args(["-f", "--show"]).arg(&file).output();
        let output = output.ok().filter(|output| output.status.success());
        let Some(output) = output else {
            eprintln!("no loop devices here: not tested");
            return None;
        };
        let device = String::from_utf8_lossy(&output.stdout).trim().into();
        Some(Self { device, folder })
    }

    fn write(&self, limits: Limits) -> Result<flash::Report, String> {
        write(&self.device, None, limits, &System::read().expect("a system"))
    }

    fn fill(&self, byte: u8) {
        let size = std::fs::metadata(self.file()).expect("a file").len();
        std::fs::write(&self.device, vec![byte; size as usize]).expect("room");
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("disk")
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = Command::new("/sbin/losetup").arg("-d").arg(&self.device).status();
    }
}

#[test]
fn a_used_disk_becomes_a_boot_disk() {
    let Some(disk) = Loop::new(80 * MIB, &[]) else { return };
    disk.fill(0xe5);
    let said = disk.write(CAREFUL).expect_err("it is full of something");
    assert!(said.contains("holds something else"), "{said}");
    let report = disk.write(BOLD).expect("a disk");
    assert!(report.device && report.size == 80 * MIB, "{report:?}");
    // Zeros are written here, too.
    assert_eq!(report.written, report.verified);
    let name = disk.device.display().to_string();
    assert!(run("sgdisk", &["-v", &name]).contains("No problems found"));
    let hello = run("mtype", &["-i", &format!("{name}@@1M"), "::docs/hello.txt"]);
    assert!(hello.starts_with("hello\n"), "{hello}");
    assert!(disk.write(CAREFUL).is_ok(), "ours by now");
}

#[test]
fn the_file_behind_it_is_refused() {
    let Some(disk) = Loop::new(80 * MIB, &[]) else { return };
    let system = System::read().expect("a system");
    let said = write(&disk.file(), None, BOLD, &system).expect_err("it is a disk");
    assert!(said.contains(&format!("losetup -d {}", disk.device.display())), "{said}");
}

#[test]
fn a_mounted_disk_is_refused_even_with_yes() {
    let Some(disk) = Loop::new(80 * MIB, &[]) else { return };
    let name = disk.device.display().to_string();
    let place = disk.folder.path().join("mnt");
    std::fs::create_dir(&place).expect("a folder");
    let status = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        output.is_ok_and(|output| output.status.success())
    };
    let mounted = status("/sbin/mkfs.ext4", &["-q", &name])
        && status("mount", &[&name, &place.display().to_string()]);
    if !mounted {
        eprintln!("nothing can be mounted here: not tested");
        return;
    }
    let outcome = disk.write(BOLD);
    // Nobody looked: the kernel itself refuses.
    let blind = System { mounts: String::new(), ..System::read().expect("a system") };
    let blind = write(&disk.device, None, BOLD, &blind);
    assert!(status("umount", &[&place.display().to_string()]));
    let said = outcome.expect_err("it is mounted");
    assert!(said.contains(&format!("{name} is mounted at {}", place.display())), "{said}");
    let said = blind.expect_err("it is mounted");
    assert!(said.contains("cannot be opened for itself alone"), "{said}");
}

#[test]
fn a_small_disk_and_one_with_large_sectors_are_refused() {
    if let Some(disk) = Loop::new(20 * MIB, &[]) {
        let said = disk.write(BOLD).expect_err("it is small");
        assert!(said.contains("20971520 bytes are too few for a disk"), "{said}");
    }
    if let Some(disk) = Loop::new(80 * MIB, &["-b", "4096"]) {
        let said = disk.write(BOLD).expect_err("its sectors are large");
        assert!(said.contains("has sectors of 4096 bytes"), "{said}");
    }
}

#[test]
fn a_device_has_the_size_it_has() {
    let Some(disk) = Loop::new(80 * MIB, &[]) else { return };
    let system = System::read().expect("a system");
    let outcome = write(Path::new(&disk.device), Some(70 * MIB), BOLD, &system);
    let said = outcome.expect_err("it has a size");
    assert!(said.contains("leave --size out"), "{said}");
}
