//! A disk, a block server, a file-system server, and who may do what.

use crate::{AHEAD, Client, Direct, Disk, Event, Memory, Right, Rights, Server, World};
use abi::{Generation, TaskId};
use blk_api::server::{Blk, Refuse};
use blk_api::{BlkError, CacheStatistics, DiskInfo, Statistics};
use drv_block_cache::Cache;
use drv_fatfs::{Fat, Place, RepairMemory};
use fs_api::client::Fs;
use std::boxed::Box;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::vec::Vec;
use userlib::Region;
use userlib::ipc::{Bits, Caller, InOrder, Lease, List, Read, Write, host};

pub const BLK: TaskId = TaskId::new(2, Generation(0));
pub const FS: TaskId = TaskId::new(3, Generation(0));
/// May do everything.
pub const ANN: TaskId = TaskId::new(host::CLIENT, Generation(0));
/// Has a root of his own, `directory`.
pub const BEN: TaskId = TaskId::new(101, Generation(0));
/// May only read.
pub const CAT: TaskId = TaskId::new(102, Generation(0));
/// Is not named.
pub const DAN: TaskId = TaskId::new(103, Generation(0));

pub const CLIENT_RESTARTED: Bits = Bits::new(1 << 5);
pub const SECTOR: usize = 512;

std::thread_local! {
    pub static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
}

/// A block server whose disk is a vector.
#[derive(Clone, Default)]
pub struct Medium {
    pub bytes: Rc<RefCell<Vec<u8>>>,
    pub failure: Rc<Cell<Option<BlkError>>>,
    /// How often to say that there is no room.
    pub busy: Rc<Cell<u32>>,
    pub flushes: Rc<Cell<u32>>,
    pub reads: Rc<Cell<u32>>,
    /// A sector that cannot be read.
    pub bad: Rc<Cell<Option<usize>>>,
    /// Memory that it reaches, by number, and bytes that it moved there.
    pub shared: Rc<RefCell<Vec<Region>>>,
    pub moved: Rc<Cell<u32>>,
}

impl Medium {
    fn check(&self) -> Result<(), Refuse<BlkError>> {
        if let Some(left) = self.busy.get().checked_sub(1) {
            self.busy.set(left);
            return Err(BlkError::Busy.into());
        }
        self.failure.get().map_or(Ok(()), |failure| Err(failure.into()))
    }
}

impl Blk for Medium {
    type Order = InOrder;

    fn info(&mut self, _: Caller) -> Result<DiskInfo, Refuse<BlkError>> {
        self.failure.get().map_or(Ok(()), Err)?;
        Ok(DiskInfo {
            sectors: (self.bytes.borrow().len() / SECTOR) as u64,
            sector_size: SECTOR as u32,
            read_only: false,
            cached: true,
            discard: false,
            write_zeroes: false,
        })
    }

    fn read(&mut self, _: Caller, first: u64, buf: Lease<Write>) -> Result<(), Refuse<BlkError>> {
        self.check()?;
        self.reads.set(self.reads.get() + 1);
        let start = first as usize * SECTOR;
        if self.bad.get().is_some_and(|bad| (start..start + buf.len()).contains(&(bad * SECTOR))) {
            return Err(BlkError::DeviceError.into());
        }
        buf.write(0, &self.bytes.borrow()[start..start + buf.len()])?;
        Ok(())
    }

    fn write(&mut self, _: Caller, first: u64, data: Lease<Read>) -> Result<(), Refuse<BlkError>> {
        self.check()?;
        let start = first as usize * SECTOR;
        data.read(0, &mut self.bytes.borrow_mut()[start..start + data.len()])?;
        Ok(())
    }

    fn flush(&mut self, _: Caller) -> Result<(), Refuse<BlkError>> {
        self.flushes.set(self.flushes.get() + 1);
        self.check()
    }

    fn discard(&mut self, _: Caller, _: u64, _: u64) -> Result<(), Refuse<BlkError>> {
        Err(BlkError::Unsupported.into())
    }

    fn write_zeroes(&mut self, _: Caller, _: u64, _: u64) -> Result<(), Refuse<BlkError>> {
        Err(BlkError::Unsupported.into())
    }

    fn serial(&mut self, _: Caller) -> Result<List<u8, 20>, Refuse<BlkError>> {
        Ok(List::new())
    }

    fn statistics(&mut self, _: Caller) -> Result<Statistics, Refuse<BlkError>> {
        Err(BlkError::Unsupported.into())
    }

    fn cache_statistics(&mut self, _: Caller) -> Result<CacheStatistics, Refuse<BlkError>> {
        Err(BlkError::Unsupported.into())
    }

    fn rescan(&mut self, _: Caller) -> Result<(), Refuse<BlkError>> {
        Ok(())
    }

