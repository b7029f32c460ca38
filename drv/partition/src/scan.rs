//! Reading whichever table a disk has.

use crate::partition::{Extent, Partition, Table};
use crate::sectors::Sectors;
use crate::{Error, Memory, Selector, gpt, mbr};
use drv_block::Block;

/// The type of the one entry in the MBR of a disk with a GPT.
const PROTECTIVE: u8 = 0xee;

/// Reads a disk's table and hands out each partition in it. After an error what was handed out
/// does not count. Where MBR and GPT both have partitions, those of the GPT are meant.
///
/// # Errors
/// Any but [`Error::NotFound`] and [`Error::Ambiguous`].
pub fn scan<B: Block>(
    device: B,
    memory: &mut Memory,
    mut each: impl FnMut(&Partition),
) -> Result<Table, Error> {
    let Memory { buffer, claims } = memory;
    let mut sectors = Sectors::new(device, buffer)?.ok_or(Error::SectorSize)?;
    if sectors.geometry().sectors == 0 {
        return Err(Error::NoTable);
    }
    let record = sectors.record(0)?.ok_or(Error::NoTable)?;
    if record.entries.iter().any(|entry| entry.kind == PROTECTIVE) {
        gpt::scan(&mut sectors, claims, &mut each)
    } else {
        mbr::scan(&mut sectors, &record, claims, &mut each)
    }
}

/// The sectors of the one partition that is meant; of a whole disk if that is.
///
/// # Errors
/// Any. A table with a mistake anywhere has no partitions.
pub fn find<B: Block>(
    mut device: B,
    memory: &mut Memory,
    selector: &Selector<'_>,
) -> Result<Extent, Error> {
    if *selector == Selector::Disk {
        return Ok(Extent { first: 0, sectors: device.geometry()?.sectors });
    }
    let mut found = Err(Error::NotFound);
    scan(device, memory, |partition| {
        if selector.is(partition) {
            found = match found {
                Err(Error::NotFound) => Ok(partition.extent),
                _ => Err(Error::Ambiguous),
            };
        }
    })?;
    found
}
