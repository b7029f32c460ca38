//! A queue between a driver and a device that may not play by the rules.

use drv_dma::fake::{Device, FakeTransport, Memory};
use drv_dma::{
    Arena, Buffer, Data, EVENT_INDEX, INDIRECT, Misbehaved, NotReset, PAGE, Pool, PoolError, Queue,
    QueueError, SubmitError, TAIL, UNSAID, VERSION_1, negotiate, reset,
};
use virtio_drivers::transport::{DeviceType, Transport};

type Ring = Queue<8>;

const WAYS: [u64; 4] = [0, INDIRECT, EVENT_INDEX, INDIRECT | EVENT_INDEX];

struct Driver {
    transport: FakeTransport,
    pool: Pool,
    queue: Ring,
}

fn device(memory: &Memory) -> Device {
    device_with(memory, 0)
}

fn device_with(memory: &Memory, features: u64) -> Device {
    memory.device(DeviceType::Block, VERSION_1 | features, &[])
}

fn driver(memory: &mut Memory, device: &Device) -> Driver {
    let mut transport = device.transport();
    let quiet = reset(&mut transport).expect("the device resets");
    let pool = Pool::new(memory.start_of_life(), &quiet).expect("whole pages");
    let wanted = INDIRECT | EVENT_INDEX;
    let agreed = negotiate(&mut transport, &quiet, wanted).expect("the device agrees");
    let queue = Ring::new(&mut transport, 0, agreed, &pool, quiet).expect("room for the rings");
    transport.finish_init();
    Driver { transport, pool, queue }
}

const QUESTION: &[u8; 16] = b"what is it then?";

impl Driver {
    fn buffer(&self) -> Buffer {
        self.pool.buffer(1).expect("a page is free")
    }

    /// A question with room for 512 bytes and a status.
    fn ask(&mut self) -> Result<u16, SubmitError> {
        let data = Data::FromDevice(self.buffer(), 512);
        self.submit(data)
    }

    fn submit(&mut self, data: Data) -> Result<u16, SubmitError> {
        let token = self.queue.submit(QUESTION, data, 1).map_err(|(_, error)| error)?;
        self.queue.notify(&mut self.transport);
        Ok(token)
    }

    #[track_caller]
    fn done(&mut self) -> drv_dma::Done {
        self.queue.completed().expect("nothing wrong").expect("an answer")
    }
}

#[test]
fn a_request_goes_out_and_its_answer_comes_back() {
    for (legacy, features) in WAYS.iter().flat_map(|way| [(false, way), (true, way)]) {
        let mut memory = Memory::new(8);
        let device = device_with(&memory, *features);
        let device = if legacy { device.legacy() } else { device };
        let mut driver = driver(&mut memory, &device);
        let token = driver.ask().expect("the queue is empty");
        assert_eq!(device.doorbells(), 1);

        let request = device.next_request().expect("a request");
        let lengths: Vec<_> = request.parts.iter().map(|part| (part.1, part.2)).collect();
        assert_eq!(lengths, [(16, false), (512, true), (1, true)]);
        assert_eq!(device.read(request.parts[0].0, 16), QUESTION);
        device.write(request.parts[1].0, &[7; 512]);
        device.write(request.parts[2].0, &[9]);
        assert!(driver.queue.completed().expect("nothing wrong").is_none());
        device.answer(request.head.into(), 513);

        let done = driver.done();
        assert_eq!((done.token, done.written, done.last), (token, Some(513), 9));
        assert_eq!(done.buffer.expect("the buffer").bytes()[..512], [7; 512]);
    }
}

#[test]
fn any_part_may_be_missing() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    let out = Data::ToDevice(driver.buffer(), 100);
    assert!(driver.queue.submit(&[], out, 0).is_ok());
    assert!(driver.queue.submit(&[1], Data::None, 0).is_ok());
    assert!(driver.queue.submit(&[], Data::None, 2).is_ok());
    let lengths = |request: drv_dma::fake::Request| {
        request.parts.iter().map(|part| (part.1, part.2)).collect::<Vec<_>>()
    };
    let requests: Vec<_> = std::iter::from_fn(|| device.next_request()).map(lengths).collect();
    assert_eq!(requests, [[(100, false)], [(1, false)], [(2, true)]]);
}

