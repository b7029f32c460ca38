//! Reading tables back: what the hardware will find.

use crate::{BLOCK, Mapping, Memory, PAGE, Rights, bits};

/// Every page and block reachable from the root at `root`, in order of addresses, neighbours
/// joined. `read` gives the descriptor at a physical address; what it does not know is not mapped.
/// Addresses are the low 39 bits.
pub fn walk(root: u64, read: &dyn Fn(u64) -> Option<u64>) -> Vec<Mapping> {
    let mut found = Vec::new();
    level(root, 30, 0, read, &mut |mapping| push(&mut found, mapping));
    found
}

fn level(
    table: u64,
    shift: u32,
    base: u64,
    read: &dyn Fn(u64) -> Option<u64>,
    found: &mut dyn FnMut(Mapping),
) {
    for index in 0..512 {
        let Some(descriptor) = read(table + index * 8) else { continue };
        if descriptor & bits::VALID == 0 {
            continue;
        }
        let address = base + (index << shift);
        let is_table = descriptor & bits::TABLE_OR_PAGE != 0;
        if shift > 12 && is_table {
            level(descriptor & bits::ADDRESS, shift - 9, address, read, found);
        } else if shift == 21 && !is_table {
            found(mapping(address, BLOCK, descriptor));
        } else if shift == 12 && is_table {
            found(mapping(address, PAGE, descriptor));
        }
    }
}

fn mapping(address: u64, size: u64, descriptor: u64) -> Mapping {
    let user = descriptor & bits::USER != 0;
    let never = if user { bits::USER_EXECUTE_NEVER } else { bits::PRIVILEGED_EXECUTE_NEVER };
    Mapping {
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
            2 => Memory::NonCacheable,
            _ => Memory::Device,
        },
    }
}

fn push(found: &mut Vec<Mapping>, next: Mapping) {
    if let Some(last) = found.last_mut() {
        let adjacent = last.address + last.size == next.address
            && last.physical + last.size == next.physical
            && last.rights == next.rights
            && last.memory == next.memory;
        if adjacent {
            last.size += next.size;
            return;
        }
    }
    found.push(next);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, Tables, build};

    fn read_back(tables: &Tables) -> Vec<Mapping> {
        walk(tables.physical, &|address| {
            let offset = usize::try_from(address.checked_sub(tables.physical)?).ok()?;
            let bytes = tables.bytes.get(offset..offset + 8)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        })
    }

    fn mapping(address: u64, physical: u64, size: u64, rights: Rights) -> Mapping {
        Mapping { address, physical, size, rights, memory: Memory::Normal }
    }

    const TEXT: Rights = Rights { user: true, write: false, execute: true };
    const DATA: Rights = Rights { user: true, write: true, execute: false };
    const KERNEL: Rights = Rights { user: false, write: true, execute: false };

    #[test]
    fn what_goes_in_comes_out() {
        let mappings = [
            mapping(0x1000_0000, 0x4010_0000, 0x3000, TEXT),
            mapping(0x1000_3000, 0x4200_0000, 0x1000, DATA),
            mapping(0x4000_0000, 0x4000_0000, 3 * BLOCK + PAGE, KERNEL),
        ];
        let tables = build(&mappings, 0x5000_0000).expect("they fit");
        assert_eq!(read_back(&tables), mappings);
    }

    #[test]
    fn blocks_are_used_where_both_addresses_allow() {
        let aligned = [mapping(BLOCK, 4 * BLOCK, 8 * BLOCK, DATA)];
        let shifted = [mapping(BLOCK, 4 * BLOCK + PAGE, 8 * BLOCK, DATA)];
        assert_eq!(crate::count(&aligned), Ok(2));
        assert_eq!(crate::count(&shifted), Ok(10));
    }

    #[test]
    fn nothing_is_mapped_twice() {
        let twice =
            [mapping(0, 0, 2 * BLOCK, DATA), mapping(BLOCK + PAGE, 0x1000_0000, PAGE, DATA)];
        let address = BLOCK + PAGE;
        assert!(matches!(build(&twice, 0), Err(Error::Overlap { address: a, .. }) if a == address));
        let ends = [mapping((1 << 39) - PAGE, 0, 2 * PAGE, DATA)];
        assert!(matches!(build(&ends, 0), Err(Error::Unaligned(_))));
    }

    #[test]
    fn the_kernel_never_executes_what_tasks_do() {
        let tables = build(&[mapping(0, 0x4000_0000, PAGE, TEXT)], 0).expect("fits");
        let last = tables.bytes.len() - 4096;
        let bytes = tables.bytes[last..last + 8].try_into().expect("eight bytes");
        let descriptor = u64::from_le_bytes(bytes);
        assert_ne!(descriptor & bits::PRIVILEGED_EXECUTE_NEVER, 0);
        assert_eq!(descriptor & bits::USER_EXECUTE_NEVER, 0);
    }
}
