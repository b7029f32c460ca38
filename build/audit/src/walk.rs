//! Walking tables from a root, as the processor does.

use crate::descriptor::{Entry, LAST_LEVEL, Leaf, covers, decode};
use crate::image::Image;
use crate::regime::UPPER;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use config::PAGE;

/// Where a walk begins: 39 bits of address leave out level 0.
const FIRST_LEVEL: u32 = 1;

/// Whose tables they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// TTBR0 until the first task runs.
    Boot,
    /// TTBR1, for ever.
    Kernel,
    /// TTBR0 while the task with this index runs.
    Task(usize),
}

impl Who {
    /// First address that the root translates.
    const fn half(self) -> u64 {
        match self {
            Self::Kernel => UPPER,
            Self::Boot | Self::Task(_) => 0,
        }
    }
}

/// Contiguous memory of one address space, the same from end to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Whose.
    pub who: Who,
    /// First virtual address.
    pub address: u64,
    /// Bytes.
    pub size: u64,
    /// Where it is and what it allows.
    pub leaf: Leaf,
}

impl Extent {
    /// Physical address behind it.
    pub const fn physical_end(&self) -> u64 {
        self.leaf.physical.saturating_add(self.size)
    }

    /// Virtual address of a physical one inside.
    pub const fn address_of(&self, physical: u64) -> u64 {
        self.address.wrapping_add(physical.wrapping_sub(self.leaf.physical))
    }

    /// Whether it has bytes at these virtual addresses.
    pub const fn overlaps(&self, address: u64, size: u64) -> bool {
        let last = self.address.wrapping_add(self.size - 1);
        self.address <= address.saturating_add(size.saturating_sub(1)) && address <= last
    }

    fn continues(&self, next: &Self) -> bool {
        self.address.wrapping_add(self.size) == next.address
            && (Leaf { physical: self.physical_end(), ..self.leaf }) == next.leaf
    }
}

/// One address space.
#[derive(Clone, Debug)]
pub struct Space {
    /// Whose.
    pub who: Who,
    /// Everything mapped, by address.
    pub extents: Vec<Extent>,
    /// Physical addresses of its tables, in the order of the walk.
    pub tables: Vec<u64>,
}

impl Space {
    /// Physical address of a virtual one.
    pub fn translate(&self, address: u64) -> Option<u64> {
        let found = self.extents.iter().find(|extent| extent.overlaps(address, 1))?;
        Some(found.leaf.physical + (address - found.address))
    }

    /// How far memory of a kind goes on from an address: the first that is not of it.
    pub fn runs_to(&self, from: u64, is: impl Fn(&Extent) -> bool) -> u64 {
        let of_kind = self.extents.iter().filter(|extent| is(extent));
        of_kind.fold(from, |at, extent| match extent.overlaps(at, 1) {
            true => extent.address.saturating_add(extent.size),
            false => at,
        })
    }
}

/// Reads everything that is reachable from a root.
pub fn walk(who: Who, name: &str, root: u64, image: &Image<'_>, findings: &mut Findings) -> Space {
    let space = Space { who, extents: Vec::new(), tables: Vec::new() };
    let mut walker = Walker { name, image, findings, space };
    walker.table(FIRST_LEVEL, root, who.half());
    walker.space
}

struct Walker<'w> {
    /// Whose tables, in words.
    name: &'w str,
    image: &'w Image<'w>,
    findings: &'w mut Findings,
    space: Space,
}

impl Walker<'_> {
    fn table(&mut self, level: u32, table: u64, base: u64) {
        if !table.is_multiple_of(PAGE) || !self.image.contains(table, PAGE) {
            let words = format!(
                "a level {level} table of {} is at {table:#x}, no page of the image",
                self.name
            );
            self.add(Rule::TablePlace, words, Place { physical: table, address: base, size: PAGE });
            return;
        }
        if self.space.tables.contains(&table) {
            let words = format!("the tables of {} lead to the one at {table:#x} twice", self.name);
            self.add(Rule::TablePlace, words, Place { physical: table, address: base, size: PAGE });
            return;
        }
        self.space.tables.push(table);
        for index in 0..PAGE / 8 {
            let at = table + index * 8;
            let Some(descriptor) = self.image.number(at) else { continue };
            let address = base.wrapping_add(index * covers(level));
            self.entry(level, descriptor, address, at);
        }
    }

    fn entry(&mut self, level: u32, descriptor: u64, address: u64, at: u64) {
        let decoded = decode(level, descriptor);
        for mistake in decoded.mistakes {
            let words = format!(
                "the level {level} descriptor {descriptor:#018x} at {at:#x}, for {address:#x} of \
                 {}: {mistake}",
                self.name
            );
            let place = Place { physical: at, address, size: covers(level) };
            self.add(Rule::Descriptor, words, place);
        }
        match decoded.entry {
            Entry::Nothing => (),
            // At most two tables below a root, so this ends whatever is in them.
            Entry::Table(next) if level < LAST_LEVEL => self.table(level + 1, next, address),
            Entry::Table(_) => (),
            Entry::Leaf(leaf) => {
                self.leaf(Extent { who: self.space.who, address, size: covers(level), leaf })
            }
        }
    }

    fn leaf(&mut self, next: Extent) {
        match self.space.extents.last_mut() {
            Some(last) if last.continues(&next) => last.size += next.size,
            _ => self.space.extents.push(next),
        }
    }

    fn add(&mut self, rule: Rule, words: String, place: Place) {
        self.findings.add(rule, &[self.name], words, place);
    }
}
