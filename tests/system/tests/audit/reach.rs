//! One change to a real image that gives someone too much, and the audit must name the rule.

use crate::specimen::{
    ADDRESS, ATTRIBUTE, KERNEL_NEVER, READ_ONLY, SHARED, USER, USER_NEVER, damaged, demo, sharers,
};
use audit::Rule;
use config::{PAGE, window};

#[test]
fn undamaged_images_are_clean() {
    for image in [demo(), sharers()] {
        let report = image.audit();
        assert!(report.is_clean(), "{report}");
    }
}

#[test]
fn text_that_its_task_can_write() {
    let image = damaged(|image| image.change(image.page_of("ping", "text"), READ_ONLY, 0));
    image.must_break(Rule::WriteExecute, &["(ping text)", "written by ping at", "(rwx)"]);
}

#[test]
fn variables_that_a_task_can_execute() {
    let image = damaged(|image| image.change(image.page_of("ping", "stack"), USER_NEVER, 0));
    image.must_break(Rule::WriteExecute, &["(ping stack)", "the kernel at", "executed by ping at"]);
}

#[test]
fn text_that_the_linear_map_can_write() {
    for (who, region) in [("kernel", "text"), ("shell", "text")] {
        let text = demo().region(who, region);
        let linear = window::LINEAR + text.physical;
        let image = damaged(|image| image.change(image.slot("kernel", linear), READ_ONLY, 0));
        let address = format!("the kernel at {linear:#x} (rw-)");
        image.must_break(Rule::WriteExecute, &[&format!("({who} text)"), &address]);
    }
}

#[test]
fn variables_that_the_kernel_can_execute() {
    let image = damaged(|image| image.change(image.page_of("kernel", "bss"), KERNEL_NEVER, 0));
    image.must_break(Rule::WriteExecute, &["(kernel bss)", "executed by the kernel at"]);
}

#[test]
fn one_task_in_another_ones_memory() {
    for region in ["stack", "text", "rodata"] {
        let theirs = demo().region("shell", region).physical;
        let image = damaged(|image| image.point(image.page_of("pong", region), theirs));
        let why = format!("app.toml shares `{region}` of");
        image.must_break(Rule::TwoTasks, &["pong at", "shell at", &why, "nobody"]);
    }
}

#[test]
fn a_region_for_a_task_that_app_toml_does_not_name() {
    let dumps = demo().region("supervisor", "dumps");
    let image = damaged(|image| {
        let entry = image.get(image.page_of("ping", "stack")) & !ADDRESS | dumps.physical;
        let free = image.region("ping", "stack").base + 8 * PAGE;
        let slot = image.slot("ping", free);
        assert_eq!(image.get(slot), 0, "there is nothing behind the stack");
        image.set(slot, entry);
    });
    image.must_break(Rule::TwoTasks, &["(dumps)", "supervisor at", "ping at"]);
}

#[test]
fn a_region_that_a_reader_can_write() {
    let image = sharers();
    let mut readers = image.manifest.tasks.iter().filter(|task| {
        task.regions.iter().any(|region| region.name == "commons" && region.access == "r--s")
    });
    let reader = readers.next().expect("someone reads").name.clone();
    let mut damaged = image.clone();
    damaged.change(image.page_of(&reader, "commons"), READ_ONLY, 0);
    let why = format!("app.toml lets {reader} only read region `commons`");
    damaged.must_break(Rule::TwoTasks, &["(commons)", &why]);
}

#[test]
fn a_region_whose_pages_are_not_where_they_should_be() {
    let dumps = demo().region("supervisor", "dumps").physical;
    let image = damaged(|image| image.point(image.page_of("supervisor", "dumps"), dumps + PAGE));
    let why = "region `dumps` of supervisor is not what app.toml says";
    image.must_break(Rule::TwoTasks, &["(dumps)", why]);
}

#[test]
fn a_table_of_the_build_tool_that_a_reader_can_write() {
    let image = damaged(|image| image.change(image.page_of("shell", "task-table"), READ_ONLY, 0));
    image.must_break(Rule::TwoTasks, &["(task-table)", "shell may only read `task-table`"]);
}

