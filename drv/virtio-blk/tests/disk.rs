//! A disk against a device that a test plays, well-behaved and not.

#![forbid(unsafe_code)]

use drv_dma::fake::{Device, FakeTransport, Memory, Request};
use drv_dma::{EVENT_INDEX, INDIRECT, PAGE, VERSION_1};
use drv_virtio_blk::{
    Broken, Completed, Disk, Geometry, Heard, Operation, Outcome, Rejected, SECTOR, SERIAL,
    StartError, Ticket,
};
use virtio_drivers::transport::DeviceType;

const SIZE_MAX: u64 = 1 << 1;
const READ_ONLY: u64 = 1 << 5;
const BLOCK_SIZE: u64 = 1 << 6;
const FLUSH: u64 = 1 << 9;
const DISCARD: u64 = 1 << 13;
const WRITE_ZEROES: u64 = 1 << 14;
const SECTORS: usize = 64;

type Subject = Disk<FakeTransport, 2>;

/// The configuration of a device (virtio 1.2, section 5.2.4).
fn config(sectors: u64, sector_size: u32) -> Vec<u8> {
    let mut config = vec![0; 60];
    config[0..8].copy_from_slice(&sectors.to_le_bytes());
    config[8..12].copy_from_slice(&0x2_0000u32.to_le_bytes());
    config[20..24].copy_from_slice(&sector_size.to_le_bytes());
    config[36..40].copy_from_slice(&24u32.to_le_bytes());
    config[48..52].copy_from_slice(&16u32.to_le_bytes());
    config
}

/// A medium, and the device before it.
struct Medium {
    device: Device,
    image: Vec<u8>,
}

impl Medium {
    fn new(memory: &Memory, features: u64) -> Self {
        Self::with(memory, features, &config(SECTORS as u64, 512))
    }

    fn with(memory: &Memory, features: u64, config: &[u8]) -> Self {
        let device = memory.device(DeviceType::Block, features | VERSION_1, config);
        let image = (0..SECTORS * SECTOR).map(|i| (i / SECTOR * 31 + i) as u8).collect();
        Self { device, image }
    }

    /// Serves one request as the standard says; true if there was one.
    fn serve_one(&mut self) -> bool {
        let Some(request) = self.device.next_request() else { return false };
        let written = self.obey(&request);
        self.device.answer(request.head.into(), written);
        true
    }

    fn obey(&mut self, request: &Request) -> u32 {
        let (header, status) = (&request.parts[0], &request.parts[request.parts.len() - 1]);
        assert_eq!((header.1, header.2, status.1, status.2), (16, false, 1, true));
        let header = self.device.read(header.0, 16);
        let first = u64::from_le_bytes(header[8..].try_into().expect("8 bytes")) as usize * SECTOR;
        let mut written = 1;
        for &(address, length, writable) in &request.parts[1..request.parts.len() - 1] {
            match header[0] {
                0 => {
                    assert!(writable);
                    self.device.write(address, &self.image[first..first + length]);
                    written += length as u32;
                }
                8 => {
                    assert!(writable && length == SERIAL);
                    self.device.write(address, b"it is the disk\0\0\0\0\0\0");
                    written += length as u32;
                }
                11 | 13 => {
                    assert!(!writable && length == 16 && first == 0);
                    let range = self.device.read(address, 16);
                    let start = u64::from_le_bytes(range[..8].try_into().expect("8 bytes"));
                    let count = u32::from_le_bytes(range[8..12].try_into().expect("4 bytes"));
                    assert_eq!(range[12..], [0; 4]);
                    let start = start as usize * SECTOR;
                    let fill = if header[0] == 11 { 0xdd } else { 0 };
                    self.image[start..start + count as usize * SECTOR].fill(fill);
                }
                _ => {
                    assert!(header[0] == 1 && !writable);
                    let data = self.device.read(address, length);
                    self.image[first..first + length].copy_from_slice(&data);
                }
            }
        }
        self.device.write(status.0, &[0]);
        written
    }
}

fn start(memory: &mut Memory, medium: &Medium) -> Subject {
    Disk::start(medium.device.transport(), memory.start_of_life()).expect("the disk starts")
}

/// Puts a request into the queue, with a buffer for its data.
fn ask(
    disk: &mut Subject,
    operation: Operation,
    first: u64,
    sectors: usize,
) -> Result<Ticket, Rejected> {
    let buffer = disk.take(sectors * SECTOR).expect("memory is free");
    let ticket = disk.submit(operation, first, sectors, Some(buffer))?;
    disk.notify();
    Ok(ticket)
}

