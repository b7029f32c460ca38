//! Device registers: who has them, and that nothing else is taken for one.

use super::note;
use crate::facts::Facts;
use crate::physical::Piece;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use crate::walk::{Extent, Who};
use archive::Device;
use config::PAGE;

/// Everything outside RAM is a device of whoever has it, mapped as one; RAM never is.
pub fn owners(facts: &Facts<'_>, findings: &mut Findings) {
    for piece in &facts.pieces {
        for extent in &piece.by {
            let device = extent.leaf.memory.is_device();
            let words = match (facts.is_ram(piece.physical), device) {
                (true, true) => "is RAM, yet device memory for",
                (false, false) => "is no RAM, yet normal memory for",
                (false, true) if extent.leaf.rights.kernel.execute => {
                    "are registers, executable for"
                }
                (false, true) if extent.leaf.rights.user.execute => "are registers, executable for",
                (false, true) if !is_granted(facts, extent.who, piece) => {
                    "is of no device that app.toml gives to"
                }
                _ => continue,
            };
            let words = format!("{words} {}", show::mapping(facts, extent, piece));
            note(facts, findings, Rule::Device, piece, [extent], &words);
        }
    }
}

/// Whether all of a piece is in pages of devices that app.toml gives to someone.
fn is_granted(facts: &Facts<'_>, who: Who, piece: &Piece) -> bool {
    let mut at = piece.physical;
    let mut pages: Vec<(u64, u64)> = granted(facts, who).iter().map(pages).collect();
    pages.sort_unstable();
    for (start, end) in pages {
        if start <= at && at < end {
            at = end;
        }
    }
    at >= piece.end()
}

fn granted<'a>(facts: &Facts<'a>, who: Who) -> &'a [Device] {
    match who {
        Who::Boot => &[],
        Who::Kernel => &facts.manifest.kernel.devices,
        Who::Task(index) => facts.grants(index).map_or(&[], |grants| &grants.devices),
    }
}

/// First address of a device's pages, and the first behind them.
fn pages(device: &Device) -> (u64, u64) {
    let end = device.physical.saturating_add(device.size);
    (device.physical / PAGE * PAGE, end.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX))
}

/// Every device is there for its owner, and for nobody else.
pub fn declared(facts: &Facts<'_>, findings: &mut Findings) {
    let everyone = [Who::Kernel].into_iter().chain((0..facts.tasks.len()).map(Who::Task));
    for who in everyone {
        for device in granted(facts, who) {
            one(facts, findings, who, device);
        }
    }
}

fn one(facts: &Facts<'_>, findings: &mut Findings, owner: Who, device: &Device) {
    let (start, end) = pages(device);
    let name = show::who(facts, owner);
    let mut at = start;
    for piece in facts.pieces.iter().filter(|piece| piece.overlaps(start, end - start)) {
        let (own, others): (Vec<&Extent>, _) =
            piece.by.iter().partition(|extent| extent.who == owner);
        if !others.is_empty() {
            let words = format!(
                "holds device {} of {name}, yet is reached by {}",
                device.name,
                show::mappings(facts, others.iter().copied(), piece)
            );
            note(facts, findings, Rule::Device, piece, others, &words);
        }
        let usable = own.iter().any(|extent| {
            let rights = extent.leaf.rights;
            if owner == Who::Kernel { rights.kernel.write } else { rights.user.write }
        });
        if piece.physical <= at && usable {
            at = piece.end().max(at);
        }
    }
    if at < end {
        let words = format!("{name} does not reach {at:#x} of its device {}", device.name);
        let place = Place { physical: at, address: 0, size: end - at };
        findings.add(Rule::Device, &[name], words, place);
    }
}
