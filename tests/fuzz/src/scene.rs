//! Who is in the image and where everything lies, as far as the hostile task's fate depends on it.

use config::{RegionAttributes, RegionInfo};

/// The bit of every task's own timer.
pub const TIMER: u32 = 1 << 0;
/// The bit of canaries that the hostile task may post to some of them.
pub const POKE: u32 = 1 << 1;
/// A bit of canaries that nobody may post.
pub const NEVER: u32 = 1 << 2;
/// The bit of the hostile task's interrupt.
pub const HOSTILE_IRQ: u32 = 1 << 2;

/// The server canary's index.
pub const ECHO: usize = 1;
/// The hostile task's index.
pub const HOSTILE: usize = 5;
/// The index of the task that calls the hostile one.
pub const CALLER: usize = 6;
/// The indices of the canaries that call the server canary: above, beside and below.
pub const CANARIES: [usize; 3] = [2, 3, 4];

/// Indices of tasks by their part, and the regions of everyone.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Number of tasks.
    pub tasks: u64,
    /// The hostile task.
    pub hostile: u64,
    /// The server it may send to, beside the supervisor.
    pub echo: u64,
    /// The task over which it has every right.
    pub victim: u64,
    /// Tasks whose bits it may post.
    pub posts: [u64; 2],
    /// Everyone's regions.
    pub regions: &'a [RegionInfo],
}

impl<'a> Scene<'a> {
    /// Regions of one task, or of the kernel ([`RegionInfo::KERNEL`]).
    pub fn of(&self, task: u32) -> impl Iterator<Item = &'a RegionInfo> + use<'a> {
        self.regions.iter().filter(move |region| region.task == task)
    }

    /// The hostile task's own region that holds this address.
    #[must_use]
    pub fn own(&self, address: u64) -> Option<&'a RegionInfo> {
        self.of(self.hostile as u32).find(|region| address.wrapping_sub(region.base) < region.size)
    }

    /// Memory that the hostile task may write without harm to itself.
    #[must_use]
    pub fn arena(&self) -> (u64, u64) {
        self.of(self.hostile as u32)
            .find(|region| region.attributes.contains(RegionAttributes::DMA))
            .map_or((0, 1), |region| (region.base, region.size))
    }

    /// Whether what is written here may be something that the hostile program relies on.
    #[must_use]
    pub fn is_vital(&self, address: u64) -> bool {
        self.own(address).is_some_and(|region| {
            let is = |attribute| region.attributes.contains(attribute);
            is(RegionAttributes::WRITE)
                && !is(RegionAttributes::DMA)
                && !is(RegionAttributes::DEVICE)
        })
    }
}