fn read(disk: &mut Subject, first: u64, sectors: usize) -> Result<Ticket, Rejected> {
    ask(disk, Operation::Read, first, sectors)
}

fn next(disk: &mut Subject) -> Completed {
    disk.acknowledge();
    disk.completed().expect("the device is sane").expect("an answer is there")
}

/// The data that an answer brought.
fn data(done: &Completed, bytes: usize) -> &[u8] {
    &done.buffer.as_ref().expect("it has a buffer").bytes()[..bytes]
}

#[test]
fn sectors_read_are_the_mediums() {
    for legacy in [false, true] {
        let mut memory = Memory::new(16);
        let mut medium = Medium::new(&memory, 0);
        if legacy {
            medium.device = medium.device.legacy();
        }
        let mut disk = start(&mut memory, &medium);
        let ticket = read(&mut disk, 5, 3).expect("sectors 5 to 7 exist");
        assert!(matches!(disk.completed(), Ok(None)));
        assert!(medium.serve_one());
        let done = next(&mut disk);
        assert_eq!((done.ticket, done.outcome), (ticket, Outcome::Done));
        assert_eq!(data(&done, 3 * SECTOR), &medium.image[5 * SECTOR..8 * SECTOR]);
        assert!(matches!(disk.completed(), Ok(None)));
    }
}

#[test]
fn sectors_written_reach_the_medium_and_no_others() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    let mut wanted = medium.image.clone();
    wanted[9 * SECTOR..11 * SECTOR].fill(0x77);
    let mut buffer = disk.take(2 * SECTOR).expect("memory is free");
    buffer.bytes_mut()[..2 * SECTOR].fill(0x77);
    disk.submit(Operation::Write, 9, 2, Some(buffer)).expect("sectors 9 and 10 exist");
    disk.notify();
    assert!(medium.serve_one());
    assert_eq!(next(&mut disk).outcome, Outcome::Done);
    assert!(medium.image == wanted);
}

#[test]
fn as_many_requests_fly_as_the_queue_holds() {
    for features in [0, INDIRECT, EVENT_INDEX, INDIRECT | EVENT_INDEX] {
        let mut memory = Memory::new(16);
        let mut medium = Medium::new(&memory, features);
        let mut disk = start(&mut memory, &medium);
        let tickets = [read(&mut disk, 1, 1), read(&mut disk, 2, 1)];
        assert_eq!(read(&mut disk, 3, 1), Err(Rejected::NotReady));
        assert!(medium.serve_one() && medium.serve_one());
        for (ticket, sector) in tickets.into_iter().zip(1..) {
            let done = next(&mut disk);
            assert_eq!(Ok(done.ticket), ticket);
            assert_eq!(data(&done, SECTOR), &medium.image[sector * SECTOR..][..SECTOR]);
            disk.put_back(done.buffer.expect("its buffer"));
        }
        assert!(read(&mut disk, 3, 1).is_ok());
    }
}

#[test]
fn requests_that_cannot_be_are_refused_before_the_device_sees_them() {
    let mut memory = Memory::new(16);
    let medium = Medium::new(&memory, READ_ONLY);
    let mut disk = start(&mut memory, &medium);
    let all = disk.take(64 * PAGE).expect("memory is free").bytes().len();
    let mut disk = {
        drop(disk);
        start(&mut memory, &medium)
    };
    let end = SECTORS as u64;
    assert_eq!(read(&mut disk, end, 1), Err(Rejected::OutOfRange));
    assert_eq!(read(&mut disk, end - 1, 2), Err(Rejected::OutOfRange));
    assert_eq!(read(&mut disk, u64::MAX, 1), Err(Rejected::OutOfRange));
    assert_eq!(read(&mut disk, 0, 0), Err(Rejected::BadLength));
    let small = disk.take(SECTOR);
    assert_eq!(disk.submit(Operation::Read, 0, 9, small), Err(Rejected::BadLength));
    assert_eq!(ask(&mut disk, Operation::Write, 0, 1), Err(Rejected::ReadOnly));
    assert!(medium.device.next_request().is_none());
    let left = disk.take(64 * PAGE).expect("refusals keep no memory").bytes().len();
    assert_eq!(left, all);
}

