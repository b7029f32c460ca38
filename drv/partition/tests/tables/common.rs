//! Disks in memory, and the tools that partition them.

use drv_block::{Block, Error, Geometry};
use drv_partition::{Extent, Kind, Memory, Partition, Table, scan};
use std::io::Write;
use std::process::{Command, Stdio};

/// A disk of bytes, some sectors of which cannot be read.
pub struct Disk {
    pub bytes: Vec<u8>,
    pub sector: usize,
    pub unreadable: Vec<u64>,
    /// Sectors that were read.
    pub reads: usize,
}

impl Disk {
    pub fn new(bytes: Vec<u8>, sector: usize) -> Self {
        Self { bytes, sector, unreadable: Vec::new(), reads: 0 }
    }

    pub fn sectors(&self) -> u64 {
        (self.bytes.len() / self.sector) as u64
    }

    /// The bytes of a sector.
    pub fn at(&mut self, sector: u64) -> &mut [u8] {
        let from = sector as usize * self.sector;
        &mut self.bytes[from..from + self.sector]
    }
}

impl Block for Disk {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let (sectors, sector_size) = (self.sectors(), self.sector as u32);
        Ok(Geometry { sectors, sector_size, read_only: false, discard: false })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let count = self.geometry()?.sectors_of(first, into.len())?;
        self.reads += count as usize;
        if self.unreadable.iter().any(|bad| (first..first + count).contains(bad)) {
            return Err(Error::Failed);
        }
        let from = first as usize * self.sector;
        into.copy_from_slice(&self.bytes[from..from + into.len()]);
        Ok(())
    }

    fn write(&mut self, _: u64, _: &[u8]) -> Result<(), Error> {
        panic!("a table is only read")
    }

    fn flush(&mut self) -> Result<(), Error> {
        panic!("a table is only read")
    }
}

/// An image of so many bytes, after a program has worked on it. `IMAGE` among the arguments is
/// its path; the input is what is typed.
pub fn made(size: usize, program: &str, arguments: &[&str], input: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("disk.img");
    std::fs::write(&image, vec![0; size]).expect("the folder takes a file");
    run(&image.display().to_string(), program, arguments, input);
    std::fs::read(&image).expect("the image is there")
}

/// What a program says of these bytes.
pub fn said(bytes: &[u8], program: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("disk.img");
    std::fs::write(&image, bytes).expect("the folder takes a file");
    run(&image.display().to_string(), program, arguments, "")
}

fn run(image: &str, program: &str, arguments: &[&str], input: &str) -> String {
    // They are where only root's PATH leads.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let arguments = arguments.iter().map(|&word| if word == "IMAGE" { image } else { word });
    let mut child = Command::new(program)
        .args(arguments)
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} (packages gdisk and fdisk): {error}"));
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Everything a scan gives.
pub fn all(disk: &mut Disk) -> Result<(Table, Vec<Partition>), drv_partition::Error> {
    let mut partitions = Vec::new();
    let table = scan(disk, &mut Memory::new(), |partition| partitions.push(*partition))?;
    Ok((table, partitions))
}

/// Index, first sector and how many, of each.
pub fn places(partitions: &[Partition]) -> Vec<(u32, u64, u64)> {
    let place = |one: &Partition| (one.index, one.extent.first, one.extent.sectors);
    partitions.iter().map(place).collect()
}

/// The number of an MBR partition's type.
pub fn number(partition: &Partition) -> u8 {
    match partition.kind {
        Kind::Mbr(number) => number,
        Kind::Gpt(guid) => panic!("it is {guid}"),
    }
}

pub const fn extent(first: u64, sectors: u64) -> Extent {
    Extent { first, sectors }
}
