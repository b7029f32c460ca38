//! The other side: memory, a virtio transport and a device that a test plays, on the host.

use crate::pool::AREA;
use crate::{EVENT_INDEX, PAGE};
use mmio::{DmaMemory, SharedMemory};
use std::alloc::{Layout, alloc, handle_alloc_error};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec;
use std::vec::Vec;
use virtio_drivers::transport::{DeviceStatus, DeviceType, InterruptStatus, Transport};
use virtio_drivers::{Error, Result};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Where devices see the fake memory: far from its host address, so that a driver which mixes the
/// two up is found out.
const PHYSICAL: u64 = 0x4_4000_0000;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A stand-in for a task's DMA memory. Tests of one program take turns with it: a task has one.
#[derive(Debug)]
pub struct Memory {
    window: Window,
    /// Bytes at its end that are another task's.
    shared: usize,
    _turn: MutexGuard<'static, ()>,
}

/// The memory as a device sees it. It is never freed, so it may be used for ever.
#[derive(Clone, Copy, Debug)]
struct Window {
    base: *mut u8,
    size: usize,
}

impl Window {
    #[track_caller]
    fn at(self, physical: u64, length: usize) -> *mut u8 {
        let offset = physical.checked_sub(PHYSICAL).map(|offset| offset as usize);
        let inside = offset.is_some_and(|offset| offset + length <= self.size);
        assert!(inside, "the device was shown {physical:#x}, which is not DMA memory");
        self.base.wrapping_add(offset.unwrap_or(0))
    }

    #[track_caller]
    fn read(self, physical: u64, length: usize) -> Vec<u8> {
        let from = self.at(physical, length);
        // SAFETY: `at` checked the range; the memory is never freed.
        (0..length).map(|i| unsafe { from.wrapping_add(i).read_volatile() }).collect()
    }

    #[track_caller]
    fn write(self, physical: u64, bytes: &[u8]) {
        let to = self.at(physical, bytes.len());
        for (i, byte) in bytes.iter().enumerate() {
            // SAFETY: as for reading.
            unsafe { to.wrapping_add(i).write_volatile(*byte) };
        }
    }

    fn read16(self, physical: u64) -> u16 {
        u16::from_le_bytes([self.read(physical, 1)[0], self.read(physical + 1, 1)[0]])
    }
}

impl Memory {
    /// So many pages, filled with rubbish: a task finds what its last life left.
    #[must_use]
    pub fn new(pages: usize) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        AREA.forget();
        let layout = Layout::from_size_align(pages * PAGE, PAGE).expect("a sensible size");
        // SAFETY: the size is not zero unless the test asks for no pages, which it must not.
        let base = unsafe { alloc(layout) };
        if base.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: just allocated, this long.
        unsafe { base.write_bytes(0xa5, pages * PAGE) };
        Self { window: Window { base, size: pages * PAGE }, shared: 0, _turn: turn }
    }

    /// Makes so many pages at its end another task's, which the device reaches for it.
    pub fn share(&mut self, pages: usize) -> SharedMemory {
        self.shared = pages * PAGE;
        let first = PHYSICAL + (self.window.size - self.shared) as u64;
        // SAFETY: it is left out of what the driver gets, and only the device's side refers to it.
        unsafe { SharedMemory::new(first, self.shared as u64) }
    }

    /// What a task gets as its resource, at the start of each life.
    #[must_use]
    pub fn start_of_life(&mut self) -> DmaMemory {
        AREA.forget();
        let size = self.window.size - self.shared;
        // SAFETY: never freed; a test that starts a new life has dropped everything of the last.
        unsafe { DmaMemory::new(self.window.base as usize, size, PHYSICAL) }
    }

    /// A copy of all of it.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.window.read(PHYSICAL, self.window.size)
    }

    /// A device that can reach this memory.
    #[must_use]
    pub fn device(&self, kind: DeviceType, features: u64, config: &[u8]) -> Device {
        let state = State {
            window: self.window,
            kind,
            features,
            agreed: 0,
            config: config.to_vec(),
            legacy: false,
            stuck: false,
            status: DeviceStatus::empty(),
            longest_queue: 1024,
            queue: None,
            interrupt: 0,
            interrupts: 0,
            doorbells: 0,
        };
        Device(Rc::new(RefCell::new(state)))
    }
}

