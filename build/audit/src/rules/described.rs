//! What is mapped, against what the archive and the kernel's own tables say.

use crate::compare::{Difference, Stretch, differences};
use crate::descriptor::Access;
use crate::facts::Facts;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use crate::walk::{Extent, Space, Who};
use archive::Region;
use config::{RegionAttributes, RegionDesc};

/// Every task's table maps exactly the regions that the kernel checks its buffers against.
pub fn region_table(facts: &Facts<'_>, findings: &mut Findings) {
    for (index, space) in facts.task_spaces() {
        let listed = facts.regions[index].iter().map(listed).collect();
        let name = show::task(facts.manifest, index);
        let source = "the kernel's table of regions has";
        report(Rule::RegionTable, name, source, differences(listed, mapped(space)), findings);
    }
}

fn listed(region: &RegionDesc) -> Stretch {
    let has = |attribute| region.attributes.contains(attribute);
    Stretch {
        address: region.base,
        size: region.size,
        physical: region.physical,
        read: has(RegionAttributes::READ),
        write: has(RegionAttributes::WRITE),
        execute: has(RegionAttributes::EXECUTE),
        device: has(RegionAttributes::DEVICE),
    }
}

/// Every table maps exactly what the archive's manifest describes. For the boot code that is the
/// beginning of the kernel's text, where it lies.
pub fn archive(facts: &Facts<'_>, findings: &mut Findings) {
    let known = facts.manifest.tasks.len();
    if known != facts.tasks.len() {
        let words =
            format!("{} tasks are in the image, the archive has {known}", facts.tasks.len());
        findings.plain(Rule::Described, words);
    }
    for space in &facts.spaces {
        let described: Vec<Stretch> = match space.who {
            Who::Boot => continue,
            Who::Kernel => facts.manifest.kernel.regions.iter().map(described).collect(),
            Who::Task(index) => match facts.manifest.tasks.get(index) {
                Some(task) => task.regions.iter().map(described).collect(),
                None => continue,
            },
        };
        let name = show::who(facts, space.who);
        let found = differences(described, mapped(space));
        report(Rule::Described, name, "the archive has", found, findings);
    }
    boot(facts, findings);
}

fn described(region: &Region) -> Stretch {
    let has = |letter| region.access.contains(letter);
    Stretch {
        address: region.base,
        size: region.size,
        physical: region.physical,
        read: has('r'),
        write: has('w'),
        execute: has('x'),
        device: has('d'),
    }
}

/// The boot code is one piece from the image's first byte on, and can be executed.
fn boot(facts: &Facts<'_>, findings: &mut Findings) {
    let space = &facts.spaces[0];
    let whole = match space.extents.as_slice() {
        [only] => {
            only.address == facts.image.base
                && only.leaf.physical == facts.image.base
                && only.leaf.rights.kernel.execute
        }
        _ => false,
    };
    if !whole {
        let words = "the boot code is not mapped where it lies, in one executable piece";
        let first = space.extents.first();
        let place = first.map_or_else(Place::default, |extent| Place {
            physical: extent.leaf.physical,
            address: extent.address,
            size: extent.size,
        });
        findings.add(Rule::Described, &[show::BOOT], words.into(), place);
    }
}

/// What an address space really has: tasks' by what EL0 may do, the kernel's by what EL1 may.
fn mapped(space: &Space) -> Vec<Stretch> {
    let stretch = |extent: &Extent| {
        let rights = extent.leaf.rights;
        let Access { read, write, execute } =
            if matches!(space.who, Who::Task(_)) { rights.user } else { rights.kernel };
        let (address, size, physical) = (extent.address, extent.size, extent.leaf.physical);
        Stretch {
            address,
            size,
            physical,
            read,
            write,
            execute,
            device: extent.leaf.memory.is_device(),
        }
    };
    space.extents.iter().map(stretch).collect()
}

fn report(rule: Rule, name: &str, source: &str, found: Vec<Difference>, findings: &mut Findings) {
    let said = |stretch: Option<Stretch>| {
        stretch.map_or_else(|| "nothing".into(), |stretch| stretch.words())
    };
    for Difference { address, size, expected, found } in found {
        let words = format!(
            "{address:#x} of {name}, {size:#x} bytes: {source} {}, mapped is {}",
            said(expected),
            said(found)
        );
        let physical = found.or(expected).map_or(0, |stretch| stretch.physical);
        findings.add(rule, &[name], words, Place { physical, address, size });
    }
}
