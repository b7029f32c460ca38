//! The functions that compiled code copies, fills and compares memory with, against single bytes.

use crate::{Assistant, Case, Resources};
use core::cmp::Ordering;
use core::hint::black_box;
use core::ops::Range;

pub const CASES: &[Case] = &[
    ("memory: copies, at all alignments and lengths", copies),
    ("memory: moves, however the two sides overlap", moves),
    ("memory: fills, and nothing beside", fills),
    ("memory: compares by the first byte that differs", compares),
];

const ROOM: usize = 512;
/// Past two turns of the longest loop, and all that can be left of one.
const LONGEST: usize = 200;
const ALIGNMENTS: Range<usize> = 0..9;
/// Where the second side begins.
const OTHER: usize = 288;

type Bytes = [u8; ROOM];

fn pattern() -> Bytes {
    let mut state = 1_u32;
    core::array::from_fn(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
}

/// What `bytes` must be after a move, byte for byte. Not a loop that the compiler knows.
fn moved(bytes: &Bytes, from: usize, to: usize, length: usize) -> Bytes {
    core::array::from_fn(|at| match at.checked_sub(to) {
        Some(offset) if offset < length => black_box(bytes[from + offset]),
        _ => black_box(bytes[at]),
    })
}

/// Byte by byte, without what is tested.
fn same(left: &Bytes, right: &Bytes) -> bool {
    (0..ROOM).all(|at| black_box(left[at]) == black_box(right[at]))
}

fn copies(_: &Resources, _: &Assistant) {
    let before = pattern();
    for length in 0..=LONGEST {
        for (from, to) in ALIGNMENTS.flat_map(|from| ALIGNMENTS.map(move |to| (from, OTHER + to))) {
            let mut bytes = before;
            let (source, target) = bytes.split_at_mut(OTHER);
            target[to - OTHER..][..black_box(length)].copy_from_slice(&source[from..][..length]);
            assert!(same(&bytes, &moved(&before, from, to, length)), "{from} {to} {length}");
        }
    }
}

fn moves(_: &Resources, _: &Assistant) {
    let before = pattern();
    for length in 0..=LONGEST {
        for distance in [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 127, 150] {
            for (from, to) in [(3, 3 + distance), (3 + distance, 3)] {
                let mut bytes = before;
                bytes.copy_within(from..from + black_box(length), to);
                assert!(same(&bytes, &moved(&before, from, to, length)), "{from} {to} {length}");
            }
        }
    }
}

fn fills(_: &Resources, _: &Assistant) {
    let before = pattern();
    for length in 0..=LONGEST {
        for begin in ALIGNMENTS {
            let mut bytes = before;
            bytes[begin..][..black_box(length)].fill(black_box(0xa5));
            let inside = begin..begin + length;
            let wanted: Bytes = core::array::from_fn(|at| {
                if inside.contains(&at) { 0xa5 } else { black_box(before[at]) }
            });
            assert!(same(&bytes, &wanted), "{begin} {length}");
        }
    }
}

fn compares(_: &Resources, _: &Assistant) {
    for length in 0..=40 {
        for begin in ALIGNMENTS {
            let left = pattern();
            let mut right = moved(&left, begin, OTHER, length);
            assert_eq!(compared(&left, begin, &right, length), Ordering::Equal);
            for place in 0..length {
                let was = right[OTHER + place];
                for other in [0, was ^ 1, was ^ 0x80, 0xff] {
                    right[OTHER + place] = black_box(other);
                    assert_eq!(compared(&left, begin, &right, length), was.cmp(&other));
                }
                right[OTHER + place] = was;
            }
        }
    }
}

fn compared(left: &Bytes, begin: usize, right: &Bytes, length: usize) -> Ordering {
    let length = black_box(length);
    let (left, right) = (&left[begin..][..length], &right[OTHER..][..length]);
    let ordering = left.cmp(right);
    assert_eq!(left == right, ordering == Ordering::Equal);
    ordering
}
