//! A queue between a driver and a device that may not play by the rules.

use drv_dma::fake::{Device, FakeTransport, Memory};
use drv_dma::{
    Buffer, Misbehaved, NotReset, PAGE, Parts, Pool, PoolError, Queue, QueueError, SubmitError,
    VERSION_1, negotiate, reset,
};
use virtio_drivers::transport::{DeviceType, Transport};

type Ring = Queue<8>;

struct Driver {
    transport: FakeTransport,
    pool: Pool,
    queue: Ring,
}

fn device(memory: &Memory) -> Device {
    memory.device(DeviceType::Block, VERSION_1, &[])
}

fn driver(memory: &mut Memory, device: &Device) -> Driver {
    let mut transport = device.transport();
    let quiet = reset(&mut transport).expect("the device resets");
    let pool = Pool::new(memory.start_of_life(), &quiet).expect("whole pages");
    negotiate(&mut transport, &quiet, 0).expect("the device agrees");
    let queue = Ring::new(&mut transport, 0, &pool, quiet).expect("room for the rings");
    transport.finish_init();
    Driver { transport, pool, queue }
}

fn ask_and_answer() -> Parts {
    Parts { to_device: [0..16, 0..0], from_device: [512..1024, 16..17] }
}

impl Driver {
    fn buffer(&self) -> Buffer {
        self.pool.buffer(1).expect("a page is free")
    }

    fn submit(&mut self, buffer: Buffer, parts: Parts) -> Result<u16, SubmitError> {
        self.queue.submit(&mut self.transport, buffer, parts).map_err(|(_, error)| error)
    }
}

#[test]
fn a_request_goes_out_and_its_answer_comes_back() {
    for legacy in [false, true] {
        let mut memory = Memory::new(8);
        let device = if legacy { device(&memory).legacy() } else { device(&memory) };
        let mut driver = driver(&mut memory, &device);
        let mut buffer = driver.buffer();
        buffer.bytes_mut()[..16].copy_from_slice(b"what is it then?");
        let token = driver.submit(buffer, ask_and_answer()).expect("the queue is empty");
        assert_eq!(device.doorbells(), 1);

        let request = device.next_request().expect("a request");
        let lengths: Vec<_> = request.parts.iter().map(|part| (part.1, part.2)).collect();
        assert_eq!(lengths, [(16, false), (512, true), (1, true)]);
        assert_eq!(device.read(request.parts[0].0, 16), b"what is it then?");
        device.write(request.parts[1].0, &[7; 512]);
        device.write(request.parts[2].0, &[9]);
        assert!(driver.queue.completed().expect("nothing wrong").is_none());
        device.answer(request.head.into(), 513);

        let done = driver.queue.completed().expect("nothing wrong").expect("an answer");
        assert_eq!((done.token, done.written), (token, Some(513)));
        assert_eq!(done.buffer.bytes()[16], 9);
        assert_eq!(done.buffer.bytes()[512..1024], [7; 512]);
    }
}

#[test]
fn answers_may_come_in_any_order() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    for mark in 0..2 {
        let mut buffer = driver.buffer();
        buffer.bytes_mut()[0] = mark;
        driver.submit(buffer, ask_and_answer()).expect("room for two");
    }
    let heads: Vec<_> = std::iter::from_fn(|| device.next_request()).map(|r| r.head).collect();
    assert_eq!(heads.len(), 2);
    for head in heads.iter().rev() {
        device.answer(u32::from(*head), 513);
    }
    let mut next = || driver.queue.completed().expect("nothing wrong").expect("an answer");
    assert_eq!((next().buffer.bytes()[0], next().buffer.bytes()[0]), (1, 0));
}

#[test]
fn an_answer_to_nothing_is_found_out() {
    for lie in [3, 7, 8, 500, 0xffff, 0x1_0000] {
        let mut memory = Memory::new(8);
        let device = device(&memory);
        let mut driver = driver(&mut memory, &device);
        let buffer = driver.buffer();
        driver.submit(buffer, ask_and_answer()).expect("the queue is empty");
        device.answer(lie, 513);
        let answer = driver.queue.completed();
        // The ring's numbers have 16 bits: 0x1_0000 is the true answer 0.
        assert_eq!(
            answer.map(|done| done.is_some()),
            if lie == 0x1_0000 { Ok(true) } else { Err(Misbehaved) }
        );
    }
}

