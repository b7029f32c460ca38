//! Address spaces: whose memory an address is.

use crate::memory::{Memory, Unreadable};
use crate::target::{Physical, Target};
use archive::Region;

/// Size of a page, and of the guards around stacks, in bytes.
const PAGE: u64 = 4096;

/// Whose memory something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The kernel's.
    Kernel,
    /// The task's with this index.
    Task(usize),
}

/// The memory one owner reaches, at its virtual addresses.
pub struct Space<'t> {
    target: &'t Target,
    owner: Owner,
}

impl<'t> Space<'t> {
    pub(crate) const fn new(target: &'t Target, owner: Owner) -> Self {
        Self { target, owner }
    }

    /// Its regions.
    #[must_use]
    pub fn regions(&self) -> &'t [Region] {
        match self.owner {
            Owner::Kernel => &self.target.manifest.kernel.regions,
            Owner::Task(index) => {
                self.target.manifest.tasks.get(index).map_or(&[], |task| &task.regions)
            }
        }
    }

    /// The region an address is in.
    #[must_use]
    pub fn region(&self, address: u64) -> Option<&'t Region> {
        self.regions().iter().find(|region| contains(region, address))
    }
}

impl Memory for Space<'_> {
    fn read(&self, mut address: u64, mut buffer: &mut [u8]) -> Result<(), Unreadable> {
        while !buffer.is_empty() {
            let region = self.region(address).ok_or_else(|| {
                let whose = self.target.name(self.owner);
                let what = self.target.explain(address, self.owner);
                Unreadable::new(address, format!("not memory of {whose}: {what}"))
            })?;
            if is_device(region) {
                return Err(Unreadable::new(address, format!("device {}", region.name)));
            }
            let skip = address - region.base;
            let left = usize::try_from(region.size - skip).unwrap_or(usize::MAX);
            let (now, later) = buffer.split_at_mut(left.min(buffer.len()));
            let physical = region.physical.wrapping_add(skip);
            Physical(self.target)
                .read(physical, now)
                .map_err(|error| Unreadable::new(address, format!("physical {error}")))?;
            address = address.wrapping_add(now.len() as u64);
            buffer = later;
        }
        Ok(())
    }
}

fn contains(region: &Region, address: u64) -> bool {
    address.checked_sub(region.base).is_some_and(|offset| offset < region.size)
}

/// Whether reading it would have side effects, so that no dump has it.
#[must_use]
pub fn is_device(region: &Region) -> bool {
    region.access.contains('d')
}

impl Target {
    /// Everyone who has memory, the kernel first.
    pub fn owners(&self) -> impl Iterator<Item = Owner> {
        std::iter::once(Owner::Kernel).chain((0..self.manifest.tasks.len()).map(Owner::Task))
    }

    /// Who reaches an address, and by which region. The kernel's linear map does not count: all
    /// memory is in it. Of a shared region there is only the first owner.
    #[must_use]
    pub fn owner_of(&self, address: u64) -> Option<(Owner, &Region)> {
        self.owners().find_map(|owner| {
            let region = self.space(owner).region(address)?;
            Some((owner, region))
        })
    }

    /// Whose memory an address is, in words, as `who` sees it.
    #[must_use]
    pub fn explain(&self, address: u64, who: Owner) -> String {
        if address < PAGE {
            return "a null pointer".to_owned();
        }
        if let Some(region) = self.space(who).region(address) {
            return format!("{} {} of its own", article(region), what(region));
        }
        if let Some((owner, region)) = self.owner_of(address) {
            let symbol = self.program(owner).and_then(|program| program.symbol(address));
            let symbol = symbol.map(|symbol| format!(", {symbol}")).unwrap_or_default();
            return format!("{} of {}{symbol}", what(region), self.name(owner));
        }
        self.guard(address, who).unwrap_or_else(|| "nobody's memory".to_owned())
    }

    fn guard(&self, address: u64, who: Owner) -> Option<String> {
        self.manifest.tasks.iter().find_map(|task| {
            let whose = match who {
                Owner::Task(index) if index == task.index => "its stack".to_owned(),
                _ => format!("the stack of {}", task.name),
            };
            let below = task.stack_bottom.wrapping_sub(PAGE)..task.stack_bottom;
            let above = task.stack_top..task.stack_top.wrapping_add(PAGE);
            if below.contains(&address) {
                Some(format!("the guard page below {whose}"))
            } else if above.contains(&address) {
                Some(format!("the guard page above {whose}"))
            } else {
                None
            }
        })
    }
}

fn article(region: &Region) -> &'static str {
    if region.access.starts_with("rw") { "writable" } else { "read-only" }
}

/// A region's name, explained.
fn what(region: &Region) -> String {
    match region.name.as_str() {
        "text" => "code".to_owned(),
        "rodata" => "constants".to_owned(),
        "data" => "variables".to_owned(),
        "dma" => "DMA memory".to_owned(),
        name if is_device(region) => format!("device {name}"),
        name if region.access.contains('s') => format!("shared region {name}"),
        name => name.to_owned(),
    }
}
