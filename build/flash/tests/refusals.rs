//! What is not written to, and what is said then.

mod common;

use common::{BOLD, CAREFUL, MIB, boot, idle, write};
use flash::{Disk, Limits, Piece, Plan, System, Zeros, check, copy};
use std::io::{Cursor, Read, Result as IoResult, Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[track_caller]
fn refused(outcome: Result<flash::Report, String>, why: &str) {
    let said = outcome.expect_err("it is refused");
    assert!(said.contains(why), "{said}");
}

/// A machine with the disk `sdz` and its partition `sdz1`.
fn machine(mounts: &str, swaps: &str, holder: Option<&str>) -> (TempDir, System) {
    let folder = folder();
    let sys = folder.path().to_owned();
    let disk = sys.join("devices/sdz");
    let partition = disk.join("sdz1");
    for holders in [disk.join("holders"), partition.join("holders"), sys.join("dev/block")] {
        std::fs::create_dir_all(holders).expect("a folder");
    }
    std::fs::write(disk.join("dev"), "65:0\n").expect("a file");
    std::fs::write(partition.join("dev"), "65:1\n").expect("a file");
    std::fs::write(partition.join("partition"), "1\n").expect("a file");
    if let Some(holder) = holder {
        std::fs::create_dir(partition.join("holders").join(holder)).expect("a folder");
    }
    for (number, folder) in [("65:0", &disk), ("65:1", &partition)] {
        std::os::unix::fs::symlink(folder, sys.join("dev/block").join(number)).expect("a link");
    }
    let swaps = format!("Filename\tType\tSize\tUsed\tPriority\n{swaps}");
    (folder, System { mounts: mounts.into(), swaps, sys })
}

#[track_caller]
fn used(mounts: &str, swaps: &str, holder: Option<&str>, why: &str) {
    let (_folder, system) = machine(mounts, swaps, holder);
    let said = system.check_device((65, 0)).expect_err("it is in use").to_string();
    assert_eq!(said, why);
}

#[test]
fn a_disk_that_nobody_uses_may_be_written() {
    let others = "25 30 8:1 / / rw - ext4 /dev/sda1 rw\n26 30 0:5 / /proc rw - proc proc rw\n";
    let (_folder, system) = machine(others, "/dev/sda2 partition 1 0 -2\n", None);
    assert!(system.check_device((65, 0)).is_ok());
}

#[test]
fn a_mounted_disk_is_refused() {
    let mounts = "31 25 65:0 / /mnt/my\\040stick rw,relatime - vfat /dev/sdz rw\n";
    used(mounts, "", None, "/dev/sdz is mounted at /mnt/my stick: run `umount /dev/sdz` first");
}

#[test]
fn so_is_one_with_a_mounted_partition() {
    let mounts = "31 25 65:1 / /mnt rw shared:1 - ext4 /dev/mapper/x rw\n";
    used(mounts, "", None, "/dev/sdz1 is mounted at /mnt: run `umount /dev/sdz1` first");
}

#[test]
fn so_is_one_mounted_under_another_number() {
    let mounts = "31 25 0:40 /sub /mnt rw - btrfs /dev/sdz1 rw\n";
    used(mounts, "", None, "/dev/sdz1 is mounted at /mnt: run `umount /dev/sdz1` first");
}

#[test]
fn so_is_swap() {
    let why = "/dev/sdz1 is used as swap: run `swapoff /dev/sdz1` first";
    used("", "/dev/sdz1 partition 1024 0 -2\n", None, why);
}

#[test]
fn so_is_part_of_another_device() {
    used("", "", Some("dm-3"), "/dev/sdz1 is part of /dev/dm-3: take that apart first");
}

#[test]
fn a_partition_is_no_disk() {
    let (_folder, system) = machine("", "", None);
    let said = system.check_device((65, 1)).expect_err("a partition").to_string();
    assert_eq!(said, "it is a partition: name the whole disk, /dev/sdz");
}

#[test]
fn a_device_that_the_kernel_does_not_know_is_refused() {
    let (_folder, system) = machine("", "", None);
    let said = system.check_device((65, 9)).expect_err("no device").to_string();
    assert_eq!(said, "the kernel knows no device 65:9");
}

#[test]
fn a_file_behind_a_loop_device_is_refused_even_with_yes() {
    let (folder, system) = machine("", "", None);
    let disk = folder.path().canonicalize().expect("a path").join("disk.img");
    std::fs::write(&disk, "").expect("a file");
    let device = system.sys.join("block/loop5/loop");
    std::fs::create_dir_all(&device).expect("a folder");
    std::fs::write(device.join("backing_file"), format!("{}\n", disk.display())).expect("a file");
    refused(write(&disk, None, BOLD, &system), "run `losetup -d /dev/loop5` first");
    assert_eq!(std::fs::read(&disk).expect("a file"), b"");
}

#[test]
fn a_file_that_is_swap_is_refused_even_with_yes() {
    let folder = folder();
    let file = folder.path().canonicalize().expect("a path").join("swap file");
    std::fs::write(&file, "").expect("a file");
    let line = file.display().to_string().replace(' ', "\\040");
    let (_folder, system) = machine("", &format!("{line} file 1024 0 -2\n"), None);
    refused(write(&file, None, BOLD, &system), "is used as swap: run `swapoff ");
}

#[test]
fn what_is_not_ours_stays_until_yes_is_said() {
    let folder = folder();
    let file = folder.path().join("letter");
    // In the middle, where no table would be.
    let mut bytes = vec![0; 4 << 20];
    bytes[2 << 20] = 1;
    std::fs::write(&file, &bytes).expect("a file");
    refused(write(&file, None, CAREFUL, &idle()), "it holds something else: --yes overwrites it");
    assert!(std::fs::read(&file).expect("a file") == bytes);
    assert!(write(&file, None, BOLD, &idle()).is_ok());
}

#[test]
fn what_is_too_large_stays_until_yes_is_said() {
    let folder = folder();
    let disk = folder.path().join("disk.img");
    std::fs::File::create(&disk).and_then(|file| file.set_len(200 * MIB)).expect("a file");
    let small = Limits { max_size: 100 * MIB, yes: false };
    let why = "it has 209715200 bytes, and 104857600 is the limit: if it is the right disk, \
               raise --max-size or say --yes";
    refused(write(&disk, None, small, &idle()), why);
    assert!(std::fs::metadata(&disk).is_ok_and(|data| data.len() == 200 * MIB));
    assert!(write(&disk, None, Limits { yes: true, ..small }, &idle()).is_ok());
}

#[test]
fn a_disk_that_is_too_small_is_refused() {
    let folder = folder();
    let disk = folder.path().join("disk.img");
    let why = "67108864 bytes are too few for a disk: it needs 69206016";
    refused(write(&disk, Some(64 * MIB), CAREFUL, &idle()), why);
    assert!(!disk.exists());
}

#[test]
fn neither_folders_nor_terminals_are_disks() {
    let folder = folder();
    refused(write(folder.path(), None, BOLD, &idle()), "is neither a file nor a disk");
    refused(write(Path::new("/dev/null"), None, BOLD, &idle()), "is neither a file nor a disk");
    let forgotten = Path::new("/dev/no-such-stick");
    refused(write(forgotten, None, BOLD, &idle()), "there is no device /dev/no-such-stick");
    assert!(!forgotten.exists());
}

#[test]
fn a_name_cannot_be_taken_twice() {
    let mut boot = boot();
    boot.files[0].path = "IMAGE.BIN".into();
    let said = Plan::new(&boot, None).expect_err("two of one name").to_string();
    assert_eq!(said, "there is a file `IMAGE.BIN` on the disk already");
}

/// A disk that forgets one bit.
struct Faulty {
    disk: Cursor<Vec<u8>>,
    at: usize,
}

impl Read for Faulty {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        self.disk.read(into)
    }
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        self.disk.write(bytes)
    }

    fn flush(&mut self) -> IoResult<()> {
        self.disk.flush()
    }
}

