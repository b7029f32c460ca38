//! The tables themselves, and what the kernel takes on trust.

use super::frames::writes;
use super::note;
use crate::facts::{Facts, ROOT};
use crate::physical::Piece;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use crate::walk::{Extent, Who};
use config::PAGE;
use config::window::{ARRAYS, DESCRIPTORS};

/// Nobody writes tables or descriptors, and no table is in two trees.
pub fn check(facts: &Facts<'_>, findings: &mut Findings) {
    for piece in &facts.pieces {
        let Some(what) = protected(facts, piece) else { continue };
        let by: Vec<&Extent> = piece.by.iter().filter(|extent| writes(extent)).collect();
        if !by.is_empty() {
            let words = format!(
                "holds {what}, yet can be written: {}",
                show::mappings(facts, by.iter().copied(), piece)
            );
            note(facts, findings, Rule::TableWrite, piece, by, &words);
        }
    }
    shared(facts, findings);
    roots(facts, findings);
}

/// What a piece holds that must stay as it was built.
fn protected(facts: &Facts<'_>, piece: &Piece) -> Option<&'static str> {
    let is_descriptors = |extent: &Extent| {
        extent.who == Who::Kernel && (DESCRIPTORS..ARRAYS).contains(&extent.address)
    };
    if facts.holds_table(piece) {
        Some("a page table")
    } else if piece.by.iter().any(is_descriptors) {
        Some("the kernel's descriptors")
    } else {
        None
    }
}

/// A table that two address spaces lead to.
fn shared(facts: &Facts<'_>, findings: &mut Findings) {
    for pair in facts.tables.windows(2) {
        if pair[0].0 == pair[1].0 {
            let [first, second] = [pair[0].1, pair[1].1].map(|who| show::who(facts, who));
            let physical = pair[0].0;
            let words = format!("the table at {physical:#x} is one of {first} and of {second}");
            let place = Place { physical, address: 0, size: PAGE };
            findings.add(Rule::TablePlace, &[first, second], words, place);
        }
    }
}

/// The roots of boot and kernel are addresses and nothing else: address space 0, no CnP.
fn roots(facts: &Facts<'_>, findings: &mut Findings) {
    let roots = [(show::BOOT, facts.boot.boot_table), (show::KERNEL, facts.boot.kernel_table)];
    for (name, root) in roots.into_iter().filter(|(_, root)| root & !ROOT != 0) {
        let words = format!("{name} has the table {root:#x}, with bits that are no address");
        let place = Place { physical: root, ..Place::default() };
        findings.add(Rule::TablePlace, &[name], words, place);
    }
}
