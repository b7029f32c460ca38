//! What the device says about itself.

use virtio_drivers::transport::Transport;

/// Feature bit: the device takes no writes.
const READ_ONLY: u64 = 1 << 5;
/// Feature bit: the device has a cache that can be flushed.
const FLUSH: u64 = 1 << 9;
/// The features this driver knows what to do with.
pub const WANTED: u64 = READ_ONLY | FLUSH;

/// A configuration that changes as often as this while it is read is not worth believing.
const TRIES: usize = 16;

/// Size and abilities of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// How many sectors it has.
    pub sectors: u64,
    /// It takes no writes.
    pub read_only: bool,
    /// Written sectors may sit in a cache of the device until a flush.
    pub cached: bool,
}

impl Geometry {
    /// Reads the capacity, twice where it changes in between. `None` if the device keeps none.
    pub(crate) fn read(transport: &impl Transport, agreed: u64) -> Option<Self> {
        let capacity = (0..TRIES).find_map(|_| {
            let before = transport.read_config_generation();
            // In two words: a wider register need not be readable at once.
            let low: u32 = transport.read_config_space(0).ok()?;
            let high: u32 = transport.read_config_space(4).ok()?;
            let stable = transport.read_config_generation() == before;
            stable.then_some(u64::from(low) | u64::from(high) << 32)
        })?;
        Some(Self {
            sectors: capacity,
            read_only: agreed & READ_ONLY != 0,
            cached: agreed & FLUSH != 0,
        })
    }

    /// Whether so many sectors from `first` on are all there.
    #[must_use]
    pub fn has(&self, first: u64, sectors: usize) -> bool {
        first.checked_add(sectors as u64).is_some_and(|end| end <= self.sectors)
    }
}