impl Seek for Faulty {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        self.disk.seek(to)
    }
}

impl Disk for Faulty {
    fn settle(&mut self) -> IoResult<()> {
        self.disk.get_mut()[self.at] ^= 0x10;
        Ok(())
    }
}

/// Writes three pages at 4096, the one in the middle zero, to a disk that held `before`.
fn faulty(at: usize, before: u8, zeros: Zeros) -> Result<(), String> {
    let mut bytes = vec![0xa5; 3 * 4096];
    bytes[4096..8192].fill(0);
    let piece = Piece { offset: 4096, bytes };
    let mut disk = Faulty { disk: Cursor::new(vec![before; 5 * 4096]), at };
    let mut count = 0;
    copy(&mut disk, &piece, zeros, &mut |_| ()).map_err(|error| error.to_string())?;
    disk.settle().expect("it never fails");
    check(&mut disk, &piece, &mut |bytes| count += bytes).map_err(|error| error.to_string())?;
    assert_eq!(count, piece.bytes.len() as u64);
    Ok(())
}

#[test]
fn a_disk_that_loses_a_bit_is_found_out() {
    let said = faulty(4096 + 9, 0, Zeros::Skip).expect_err("a bit is lost");
    let why = "the byte at 0x1009 was written as 0xa5 and reads as 0xb5: \
               the medium does not keep what it is given";
    assert_eq!(said, why);
    assert!(faulty(2 * 4096 + 1, 0, Zeros::Skip).is_err(), "among zeros");
    assert_eq!(faulty(5, 0, Zeros::Skip), Ok(()), "elsewhere");
}

#[test]
fn zeros_that_were_left_out_must_be_there() {
    assert!(faulty(5, 7, Zeros::Skip).is_err());
    assert_eq!(faulty(5, 7, Zeros::Write), Ok(()));
}
