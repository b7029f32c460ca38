//! The pages that catch a stack which grows too far.

use crate::facts::Facts;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use crate::walk::Extent;
use config::PAGE;
use config::window::{DEVICES, STACK_SIZE, STACK_SPACING, STACKS};

/// Below and above each task's stack, in every table.
pub fn tasks(facts: &Facts<'_>, findings: &mut Findings) {
    for (index, task) in facts.tasks.iter().enumerate() {
        let name = show::task(facts.manifest, index);
        let guards = [("below", task.stack_bottom.wrapping_sub(PAGE)), ("above", task.stack_top)];
        for (side, guard) in guards {
            for extent in facts.extents().filter(|extent| extent.overlaps(guard, PAGE)) {
                let words = format!(
                    "the guard {side} the stack of {name}, {guard:#x}, is mapped by {} to {:#x}",
                    show::who(facts, extent.who),
                    extent.leaf.physical.wrapping_add(guard.saturating_sub(extent.address))
                );
                add(facts, findings, extent, guard, words);
            }
        }
        stack(facts, findings, index);
    }
}

/// The stack itself is there and writable, and the task begins with an instruction of its own.
fn stack(facts: &Facts<'_>, findings: &mut Findings, index: usize) {
    let (task, name) = (&facts.tasks[index], show::task(facts.manifest, index));
    let Some((_, space)) = facts.task_spaces().nth(index) else { return };
    let (bottom, top) = (task.stack_bottom, task.stack_top);
    let end = space.runs_to(bottom, |extent| extent.leaf.rights.user.write);
    if bottom >= top || end < top || !(bottom | top).is_multiple_of(PAGE) {
        let words = format!("the stack of {name}, {bottom:#x}..{top:#x}, is not all writable");
        let place = Place { physical: 0, address: bottom, size: top.saturating_sub(bottom) };
        findings.add(Rule::Guard, &[name], words, place);
    }
    if space.runs_to(task.entry, |extent| extent.leaf.rights.user.execute) == task.entry {
        let words = format!("{name} begins at {:#x}, where it can execute nothing", task.entry);
        let place = Place { physical: 0, address: task.entry, size: 4 };
        findings.add(Rule::RegionTable, &[name], words, place);
    }
}

/// Around the kernel's stacks: their window holds the stack and the emergency stack of one core,
/// and nothing else.
pub fn kernel(facts: &Facts<'_>, findings: &mut Findings) {
    let window = facts.kernel().extents.iter();
    for extent in window.filter(|extent| extent.overlaps(STACKS, DEVICES - STACKS)) {
        let within = extent.address.wrapping_sub(STACKS) % STACK_SPACING;
        if within < STACK_SPACING - STACK_SIZE || within + extent.size > STACK_SPACING {
            let words = format!(
                "a guard of the kernel's stacks is mapped: {:#x}, {} bytes",
                extent.address, extent.size
            );
            add(facts, findings, extent, extent.address, words);
        }
    }
}

fn add(facts: &Facts<'_>, findings: &mut Findings, by: &Extent, address: u64, words: String) {
    let physical = by.leaf.physical.wrapping_add(address.saturating_sub(by.address));
    let who = show::who(facts, by.who);
    findings.add(Rule::Guard, &[who], words, Place { physical, address, size: PAGE });
}