#[derive(Debug)]
struct State {
    window: Window,
    kind: DeviceType,
    features: u64,
    agreed: u64,
    config: Vec<u8>,
    legacy: bool,
    stuck: bool,
    status: DeviceStatus,
    longest_queue: u32,
    queue: Option<Rings>,
    /// What [`InterruptStatus`] would say.
    interrupt: u32,
    interrupts: usize,
    doorbells: usize,
}

#[derive(Clone, Copy, Debug)]
struct Rings {
    size: u16,
    descriptors: u64,
    available: u64,
    used: u64,
    seen: u16,
    answered: u16,
    /// Up to where the driver was told.
    announced: u16,
}

/// A device whose mind the test is. Clones are the same device.
#[derive(Clone, Debug)]
pub struct Device(Rc<RefCell<State>>);

/// A request as the device finds it in the ring.
#[derive(Clone, Debug)]
pub struct Request {
    /// Number of its first descriptor.
    pub head: u16,
    /// Physical address, length and whether the device may write it.
    pub parts: Vec<(u64, usize, bool)>,
}

impl Device {
    /// Makes it a legacy device.
    #[must_use]
    pub fn legacy(self) -> Self {
        self.0.borrow_mut().legacy = true;
        self
    }

    /// Makes it ignore resets from now on, or heed them again.
    pub fn set_stuck(&self, stuck: bool) {
        self.0.borrow_mut().stuck = stuck;
    }

    /// How long its queue may be.
    pub fn set_longest_queue(&self, longest: u32) {
        self.0.borrow_mut().longest_queue = longest;
    }

    /// The driver's side.
    #[must_use]
    pub fn transport(&self) -> FakeTransport {
        FakeTransport(self.clone())
    }

    /// Whether the driver has declared itself ready.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.0.borrow().status.contains(DeviceStatus::DRIVER_OK)
    }

    /// The features agreed on.
    #[must_use]
    pub fn agreed(&self) -> u64 {
        self.0.borrow().agreed
    }

    /// How often the driver rang.
    #[must_use]
    pub fn doorbells(&self) -> usize {
        self.0.borrow().doorbells
    }

    /// How often it interrupted to say that it answered.
    #[must_use]
    pub fn interrupts(&self) -> usize {
        self.0.borrow().interrupts
    }

    /// Makes it ask for a reset.
    pub fn ask_for_reset(&self) {
        let mut state = self.0.borrow_mut();
        state.status |= DeviceStatus::DEVICE_NEEDS_RESET;
        state.interrupt |= InterruptStatus::DEVICE_CONFIGURATION_INTERRUPT.bits();
    }

    /// The next request the driver has made, if any. From one on, it wants to hear of the next.
    #[must_use]
    pub fn next_request(&self) -> Option<Request> {
        let mut state = self.0.borrow_mut();
        let (window, events) = (state.window, state.agreed & EVENT_INDEX != 0);
        let rings = state.queue.as_mut()?;
        if window.read16(rings.available + 2) == rings.seen {
            return None;
        }
        let slot = u64::from(rings.seen % rings.size);
        let head = window.read16(rings.available + 4 + 2 * slot);
        rings.seen = rings.seen.wrapping_add(1);
        if events {
            let wanted = rings.used + 4 + 8 * u64::from(rings.size);
            window.write(wanted, &rings.seen.to_le_bytes());
        }
        Some(Request { head, parts: chain(window, rings, head) })
    }

    /// Bytes of a part.
    #[track_caller]
    #[must_use]
    pub fn read(&self, physical: u64, length: usize) -> Vec<u8> {
        self.0.borrow().window.read(physical, length)
    }

    /// Writes to memory, whether the driver allowed it or not.
    #[track_caller]
    pub fn write(&self, physical: u64, bytes: &[u8]) {
        self.0.borrow().window.write(physical, bytes);
    }

    /// Puts an answer into the ring, true or not, and raises the interrupt, if the driver did not
    /// say that it does not want to hear of it.
    pub fn answer(&self, head: u32, written: u32) {
        let mut state = self.0.borrow_mut();
        let (window, always) = (state.window, state.agreed & EVENT_INDEX == 0);
        let rings = state.queue.as_mut().expect("the driver has set up the queue");
        let slot = rings.used + 4 + 8 * u64::from(rings.answered % rings.size);
        window.write(slot, &head.to_le_bytes());
        window.write(slot + 4, &written.to_le_bytes());
        rings.answered = rings.answered.wrapping_add(1);
        window.write(rings.used + 2, &rings.answered.to_le_bytes());
        let wanted = window.read16(rings.available + 4 + 2 * u64::from(rings.size));
        let news = rings.answered.wrapping_sub(rings.announced);
        let announce = rings.answered.wrapping_sub(wanted).wrapping_sub(1) < news;
        rings.announced = rings.answered;
        if always || announce {
            state.interrupt |= InterruptStatus::QUEUE_INTERRUPT.bits();
            state.interrupts += 1;
        }
    }
}

