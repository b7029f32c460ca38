//! MBR: four primary partitions, one of which may be extended.

use crate::Error;
use crate::chain;
use crate::claims::Claims;
use crate::partition::{Extent, Partition, Table, TableKind};
use crate::records::BootRecord;
use crate::sectors::Sectors;
use drv_block::Block;

/// Hands out the partitions of an MBR: the primary ones, then the logical ones.
pub fn scan<B: Block>(
    sectors: &mut Sectors<'_, B>,
    record: &BootRecord,
    claims: &mut Claims,
    each: &mut impl FnMut(&Partition),
) -> Result<Table, Error> {
    // All but the record itself.
    let usable = Extent { first: 1, sectors: sectors.geometry().sectors.saturating_sub(1) };
    let mut extended = None;
    claims.clear();
    for (index, entry) in (1..).zip(&record.entries).filter(|(_, entry)| entry.is_used()) {
        let partition = Partition::of_mbr(entry, 0, index, &usable)?;
        claims.add(partition.extent, index)?;
        if !entry.is_extended() {
            each(&partition);
        } else if extended.replace(partition.extent).is_some() {
            return Err(Error::Chain);
        }
    }
    if let Some(extended) = extended {
        // The logical ones lie in it, and so in none of the others.
        claims.clear();
        chain::scan(sectors, &extended, claims, each)?;
    }
    Ok(Table { kind: TableKind::Mbr, backup: false })
}
