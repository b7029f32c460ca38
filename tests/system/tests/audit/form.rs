//! One change to a real image that no builder would make, and the audit must name the rule.

use crate::specimen::{
    ACCESSED, ADDRESS, ATTRIBUTE, NOT_GLOBAL, READ_ONLY, SHARED, Specimen, TTBR0, USER, USER_NEVER,
    VALID, damaged, demo,
};
use audit::Rule;
use config::{BootDesc, ImageDesc, PAGE, RegionDesc, window};
use std::mem::offset_of;

#[test]
fn translations_that_serve_another_address_space() {
    let image = damaged(|image| image.change(image.page_of("ping", "stack"), NOT_GLOBAL, 0));
    image.must_break(Rule::AddressSpace, &["of ping is marked as global"]);
    let image =
        damaged(|image| image.change(image.slot("boot", image.boot().load_address), NOT_GLOBAL, 0));
    image.must_break(Rule::AddressSpace, &["of the boot code is marked as global"]);
    let image = damaged(|image| image.change(image.page_of("kernel", "bss"), 0, NOT_GLOBAL));
    image.must_break(Rule::AddressSpace, &["of the kernel is marked as belonging to one"]);
}

#[test]
fn address_space_ids_that_are_not_ones_own() {
    let pong = demo().task("pong").ttbr0 >> 48;
    let image = damaged(|image| image.change(image.record("ping") + TTBR0, !0 << 48, pong << 48));
    image.must_break(Rule::AddressSpace, &["ping and pong both have the address space id"]);
    let image = damaged(|image| image.change(image.record("ping") + TTBR0, !0 << 48, 0));
    image.must_break(Rule::AddressSpace, &["ping and the boot code both", "id 0"]);
}

/// Memory of some task that it can write and the linear map has in pages. Where much of one kind lies
/// together, it has blocks.
fn written_by_pages(image: &Specimen) -> (String, u64) {
    let is_pages = |physical| image.way("kernel", window::LINEAR + physical).len() == 3;
    let mut all = image.manifest.tasks.iter().flat_map(|task| {
        let written = task.regions.iter().filter(|region| region.access.contains('w'));
        written.map(|region| (task.name.clone(), region))
    });
    let found = all.find(|(_, region)| region.size > PAGE && is_pages(region.physical));
    found.map(|(owner, region)| (owner, region.physical)).expect("the first of it is in pages")
}

#[test]
fn a_linear_map_that_is_not_linear() {
    let (owner, data) = written_by_pages(&demo());
    let linear = window::LINEAR + data;
    let image = damaged(|image| image.point(image.slot("kernel", linear), data + PAGE));
    let words = format!("{linear:#x} in the linear map shows {:#x}", data + PAGE);
    image.must_break(Rule::LinearMap, &[&words]);
    for (clear, set) in [(VALID, 0), (0, READ_ONLY)] {
        let image = damaged(|image| image.change(image.slot("kernel", linear), clear, set));
        image.must_break(Rule::LinearMap, &[&format!("{data:#x}, {owner}'s"), "fault the kernel"]);
    }
}

#[test]
fn regions_that_the_kernel_believes_in() {
    let fields = [
        (offset_of!(RegionDesc, physical), "mapped is"),
        (offset_of!(RegionDesc, base), "mapped is nothing"),
        (offset_of!(RegionDesc, size), "mapped is nothing"),
    ];
    for (field, words) in fields {
        let image = damaged(|image| {
            let at = image.region_record("ping", 2) + field;
            image.set(at, image.get(at) + 2 * PAGE);
        });
        image.must_break(
            Rule::RegionTable,
            &["of ping", "the kernel's table of regions has", words],
        );
    }
    let image = damaged(|image| {
        let at = image.region_record("ping", 0) + offset_of!(RegionDesc, attributes);
        // READ and EXECUTE become READ and WRITE.
        image.set(at, 0b011);
    });
    image.must_break(Rule::RegionTable, &["(rw-), mapped is", "(r-x)"]);
}