#[test]
fn sectors_are_discarded_and_zeroed_where_the_device_can() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, DISCARD | WRITE_ZEROES);
    let mut disk = start(&mut memory, &medium);
    let mut wanted = medium.image.clone();
    wanted[3 * SECTOR..27 * SECTOR].fill(0xdd);
    wanted[30 * SECTOR..31 * SECTOR].fill(0);
    ask(&mut disk, Operation::Discard, 3, 24).expect("it can");
    ask(&mut disk, Operation::WriteZeroes, 30, 1).expect("it can");
    assert!(medium.serve_one() && medium.serve_one());
    assert_eq!([next(&mut disk).outcome, next(&mut disk).outcome], [Outcome::Done; 2]);
    assert!(medium.image == wanted);
    // More than the device takes at once.
    assert_eq!(ask(&mut disk, Operation::Discard, 0, 25), Err(Rejected::Unsupported));
    assert_eq!(ask(&mut disk, Operation::WriteZeroes, 0, 17), Err(Rejected::Unsupported));
    assert_eq!(ask(&mut disk, Operation::Discard, SECTORS as u64, 1), Err(Rejected::OutOfRange));

    drop(disk);
    let medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    assert_eq!(ask(&mut disk, Operation::Discard, 0, 1), Err(Rejected::Unsupported));
    assert_eq!(ask(&mut disk, Operation::WriteZeroes, 0, 1), Err(Rejected::Unsupported));
}

#[test]
fn the_serial_is_what_the_device_says() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    ask(&mut disk, Operation::Serial, 0, 0).expect("every device has one");
    assert!(medium.serve_one());
    assert_eq!(data(&next(&mut disk), SERIAL), b"it is the disk\0\0\0\0\0\0");
}

#[test]
fn geometry_and_features_are_the_devices() {
    let plain = Geometry {
        sectors: SECTORS as u64,
        sector_size: 512,
        read_only: false,
        cached: false,
        most: u32::MAX,
        pieces: 1,
        discard: 0,
        write_zeroes: 0,
    };
    let all = READ_ONLY | FLUSH | SIZE_MAX | DISCARD | WRITE_ZEROES | INDIRECT | EVENT_INDEX;
    let able = Geometry {
        read_only: true,
        cached: true,
        most: 0x2_0000,
        pieces: 1,
        discard: 24,
        write_zeroes: 16,
        ..plain
    };
    for (features, geometry) in [(0, plain), (all, able)] {
        let mut memory = Memory::new(16);
        // Multiple queues and more that this driver must not take up.
        let medium = Medium::new(&memory, features | 1 << 12 | 1 << 35);
        let disk = start(&mut memory, &medium);
        assert_eq!(*disk.geometry(), geometry);
        assert_eq!(medium.device.agreed(), features | VERSION_1);
        assert_eq!(disk.features(), features | VERSION_1);
        assert!(medium.device.is_started());
    }
}

#[test]
fn sectors_are_as_large_as_the_device_says() {
    let mut memory = Memory::new(16);
    let features = BLOCK_SIZE | DISCARD;
    let mut medium = Medium::with(&memory, features, &config(SECTORS as u64 - 1, 4096));
    let mut disk = start(&mut memory, &medium);
    let Geometry { sectors, sector_size, discard, .. } = *disk.geometry();
    assert_eq!((sectors, sector_size, discard), (7, 4096, 3));
    let buffer = disk.take(4096);
    disk.submit(Operation::Read, 6, 1, buffer).expect("sector 6 exists");
    assert!(medium.serve_one());
    assert_eq!(data(&next(&mut disk), 4096), &medium.image[6 * 4096..7 * 4096]);
    let mut refused = |first| disk.submit(Operation::Read, first, 1, None);
    assert_eq!(refused(7), Err(Rejected::OutOfRange));
    for bad in [0, 256, 513, 8192, 1 << 31] {
        let medium = Medium::with(&memory, BLOCK_SIZE, &config(SECTORS as u64, bad));
        let disk: Result<Subject, _> =
            Disk::start(medium.device.transport(), memory.start_of_life());
        assert_eq!(disk.map(|_| ()), Err(StartError::SectorSize(bad)));
    }
}

#[test]
fn a_flush_names_no_sectors() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, FLUSH);
    let mut disk = start(&mut memory, &medium);
    disk.submit(Operation::Flush, 0, 0, None).expect("the disk is ready");
    assert!(medium.serve_one());
    assert_eq!(next(&mut disk).outcome, Outcome::Done);
}

#[test]
fn a_device_that_asks_for_a_reset_is_heard() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    assert_eq!(disk.acknowledge(), Heard::Answers);
    medium.device.ask_for_reset();
    assert_eq!(disk.acknowledge(), Heard::NeedsReset);
    disk.restart().expect("the device resets");
    assert_eq!(disk.acknowledge(), Heard::Answers);
    read(&mut disk, 4, 1).expect("sector 4 exists");
    assert!(medium.serve_one());
}

