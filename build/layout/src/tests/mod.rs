//! Whatever the sizes: nothing overlaps, everything is in RAM, guards are not mapped, and no table
//! gives anyone more than its own.

mod fixture;

use super::*;
use appfile::app::Access;
use appfile::app::{Table, Task};
use fixture::{app, board, device, read_table, region, share, task};
use pagetable::{LOWER, Memory, UPPER, walk};
use proptest::prelude::*;

fn sizes(tasks: Vec<TaskSizes>) -> Sizes {
    Sizes {
        kernel: KernelSizes { text: 0x9000, boot: 0x400, rodata: 0x1800, bss: 0x100 },
        records: KernelRecords {
            task: 600,
            task_alignment: 8,
            timer: 16,
            timers_per_task: 3,
            fpu: 528,
            trace: 32784,
        },
        descriptors: 5000,
        tables: vec![(Table::Tasks, 700)],
        tasks,
    }
}

/// One task with everything that tasks can have.
fn any_task(index: u64) -> impl Strategy<Value = (Task, TaskSizes)> {
    let sizes = (1u64..100_000, 0u64..50_000, 0u64..50_000);
    let dma = proptest::option::of(1u64..600);
    (sizes, 1u64..9, dma, any::<[bool; 5]>()).prop_map(move |(sizes, stack, dma, has)| {
        let mut task = task(&format!("task{index}"), stack * PAGE);
        task.dma = dma.map(|pages| pages * PAGE);
        if has[0] {
            task.devices.push(device(index));
        }
        if has[1] {
            read_table(&mut task);
        }
        if has[2] {
            share(&mut task, 0, has[3]);
        }
        if has[3] {
            share(&mut task, 1, has[2]);
        }
        task.fpu = has[4];
        let (text, rodata, data) = sizes;
        (task, TaskSizes { text, rodata, data })
    })
}

fn any_system() -> impl Strategy<Value = (App, Sizes)> {
    let tasks: Vec<_> = (0..6).map(any_task).collect();
    (tasks, 1usize..7, any::<[bool; 4]>()).prop_map(
        |(mut tasks, count, [coherent, fixed, keep, trace])| {
            tasks.truncate(count);
            let (tasks, measured) = tasks.into_iter().unzip();
            let mut regions = vec![region("scratch", 3 * PAGE), region("frames", 4 << 20)];
            regions[0].address = fixed.then_some(0x43f0_0000);
            for region in &mut regions {
                region.dma = keep;
            }
            let mut app = app(board(coherent), tasks, regions);
            app.kernel.retain = keep;
            app.kernel.trace = trace;
            (app, sizes(measured))
        },
    )
}

/// Builds a table and reads it back.
fn seen(mappings: &[Mapping]) -> Vec<Mapping> {
    let tables = pagetable::build(mappings, 0).expect("nothing overlaps");
    let read =
        |at: u64| Some(u64::from_le_bytes(tables.bytes[at as usize..][..8].try_into().ok()?));
    let upper = mappings.first().is_some_and(|mapping| mapping.address >= UPPER);
    walk(0, if upper { UPPER } else { LOWER }, &read).expect("only our descriptors")
}

fn maps(mappings: &[Mapping], address: u64) -> bool {
    mappings
        .iter()
        .any(|mapping| (mapping.address..mapping.address + mapping.size).contains(&address))
}

fn disjoint(mut spans: Vec<(u64, u64)>) -> bool {
    spans.sort_unstable();
    spans.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0)
}

fn physical(mapping: &Mapping) -> (u64, u64) {
    (mapping.physical, mapping.size)
}

fn of(span: Span) -> (u64, u64) {
    (span.base, span.size)
}