    fn share(&mut self, _: Caller, region: u32) -> Result<u64, Refuse<BlkError>> {
        let shared = self.shared.borrow();
        Ok(shared.get(region as usize).ok_or(BlkError::NotShared)?.size() as u64)
    }

    fn read_shared(
        &mut self,
        _: Caller,
        first: u64,
        offset: u64,
        length: u32,
        region: u32,
    ) -> Result<(), Refuse<BlkError>> {
        self.check()?;
        let mut shared = self.shared.borrow_mut();
        let region = shared.get_mut(region as usize).ok_or(BlkError::NotShared)?;
        let from = first as usize * SECTOR;
        let bytes = &self.bytes.borrow()[from..from + length as usize];
        assert_eq!(region.write(offset as usize, bytes), bytes.len());
        self.moved.set(self.moved.get() + length);
        Ok(())
    }

    fn write_shared(
        &mut self,
        _: Caller,
        first: u64,
        offset: u64,
        length: u32,
        region: u32,
    ) -> Result<(), Refuse<BlkError>> {
        self.check()?;
        let shared = self.shared.borrow();
        let region = shared.get(region as usize).ok_or(BlkError::NotShared)?;
        let to = first as usize * SECTOR;
        let bytes = &mut self.bytes.borrow_mut()[to..to + length as usize];
        assert_eq!(region.read(offset as usize, bytes), bytes.len());
        self.moved.set(self.moved.get() + length);
        Ok(())
    }
}

/// A world in which it is always the same time, and everybody lives whose generation is 0.
pub struct StandStill;

/// When it is.
pub const NOW: u64 = 1_795_266_856;

impl World for StandStill {
    fn seconds(&mut self) -> u64 {
        NOW
    }
    fn changed(&mut self) {}
    fn is_due(&mut self, _: Bits) -> bool {
        true
    }
    fn is_gone(&self, client: Client) -> bool {
        usize::from(client.task) == BEN.index()
    }
    fn log(&mut self, event: Event) {
        EVENTS.with_borrow_mut(|events| events.push(event));
    }
}

pub fn content() -> Vec<u8> {
    (0..150_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

pub fn run(program: &str, arguments: &[&str], folder: &Path) {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output =
        Command::new(program).args(arguments).current_dir(folder).env("PATH", path).output();
    match output {
        Ok(output) => assert!(output.status.success(), "{program} failed: {output:?}"),
        Err(error) => {
            panic!("cannot run {program} ({error}): install dosfstools, mtools and e2fsprogs")
        }
    }
}

pub fn image() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let here = folder.path();
    std::fs::write(here.join("source"), content()).expect("the folder takes a file");
    run("mkfs.fat", &["-C", "disk.img", "1440"], here);
    run("mmd", &["-i", "disk.img", "::directory"], here);
    run("mcopy", &["-i", "disk.img", "source", "::directory/A long name.bin"], here);
    let mut image = std::fs::read(here.join("disk.img")).expect("the image is there");
    // Nobody has cluster 2000, and both tables say that somebody does.
    for table in [1, 10].map(|sector| sector * SECTOR) {
        image[table + 3000..table + 3002].copy_from_slice(&[0xff, 0x0f]);
    }
    image
}

pub fn rights() -> Rights {
    let mut rights = Rights::nobody();
    rights.give(ANN.index() as u16, Right::new(true, "/", None));
    rights.give(BEN.index() as u16, Right::new(true, "directory", Some(2)));
    rights.give(CAT.index() as u16, Right::new(false, "", None));
    rights
}

type Lines = drv_block_cache::Memory<4, 8192>;

pub fn start_fs(task: TaskId) {
    let lines = Box::leak(Box::new(Lines::new()));
    let direct = &*Box::leak(Box::new(Direct::new()));
    let mut disk = Disk::of(BLK);
    disk.take_way(direct);
    let fat = Fat::new(Box::leak(Box::new(Place::new())), Cache::new(lines, disk))
        .repairing(Box::leak(Box::new(RepairMemory::new())));
    let memory = Box::leak(Box::new(Memory::new()));
    memory.read_ahead_in(Box::leak(Box::new([0; AHEAD])));
    let seed = task.generation().0 * 1000;
    let mut server =
        Server::new((memory, direct), fat, StandStill, rights(), seed, CLIENT_RESTARTED);
    server.mount();
    host::start(task, fs_api::server::Serve(server));
}

/// The file system in its next life.
pub fn restarted(life: u32) {
    start_fs(TaskId::new(FS.index(), Generation(life)));
}

pub fn start() -> (Medium, Fs) {
    let medium = Medium { bytes: Rc::new(RefCell::new(image())), ..Medium::default() };
    host::start(BLK, blk_api::server::Serve(medium.clone()));
    start_fs(FS);
    (medium, Fs::to(FS))
}
