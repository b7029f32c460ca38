//! No translation serves an address space that it was not made for.

use crate::facts::{ASID_SHIFT, Facts};
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use crate::walk::Who;

/// The lower half belongs to one address space, the upper to all; ids tell the former apart.
pub fn translations(facts: &Facts<'_>, findings: &mut Findings) {
    for extent in facts.extents() {
        let upper = extent.who == Who::Kernel;
        if extent.leaf.not_global == upper {
            let who = show::who(facts, extent.who);
            let words = format!(
                "{:#x} of {who} is marked as {}",
                extent.address,
                if upper {
                    "belonging to one address space (nG), yet it serves all"
                } else {
                    "global (nG clear): the TLB would give it to every task"
                }
            );
            let place = Place {
                physical: extent.leaf.physical,
                address: extent.address,
                size: extent.size,
            };
            findings.add(Rule::AddressSpace, &[who], words, place);
        }
    }
    ids(facts, findings);
}

/// 0 is the boot's, so no task has it.
fn ids(facts: &Facts<'_>, findings: &mut Findings) {
    let mut ids: Vec<(u64, &str)> = vec![(0, show::BOOT)];
    for (index, task) in facts.tasks.iter().enumerate() {
        let id = task.ttbr0 >> ASID_SHIFT;
        let name = show::task(facts.manifest, index);
        if let Some((_, other)) = ids.iter().find(|(taken, _)| *taken == id) {
            let words = format!("{name} and {other} both have the address space id {id}");
            findings.add(Rule::AddressSpace, &[name, other], words, Place::default());
        }
        ids.push((id, name));
    }
}