#[test]
fn a_page_with_fewer_rights_than_its_region() {
    let image = damaged(|image| image.change(image.page_of("ping", "stack"), 0, READ_ONLY));
    image.must_break(Rule::RegionTable, &["of ping", "(rw-), mapped is", "(r--)"]);
    let image = damaged(|image| image.change(image.page_of("ping", "stack"), USER, 0));
    image.must_break(Rule::RegionTable, &["of ping", "(rw-), mapped is", "(---)"]);
    let image = damaged(|image| image.change(image.page_of("ping", "text"), 0, USER_NEVER));
    image.must_break(Rule::RegionTable, &["ping begins at", "where it can execute nothing"]);
}

#[test]
fn text_that_no_loader_brings_and_variables_that_one_does() {
    let retained = demo().boot().retained;
    let image = damaged(|image| image.point(image.page_of("ping", "text"), retained));
    image.must_break(Rule::Place, &["(retained)", "not in the image, yet ping at"]);
    let image = damaged(|image| image.point(image.page_of("ping", "stack"), retained));
    image.must_break(Rule::Place, &["(retained)", "is the previous boot's copy, yet ping at"]);
    let constants = demo().region("ping", "rodata").physical;
    let image = damaged(|image| image.point(image.page_of("ping", "stack"), constants));
    image.must_break(Rule::Place, &["(ping rodata)", "part of the image, yet ping at"]);
    let data = demo().region("ping", "stack").physical;
    let image = damaged(|image| {
        let linear = image.slot("kernel", window::LINEAR + data);
        image.change(linear, 0, READ_ONLY);
        image.change(image.page_of("ping", "stack"), 0, READ_ONLY);
    });
    image.must_break(Rule::Place, &["(ping stack)", "nobody can write it"]);
}

#[test]
fn boot_code_that_writes_what_it_must_not() {
    let start = demo().boot().load_address;
    let cases = [
        (offset_of!(BootDesc, bss), start, "the kernel's variables"),
        (offset_of!(BootDesc, bss) + 8, u64::MAX - 63, "the kernel's variables"),
        (offset_of!(BootDesc, epitaph), start, "the epitaph"),
        (offset_of!(BootDesc, retained), start, "overlaps the image"),
        (offset_of!(BootDesc, retained), demo().boot().writable[0], "that it is a copy of"),
        (offset_of!(BootDesc, retained), 0x0900_0000, "is not in RAM"),
        (offset_of!(BootDesc, writable), start, "overlaps the image"),
    ];
    for (field, value, words) in cases {
        let image = damaged(|image| image.set(field, value));
        image.must_break(Rule::BootWrites, &[words]);
    }
    // A page of a task's stack instead of variables.
    let image = damaged(|image| {
        let stack = image.region("ping", "stack").physical;
        image.set(offset_of!(BootDesc, bss), stack);
        image.set(offset_of!(BootDesc, bss) + 8, stack + PAGE);
    });
    image.must_break(Rule::BootWrites, &["what is cleared", "is not the kernel's variables"]);
}

#[test]
fn tables_that_are_elsewhere() {
    let writable = demo().boot().writable[0];
    let cases = [("ping", "ping"), ("kernel", "the kernel"), ("boot", "the boot code")];
    for (who, name) in cases {
        let address = match who {
            "kernel" => window::KERNEL,
            "boot" => demo().boot().load_address,
            task => demo().task(task).entry,
        };
        let image = damaged(|image| {
            let way = image.way(who, address);
            image.point(way[1], writable);
        });
        let words = format!("a level 3 table of {name} is at {writable:#x}, no page of the image");
        image.must_break(Rule::TablePlace, &[&words]);
    }
}

#[test]
fn tables_that_two_address_spaces_share() {
    let image = damaged(|image| {
        let theirs = image.get(image.way("pong", image.task("pong").entry)[1]) & ADDRESS;
        image.point(image.way("ping", image.task("ping").entry)[1], theirs);
    });
    image.must_break(Rule::TablePlace, &["is one of pong and of ping"]);
    let image = damaged(|image| {
        let pong = image.root("pong");
        image.change(image.record("ping") + TTBR0, ADDRESS, pong);
    });
    image.must_break(Rule::TablePlace, &["is one of pong and of ping"]);
}