#[test]
fn the_kernels_memory_for_a_task() {
    for (region, name) in
        [("bss", "(kernel bss)"), ("stack", "(kernel stack)"), ("text", "(kernel text)")]
    {
        let theirs = demo().region("kernel", region).physical;
        let image = damaged(|image| image.point(image.page_of("ping", "stack"), theirs));
        image.must_break(Rule::KernelMemory, &[name, "tasks reach it: ping at", "(rw-)"]);
    }
}

#[test]
fn pages_of_the_kernel_that_are_open_to_tasks() {
    for (set, clear, how) in [(USER, 0, "tasks rw-"), (0, USER_NEVER, "tasks --x")] {
        let image = damaged(|image| image.change(image.page_of("kernel", "bss"), clear, set));
        image.must_break(Rule::KernelMemory, &["(kernel bss)", "the kernel at", how]);
    }
    let image =
        damaged(|image| image.change(image.slot("boot", image.boot().load_address), 0, USER));
    image.must_break(Rule::KernelMemory, &["(kernel text)", "the boot code at", "tasks r--"]);
}

#[test]
fn the_linear_map_open_to_tasks() {
    let linear = window::LINEAR + demo().region("shell", "stack").physical;
    let image = damaged(|image| image.change(image.slot("kernel", linear), 0, USER));
    image.must_break(Rule::KernelMemory, &["the kernel at", "tasks rw-"]);
}

#[test]
fn a_page_table_for_a_task() {
    let table = demo().root("ping");
    let image = damaged(|image| image.point(image.page_of("ping", "stack"), table));
    image.must_break(Rule::TableWrite, &["(page tables)", "holds a page table", "ping at"]);
    image.must_break(Rule::KernelMemory, &["(page tables)", "ping at"]);
}

#[test]
fn tables_and_descriptors_that_the_linear_map_can_write() {
    let descriptors = demo().descriptors();
    for (physical, what) in [
        (demo().root("blk"), "holds a page table"),
        (descriptors, "holds the kernel's descriptors"),
    ] {
        let linear = window::LINEAR + physical;
        let image = damaged(|image| image.change(image.slot("kernel", linear), READ_ONLY, 0));
        image.must_break(Rule::TableWrite, &[what, "the kernel at", "(rw-)"]);
    }
}

#[test]
fn a_device_for_a_second_task() {
    let uart = demo().region("console", "uart0");
    let image = damaged(|image| {
        let entry = image.get(image.page_of("console", "uart0"));
        let slot = image.slot("ping", image.region("ping", "stack").base + 8 * PAGE);
        image.set(slot, entry);
    });
    image.must_break(Rule::Device, &["0x9000000", "holds device uart0 of console", "ping at"]);
    image.must_break(Rule::Device, &["of no device that app.toml gives to ping"]);
    assert_eq!(uart.physical, 0x0900_0000);
}

#[test]
fn registers_that_nobody_owns() {
    // The clock instead of the serial line, and the interrupt controller instead of the disk.
    for (who, region, physical) in
        [("console", "uart0", 0x0901_0000), ("blk", "virtio0", 0x0800_0000)]
    {
        let image = damaged(|image| image.point(image.page_of(who, region), physical));
        let gives = format!("is of no device that app.toml gives to {who}");
        image.must_break(Rule::Device, &[&format!("{physical:#x}"), &gives]);
        image.must_break(Rule::Device, &[&format!("{who} does not reach"), region]);
    }
}

#[test]
fn registers_that_are_no_device_memory_and_the_other_way_round() {
    let image = damaged(|image| image.change(image.page_of("blk", "virtio0"), ATTRIBUTE, 0));
    image.must_break(Rule::Device, &["is no RAM, yet normal memory for blk at"]);
    let image = damaged(|image| image.change(image.page_of("blk", "stack"), 0, ATTRIBUTE));
    image.must_break(Rule::Device, &["is RAM, yet device memory for blk at"]);
}

