//! The kernel's memory, its text, and its window on everybody else's.

use super::frames::writes;
use super::note;
use crate::facts::{Facts, is_linear};
use crate::physical::Piece;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use crate::walk::{Extent, Who};
use config::window::LINEAR;
use config::{RegionAttributes, RegionDesc};

/// Whether a piece is the kernel's: it has it outside the linear map, boots from it, or has
/// translation tables there.
fn is_kernels(facts: &Facts<'_>, piece: &Piece) -> bool {
    let own = |extent: &Extent| match extent.who {
        Who::Boot => true,
        Who::Kernel => !is_linear(extent),
        Who::Task(_) => false,
    };
    piece.by.iter().any(own) || facts.holds_table(piece)
}

/// No task reaches it, by its own table or because a page of the kernel's is open to EL0.
pub fn memory(facts: &Facts<'_>, findings: &mut Findings) {
    for piece in &facts.pieces {
        let open = |extent: &&Extent| {
            let user = extent.leaf.rights.user.any();
            user && (!matches!(extent.who, Who::Task(_)) || is_kernels(facts, piece))
        };
        let by: Vec<&Extent> = piece.by.iter().filter(open).collect();
        if !by.is_empty() {
            let words = format!(
                "is the kernel's, yet tasks reach it: {}",
                show::mappings(facts, by.iter().copied(), piece)
            );
            note(facts, findings, Rule::KernelMemory, piece, by, &words);
        }
    }
}

/// What EL1 can execute is kernel text, in its window or where the boot code lies, and of no use
/// to a task.
pub fn execute(facts: &Facts<'_>, findings: &mut Findings) {
    for piece in &facts.pieces {
        let runs = |extent: &&Extent| extent.leaf.rights.kernel.execute;
        let is_text = |extent: &Extent| is_text(facts, extent, piece);
        let has_text = piece.by.iter().any(|extent| is_text(extent) && runs(&extent));
        let fits = |extent: &Extent| match extent.who {
            Who::Kernel => is_text(extent),
            Who::Boot => has_text && extent.address == extent.leaf.physical,
            Who::Task(_) => false,
        };
        let wrong: Vec<&Extent> =
            piece.by.iter().filter(runs).filter(|extent| !fits(extent)).collect();
        if !wrong.is_empty() {
            let words = format!(
                "is no kernel text in its place, yet EL1 can execute it: {}",
                show::mappings(facts, wrong.iter().copied(), piece)
            );
            note(facts, findings, Rule::KernelExecute, piece, wrong, &words);
        }
    }
    for extent in facts.spaces[0].extents.iter().filter(|extent| writes(extent)) {
        let words = format!("the boot code can write {:#x}", extent.address);
        let place =
            Place { physical: extent.leaf.physical, address: extent.address, size: extent.size };
        findings.add(Rule::KernelExecute, &[show::BOOT], words, place);
    }
}

/// Whether the archive says that a piece is kernel text where the kernel has it.
fn is_text(facts: &Facts<'_>, extent: &Extent, piece: &Piece) -> bool {
    let address = extent.address_of(piece.physical);
    extent.who == Who::Kernel
        && facts.manifest.kernel.regions.iter().any(|region| {
            let end = region.base.saturating_add(region.size);
            let within = region.base <= address && address.saturating_add(piece.size) <= end;
            region.access.contains('x') && within
        })
}

/// Every page of it shows the memory its address says; every region that the kernel copies from
/// or to is there.
pub fn linear_map(facts: &Facts<'_>, findings: &mut Findings) {
    let linear: Vec<&Extent> =
        facts.kernel().extents.iter().filter(|extent| is_linear(extent)).collect();
    for extent in &linear {
        let (physical, address) = (extent.leaf.physical, extent.address);
        let place = Place { physical, address, size: extent.size };
        if address.wrapping_sub(LINEAR) != physical {
            let words = format!("{address:#x} in the linear map shows {physical:#x}");
            findings.add(Rule::LinearMap, &[show::KERNEL], words, place);
        }
        if extent.leaf.rights.kernel.execute {
            let words = format!("{address:#x} in the linear map is executable");
            findings.add(Rule::LinearMap, &[show::KERNEL], words, place);
        }
    }
    for (index, regions) in facts.regions.iter().enumerate() {
        for region in regions.iter().filter(|region| is_copied(region)) {
            reaches(facts, findings, &linear, index, region);
        }
    }
}

const fn is_copied(region: &RegionDesc) -> bool {
    !region.attributes.contains(RegionAttributes::DEVICE) && region.size > 0
}

/// The linear map covers a region with the rights that a copy needs.
fn reaches(
    facts: &Facts<'_>,
    findings: &mut Findings,
    linear: &[&Extent],
    task: usize,
    region: &RegionDesc,
) {
    let needs_write = region.attributes.contains(RegionAttributes::WRITE);
    let end = region.physical.saturating_add(region.size);
    let mut at = region.physical;
    // In order of addresses, so each that covers the next byte brings this further.
    for extent in linear {
        let covers = extent.leaf.physical <= at && at < extent.physical_end();
        if covers && (!needs_write || extent.leaf.rights.kernel.write) {
            at = extent.physical_end();
        }
    }
    if at < end {
        let task = show::task(facts.manifest, task);
        let words = format!(
            "{at:#x}, {task}'s at {:#x}, is not{} in the linear map: a call of {task}'s would \
             fault the kernel",
            region.base.saturating_add(at - region.physical),
            if needs_write { " writable" } else { "" }
        );
        let place = Place { physical: at, address: LINEAR.saturating_add(at), size: end - at };
        findings.add(Rule::LinearMap, &[show::KERNEL, task], words, place);
    }
}
