//! Names and mappings in words.

use crate::descriptor::Access;
use crate::facts::Facts;
use crate::physical::Piece;
use crate::walk::{Extent, Who};
use archive::Manifest;

/// The boot's address space.
pub const BOOT: &str = "the boot code";
/// The kernel's.
pub const KERNEL: &str = "the kernel";

/// A task's name.
pub fn task(manifest: &Manifest, index: usize) -> &str {
    manifest.tasks.get(index).map_or("a task that the archive does not know", |task| &task.name)
}

/// Whose an address space is.
pub fn who<'m>(facts: &Facts<'m>, who: Who) -> &'m str {
    match who {
        Who::Boot => BOOT,
        Who::Kernel => KERNEL,
        Who::Task(index) => task(facts.manifest, index),
    }
}

/// Physical memory, and what the archive calls it: `0x40100000..0x40101000 (ping stack)`.
pub fn memory(facts: &Facts<'_>, physical: u64, size: u64) -> String {
    let end = physical.saturating_add(size);
    let regions = &facts.manifest.memory;
    let named = regions.iter().find(|region| {
        region.physical <= physical && physical < region.physical.saturating_add(region.size)
    });
    match named {
        Some(region) => format!("{physical:#x}..{end:#x} ({})", region.name),
        None => format!("{physical:#x}..{end:#x}"),
    }
}

/// Who has a piece where, and what may be done with it: `ping at 0x10001000 (rw-)`.
pub fn mapping(facts: &Facts<'_>, extent: &Extent, piece: &Piece) -> String {
    let address = extent.address_of(piece.physical);
    format!("{} at {address:#x} ({})", who(facts, extent.who), access(extent))
}

/// Several, joined.
pub fn mappings<'e>(
    facts: &Facts<'_>,
    extents: impl IntoIterator<Item = &'e Extent>,
    piece: &Piece,
) -> String {
    let all: Vec<String> =
        extents.into_iter().map(|extent| mapping(facts, extent, piece)).collect();
    list(&all)
}

/// `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => "nobody".into(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What the owner of an address space may do; what a task may do with the kernel's is said, too.
fn access(extent: &Extent) -> String {
    let rights = extent.leaf.rights;
    match extent.who {
        Who::Task(_) if rights.user.any() => letters(rights.user),
        _ if rights.user.any() => {
            format!("{}, tasks {}", letters(rights.kernel), letters(rights.user))
        }
        _ => letters(rights.kernel),
    }
}

/// `rwx`, with `-` for what is not allowed.
pub fn letters(access: Access) -> String {
    let letter = |yes, letter| if yes { letter } else { '-' };
    [letter(access.read, 'r'), letter(access.write, 'w'), letter(access.execute, 'x')]
        .iter()
        .collect()
}
