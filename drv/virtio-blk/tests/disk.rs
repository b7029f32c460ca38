//! A disk against a device that a test plays, well-behaved and not.

#![forbid(unsafe_code)]

use drv_dma::VERSION_1;
use drv_dma::fake::{Device, FakeTransport, Memory, Request};
use drv_virtio_blk::{
    Broken, Completed, Disk, Geometry, Outcome, Rejected, SECTOR, StartError, Ticket,
};
use virtio_drivers::transport::DeviceType;

const READ_ONLY: u64 = 1 << 5;
const FLUSH: u64 = 1 << 9;
const SECTORS: usize = 64;

type Subject = Disk<FakeTransport, 2>;

/// A medium, and the device before it.
struct Medium {
    device: Device,
    image: Vec<u8>,
}

impl Medium {
    fn new(memory: &Memory, features: u64) -> Self {
        let capacity = (SECTORS as u64).to_le_bytes();
        let device = memory.device(DeviceType::Block, features | VERSION_1, &capacity);
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
            if header[0] == 0 {
                assert!(writable);
                self.device.write(address, &self.image[first..first + length]);
                written += length as u32;
            } else {
                assert!(header[0] == 1 && !writable);
                let data = self.device.read(address, length);
                self.image[first..first + length].copy_from_slice(&data);
            }
        }
        self.device.write(status.0, &[0]);
        written
    }
}

fn start(memory: &mut Memory, medium: &Medium) -> Subject {
    Disk::start(medium.device.transport(), memory.start_of_life()).expect("the disk starts")
}

fn read(disk: &mut Subject, first: u64, sectors: usize) -> Result<Ticket, Rejected> {
    let slot = disk.take_slot().expect("a slot is idle");
    disk.read(slot, first, sectors)
}

fn next(disk: &mut Subject) -> Completed {
    disk.acknowledge();
    disk.completed().expect("the device is sane").expect("an answer is there")
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
        assert_eq!(done.slot.data()[..3 * SECTOR], medium.image[5 * SECTOR..8 * SECTOR]);
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
    let mut slot = disk.take_slot().expect("a slot is idle");
    slot.data_mut()[..2 * SECTOR].fill(0x77);
    disk.write(slot, 9, 2).expect("sectors 9 and 10 exist");
    assert!(medium.serve_one());
    assert_eq!(next(&mut disk).outcome, Outcome::Done);
    assert!(medium.image == wanted);
}

#[test]
fn as_many_requests_fly_as_there_are_slots() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    let tickets = [read(&mut disk, 1, 1), read(&mut disk, 2, 1)];
    assert!(disk.take_slot().is_none());
    assert!(medium.serve_one() && medium.serve_one());
    for (ticket, sector) in tickets.into_iter().zip(1..) {
        let done = next(&mut disk);
        assert_eq!(Ok(done.ticket), ticket);
        assert_eq!(done.slot.data()[..SECTOR], medium.image[sector * SECTOR..][..SECTOR]);
        disk.put_back(done.slot);
    }
    assert!(disk.take_slot().is_some() && disk.take_slot().is_some());
}

#[test]
fn requests_that_cannot_be_are_refused_before_the_device_sees_them() {
    let mut memory = Memory::new(16);
    let medium = Medium::new(&memory, READ_ONLY);
    let mut disk = start(&mut memory, &medium);
    let end = SECTORS as u64;
    let room = disk.take_slot().expect("a slot is idle");
    let most = room.sectors();
    disk.put_back(room);
    assert_eq!(read(&mut disk, end, 1), Err(Rejected::OutOfRange));
    assert_eq!(read(&mut disk, end - 1, 2), Err(Rejected::OutOfRange));
    assert_eq!(read(&mut disk, u64::MAX, 1), Err(Rejected::OutOfRange));
    assert_eq!(read(&mut disk, 0, 0), Err(Rejected::BadLength));
    assert_eq!(read(&mut disk, 0, most + 1), Err(Rejected::BadLength));
    let slot = disk.take_slot().expect("refusals keep no slot");
    assert_eq!(disk.write(slot, 0, 1), Err(Rejected::ReadOnly));
    assert!(medium.device.next_request().is_none());
    assert!(disk.take_slot().is_some() && disk.take_slot().is_some());
}

#[test]
fn geometry_and_features_are_the_devices() {
    for (features, read_only, cached) in [(0, false, false), (READ_ONLY | FLUSH, true, true)] {
        let mut memory = Memory::new(16);
        // Indirect descriptors, event index and more that this driver must not take up.
        let medium = Medium::new(&memory, features | 1 << 28 | 1 << 29 | 1 << 35);
        let disk = start(&mut memory, &medium);
        let sectors = SECTORS as u64;
        assert_eq!(disk.geometry(), Geometry { sectors, read_only, cached });
        assert_eq!(medium.device.agreed(), features | VERSION_1);
        assert!(medium.device.is_started());
    }
}

#[test]
fn a_flush_is_sent_only_to_a_device_with_a_cache() {
    for (features, sent) in [(0, false), (FLUSH, true)] {
        let mut memory = Memory::new(16);
        let mut medium = Medium::new(&memory, features);
        let mut disk = start(&mut memory, &medium);
        let slot = disk.take_slot().expect("a slot is idle");
        assert_eq!(disk.flush(slot).expect("the disk is ready").is_some(), sent);
        assert_eq!(medium.serve_one(), sent);
        if sent {
            assert_eq!(next(&mut disk).outcome, Outcome::Done);
        }
    }
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
    let second = disk.take_slot();
    assert!(second.is_some(), "the slot in flight came back");
    assert!(medium.serve_one());
    assert_eq!(next(&mut disk).slot.data()[..SECTOR], medium.image[4 * SECTOR..][..SECTOR]);
}

#[test]
fn slots_stay_with_a_device_that_does_not_reset() {
    let mut memory = Memory::new(16);
    let mut medium = Medium::new(&memory, 0);
    let mut disk = start(&mut memory, &medium);
    read(&mut disk, 0, 1).expect("sector 0 exists");
    medium.device.set_stuck(true);
    assert_eq!(disk.restart(), Err(StartError::NotReset));
    assert!(disk.take_slot().is_some() && disk.take_slot().is_none());
    medium.device.set_stuck(false);
    assert_eq!(disk.restart(), Ok(()));
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
    assert_eq!(next(&mut disk).slot.data()[..SECTOR], medium.image[6 * SECTOR..][..SECTOR]);
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
    let old = |memory: &Memory| memory.device(DeviceType::Block, 0, &[0; 8]);
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
    assert_eq!(attempt(3, block), StartError::Memory);
}
