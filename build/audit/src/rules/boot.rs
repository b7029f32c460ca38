//! What happens before there are tables, and whether these files belong together.

use crate::facts::{Facts, is_linear};
use crate::regime::REGISTERS;
use crate::report::{Findings, Place};
use crate::rule::Rule;
use crate::show;
use config::window::{ARRAYS, EPITAPH, KERNEL};
use config::{Epitaph, PAGE};

/// The boot code's constants hold the register values that `regime` assumes. Another value in a
/// kernel of another revision would give the same descriptors another meaning.
pub fn registers(facts: &Facts<'_>, findings: &mut Findings) {
    let Some(boot) = facts.spaces[0].extents.first() else { return };
    let code = facts.image.at(boot.leaf.physical, usize::try_from(boot.size).unwrap_or(usize::MAX));
    let code = code.unwrap_or_default();
    for (name, value) in REGISTERS {
        let bytes = value.to_le_bytes();
        // Constants that `ldr` loads lie at multiples of four bytes.
        let mut words = code.windows(8).step_by(4);
        if !words.any(|word| word == bytes) {
            let words = format!(
                "the boot code has no constant {value:#x} for {name}: this kernel is of another \
                 revision than this tool, which cannot read its tables for sure"
            );
            findings.plain(Rule::Registers, words);
        }
    }
}

/// What is written with the MMU off is what it is meant to be: no table keeps the boot code from
/// writing anything else.
pub fn writes(facts: &Facts<'_>, findings: &mut Findings) {
    let boot = &facts.boot;
    let [start, end] = boot.writable;
    let spans = [
        ("the kernel's variables", boot.bss[0], boot.bss[1]),
        ("the epitaph", boot.epitaph, boot.epitaph.saturating_add(size_of::<Epitaph>() as u64)),
    ];
    for (what, from, to) in spans {
        if from > to || from < start || to > end {
            add(findings, what, from, to, "is not in the writable memory");
        }
    }
    if !window_is(facts, boot.bss, KERNEL..ARRAYS) {
        add(findings, "what is cleared", boot.bss[0], boot.bss[1], "is not the kernel's variables");
    }
    if facts.kernel().translate(EPITAPH) != Some(boot.epitaph) {
        let at = boot.epitaph;
        add(findings, "the epitaph", at, at, "is not where the kernel has it");
    }
    let mut written = vec![("the writable memory", start, end)];
    if boot.retained != 0 {
        let size = end.saturating_sub(start);
        written.push((
            "the previous boot's copy",
            boot.retained,
            boot.retained.saturating_add(size),
        ));
    }
    for (what, from, to) in written.iter().copied() {
        if from > to || !facts.is_ram(from) || !facts.is_ram(to.saturating_sub(1)) {
            add(findings, what, from, to, "is not in RAM");
        }
        if from < facts.image.end() && facts.image.base < to {
            add(findings, what, from, to, "overlaps the image");
        }
    }
    if let [_, (what, from, to)] = written[..]
        && from < end
        && start < to
    {
        add(findings, what, from, to, "overlaps the memory that it is a copy of");
    }
}

fn add(findings: &mut Findings, what: &str, from: u64, to: u64, words: &str) {
    let place = Place { physical: from, address: 0, size: to.saturating_sub(from) };
    let words = format!("{what}, {from:#x}..{to:#x}, {words}");
    findings.add(Rule::BootWrites, &[show::BOOT], words, place);
}

/// Whether what the kernel has writable in a window is this memory, but for the rest of a page.
fn window_is(facts: &Facts<'_>, [from, to]: [u64; 2], window: std::ops::Range<u64>) -> bool {
    let extents = facts.kernel().extents.iter().filter(|extent| {
        window.contains(&extent.address) && extent.leaf.rights.kernel.write && !is_linear(extent)
    });
    let mut spans: Vec<(u64, u64)> =
        extents.map(|extent| (extent.leaf.physical, extent.physical_end())).collect();
    spans.sort_unstable();
    match spans[..] {
        [] => from == to,
        [(start, end)] => start == from && to <= end && end - to < PAGE,
        _ => false,
    }
}

/// The id that stands in the image three times is the archive's.
pub fn one_build(facts: &Facts<'_>, findings: &mut Findings) {
    let id = facts.manifest.image_id;
    if facts.boot.image_id != id || facts.head.image_id != id {
        let words = format!(
            "the archive is of image {id:016x}; the boot parameters say {:016x}, the descriptors \
             {:016x}",
            facts.boot.image_id, facts.head.image_id
        );
        findings.plain(Rule::Image, words);
    }
    if facts.manifest.load_address != facts.image.base {
        let words = format!(
            "the archive has the image loaded at {:#x}, the image wants {:#x}",
            facts.manifest.load_address, facts.image.base
        );
        findings.plain(Rule::Image, words);
    }
    if facts.manifest.tasks.iter().any(|task| task.grants.is_none()) {
        let words = "the archive is from before it said what app.toml grants: build it again";
        findings.plain(Rule::Image, words.into());
    }
}
