//! The logical partitions in an extended one: a chain of records, each with one of them.

use crate::Error;
use crate::claims::Claims;
use crate::partition::{Extent, Partition};
use crate::sectors::Sectors;
use drv_block::Block;

/// The index of the first logical partition.
const FIRST: u32 = 5;

/// Hands out the logical partitions in `extended`. A chain that leads back into itself claims a
/// record twice, and one that is too long claims too much; so it ends.
pub fn scan<B: Block>(
    sectors: &mut Sectors<'_, B>,
    extended: &Extent,
    claims: &mut Claims,
    each: &mut impl FnMut(&Partition),
) -> Result<(), Error> {
    let (mut at, mut index) = (extended.first, FIRST);
    loop {
        let own = Extent { first: at, sectors: 1 };
        claims.add(own, index).map_err(|error| match error {
            Error::Overlap { .. } => Error::Chain,
            other => other,
        })?;
        let record = sectors.record(at)?.ok_or(Error::Chain)?;
        let [logical, next, ..] = &record.entries;
        if logical.is_used() && !logical.is_extended() {
            let logical = Partition::of_mbr(logical, at, index, extended)?;
            claims.add(logical.extent, index)?;
            each(&logical);
            index += 1;
        }
        if !next.is_extended() {
            return Ok(());
        }
        at = extended.first.saturating_add(next.first.get().into());
        if !(Extent { first: at, sectors: 1 }).is_within(extended) {
            return Err(Error::Chain);
        }
    }
}
