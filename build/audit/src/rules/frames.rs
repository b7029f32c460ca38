//! What holds of every piece of memory, whoever has it.

use super::note;
use crate::facts::Facts;
use crate::physical::Piece;
use crate::regime::Memory;
use crate::report::Findings;
use crate::rule::Rule;
use crate::show;
use crate::walk::Extent;

/// Writable by someone and executable by someone, through the same mapping or two.
pub fn write_execute(facts: &Facts<'_>, findings: &mut Findings) {
    for piece in &facts.pieces {
        let writers: Vec<&Extent> = piece.by.iter().filter(|extent| writes(extent)).collect();
        let runners: Vec<&Extent> = piece.by.iter().filter(|extent| executes(extent)).collect();
        if !writers.is_empty() && !runners.is_empty() {
            let words = format!(
                "can be written by {} and executed by {}",
                show::mappings(facts, writers.iter().copied(), piece),
                show::mappings(facts, runners.iter().copied(), piece)
            );
            note(
                facts,
                findings,
                Rule::WriteExecute,
                piece,
                writers.into_iter().chain(runners),
                &words,
            );
        }
    }
}

pub(super) fn writes(extent: &Extent) -> bool {
    let rights = extent.leaf.rights;
    rights.kernel.write || rights.user.write
}

fn executes(extent: &Extent) -> bool {
    let rights = extent.leaf.rights;
    rights.kernel.execute || rights.user.execute
}

/// Mappings of one piece must agree on memory type and shareability (Arm ARM B2.16). Who walks
/// tables, and who has loaded the image, has it write-back; only memory for DMA is otherwise.
pub fn aliases(facts: &Facts<'_>, findings: &mut Findings) {
    let kind = |extent: &Extent| (extent.leaf.memory, extent.leaf.shareability);
    for piece in &facts.pieces {
        let Some(first) = piece.by.first() else { continue };
        if facts.is_ram(piece.physical)
            && !is_for_dma(facts, piece)
            && let Some(odd) = piece.by.iter().find(|by| by.leaf.memory != Memory::WRITE_BACK)
        {
            let words = format!(
                "is no memory for DMA, yet {} for {}",
                odd.leaf.memory.name(),
                show::mapping(facts, odd, piece)
            );
            note(facts, findings, Rule::Alias, piece, [odd], &words);
        }
        let Some(other) = piece.by.iter().find(|extent| kind(extent) != kind(first)) else {
            continue;
        };
        let words = format!(
            "is {} for {} and {} for {}",
            described(first),
            show::mapping(facts, first, piece),
            described(other),
            show::mapping(facts, other, piece)
        );
        note(facts, findings, Rule::Alias, piece, [first, other], &words);
    }
}

/// Whether the archive says that it is memory which a task's devices reach.
fn is_for_dma(facts: &Facts<'_>, piece: &Piece) -> bool {
    piece.by.iter().any(|extent| {
        let region = facts.region(extent.who, extent.address_of(piece.physical));
        region.is_some_and(|region| region.access.contains('m'))
    })
}

fn described(extent: &Extent) -> String {
    let shareability = match extent.leaf.shareability {
        0b00 => "not shareable",
        0b10 => "outer shareable",
        0b11 => "inner shareable",
        _ => "of reserved shareability",
    };
    format!("{} and {shareability}", extent.leaf.memory.name())
}

/// What runs, and what nobody writes, was loaded; what is written was not; the copy of the
/// previous boot's memory is nobody's.
pub fn place(facts: &Facts<'_>, findings: &mut Findings) {
    for piece in facts.pieces.iter().filter(|piece| facts.is_ram(piece.physical)) {
        if let Some(words) = misplaced(facts, piece) {
            note(facts, findings, Rule::Place, piece, &piece.by, &words);
        }
    }
}

fn misplaced(facts: &Facts<'_>, piece: &Piece) -> Option<String> {
    let by = |what: fn(&Extent) -> bool| {
        let extents = piece.by.iter().filter(|extent| what(extent));
        show::mappings(facts, extents, piece)
    };
    let loaded = facts.image.contains(piece.physical, piece.size);
    let touches = piece.overlaps(facts.image.base, facts.image.bytes.len() as u64);
    if piece.by.iter().any(executes) && !loaded {
        return Some(format!("is not in the image, yet {} can execute it", by(executes)));
    }
    if piece.by.iter().any(writes) {
        if touches {
            return Some(format!("is part of the image, yet {} can write it", by(writes)));
        }
    } else if !loaded {
        return Some(format!("is not in the image, and nobody can write it: {}", by(|_| true)));
    }
    let [start, end] = facts.boot.writable;
    if facts.boot.retained != 0 && piece.overlaps(facts.boot.retained, end.saturating_sub(start)) {
        return Some(format!("is the previous boot's copy, yet {} reach it", by(|_| true)));
    }
    None
}