/// Address and size of each of the kernel's arrays that there is.
fn arrays(layout: &Layout, sizes: &Sizes) -> Vec<(u64, u64)> {
    let (kernel, records) = (&layout.kernel, sizes.records);
    let tasks = layout.tasks.len() as u64;
    let mut arrays = vec![
        (kernel.task_array, tasks * kernel.task_stride),
        (kernel.timer_array, kernel.timer_count * records.timer),
        (kernel.trace, records.trace),
    ];
    arrays.extend(kernel.fpu_states.iter().map(|&state| (state, records.fpu)));
    arrays.retain(|&(address, _)| address != 0);
    arrays
}

fn is_ram(app: &App, mapping: &Mapping) -> bool {
    let ram = app.board.ram;
    mapping.physical >= ram.base && mapping.physical + mapping.size <= ram.base + ram.size
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_two_things_are_in_one_place((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        let mut memory = vec![of(layout.page_tables)];
        memory.extend(layout.retained.map(of));
        memory.extend(layout.tables.iter().map(|(_, span)| of(*span)));
        memory.extend(layout.shared.iter().map(|region| physical(&region.mapping)));
        let kernel = &layout.kernel.regions;
        let own = layout.tasks.iter().flat_map(|task| &task.regions);
        let own = own.filter(|region| region.name != Table::Tasks.name());
        memory.extend(kernel.iter().chain(own).map(|region| physical(&region.mapping)));
        prop_assert!(disjoint(memory));
    }

    #[test]
    fn no_two_tasks_share_an_address_but_that_of_a_shared_region((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        let regions = layout.tasks.iter().flat_map(|task| &task.regions).chain(&layout.shared);
        let slots: Vec<_> = layout.tasks.iter().map(|task| task.text / config::SLOT).collect();
        prop_assert!(disjoint(regions.map(|r| (r.mapping.address, r.mapping.size)).collect()));
        prop_assert!(slots.windows(2).all(|pair| pair[0] < pair[1]));
        for index in 0..app.tasks.len() {
            for found in seen(&layout.task_mappings(&app, index)) {
                prop_assert!(found.rights.user);
                prop_assert!(found.address >= config::window::TASKS);
                prop_assert!(found.address + found.size <= config::window::TASKS_LIMIT);
            }
        }
    }

    #[test]
    fn stacks_have_a_guard_on_either_side((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        for (index, place) in layout.tasks.iter().enumerate() {
            let seen = seen(&layout.task_mappings(&app, index));
            prop_assert!(maps(&seen, place.stack_bottom) && maps(&seen, place.stack_top - 1));
            prop_assert!(!maps(&seen, place.stack_bottom - 1) && !maps(&seen, place.stack_top));
        }
        let kernel = seen(&layout.kernel_mappings());
        for number in 1..=2 {
            let top = config::window::STACKS + number * config::window::STACK_SPACING;
            let bottom = top - config::window::STACK_SIZE;
            prop_assert!(maps(&kernel, bottom) && maps(&kernel, top - 1));
            prop_assert!(!maps(&kernel, bottom - 1) && !maps(&kernel, top));
        }
    }

    #[test]
    fn what_is_loaded_is_written_by_nobody((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        let mut all = seen(&layout.kernel_mappings());
        for index in 0..app.tasks.len() {
            all.extend(seen(&layout.task_mappings(&app, index)));
        }
        for mapping in all.iter().filter(|mapping| mapping.rights.write) {
            let retained = layout.retained.into_iter();
            for span in retained.chain([layout.loaded, layout.page_tables]) {
                let (start, end) = (mapping.physical, mapping.physical + mapping.size);
                prop_assert!(end <= span.base || span.end() <= start, "{mapping:x?} {span:x?}");
            }
        }
    }

    #[test]
    fn tasks_reach_their_own_memory_and_no_other((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        let private = |task: &TaskLayout| {
            let own = task.regions.iter().filter(|region| region.name != Table::Tasks.name());
            own.map(|region| physical(&region.mapping)).collect::<Vec<_>>()
        };
        let kernel = layout.kernel.regions.iter().map(|region| physical(&region.mapping));
        let others: Vec<_> = kernel.chain([of(layout.page_tables)]).collect();
        for index in 0..app.tasks.len() {
            let reached = layout.task_mappings(&app, index);
            let peers = (0..app.tasks.len()).filter(|&peer| peer != index);
            let theirs = peers.flat_map(|peer| private(&layout.tasks[peer]));
            for (base, size) in theirs.chain(others.iter().copied()) {
                let touches = |m: &Mapping| m.physical < base + size && base < m.physical + m.size;
                prop_assert!(!reached.iter().any(touches));
            }
        }
    }

    #[test]
    fn the_linear_map_has_all_that_tasks_may_lend_and_no_device((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        let linear = layout.linear_map();
        prop_assert!(linear.iter().all(|m| is_ram(&app, m) && !m.rights.user && !m.rights.execute));
        prop_assert!(linear.iter().all(|m| m.address == config::window::LINEAR + m.physical));
        for index in 0..app.tasks.len() {
            for region in layout.regions_of(&app, index) {
                let m = region.mapping;
                let alias = linear.iter().find(|l| {
                    l.physical <= m.physical && m.physical + m.size <= l.physical + l.size
                });
                prop_assert_eq!(alias.is_some(), region.kind != Kind::Device);
                if let Some(alias) = alias {
                    prop_assert_eq!(alias.memory, m.memory);
                    prop_assert!(alias.rights.write || !m.rights.write);
                }
            }
        }
    }

    #[test]
    fn the_kernels_arrays_lie_apart_in_their_region((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        let region = layout.kernel.regions.iter().find(|region| region.name == "arrays");
        let region = region.expect("mapped").mapping;
        prop_assert!(region.rights.write && !region.rights.user);
        let arrays = arrays(&layout, &sizes);
        prop_assert!(arrays.iter().all(|&(start, _)| start % 16 == 0));
        let (base, end) = (region.address, region.address + region.size);
        prop_assert!(arrays.iter().all(|&(start, size)| start >= base && start + size <= end));
        prop_assert!(disjoint(arrays));
    }

    #[test]
    fn who_asks_has_floating_point_registers_and_a_trace((app, sizes) in any_system()) {
        let kernel = layout(&app, &sizes).expect("fits").kernel;
        let asked: Vec<bool> = app.tasks.iter().map(|task| task.fpu).collect();
        let given: Vec<bool> = kernel.fpu_states.iter().map(|&state| state != 0).collect();
        prop_assert_eq!(given, asked);
        prop_assert_eq!(kernel.trace != 0, app.kernel.trace);
    }

    #[test]
    fn the_tables_fit_where_they_go((app, sizes) in any_system()) {
        let layout = layout(&app, &sizes).expect("fits");
        let mut needed = pagetable::count(&layout.kernel.boot_mappings()).expect("whole pages");
        needed += pagetable::count(&layout.kernel_mappings()).expect("whole pages");
        for index in 0..app.tasks.len() {
            needed += pagetable::count(&layout.task_mappings(&app, index)).expect("whole pages");
        }
        prop_assert!(needed * PAGE <= layout.page_tables.size);
    }
}

fn small() -> (App, Sizes) {
    let tasks = vec![task("first", PAGE), task("second", PAGE)];
    let measured = TaskSizes { text: 100, rodata: 0, data: 8 };
    (app(board(true), tasks, Vec::new()), sizes(vec![measured, measured]))
}

#[test]
fn memory_is_as_large_as_said() {
    let (app, sizes) = small();
    let layout = layout(&app, &sizes).expect("fits");
    assert_eq!(layout.loaded.base, 0x4008_0000);
    assert_eq!(layout.writable.base % WRITABLE_ALIGNMENT, 0);
    let retained = layout.retained.expect("kept");
    assert_eq!((retained.base, retained.size), (layout.writable.end(), layout.writable.size));
    assert_eq!(layout.footprint(), retained.end() - 0x4008_0000);
}

#[test]
fn a_device_keeps_its_place_in_the_page() {
    let (mut app, sizes) = small();
    app.tasks[1].devices.push(device(0));
    let layout = layout(&app, &sizes).expect("fits");
    let region = layout.tasks[1].region("dev0").expect("mapped");
    assert_eq!((region.mapping.physical, region.mapping.size), (0x0a00_0000, PAGE));
    assert_eq!(region.mapping.memory, Memory::Device);
}

#[test]
fn what_does_not_fit_is_refused_with_the_numbers() {
    let (mut app, sizes) = small();
    app.tasks[0].stack = 64 << 20;
    let Err(Error::OutOfRam { needed, available }) = layout(&app, &sizes) else { panic!() };
    assert!(needed > available && available == (64 << 20) - 0x8_0000);
    app.tasks[0].stack = u64::MAX;
    app.tasks[1].stack = u64::MAX;
    assert!(layout(&app, &sizes).is_err());
}

#[test]
fn a_region_with_contents_is_loaded_and_nobody_writes_it() {
    let (mut app, sizes) = small();
    app.regions.push(region("disk", 3 * PAGE));
    app.regions[0].contents = Some(vec![1; 9000]);
    app.regions.push(region("memory", PAGE));
    share(&mut app.tasks[0], 0, false);
    share(&mut app.tasks[0], 1, true);
    share(&mut app.tasks[1], 0, false);
    let layout = layout(&app, &sizes).expect("fits");
    let [disk, memory] = [&layout.shared[0].mapping, &layout.shared[1].mapping];
    assert!(disk.physical >= layout.loaded.base);
    assert!(disk.physical + disk.size <= layout.loaded.end());
    assert!((disk.size, disk.rights.write) == (3 * PAGE, false));
    assert!(memory.physical >= layout.writable.base && memory.rights.write);
    // The kernel reaches it once, with all that is loaded.
    let linear = layout.linear_map();
    let reaches = linear.iter().filter(|map| {
        map.physical < disk.physical + disk.size && disk.physical < map.physical + map.size
    });
    assert_eq!(reaches.map(|map| map.rights.write).collect::<Vec<_>>(), [false]);
}

#[test]
fn a_region_for_devices_is_not_in_the_tasks_address_space() {
    let (mut app, sizes) = small();
    app.regions.push(region("frames", PAGE));
    share(&mut app.tasks[0], 0, true);
    share(&mut app.tasks[1], 0, true);
    app.tasks[1].regions[0].access = Access::Dma;
    let layout = layout(&app, &sizes).expect("fits");
    let physical = layout.shared[0].mapping.physical;
    let reaches = |task| layout.task_mappings(&app, task).iter().any(|m| m.physical == physical);
    assert!(reaches(0) && !reaches(1));
}

#[test]
fn a_fixed_region_lies_in_ram_and_apart_from_the_image() {
    let (mut app, sizes) = small();
    app.regions.push(region("scratch", PAGE));
    app.regions[0].address = Some(0x4008_1000);
    assert!(matches!(layout(&app, &sizes), Err(Error::FixedRegion { .. })));
    app.regions[0].address = Some(0x43ff_f000);
    assert!(layout(&app, &sizes).is_ok());
    app.regions[0].size = 2 * PAGE;
    assert!(matches!(layout(&app, &sizes), Err(Error::NotRam { .. })));
    app.regions[0].size = u64::MAX;
    assert!(layout(&app, &sizes).is_err());
}

#[test]
fn budgets_are_kept_to_the_byte() {
    let (mut app, sizes) = small();
    app.tasks[1].max_sizes.text = Some(100);
    app.tasks[1].max_sizes.ram = Some(PAGE + 8);
    assert!(layout(&app, &sizes).is_ok());
    app.tasks[1].max_sizes.ram = Some(PAGE + 7);
    let error = layout(&app, &sizes).expect_err("one byte too much").to_string();
    assert!(error.contains("`second`") && error.contains("4104") && error.contains("4103"));
}