#[test]
fn answers_may_come_in_any_order() {
    for features in WAYS {
        let mut memory = Memory::new(8);
        let device = device_with(&memory, features);
        let mut driver = driver(&mut memory, &device);
        for mark in 0..2 {
            let mut buffer = driver.buffer();
            buffer.bytes_mut()[0] = mark;
            driver.submit(Data::ToDevice(buffer, 1)).expect("room for two");
        }
        let heads: Vec<_> = std::iter::from_fn(|| device.next_request()).map(|r| r.head).collect();
        assert_eq!(heads.len(), 2);
        for head in heads.iter().rev() {
            device.answer(u32::from(*head), 1);
        }
        let mut next = || driver.done().buffer.expect("the buffer").bytes()[0];
        assert_eq!((next(), next()), (1, 0));
    }
}

#[test]
fn numbers_wrap_around_and_nothing_is_lost() {
    for features in WAYS {
        let mut memory = Memory::new(16);
        let device = device_with(&memory, features);
        let mut driver = driver(&mut memory, &device);
        let mut buffers = vec![driver.buffer(), driver.buffer(), driver.buffer()];
        for round in 0..70_000u32 {
            let count = 1 + round as usize % 3;
            for buffer in buffers.drain(..count) {
                let data = Data::ToDevice(buffer, 8);
                driver.queue.submit(&round.to_le_bytes(), data, 1).expect("there is room");
            }
            let doorbells = device.doorbells();
            assert!(driver.queue.notify(&mut driver.transport), "it waits to be told");
            assert_eq!(device.doorbells(), doorbells + 1);
            let interrupts = device.interrupts();
            for _ in 0..count {
                let request = device.next_request().expect("a request");
                assert_eq!(device.read(request.parts[0].0, 4), round.to_le_bytes());
                device.answer(request.head.into(), 1);
            }
            assert!(device.interrupts() > interrupts, "round {round} was not announced");
            let done = std::iter::from_fn(|| driver.queue.completed().expect("nothing wrong"));
            buffers.extend(done.filter_map(|done| done.buffer));
            assert_eq!(buffers.len(), 3, "round {round}");
        }
    }
}

#[test]
fn a_side_that_is_awake_is_not_told() {
    let mut memory = Memory::new(8);
    let device = device_with(&memory, EVENT_INDEX);
    let mut driver = driver(&mut memory, &device);
    driver.ask().expect("room");
    // It has not looked yet, so it still means to see the second by itself.
    driver.ask().expect("room");
    assert_eq!(device.doorbells(), 1);
    let heads: Vec<_> = std::iter::from_fn(|| device.next_request()).map(|r| r.head).collect();
    device.answer(heads[0].into(), 1);
    assert_eq!(device.interrupts(), 1);
    assert!(driver.queue.completed().expect("nothing wrong").is_some());
    // The driver is still taking answers.
    device.answer(heads[1].into(), 1);
    assert_eq!(device.interrupts(), 1);
    assert!(driver.queue.completed().expect("nothing wrong").is_some());
    assert!(driver.queue.completed().expect("nothing wrong").is_none());
    driver.ask().expect("room");
    assert_eq!(device.doorbells(), 2);
    let request = device.next_request().expect("a request");
    device.answer(request.head.into(), 1);
    assert_eq!(device.interrupts(), 2);
}

#[test]
fn an_answer_to_nothing_is_found_out() {
    for (lie, features) in
        [3, 4, 7, 8, 32, 500, 0xffff, 0x1_0000].into_iter().zip([0, INDIRECT].into_iter().cycle())
    {
        let mut memory = Memory::new(8);
        let device = device_with(&memory, features);
        let mut driver = driver(&mut memory, &device);
        driver.ask().expect("the queue is empty");
        device.answer(lie, 513);
        let answer = driver.queue.completed();
        assert_eq!(answer.map(|done| done.is_some()), Err(Misbehaved));
    }
}

#[test]
fn an_answer_given_twice_is_found_out() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    let token = driver.ask().expect("the queue is empty");
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
    let token = driver.ask().expect("the queue is empty");
    device.answer(token.into(), 514);
    let done = driver.queue.completed().expect("the token is right").expect("an answer");
    assert_eq!((done.written, done.writable), (None, 513));
}

