//! Functions whose addresses lie in constants: method tables of traits, and other tables.
//!
//! A thing in the constants begins where some instruction or another constant points, and goes on up
//! to the next one.

use crate::graph::Class;
use crate::program::Program;
use std::collections::{BTreeMap, BTreeSet};

/// Largest alignment that a type has.
const ALIGNMENT: u64 = 1 << 16;

/// What constants say of functions.
pub struct Tables {
    /// Functions in method tables, and their place in words.
    pub slots: BTreeSet<(u8, usize)>,
    /// Functions in other constants.
    pub pointers: BTreeSet<usize>,
    /// What begins where, and what lies in it.
    things: BTreeMap<u64, Thing>,
}

#[derive(Default)]
struct Thing {
    functions: BTreeSet<(usize, Class)>,
    /// Addresses of other things.
    points_to: BTreeSet<u64>,
}

impl Tables {
    /// Finds them.
    pub fn read(
        program: &Program<'_>,
        functions: &BTreeMap<u64, usize>,
        mut beginnings: BTreeSet<u64>,
    ) -> Self {
        let pointed = program.words().map(|(_, word)| word).filter(|word| program.is_data(*word));
        beginnings.extend(pointed);
        beginnings.retain(|at| program.is_data(*at));
        let mut tables =
            Self { slots: BTreeSet::new(), pointers: BTreeSet::new(), things: BTreeMap::new() };
        for (at, word) in program.words() {
            let start = beginnings.range(..=at).next_back().copied().unwrap_or(0);
            let thing = tables.things.entry(start).or_default();
            if let Some(function) = functions.get(&word) {
                let class = method(program, functions, start, at);
                thing.functions.insert((*function, class));
                match class {
                    Class::Slot(slot) => drop(tables.slots.insert((slot, *function))),
                    _ => drop(tables.pointers.insert(*function)),
                }
            } else if program.is_data(word) {
                thing.points_to.insert(word);
            }
        }
        tables
    }

    /// Functions in the thing at an address, and in those that it points to.
    pub fn reached_from(&self, at: u64) -> BTreeSet<(usize, Class)> {
        let (mut found, mut seen, mut queue) = (BTreeSet::new(), BTreeSet::new(), vec![at]);
        while let Some(at) = queue.pop() {
            if let Some(thing) = self.things.get(&at).filter(|_| seen.insert(at)) {
                found.extend(&thing.functions);
                queue.extend(&thing.points_to);
            }
        }
        found
    }
}

/// Whether a function's address at some place belongs to a method table, and where in it.
fn method(program: &Program<'_>, functions: &BTreeMap<u64, usize>, start: u64, at: u64) -> Class {
    let word = |number: u64| program.data(start.wrapping_add(number * 8));
    let is_function = |word: Option<u64>| word.is_some_and(|word| functions.contains_key(&word));
    let (Some(drop), Some(size), Some(alignment)) = (word(0), word(1), word(2)) else {
        return Class::Pointer;
    };
    let plausible = (drop == 0 || is_function(Some(drop)))
        && alignment.is_power_of_two()
        && alignment <= ALIGNMENT
        && size % alignment == 0
        && start.is_multiple_of(8);
    let place = (at.wrapping_sub(start)) / 8;
    let all = plausible && (3..=place).all(|number| is_function(word(number)));
    match u8::try_from(place) {
        Ok(slot) if all && (slot == 0 || slot > 2) => Class::Slot(slot),
        _ => Class::Pointer,
    }
}