#[test]
fn the_interrupt_controller_for_a_task() {
    let image = damaged(|image| {
        image.change(image.page_of("kernel", "gic-cpu"), 0, USER);
    });
    image.must_break(Rule::KernelMemory, &["0x80a0000", "tasks rw-"]);
}

#[test]
fn aliases_of_different_kinds() {
    let image = damaged(|image| image.change(image.page_of("blk", "dma"), 0, ATTRIBUTE << 1));
    image.must_break(Rule::Alias, &["(blk dma)", "write-back", "non-cacheable", "blk at"]);
    // Nobody else maps a page table, but the processor reads it when it walks.
    let linear = window::LINEAR + demo().root("ping");
    let image = damaged(|image| image.change(image.slot("kernel", linear), 0, ATTRIBUTE << 1));
    image.must_break(Rule::Alias, &["(page tables)", "is no memory for DMA, yet non-cacheable"]);
    let image = damaged(|image| image.change(image.page_of("kernel", "bss"), SHARED, 0));
    image.must_break(Rule::Alias, &["(kernel bss)", "outer shareable"]);
}

#[test]
fn guards_that_are_filled() {
    let pong = demo().task("pong");
    let cases = [("below", pong.stack_bottom - PAGE), ("above", pong.stack_top)];
    for (side, address) in cases {
        let image = damaged(|image| {
            let entry = image.get(image.page_of("pong", "stack"));
            image.set(image.slot("pong", address), entry);
        });
        let words = format!("the guard {side} the stack of pong, {address:#x}, is mapped by pong");
        image.must_break(Rule::Guard, &[&words]);
    }
    // In a table of someone else's, too.
    let image = damaged(|image| {
        let way = image.way("ping", pong.stack_top);
        let slot = *way.last().expect("a slot");
        let block = image.get(image.page_of("ping", "stack")) & !ADDRESS & !0b10;
        image.set(slot, block | 0x5000_0000);
    });
    image.must_break(Rule::Guard, &["the guard above the stack of pong", "is mapped by ping"]);
}

#[test]
fn guards_of_the_kernels_stacks_that_are_filled() {
    for stack in ["stack", "emergency-stack"] {
        let region = demo().region("kernel", stack);
        let guard = region.base - PAGE;
        let image = damaged(|image| {
            let entry = image.get(image.page_of("kernel", stack));
            image.set(image.slot("kernel", guard), entry);
        });
        image.must_break(Rule::Guard, &["a guard of the kernel's stacks", &format!("{guard:#x}")]);
    }
}

#[test]
fn a_stack_with_a_hole() {
    let image = damaged(|image| image.change(image.page_of("shell", "stack"), 0, READ_ONLY));
    image.must_break(Rule::Guard, &["the stack of shell", "is not all writable"]);
}

#[test]
fn what_tasks_execute_is_not_for_the_kernel() {
    let image = damaged(|image| image.change(image.page_of("ping", "text"), KERNEL_NEVER, 0));
    image.must_break(Rule::KernelExecute, &["(ping text)", "EL1 can execute it: ping at"]);
    let image = damaged(|image| image.change(image.page_of("kernel", "rodata"), KERNEL_NEVER, 0));
    image.must_break(Rule::KernelExecute, &["(kernel rodata)"]);
    let linear = window::LINEAR + demo().region("kernel", "rodata").physical;
    let image = damaged(|image| image.change(image.slot("kernel", linear), KERNEL_NEVER, 0));
    image.must_break(Rule::KernelExecute, &["EL1 can execute it: the kernel at"]);
}

#[test]
fn the_boot_code_elsewhere() {
    let other = demo().region("kernel", "rodata").physical;
    let image = damaged(|image| image.point(image.slot("boot", image.boot().load_address), other));
    image.must_break(Rule::KernelExecute, &["(kernel rodata)", "the boot code at"]);
    image.must_break(Rule::Described, &["the boot code is not mapped where it lies"]);
}
