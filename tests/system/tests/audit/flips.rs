//! Single flipped bits in the page tables of a real image: every bit of every descriptor that says
//! something, and many of those that do not. None may pass.
//!
//! `AUDIT_FLIPS=100000 AUDIT_SEED=7 cargo test -p test-system --test audit flips -- --nocapture`
//! flips so many bits of empty descriptors, and lists by bit which rules noticed.

use crate::specimen::{ADDRESS, Specimen, demo};
use config::PAGE;
use std::collections::{BTreeMap, BTreeSet};

/// xorshift64* (Vigna 2014): the same flips for the same seed everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

fn number(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok().and_then(|text| text.parse().ok());
    given.unwrap_or(default)
}

/// Every table, found by following what is valid.
fn tables(image: &Specimen) -> Vec<u64> {
    let mut roots: Vec<u64> = ["boot", "kernel"].map(|who| image.root(who)).into();
    roots.extend(image.manifest.tasks.iter().map(|task| image.root(&task.name)));
    let mut level = roots.clone();
    let mut all = roots;
    for _ in 0..2 {
        let below = level.iter().flat_map(|&table| {
            let entries = (0..PAGE / 8).map(move |index| image.get(image.at(table + index * 8)));
            entries.filter(|entry| entry & 0b11 == 0b11).map(|entry| entry & ADDRESS)
        });
        level = below.collect();
        all.extend(&level);
    }
    all
}

/// Where the descriptors of all tables are that say something, and those that do not.
fn slots(image: &Specimen) -> (Vec<usize>, Vec<usize>) {
    let tables = tables(image).into_iter();
    let slots = tables.flat_map(|table| (0..PAGE / 8).map(move |index| table + index * 8));
    slots.map(|slot| image.at(slot)).partition(|&slot| image.get(slot) != 0)
}

/// Flips bits one at a time and collects which pass.
struct Flips {
    image: Specimen,
    tried: usize,
    passed: Vec<String>,
    noticed: BTreeMap<u32, BTreeSet<&'static str>>,
}

impl Flips {
    fn new() -> Self {
        Self { image: demo(), tried: 0, passed: Vec::new(), noticed: BTreeMap::new() }
    }

    fn flip(&mut self, slot: usize, bit: u32) {
        let before = self.image.get(slot);
        self.image.set(slot, before ^ 1 << bit);
        let report = self.image.audit();
        self.image.set(slot, before);
        self.tried += 1;
        if report.is_clean() {
            self.passed.push(format!("bit {bit} of {before:#x} at {slot:#x} in image.bin"));
        }
        let rules = report.violations.iter().map(|violation| violation.rule.name());
        self.noticed.entry(bit).or_default().extend(rules);
    }

    /// Even what hardware ignores is refused, so there is no list of exceptions.
    fn none_passed(&self) {
        for (bit, rules) in &self.noticed {
            println!("bit {bit:2}: {}", rules.iter().copied().collect::<Vec<_>>().join(", "));
        }
        let (count, passed) = (self.passed.len(), self.passed.join("\n"));
        println!("{count} of {} pass", self.tried);
        assert!(self.passed.is_empty(), "{count} of {} pass:\n{passed}", self.tried);
    }
}

#[test]
fn no_bit_of_a_descriptor_in_use_can_be_flipped() {
    let mut flips = Flips::new();
    let (used, _) = slots(&flips.image);
    assert!(used.len() > 500, "{} descriptors", used.len());
    for slot in used {
        (0..64).for_each(|bit| flips.flip(slot, bit));
    }
    flips.none_passed();
}

#[test]
fn no_bit_of_an_empty_descriptor_can_be_flipped() {
    let mut flips = Flips::new();
    let (seed, count) = (number("AUDIT_SEED", 1), number("AUDIT_FLIPS", 5000));
    println!("{count} flips from seed {seed}");
    let (_, free) = slots(&flips.image);
    let mut random = Random(seed.max(1));
    for _ in 0..count {
        let slot = free[random.below(free.len())];
        flips.flip(slot, random.below(64) as u32);
    }
    flips.none_passed();
}
