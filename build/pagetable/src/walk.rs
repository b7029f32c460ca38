//! Reading tables back: what the hardware will find.

use crate::build::leaf;
use crate::{BLOCK, Mapping, Memory, PAGE, Rights, bits};
use std::fmt;

/// A descriptor that [`build`](crate::build()) would not have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strange {
    /// Physical address of the descriptor.
    pub at: u64,
    /// What is there; `None` if there is no memory.
    pub descriptor: Option<u64>,
}

impl fmt::Display for Strange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.descriptor {
            Some(found) => write!(f, "the descriptor {found:#x} at {:#x} is not ours", self.at),
            None => write!(f, "a table points to {:#x}, where there is none", self.at),
        }
    }
}

impl std::error::Error for Strange {}

/// Where what TTBR0 points to begins.
pub const LOWER: u64 = 0;
/// Where what TTBR1 points to begins.
pub const UPPER: u64 = config::window::LINEAR;

/// Every page and block reachable from the root at `root`, in order of addresses, neighbours
/// joined. `read` gives the descriptor at a physical address; `half` is [`LOWER`] or [`UPPER`].
///
/// # Errors
/// If the hardware would read where `read` knows nothing, or find bits that are not of this format.
pub fn walk(
    root: u64,
    half: u64,
    read: &dyn Fn(u64) -> Option<u64>,
) -> Result<Vec<Mapping>, Strange> {
    let mut walker = Walker { read, found: Vec::new() };
    walker.table(root, 30, half)?;
    Ok(walker.found)
}

struct Walker<'r> {
    read: &'r dyn Fn(u64) -> Option<u64>,
    found: Vec<Mapping>,
}

impl Walker<'_> {
    fn table(&mut self, table: u64, shift: u32, base: u64) -> Result<(), Strange> {
        for index in 0..PAGE / 8 {
            let at = table + index * 8;
            let descriptor = (self.read)(at).ok_or(Strange { at, descriptor: None })?;
            if descriptor & bits::VALID != 0 {
                let address = base + (index << shift);
                let strange = Strange { at, descriptor: Some(descriptor) };
                self.entry(descriptor, shift, address, strange)?;
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        descriptor: u64,
        shift: u32,
        address: u64,
        strange: Strange,
    ) -> Result<(), Strange> {
        let flagged = descriptor & bits::TABLE_OR_PAGE != 0;
        let (size, level) = match (shift, flagged) {
            (12, true) => (PAGE, 2),
            (21, false) => (BLOCK, 1),
            (30 | 21, true) => {
                let below = descriptor & bits::ADDRESS;
                if descriptor != below | bits::TABLE_OR_PAGE | bits::VALID {
                    return Err(strange);
                }
                return self.table(below, shift - 9, address);
            }
            _ => return Err(strange),
        };
        let mapping = mapping(address, size, descriptor).ok_or(strange)?;
        if leaf(&mapping, mapping.physical, level) != descriptor {
            return Err(strange);
        }
        self.push(mapping);
        Ok(())
    }

    fn push(&mut self, next: Mapping) {
        match self.found.last_mut() {
            Some(last) if continues(last, &next) => last.size += next.size,
            _ => self.found.push(next),
        }
    }
}

fn mapping(address: u64, size: u64, descriptor: u64) -> Option<Mapping> {
    let user = descriptor & bits::USER != 0;
    let never = if user { bits::USER_EXECUTE_NEVER } else { bits::PRIVILEGED_EXECUTE_NEVER };
    Some(Mapping {
        address,
        physical: descriptor & bits::ADDRESS,
        size,
        rights: Rights {
            user,
            write: descriptor & bits::READ_ONLY == 0,
            execute: descriptor & never == 0,
        },
        memory: match descriptor >> bits::ATTRIBUTE_SHIFT & 7 {
            0 => Memory::Normal,
            1 => Memory::Device,
            2 => Memory::NonCacheable,
            _ => return None,
        },
    })
}

fn continues(last: &Mapping, next: &Mapping) -> bool {
    last.address.wrapping_add(last.size) == next.address
        && last.physical + last.size == next.physical
        && last.rights == next.rights
        && last.memory == next.memory
}
