//! Building tables.

use crate::{ADDRESS_BITS, BLOCK, Mapping, PAGE, bits};
use std::fmt;

const ENTRIES: usize = 512;
/// Address bits below the index of levels 1, 2 and 3.
const SHIFTS: [u32; 3] = [30, 21, 12];

/// Tables as they go into memory, the root first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Physical address of the root.
    pub physical: u64,
    /// Little-endian descriptors.
    pub bytes: Vec<u8>,
}

/// Mappings that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Not whole pages, or outside 39 (virtual) or 48 (physical) bits.
    Unaligned(Mapping),
    /// Nothing may be written and executed.
    WriteAndExecute(Mapping),
    /// The address is mapped already.
    Overlap {
        /// The mapping that came second.
        mapping: Mapping,
        /// The first address both have.
        address: u64,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unaligned(mapping) => {
                write!(f, "not whole pages, or too far up: {mapping:x?}")
            }
            Self::WriteAndExecute(mapping) => {
                write!(f, "both writable and executable: {mapping:x?}")
            }
            Self::Overlap { mapping, address } => {
                write!(f, "{address:#x} is mapped twice, the second time by {mapping:x?}")
            }
        }
    }
}

impl std::error::Error for Error {}

/// Tables for these mappings, to lie at `physical` and the pages behind it.
///
/// # Errors
/// If a mapping is not whole pages, is both writable and executable, or overlaps another.
pub fn build(mappings: &[Mapping], physical: u64) -> Result<Tables, Error> {
    let mut builder = Builder { physical, tables: vec![[0; ENTRIES]] };
    for mapping in mappings {
        builder.map(mapping)?;
    }
    let descriptors = builder.tables.iter().flatten();
    Ok(Tables { physical, bytes: descriptors.flat_map(|entry| entry.to_le_bytes()).collect() })
}

/// How many tables these mappings take.
///
/// # Errors
/// As for [`build`].
pub fn count(mappings: &[Mapping]) -> Result<u64, Error> {
    build(mappings, 0).map(|tables| tables.bytes.len() as u64 / PAGE)
}

struct Builder {
    physical: u64,
    tables: Vec<[u64; ENTRIES]>,
}

impl Builder {
    fn map(&mut self, mapping: &Mapping) -> Result<(), Error> {
        check(mapping)?;
        let start = low_bits(mapping.address);
        let mut done = 0;
        while done < mapping.size {
            let (address, physical) = (start + done, mapping.physical + done);
            let left = mapping.size - done;
            let block = (address | physical).is_multiple_of(BLOCK) && left >= BLOCK;
            let level = if block { 1 } else { 2 };
            self.put(address, level, leaf(mapping, physical, level))
                .ok_or(Error::Overlap { mapping: *mapping, address: mapping.address + done })?;
            done += if block { BLOCK } else { PAGE };
        }
        Ok(())
    }

    /// Puts a descriptor at a level (0 for level 1…). `None` if something is there already.
    fn put(&mut self, address: u64, level: usize, descriptor: u64) -> Option<()> {
        let mut table = 0;
        for above in 0..level {
            table = self.next_table(table, index(address, above))?;
        }
        let entry = &mut self.tables[table][index(address, level)];
        if *entry != 0 {
            return None;
        }
        *entry = descriptor;
        Some(())
    }

    fn next_table(&mut self, table: usize, index: usize) -> Option<usize> {
        let entry = self.tables[table][index];
        if entry == 0 {
            let new = self.tables.len();
            self.tables.push([0; ENTRIES]);
            let address = self.physical + new as u64 * PAGE;
            self.tables[table][index] = address | bits::TABLE_OR_PAGE | bits::VALID;
            return Some(new);
        }
        if entry & bits::TABLE_OR_PAGE == 0 {
            return None; // a block
        }
        Some((((entry & bits::ADDRESS) - self.physical) / PAGE) as usize)
    }
}

fn check(mapping: &Mapping) -> Result<(), Error> {
    let whole = (mapping.address | mapping.physical | mapping.size).is_multiple_of(PAGE);
    let start = low_bits(mapping.address);
    let virtual_end = start.checked_add(mapping.size);
    let physical_end = mapping.physical.checked_add(mapping.size);
    let fits = virtual_end.is_some_and(|end| end <= 1 << ADDRESS_BITS)
        && physical_end.is_some_and(|end| end <= bits::ADDRESS + PAGE);
    if !whole || !fits {
        return Err(Error::Unaligned(*mapping));
    }
    if mapping.rights.write && mapping.rights.execute {
        return Err(Error::WriteAndExecute(*mapping));
    }
    Ok(())
}

/// Whether an address is in the upper half, which every address space shares.
const fn is_kernels(address: u64) -> bool {
    address >> 63 != 0
}

fn low_bits(address: u64) -> u64 {
    address & ((1 << ADDRESS_BITS) - 1)
}

fn index(address: u64, level: usize) -> usize {
    (address >> SHIFTS[level]) as usize % ENTRIES
}

/// The descriptor of a block (level 1 of 0 to 2) or page (level 2).
pub(crate) fn leaf(mapping: &Mapping, physical: u64, level: usize) -> u64 {
    let rights = mapping.rights;
    let page = if level == 2 { bits::TABLE_OR_PAGE } else { 0 };
    let mut descriptor = physical
        | page
        | bits::VALID
        | bits::ACCESSED
        | bits::INNER_SHAREABLE
        | (mapping.memory as u64) << bits::ATTRIBUTE_SHIFT;
    if rights.user {
        descriptor |= bits::USER;
    }
    if !is_kernels(mapping.address) {
        // What the lower half maps belongs to one address space, the boot's among them.
        descriptor |= bits::NOT_GLOBAL;
    }
    if !rights.write {
        descriptor |= bits::READ_ONLY;
    }
    if rights.user || !rights.execute {
        descriptor |= bits::PRIVILEGED_EXECUTE_NEVER;
    }
    if !rights.user || !rights.execute {
        descriptor |= bits::USER_EXECUTE_NEVER;
    }
    descriptor
}
