//! From a claim to a permission: memory that a task names, checked against what it has.

use config::{RegionAttributes, RegionDesc};
use core::marker::PhantomData;

/// The kernel may read it on the task's behalf.
#[derive(Debug)]
pub enum Read {}
/// The kernel may write it on the task's behalf.
#[derive(Debug)]
pub enum Write {}

/// What a kind of access asks of a region.
pub trait Access {
    /// The attribute that must be there.
    const WANTED: RegionAttributes;
}

impl Access for Read {
    const WANTED: RegionAttributes = RegionAttributes::READ;
}

impl Access for Write {
    const WANTED: RegionAttributes = RegionAttributes::WRITE;
}

/// Memory that a task named and has. Made only by [`check`]; gone after one copy.
#[derive(Debug)]
#[must_use]
pub struct Granted<'t, A: Access> {
    physical: u64,
    length: usize,
    table: PhantomData<(&'t RegionDesc, A)>,
}

impl<A: Access> Granted<'_, A> {
    /// Physical address of the first byte.
    #[must_use]
    pub const fn physical(&self) -> u64 {
        self.physical
    }

    /// Bytes.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "an empty grant is as good as any")]
    pub const fn len(&self) -> usize {
        self.length
    }
}

/// Grants `length` bytes at `address` if one region holds all of them, allows the access and is
/// not a device. Nothing is asked of an empty range.
#[inline(always)]
pub fn check<A: Access>(
    regions: &[RegionDesc],
    address: u64,
    length: usize,
) -> Option<Granted<'_, A>> {
    let granted = |physical| Granted { physical, length, table: PhantomData };
    if length == 0 {
        return Some(granted(0));
    }
    let region = find(regions, address)?;
    let offset = address - region.base;
    let fits = length as u64 <= region.size - offset;
    let allowed = region.attributes.contains(A::WANTED)
        && !region.attributes.contains(RegionAttributes::DEVICE);
    (fits && allowed).then(|| granted(region.physical.wrapping_add(offset)))
}

/// The region that holds this address. Searched from the end: most buffers are on the stack, which
/// comes after text, constants and variables.
#[inline(always)]
pub fn find(regions: &[RegionDesc], address: u64) -> Option<&RegionDesc> {
    regions.iter().rev().find(|region| address.wrapping_sub(region.base) < region.size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(base: u64, size: u64, attributes: RegionAttributes) -> RegionDesc {
        RegionDesc { base, size, physical: base + 0x1000_0000, attributes, reserved: 0 }
    }

    fn regions() -> [RegionDesc; 3] {
        let rw = RegionAttributes::READ.with(RegionAttributes::WRITE);
        [
            region(0x1000, 0x1000, RegionAttributes::READ),
            region(0x2000, 0x1000, rw),
            region(0x3000, 0x1000, rw.with(RegionAttributes::DEVICE)),
        ]
    }

    #[test]
    fn all_of_it_must_lie_in_one_region() {
        let regions = regions();
        assert_eq!(
            check::<Write>(&regions, 0x2000, 0x1000).map(|g| g.physical()),
            Some(0x1000_2000)
        );
        assert!(check::<Write>(&regions, 0x2001, 0x1000).is_none());
        assert!(check::<Read>(&regions, 0x1fff, 2).is_none());
        assert!(check::<Read>(&regions, 0xfff, 1).is_none());
        assert!(check::<Read>(&regions, 0x2fff, usize::MAX).is_none());
        assert!(check::<Read>(&regions, u64::MAX, 2).is_none());
    }

    #[test]
    fn constants_are_not_written_and_devices_not_touched() {
        let regions = regions();
        assert!(check::<Write>(&regions, 0x1000, 1).is_none());
        assert!(check::<Read>(&regions, 0x1000, 1).is_some());
        assert!(check::<Read>(&regions, 0x3000, 1).is_none());
    }

    #[test]
    fn an_empty_range_may_be_anywhere() {
        assert!(check::<Write>(&regions(), 0xdead_0000, 0).is_some());
    }
}