fn chain(window: Window, rings: &Rings, head: u16) -> Vec<(u64, usize, bool)> {
    const NEXT: u16 = 1;
    const WRITE: u16 = 2;
    const INDIRECT: u16 = 4;
    let (mut table, mut at, mut length) = (rings.descriptors, head, usize::from(rings.size));
    let mut parts = vec![];
    while parts.len() < length {
        let raw = window.read(table + 16 * u64::from(at), 16);
        let (address, rest) = u64::read_from_prefix(&raw).expect("16 bytes");
        let (bytes, rest) = u32::read_from_prefix(rest).expect("8 bytes");
        let (flags, rest) = u16::read_from_prefix(rest).expect("4 bytes");
        if flags & INDIRECT != 0 {
            assert!(parts.is_empty() && flags == INDIRECT && bytes % 16 == 0);
            (table, at, length) = (address, 0, bytes as usize / 16);
            continue;
        }
        parts.push((address, bytes as usize, flags & WRITE != 0));
        if flags & NEXT == 0 {
            break;
        }
        at = u16::read_from_bytes(rest).expect("2 bytes");
    }
    parts
}

/// What a driver sees of a [`Device`].
#[derive(Debug)]
pub struct FakeTransport(Device);

impl Transport for FakeTransport {
    fn device_type(&self) -> DeviceType {
        self.0.0.borrow().kind
    }

    fn read_device_features(&mut self) -> u64 {
        self.0.0.borrow().features
    }

    fn write_driver_features(&mut self, features: u64) {
        self.0.0.borrow_mut().agreed = features;
    }

    fn max_queue_size(&mut self, _: u16) -> u32 {
        self.0.0.borrow().longest_queue
    }

    fn notify(&mut self, _: u16) {
        self.0.0.borrow_mut().doorbells += 1;
    }

    fn get_status(&self) -> DeviceStatus {
        self.0.0.borrow().status
    }

    fn set_status(&mut self, status: DeviceStatus) {
        let mut state = self.0.0.borrow_mut();
        if status != DeviceStatus::empty() {
            state.status = status;
        } else if !state.stuck {
            state.status = status;
            state.queue = None;
            state.interrupt = 0;
        }
    }

    fn set_guest_page_size(&mut self, _: u32) {}

    fn requires_legacy_layout(&self) -> bool {
        self.0.0.borrow().legacy
    }

    fn queue_set(&mut self, _: u16, size: u32, descriptors: u64, available: u64, used: u64) {
        let size = size as u16;
        let rings =
            Rings { size, descriptors, available, used, seen: 0, answered: 0, announced: 0 };
        self.0.0.borrow_mut().queue = Some(rings);
    }

    fn queue_unset(&mut self, _: u16) {
        self.0.0.borrow_mut().queue = None;
    }

    fn queue_used(&mut self, _: u16) -> bool {
        self.0.0.borrow().queue.is_some()
    }

    fn ack_interrupt(&mut self) -> InterruptStatus {
        let was = std::mem::take(&mut self.0.0.borrow_mut().interrupt);
        InterruptStatus::from_bits_truncate(was)
    }

    fn read_config_generation(&self) -> u32 {
        0
    }

    fn read_config_space<T: FromBytes + IntoBytes>(&self, offset: usize) -> Result<T> {
        let state = self.0.0.borrow();
        let from = state.config.get(offset..).ok_or(Error::ConfigSpaceTooSmall)?;
        T::read_from_prefix(from).map(|(value, _)| value).map_err(|_| Error::ConfigSpaceTooSmall)
    }

    fn write_config_space<T: IntoBytes + Immutable>(&mut self, _: usize, _: T) -> Result<()> {
        Err(Error::Unsupported)
    }
}
