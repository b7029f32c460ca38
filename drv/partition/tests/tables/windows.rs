//! The parts of a disk that its clients have.

use crate::common::{Disk, extent, made};
use drv_block::Error as BlockError;
use drv_partition::{Client, Error, Memory, NotRead, Reach, Selector, Windows};

const FS: Client = Client { task: 4, life: 1 };
const LOG: Client = Client { task: 5, life: 0 };
const TOOL: Client = Client { task: 6, life: 0 };
const OTHER: Client = Client { task: 7, life: 0 };
const OUTSIDE: Error = Error::Block(BlockError::OutOfRange);

/// 8 MiB with partitions `data`, of so many sectors from 4096 on, and `logs`.
fn disk(first: u64, last: u64) -> Disk {
    let new = format!("1:{first}:{last}");
    let arguments = ["-n", &new, "-c", "1:data", "-n", "2:2048:4095", "-c", "2:logs", "IMAGE"];
    Disk::new(made(8 << 20, "sgdisk", &arguments, ""), 512)
}

fn windows() -> Windows<'static, 4> {
    let named = [("label:data", FS), ("index:2", LOG), ("disk", TOOL)];
    let named = named.map(|(text, client)| (client.task, Selector::parse(text).unwrap()));
    Windows::new(named)
}

fn read(windows: &mut Windows<'_, 4>, disk: &mut Disk) -> Result<(), NotRead> {
    windows.read(disk, &mut Memory::new(), |client| client != Client { task: 4, life: 0 })
}

fn place(
    windows: &mut Windows<'_, 4>,
    client: Client,
    first: u64,
    sectors: u64,
) -> Result<u64, Error> {
    windows.reach(client)?.place(first, sectors)
}

#[test]
fn each_has_its_own_and_no_other() {
    let mut windows = windows();
    read(&mut windows, &mut disk(4096, 8191)).unwrap();
    assert_eq!(windows.reach(FS), Ok(Reach::Part(extent(4096, 4096))));
    assert_eq!(place(&mut windows, FS, 0, 4096), Ok(4096));
    assert_eq!(place(&mut windows, FS, 4095, 1), Ok(8191));
    assert_eq!(place(&mut windows, LOG, 2047, 1), Ok(4095));
    assert_eq!(place(&mut windows, TOOL, 0, 1), Ok(0));
    for (first, sectors) in
        [(4095, 2), (4096, 1), (u64::MAX, 1), (1, u64::MAX), (u64::MAX - 4095, 1)]
    {
        assert_eq!(place(&mut windows, FS, first, sectors), Err(OUTSIDE), "{first} {sectors}");
    }
    assert_eq!(place(&mut windows, OTHER, 0, 1), Err(Error::NotFound));
}

#[test]
fn where_nobody_is_named_everyone_has_all_and_no_table_is_read() {
    let mut windows = Windows::<4>::new([]);
    let mut disk = Disk::new(vec![0; 512], 512);
    assert_eq!((read(&mut windows, &mut disk), disk.reads), (Ok(()), 0));
    assert_eq!(place(&mut windows, OTHER, 123, 4), Ok(123));
}

#[test]
fn before_the_table_is_read_there_are_no_partitions() {
    let mut windows = windows();
    assert_eq!(windows.reach(FS), Err(Error::Block(BlockError::Failed)));
    assert_eq!(windows.reach(TOOL), Ok(Reach::Disk));
    let mut disk = disk(4096, 8191);
    disk.unreadable = vec![0];
    assert_eq!(read(&mut windows, &mut disk), Err(NotRead::Error(BlockError::Failed)));
    assert_eq!(windows.reach(FS), Err(Error::Block(BlockError::Failed)));
}

#[test]
fn without_its_partition_a_client_has_nothing() {
    let mut windows =
        Windows::<4>::new([(FS.task, Selector::Label("date")), (LOG.task, Selector::Index(2))]);
    read(&mut windows, &mut disk(4096, 8191)).unwrap();
    assert_eq!(windows.reach(FS), Err(Error::NotFound));
    assert_eq!(windows.reach(LOG), Ok(Reach::Part(extent(2048, 2048))));
    read(&mut Windows::clone(&windows), &mut Disk::new(vec![0; 1 << 20], 512)).unwrap_err();
    let mut fresh =
        Windows::<4>::new([(LOG.task, Selector::Index(2)), (TOOL.task, Selector::Disk)]);
    read(&mut fresh, &mut Disk::new(vec![0; 1 << 20], 512)).unwrap();
    assert_eq!(fresh.reach(LOG), Err(Error::NoTable));
    assert_eq!(fresh.reach(TOOL), Ok(Reach::Disk));
}

#[test]
fn what_is_used_may_grow_and_nothing_else() {
    let mut windows = windows();
    read(&mut windows, &mut disk(4096, 8191)).unwrap();
    // Nobody has used theirs.
    read(&mut windows, &mut disk(8192, 10239)).unwrap();
    assert_eq!(place(&mut windows, FS, 0, 1), Ok(8192));
    for (first, last) in [(8192, 10238), (6144, 10239), (10240, 16383 - 40)] {
        assert_eq!(read(&mut windows, &mut disk(first, last)), Err(NotRead::InUse(FS)));
        assert_eq!(windows.reach(FS), Ok(Reach::Part(extent(8192, 2048))), "as it was");
    }
    assert_eq!(read(&mut windows, &mut Disk::new(vec![0; 1 << 20], 512)), Err(NotRead::InUse(FS)));
    read(&mut windows, &mut disk(8192, 12287)).unwrap();
    assert_eq!(windows.reach(FS), Ok(Reach::Part(extent(8192, 4096))));
}

#[test]
fn what_a_dead_client_used_is_not_in_use() {
    let mut windows = windows();
    read(&mut windows, &mut disk(4096, 8191)).unwrap();
    // Life 0 of this task is over.
    let dead = Client { task: 4, life: 0 };
    assert_eq!(place(&mut windows, dead, 0, 1), Ok(4096));
    read(&mut windows, &mut disk(8192, 10239)).unwrap();
    assert_eq!(place(&mut windows, FS, 0, 1), Ok(8192));
    assert_eq!(read(&mut windows, &mut disk(4096, 8191)), Err(NotRead::InUse(FS)));
}