#[test]
fn an_answer_given_twice_is_found_out() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    let buffer = driver.buffer();
    let token = driver.submit(buffer, ask_and_answer()).expect("the queue is empty");
    device.answer(token.into(), 513);
    device.answer(token.into(), 513);
    assert!(matches!(driver.queue.completed(), Ok(Some(_))));
    assert!(matches!(driver.queue.completed(), Err(Misbehaved)));
}

#[test]
fn a_length_that_cannot_be_counts_as_none() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    let buffer = driver.buffer();
    let token = driver.submit(buffer, ask_and_answer()).expect("the queue is empty");
    device.answer(token.into(), 514);
    let done = driver.queue.completed().expect("the token is right").expect("an answer");
    assert_eq!((done.written, done.writable), (None, 513));
}

#[test]
fn a_full_queue_says_so_and_keeps_nothing() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    for _ in 0..2 {
        let buffer = driver.buffer();
        driver.submit(buffer, ask_and_answer()).expect("eight descriptors hold two of three");
    }
    let buffer = driver.buffer();
    assert_eq!(driver.submit(buffer, ask_and_answer()), Err(SubmitError::Full));
}

#[test]
fn parts_that_overlap_or_stick_out_are_refused() {
    let none = [0..0, 0..0];
    let bad = [
        Parts { to_device: [0..16, 15..20], from_device: none.clone() },
        Parts { to_device: [0..16, 0..0], from_device: [8..9, 0..0] },
        Parts { to_device: [0..PAGE + 1, 0..0], from_device: none.clone() },
        Parts { to_device: [0..0, 4..8], from_device: none.clone() },
        Parts { to_device: none.clone(), from_device: none },
    ];
    let mut memory = Memory::new(16);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    for parts in bad {
        let buffer = driver.buffer();
        assert_eq!(driver.submit(buffer, parts.clone()), Err(SubmitError::BadParts), "{parts:?}");
    }
    assert!(device.next_request().is_none());
}

#[test]
fn a_device_that_ignores_the_reset_leaves_memory_untouched() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut first = driver(&mut memory, &device);
    let buffer = first.buffer();
    first.submit(buffer, ask_and_answer()).expect("the queue is empty");
    let before = memory.snapshot();
    device.set_stuck(true);
    // A new life begins: there is no way to a pool but through a reset that succeeded.
    assert_eq!(reset(&mut device.transport()).map(|_| ()), Err(NotReset));
    assert_eq!(memory.snapshot(), before);
}

#[test]
fn a_queue_taken_apart_gives_everything_back() {
    let mut memory = Memory::new(4);
    let device = device(&memory);
    let Driver { mut transport, pool, mut queue } = driver(&mut memory, &device);
    let buffer = pool.buffer(2).expect("two pages are left beside the rings");
    queue.submit(&mut transport, buffer, ask_and_answer()).expect("the queue is empty");
    assert_eq!(pool.free_pages(), 0);

    let quiet = reset(&mut transport).expect("the device resets");
    let back: Vec<_> = queue.dismantle(&quiet).collect();
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].bytes().len(), 2 * PAGE);
    assert_eq!(pool.free_pages(), 2);
    assert!(Ring::new(&mut transport, 0, &pool, quiet).is_ok());
}

#[test]
fn what_does_not_fit_is_said() {
    let mut memory = Memory::new(1);
    let device = device(&memory);
    let mut transport = device.transport();
    let quiet = || reset(&mut device.transport()).expect("the device resets");
    let pool = Pool::new(memory.start_of_life(), &quiet()).expect("a whole page");
    let queue = Ring::new(&mut transport, 0, &pool, quiet());
    assert_eq!(queue.map(|_| ()), Err(QueueError::NoMemory));
    device.set_longest_queue(4);
    let queue = Ring::new(&mut transport, 0, &pool, quiet());
    assert_eq!(queue.map(|_| ()), Err(QueueError::TooShort));
    assert!(pool.buffer(2).is_none());
}

#[test]
fn a_task_has_one_pool() {
    let mut memory = Memory::new(2);
    let device = device(&memory);
    let quiet = reset(&mut device.transport()).expect("the device resets");
    let first = memory.start_of_life();
    // SAFETY: never used; `Pool::new` must refuse it.
    let second = unsafe { mmio::DmaMemory::new(first.base(), first.size(), first.physical()) };
    // SAFETY: as above.
    let crooked = unsafe { mmio::DmaMemory::new(first.base() + 1, PAGE, first.physical()) };
    assert_eq!(Pool::new(crooked, &quiet).map(|_| ()), Err(PoolError::BadSize));
    assert!(Pool::new(first, &quiet).is_ok());
    assert_eq!(Pool::new(second, &quiet).map(|_| ()), Err(PoolError::SecondPool));
}
