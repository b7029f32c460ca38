//! The rules, each a function that looks at everything.

mod boot;
mod described;
mod devices;
mod frames;
mod guards;
mod kernel;
mod sharing;
mod spaces;
mod tables;

use crate::facts::Facts;
use crate::physical::Piece;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use crate::walk::Extent;

/// Asks all of them.
pub fn check(facts: &Facts<'_>, findings: &mut Findings) {
    let rules: [fn(&Facts<'_>, &mut Findings); 18] = [
        boot::registers,
        boot::writes,
        boot::one_build,
        described::archive,
        described::region_table,
        devices::owners,
        devices::declared,
        frames::write_execute,
        frames::aliases,
        frames::place,
        guards::tasks,
        guards::kernel,
        kernel::memory,
        kernel::execute,
        kernel::linear_map,
        sharing::two_tasks,
        spaces::translations,
        tables::check,
    ];
    for rule in rules {
        rule(facts, findings);
    }
}

/// Notes what is wrong with a piece of memory, and who has it.
fn note<'e>(
    facts: &Facts<'_>,
    findings: &mut Findings,
    rule: Rule,
    piece: &Piece,
    by: impl IntoIterator<Item = &'e Extent>,
    words: &str,
) {
    let by: Vec<&Extent> = by.into_iter().collect();
    let mut who: Vec<&str> = by.iter().map(|extent| show::who(facts, extent.who)).collect();
    who.dedup();
    let address = by.first().map_or(0, |extent| extent.address_of(piece.physical));
    let message = format!("{} {words}", show::memory(facts, piece.physical, piece.size));
    let place = Place { physical: piece.physical, address, size: piece.size };
    findings.add(rule, &who, message, place);
}