#[test]
fn a_full_queue_says_so_and_keeps_nothing() {
    for features in [0, INDIRECT] {
        let mut memory = Memory::new(16);
        let device = device_with(&memory, features);
        let mut driver = driver(&mut memory, &device);
        for _ in 0..8 {
            driver.ask().expect("it holds eight");
        }
        let data = Data::FromDevice(driver.buffer(), 1);
        let refused = driver.queue.submit(QUESTION, data, 1).expect_err("it is full");
        assert!(refused.0.into_buffer().is_some());
        assert_eq!(refused.1, SubmitError::Full);
    }
}

#[test]
fn data_that_the_buffer_does_not_have_is_refused() {
    let mut memory = Memory::new(16);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    for length in [0, PAGE + 1, usize::MAX] {
        let data = Data::ToDevice(driver.buffer(), length);
        assert_eq!(driver.submit(data), Err(SubmitError::BadParts), "{length}");
    }
    let refused = |(_, error)| error;
    let nothing = driver.queue.submit(&[], Data::None, 0).map_err(refused);
    assert_eq!(nothing, Err(SubmitError::BadParts));
    let too_much = driver.queue.submit(&[], Data::None, TAIL + 1).map_err(refused);
    assert_eq!(too_much, Err(SubmitError::BadParts));
    assert!(device.next_request().is_none());
}

#[test]
fn a_silent_device_has_said_nothing() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut driver = driver(&mut memory, &device);
    let token = driver.ask().expect("the queue is empty");
    device.answer(token.into(), 513);
    assert_eq!(driver.done().last, UNSAID);
}

#[test]
fn an_arena_gives_what_is_free_and_takes_it_back() {
    let mut memory = Memory::new(70);
    let device = device(&memory);
    let driver = driver(&mut memory, &device);
    let mut arena = Arena::new(driver.pool.buffer(67).expect("they are free"));
    let pages = |buffer: &Buffer| buffer.bytes().len() / PAGE;
    let mut first = arena.take(16).expect("free");
    let second = arena.take(1).expect("free");
    first.bytes_mut().fill(1);
    assert!(second.bytes().iter().all(|&byte| byte != 1));
    let third = arena.take(60).expect("some are free");
    assert_eq!((pages(&first), pages(&second), pages(&third)), (16, 1, 47));
    let fourth = arena.take(9).expect("some are free");
    assert_eq!((pages(&fourth), arena.take(1).is_none()), (3, true));
    arena.give_back(second);
    arena.give_back(first);
    assert_eq!(arena.take(60).as_ref().map(pages), Some(17));
    // What is not its own is not given out.
    arena.give_back(driver.pool.buffer(1).expect("one is left"));
    assert!(arena.take(1).is_none());
}

#[test]
fn a_device_that_ignores_the_reset_leaves_memory_untouched() {
    let mut memory = Memory::new(8);
    let device = device(&memory);
    let mut first = driver(&mut memory, &device);
    first.ask().expect("the queue is empty");
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
    queue.submit(QUESTION, Data::FromDevice(buffer, 2 * PAGE), 1).expect("the queue is empty");
    assert_eq!(pool.free_pages(), 0);

    let quiet = reset(&mut transport).expect("the device resets");
    let back: Vec<_> = queue.dismantle(&quiet).collect();
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].bytes().len(), 2 * PAGE);
    assert_eq!(pool.free_pages(), 2);
    assert!(Ring::new(&mut transport, 0, 0, &pool, quiet).is_ok());
}

#[test]
fn what_does_not_fit_is_said() {
    let mut memory = Memory::new(1);
    let device = device(&memory);
    let mut transport = device.transport();
    let quiet = || reset(&mut device.transport()).expect("the device resets");
    let pool = Pool::new(memory.start_of_life(), &quiet()).expect("a whole page");
    let queue = Ring::new(&mut transport, 0, 0, &pool, quiet());
    assert_eq!(queue.map(|_| ()), Err(QueueError::NoMemory));
    device.set_longest_queue(16);
    let queue = Ring::new(&mut transport, 0, 0, &pool, quiet());
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
