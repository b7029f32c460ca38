//! What is built is read back by the other half, and damage is noticed.

use super::*;
use proptest::prelude::*;

const TEXT: Rights = Rights { user: true, write: false, execute: true };
const DATA: Rights = Rights { user: true, write: true, execute: false };
const KERNEL: Rights = Rights { user: false, write: true, execute: false };

fn mapping(address: u64, physical: u64, size: u64, rights: Rights) -> Mapping {
    Mapping { address, physical, size, rights, memory: Memory::Normal }
}

fn read_back(tables: &Tables, half: u64) -> Result<Vec<Mapping>, Strange> {
    walk(tables.physical, half, &|address| {
        let offset = usize::try_from(address.checked_sub(tables.physical)?).ok()?;
        let bytes = tables.bytes.get(offset..offset + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    })
}

/// Mappings in order of addresses; `gap` pages apart, so that neighbours can touch in one address
/// space or both.
fn mappings(half: u64) -> impl Strategy<Value = Vec<Mapping>> {
    let pages = prop_oneof![1u64..5, Just(511), Just(512), 513u64..1100];
    let memory =
        prop_oneof![Just(Memory::Normal), Just(Memory::Device), Just(Memory::NonCacheable)];
    let rights = (any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(user, write, execute)| Rights { user, write, execute: execute && !write });
    let one = (prop_oneof![0u64..4, Just(512)], pages, 0u64..1 << 20, rights, memory);
    proptest::collection::vec(one, 0..12).prop_map(move |list| {
        let mut at = half + 0x1000_0000;
        let place = |(gap, pages, physical, rights, memory)| {
            let address = at + gap * PAGE;
            at = address + pages * PAGE;
            Mapping { address, physical: physical * PAGE, size: pages * PAGE, rights, memory }
        };
        list.into_iter().map(place).collect()
    })
}

/// The same in the lower or the upper half.
fn any_half() -> impl Strategy<Value = (u64, Vec<Mapping>)> {
    prop_oneof![Just(LOWER), Just(UPPER)].prop_flat_map(|half| (Just(half), mappings(half)))
}

/// Page by page, so that it does not matter how neighbours are joined.
fn pages(mappings: &[Mapping]) -> Vec<Mapping> {
    let split = |m: &Mapping| {
        let m = *m;
        (0..m.size / PAGE).map(move |page| Mapping {
            address: m.address + page * PAGE,
            physical: m.physical + page * PAGE,
            size: PAGE,
            ..m
        })
    };
    mappings.iter().flat_map(split).collect()
}

proptest! {
    #[test]
    fn what_goes_in_comes_out((half, mappings) in any_half(), order in any::<prop::sample::Index>()) {
        let mut shuffled = mappings.clone();
        if !shuffled.is_empty() {
            let middle = order.index(shuffled.len());
            shuffled.rotate_left(middle);
        }
        let tables = build(&shuffled, 0x5000_0000).expect("no overlap");
        prop_assert_eq!(count(&mappings), Ok(tables.bytes.len() as u64 / PAGE));
        let found = read_back(&tables, half).expect("only our descriptors");
        prop_assert_eq!(pages(&found), pages(&mappings));
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed((half, mappings) in any_half(), at in any::<prop::sample::Index>()) {
        prop_assume!(!mappings.is_empty());
        let mut tables = build(&mappings, 0x5000_0000).expect("no overlap");
        let before = read_back(&tables, half);
        let used: Vec<usize> = (0..tables.bytes.len()).step_by(8)
            .filter(|&i| tables.bytes[i] & 1 != 0).collect();
        let bit = at.index(used.len() * 64);
        tables.bytes[used[bit / 64] + bit % 64 / 8] ^= 1 << (bit % 8);
        prop_assert_ne!(read_back(&tables, half), before);
    }
}

#[test]
fn blocks_are_used_where_both_addresses_allow() {
    let aligned = [mapping(BLOCK, 4 * BLOCK, 8 * BLOCK, DATA)];
    let shifted = [mapping(BLOCK, 4 * BLOCK + PAGE, 8 * BLOCK, DATA)];
    assert_eq!(count(&aligned), Ok(2));
    assert_eq!(count(&shifted), Ok(10));
}

#[test]
fn nothing_is_mapped_twice() {
    let twice = [mapping(0, 0, 2 * BLOCK, DATA), mapping(BLOCK + PAGE, 0x1000_0000, PAGE, DATA)];
    let address = BLOCK + PAGE;
    assert!(matches!(build(&twice, 0), Err(Error::Overlap { address: a, .. }) if a == address));
    let page_first = [twice[1], twice[0]];
    assert!(matches!(build(&page_first, 0), Err(Error::Overlap { .. })));
    let ends = [mapping((1 << 39) - PAGE, 0, 2 * PAGE, DATA)];
    assert!(matches!(build(&ends, 0), Err(Error::Unaligned(_))));
}

#[test]
fn nothing_is_written_and_executed() {
    let both = Rights { write: true, ..TEXT };
    let refused = build(&[mapping(0, 0, PAGE, both)], 0);
    assert!(matches!(refused, Err(Error::WriteAndExecute(_))));
}

fn only_descriptor(half: u64, rights: Rights) -> u64 {
    let tables = build(&[mapping(half, 0x4000_0000, PAGE, rights)], 0).expect("fits");
    let last = tables.bytes.len() - PAGE as usize;
    u64::from_le_bytes(tables.bytes[last..last + 8].try_into().expect("eight bytes"))
}

#[test]
fn the_kernel_never_executes_what_tasks_do() {
    let descriptor = only_descriptor(LOWER, TEXT);
    assert_ne!(descriptor & bits::PRIVILEGED_EXECUTE_NEVER, 0);
    assert_eq!(descriptor & bits::USER_EXECUTE_NEVER, 0);
    assert_ne!(descriptor & bits::READ_ONLY, 0);
}

#[test]
fn the_lower_half_is_of_one_address_space_and_the_upper_of_all() {
    for rights in [DATA, KERNEL] {
        assert_ne!(only_descriptor(LOWER, rights) & bits::NOT_GLOBAL, 0);
        assert_eq!(only_descriptor(UPPER, rights) & bits::NOT_GLOBAL, 0);
    }
    let kernel = only_descriptor(UPPER, KERNEL);
    assert_eq!(kernel & bits::USER, 0);
    assert_ne!(kernel & bits::USER_EXECUTE_NEVER, 0);
}
