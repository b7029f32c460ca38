//! GPT: two headers, each with an array of entries.

use crate::claims::Claims;
use crate::partition::{Extent, Kind, Partition, Table, TableKind};
use crate::records::{CRC_AT, GptEntry, Header, SIGNATURE};
use crate::sectors::Sectors;
use crate::{Error, Guid, Label};
use crc::{CRC_32_ISO_HDLC, Crc, Table as Steps};
use drv_block::Block;
use zerocopy::FromBytes;

static CRC: Crc<u32, Steps<1>> = Crc::<u32, Steps<1>>::new(&CRC_32_ISO_HDLC);

/// Where the first header is.
const FIRST: u64 = 1;
/// The largest array that is read: eight times what tools write.
const LARGEST_ARRAY: u64 = 128 * 1024;
const ENTRY: usize = size_of::<GptEntry>();

/// What a header that passed every check says.
struct Copy {
    disk: Guid,
    usable: Extent,
    entries: u64,
    count: u32,
    entry_size: u32,
}

/// Why a copy cannot be used.
enum Bad {
    Damaged,
    Unreadable(drv_block::Error),
}

impl From<drv_block::Error> for Bad {
    fn from(error: drv_block::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// Hands out the partitions of the first sound copy.
pub fn scan<B: Block>(
    sectors: &mut Sectors<'_, B>,
    claims: &mut Claims,
    each: &mut impl FnMut(&Partition),
) -> Result<Table, Error> {
    let last = sectors.geometry().sectors.saturating_sub(1);
    let (copy, backup) = match copy(sectors, FIRST) {
        Ok(first) => (first, false),
        Err(first) => (copy(sectors, last).map_err(|second| worst(&first, &second))?, true),
    };
    claims.clear();
    for slot in 0..copy.count {
        let entry = entry(sectors, &copy, slot)?;
        if entry.kind != [0; 16] {
            let partition = partition(&entry, slot)?;
            if !partition.extent.is_within(&copy.usable) {
                return Err(Error::Outside { index: partition.index });
            }
            claims.add(partition.extent, partition.index)?;
            each(&partition);
        }
    }
    Ok(Table { kind: TableKind::Gpt(copy.disk), backup })
}

/// A device that fails is what its user should hear of, rather than of damage.
fn worst(first: &Bad, second: &Bad) -> Error {
    match (first, second) {
        (Bad::Unreadable(error), _) | (_, Bad::Unreadable(error)) => Error::Block(*error),
        _ => Error::Damaged,
    }
}

/// The copy whose header is in this sector, if header and array are sound.
fn copy<B: Block>(sectors: &mut Sectors<'_, B>, at: u64) -> Result<Copy, Bad> {
    let disk = sectors.geometry().sectors;
    let size = sectors.size() as u64;
    let sector = sectors.read(at)?;
    let header = header(sector).ok_or(Bad::Damaged)?;
    let copy = check(&header, at, disk, size).ok_or(Bad::Damaged)?;
    if array_crc(sectors, &copy)? != header.entries_crc.get() {
        return Err(Bad::Damaged);
    }
    Ok(copy)
}

/// The header in these bytes, if its checksum is right.
fn header(sector: &[u8]) -> Option<Header> {
    let (header, _) = Header::read_from_prefix(sector).ok()?;
    let size = usize::try_from(header.size.get()).ok()?;
    if header.signature != SIGNATURE
        || header.revision.get() >> 16 != 1
        || size < size_of::<Header>()
    {
        return None;
    }
    let mut digest = CRC.digest();
    digest.update(sector.get(..CRC_AT.start)?);
    digest.update(&[0; CRC_AT.end - CRC_AT.start]);
    digest.update(sector.get(CRC_AT.end..size)?);
    (digest.finalize() == header.crc.get()).then_some(header)
}

/// What a header says, if it can be so on a disk of so many sectors.
fn check(header: &Header, at: u64, disk: u64, sector: u64) -> Option<Copy> {
    let (first, last) = (header.first_usable.get(), header.last_usable.get());
    let usable = Extent { first, sectors: last.checked_sub(first)?.checked_add(1)? };
    let (count, entry_size) = (header.entry_count.get(), header.entry_size.get());
    let bytes = u64::from(count).checked_mul(entry_size.into())?;
    let array = Extent { first: header.entries.get(), sectors: bytes.div_ceil(sector) };
    let inside = Extent { first: FIRST + 1, sectors: disk.checked_sub(FIRST + 1)? };
    let own = Extent { first: at, sectors: 1 };
    let other = Extent { first: header.other.get(), sectors: 1 };
    let sound = header.here.get() == at
        && usable.is_within(&inside)
        && array.is_within(&inside)
        && !usable.overlaps(&own)
        && !usable.overlaps(&other)
        && !usable.overlaps(&array)
        && !array.overlaps(&own)
        // So the first 128 bytes of an entry are in one sector.
        && entry_size.is_power_of_two()
        && entry_size as usize >= ENTRY
        && bytes <= LARGEST_ARRAY;
    sound.then_some(Copy {
        disk: Guid(header.disk),
        usable,
        entries: array.first,
        count,
        entry_size,
    })
}

fn array_crc<B: Block>(sectors: &mut Sectors<'_, B>, copy: &Copy) -> Result<u32, drv_block::Error> {
    let mut left = copy.count as usize * copy.entry_size as usize;
    let mut digest = CRC.digest();
    let mut at = copy.entries;
    while left > 0 {
        let sector = sectors.read(at)?;
        let bytes = &sector[..left.min(sector.len())];
        digest.update(bytes);
        left -= bytes.len();
        at += 1;
    }
    Ok(digest.finalize())
}

fn entry<B: Block>(
    sectors: &mut Sectors<'_, B>,
    copy: &Copy,
    slot: u32,
) -> Result<GptEntry, Error> {
    let size = sectors.size() as u64;
    let byte = u64::from(slot) * u64::from(copy.entry_size);
    let sector = sectors.read(copy.entries + byte / size)?;
    let bytes = sector.get((byte % size) as usize..).ok_or(Error::Damaged)?;
    GptEntry::read_from_prefix(bytes).map(|(entry, _)| entry).map_err(|_| Error::Damaged)
}

fn partition(entry: &GptEntry, slot: u32) -> Result<Partition, Error> {
    let (index, first, last) = (slot + 1, entry.first.get(), entry.last.get());
    let sectors = last.checked_sub(first).and_then(|sectors| sectors.checked_add(1));
    Ok(Partition {
        index,
        kind: Kind::Gpt(Guid(entry.kind)),
        unique: Some(Guid(entry.unique)),
        label: Label::new(entry.label.map(|unit| unit.get())),
        extent: Extent { first, sectors: sectors.ok_or(Error::Outside { index })? },
    })
}