#[test]
fn only_a_whole_answer_counts() {
    // Status and length as the device gives them, for a read of one sector.
    let answers = [
        (0, 513, Outcome::Done),
        (0, 512, Outcome::Done),
        (0, 511, Outcome::Failed),
        (0, 0, Outcome::Failed),
        (0, 514, Outcome::Failed),
        (0, u32::MAX, Outcome::Failed),
        (1, 513, Outcome::Failed),
        (2, 513, Outcome::Unsupported),
        (0xff, 513, Outcome::Failed),
    ];
    for (status, written, outcome) in answers {
        let mut memory = Memory::new(16);
        let medium = Medium::new(&memory, 0);
        let mut disk = start(&mut memory, &medium);
        read(&mut disk, 0, 1).expect("sector 0 exists");
        let request = medium.device.next_request().expect("a request");
        medium.device.write(request.parts[2].0, &[status]);
        medium.device.answer(request.head.into(), written);
        assert_eq!(next(&mut disk).outcome, outcome, "status {status}, {written} bytes");
    }
}

#[test]
fn a_device_out_of_its_mind_is_restarted_and_works_again() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    read(&mut disk, 0, 1).expect("sector 0 exists");
    medium.device.answer(11, 513);
    assert_eq!(disk.completed().map(|_| ()), Err(Broken));
    // Even an answer that would be right is not believed any more.
    assert!(medium.serve_one());
    assert_eq!(disk.completed().map(|_| ()), Err(Broken));
    assert_eq!(read(&mut disk, 0, 1), Err(Rejected::NotReady));

    disk.restart().expect("the device resets");
    read(&mut disk, 4, 1).expect("sector 4 exists");
    assert!(medium.serve_one());
    assert_eq!(data(&next(&mut disk), SECTOR), &medium.image[4 * SECTOR..][..SECTOR]);
}

#[test]
fn memory_stays_with_a_device_that_does_not_reset() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    let pages = |disk: &mut Subject| {
        let buffer = disk.take(64 * PAGE).expect("some is free");
        let pages = buffer.bytes().len() / PAGE;
        disk.put_back(buffer);
        pages
    };
    let all = pages(&mut disk);
    read(&mut disk, 0, 8).expect("sector 0 exists");
    medium.device.set_stuck(true);
    assert_eq!(disk.restart(), Err(StartError::NotReset));
    assert_eq!(pages(&mut disk), all - 1);
    medium.device.set_stuck(false);
    assert_eq!(disk.restart(), Ok(()));
    assert_eq!(pages(&mut disk), all);
    read(&mut disk, 0, 1).expect("sector 0 exists");
    assert!(medium.serve_one());
}

#[test]
fn a_driver_that_died_leaves_nothing_the_next_one_trips_over() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut dead = start(&mut memory, &medium);
    read(&mut dead, 0, 1).expect("sector 0 exists");
    core::mem::forget(dead);
    let mut disk = start(&mut memory, &medium);
    assert!(medium.device.next_request().is_none(), "the old request ended with the reset");
    read(&mut disk, 6, 1).expect("sector 6 exists");
    assert!(medium.serve_one());
    assert_eq!(data(&next(&mut disk), SECTOR), &medium.image[6 * SECTOR..][..SECTOR]);
}

#[test]
fn what_cannot_start_says_why() {
    let attempt = |pages, prepare: fn(&Memory) -> Device| {
        let mut memory = Memory::new(pages);
        let device = prepare(&memory);
        let disk: Result<Subject, _> = Disk::start(device.transport(), memory.start_of_life());
        disk.map(|_| ()).expect_err("it must not start")
    };
    let block = |memory: &Memory| Medium::new(memory, 0).device;
    let net = |memory: &Memory| memory.device(DeviceType::Network, VERSION_1, &[0; 8]);
    let mute = |memory: &Memory| memory.device(DeviceType::Block, VERSION_1, &[]);
    let old = |memory: &Memory| memory.device(DeviceType::Block, 0, &[0; 60]);
    let stuck = |memory: &Memory| {
        let device = Medium::new(memory, 0).device;
        let mut transport = device.transport();
        let quiet = drv_dma::reset(&mut transport).expect("resets");
        drv_dma::negotiate(&mut transport, &quiet, 0).expect("agrees");
        device.set_stuck(true);
        device
    };
    assert_eq!(attempt(16, net), StartError::WrongDevice);
    assert_eq!(attempt(16, mute), StartError::NoConfiguration);
    assert_eq!(attempt(16, old), StartError::Refused);
    assert_eq!(attempt(16, stuck), StartError::NotReset);
    assert_eq!(attempt(2, block), StartError::Memory);
}