#[test]
fn tables_that_lead_back_to_themselves() {
    let image = damaged(|image| {
        let root = image.root("ping");
        image.point(image.way("ping", image.task("ping").entry)[0], root);
    });
    image.must_break(Rule::TablePlace, &["the tables of ping lead to the one at", "twice"]);
}

#[test]
fn roots_with_more_than_an_address() {
    let image = damaged(|image| image.change(image.record("ping") + TTBR0, 0, 1));
    image.must_break(Rule::TablePlace, &["a level 1 table of ping", "no page of the image"]);
    let at = offset_of!(BootDesc, boot_table);
    let image = damaged(|image| image.change(at, 0, 7 << 48));
    image.must_break(Rule::TablePlace, &["the boot code has the table", "no address"]);
}

#[test]
fn descriptors_with_bits_that_must_be_clear() {
    let page = demo().page_of("ping", "stack");
    let table = demo().way("ping", demo().task("ping").entry)[1];
    for bit in [5, 48, 49, 50, 51, 52, 55, 56, 57, 58, 59, 60, 61, 62, 63] {
        let image = damaged(|image| image.change(page, 0, 1 << bit));
        image.must_break(Rule::Descriptor, &["the level 3 descriptor", "of ping"]);
    }
    for bit in (2..12).chain(48..64) {
        let image = damaged(|image| image.change(table, 0, 1 << bit));
        image.must_break(Rule::Descriptor, &["the level 2 descriptor", "of ping"]);
    }
    let image = damaged(|image| image.change(page, ACCESSED, 0));
    image.must_break(Rule::Descriptor, &["the access flag is clear"]);
    let image = damaged(|image| image.change(page, SHARED, 0));
    image.must_break(Rule::Descriptor, &["not inner shareable"]);
    let image = damaged(|image| image.change(page, 0, 7 * ATTRIBUTE));
    image.must_break(Rule::Descriptor, &["AttrIndx names a memory type"]);
    let image = damaged(|image| image.change(page, 0b10, 0));
    image.must_break(Rule::Descriptor, &["bits 1 and 0 of a page are 01"]);
    let image = damaged(|image| image.change(page, VALID, 0));
    image.must_break(Rule::Descriptor, &["it is not valid, yet not zero"]);
    // A table becomes a block, at an address that blocks cannot have.
    let image = damaged(|image| image.change(table, 0b10, 0));
    image.must_break(Rule::Descriptor, &["the level 2 descriptor", "block's address"]);
}

#[test]
fn a_kernel_that_sets_other_registers() {
    let value = config::regime::TCR.to_le_bytes();
    let image = damaged(|image| {
        let at = image.image.windows(8).position(|word| word == value).expect("a constant");
        image.image[at] ^= 1;
    });
    image.must_break(Rule::Registers, &["no constant", "for TCR_EL1"]);
}

#[test]
fn memory_of_the_kernels_that_is_not_there() {
    for region in ["text", "bss", "stack", "gic-cpu"] {
        let image = damaged(|image| image.set(image.page_of("kernel", region), 0));
        let base = image.region("kernel", region).base;
        let words = format!("{base:#x} of the kernel");
        image.must_break(Rule::Described, &[&words, "mapped is nothing"]);
    }
}

#[test]
fn files_of_two_builds() {
    let image = damaged(|image| image.manifest.image_id ^= 1);
    image.must_break(Rule::Image, &["the archive is of image"]);
    let image = damaged(|image| {
        let at = image.at(image.descriptors()) + offset_of!(ImageDesc, image_id);
        image.image[at] ^= 1;
    });
    image.must_break(Rule::Image, &["the archive is of image"]);
    let image = damaged(|image| image.manifest.tasks[1].grants = None);
    image.must_break(Rule::Image, &["build it again"]);
}

#[test]
fn images_that_are_no_images() {
    for length in [0, 7, 64, 4096] {
        let mut image = demo();
        image.image.truncate(length);
        assert!(!image.audit().is_clean(), "{length} bytes");
    }
    let mut image = demo();
    image.image.fill(0xff);
    assert!(!image.audit().is_clean());
}
