//! Finding a virtio device, resetting it, and agreeing on features with it.

use core::ptr::NonNull;
use mmio::Registers;
use virtio_drivers::transport::mmio::{MmioError, MmioTransport};
use virtio_drivers::transport::{DeviceStatus, Transport};

/// Feature bit: the device follows virtio 1.0 or later (virtio 1.2, section 6).
pub const VERSION_1: u64 = 1 << 32;
/// Feature bit: a descriptor may name a table of descriptors. [`Queue`](crate::Queue) uses it.
pub const INDIRECT: u64 = 1 << 28;
/// Feature bit: each side says at which request it wants to hear of the other. Used as well.
pub const EVENT_INDEX: u64 = 1 << 29;

/// A device that has not answered a reset after this many looks never will. Each look is a read
/// across the bus; the reset itself takes a device microseconds.
const LOOKS: usize = 100_000;

/// There is no virtio device behind these registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The slot is empty, or holds something `virtio-drivers` does not know.
    Empty,
    /// What is there is not virtio over MMIO, version 1 or 2.
    NotVirtio,
}

/// The device behind these registers, modern or legacy.
pub fn open(registers: Registers) -> Result<MmioTransport<'static>, Absent> {
    let header = NonNull::new(registers.base() as *mut _).ok_or(Absent::NotVirtio)?;
    // SAFETY: `registers` is the only name of a mapped device window of this size, mapped for as
    // long as the task runs, and it ends here.
    let transport = unsafe { MmioTransport::new(header, registers.size()) };
    transport.map_err(|error| match error {
        MmioError::InvalidDeviceID(_) => Absent::Empty,
        _ => Absent::NotVirtio,
    })
}

/// The device did not confirm a reset. Nothing may be done with memory it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotReset;

/// Proof that the device was reset, said so, and has not been started since: it reads and writes
/// no memory.
#[derive(Debug)]
pub struct Quiet(());

/// Resets the device and waits until it confirms (virtio 1.2, section 2.1.2).
pub fn reset(transport: &mut impl Transport) -> Result<Quiet, NotReset> {
    transport.set_status(DeviceStatus::empty());
    let confirmed = (0..LOOKS).any(|_| {
        core::hint::spin_loop();
        transport.get_status() == DeviceStatus::empty()
    });
    if confirmed { Ok(Quiet(())) } else { Err(NotReset) }
}

/// The device does not accept the features chosen, or is older than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// Announces a driver to a device fresh from reset and settles which of the `wanted` features are
/// used (virtio 1.2, section 3.1.1). The queues are to be set up next, then the driver declared
/// ready with `Transport::finish_init`.
pub fn negotiate(transport: &mut impl Transport, _: &Quiet, wanted: u64) -> Result<u64, Refused> {
    let announced = DeviceStatus::ACKNOWLEDGE | DeviceStatus::DRIVER;
    transport.set_status(DeviceStatus::ACKNOWLEDGE);
    transport.set_status(announced);
    let legacy = transport.requires_legacy_layout();
    let agreed = transport.read_device_features() & (wanted | VERSION_1);
    if !legacy && agreed & VERSION_1 == 0 {
        return Err(Refused);
    }
    transport.write_driver_features(agreed);
    transport.set_status(announced | DeviceStatus::FEATURES_OK);
    // A legacy device knows no such bit and need not keep it.
    if !legacy && !transport.get_status().contains(DeviceStatus::FEATURES_OK) {
        return Err(Refused);
    }
    transport.set_guest_page_size(crate::PAGE as u32);
    Ok(agreed)
}
