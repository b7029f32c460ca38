//! From objects to an image, with the real linker; then the image is read as the kernel and the
//! hardware will read it.

mod machine;
mod objects;

use appfile::{App, Files};
use config::{
    BootDesc, ImageDesc, IrqDesc, PAGE, PostRight, RegionAttributes, RegionDesc, RegionInfo,
    TaskDesc, TaskInfo, window,
};
use image::{Inputs, Linker, Products};
use machine::Machine;
use objects::{BRANCH, FPU_SIZE, SYMBOLS, TASK_SIZE, TIMERS_PER_TASK, TRACE_SIZE, Task};
use std::path::{Path, PathBuf};
use std::process::Command;
use zerocopy::FromBytes;

const APP: &str = r#"
name = "whole"
board = "qemu-virt"

[lints]
E0042 = "allow"

[kernel]
trace = true
counters = true

[kernel.time-slices]
2 = "250us"

[regions.scratch]
size = "8 KiB"

[regions.fixed]
size = "4 KiB"
address = 0x4800_0000

[tasks.supervisor]
crate = "a"
priority = 0
stack = "8 KiB"
notifications = ["fault", "spent"]
uses = ["task-table", "region-table"]

[tasks.server]
crate = "b"
priority = 1
stack = "4 KiB"
uses = ["virtio1"]
interrupts = { "virtio1.irq" = "irq" }
dma = "64 KiB"
fpu = true
budget = { run = "1500us", every = "10ms", notify = "spent" }
regions = { scratch = "rw", fixed = "r" }
on-restart = { client = "client-gone" }

[tasks.client]
crate = "c"
priority = 2
stack = "4 KiB"
notifications = ["unused"]
task-slots = { out-there = "server" }
fpu = true
budget = { run = "2s", every = "3s" }
regions = { scratch = "r" }

[tasks.idle]
crate = "task-idle"
priority = 63
stack = "4 KiB"
"#;

struct Boards;

impl Files for Boards {
    fn board(&self, name: &str) -> std::io::Result<String> {
        let boards = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards");
        std::fs::read_to_string(boards.join(format!("{name}.toml")))
    }

    fn beside(&self, path: &str) -> std::io::Result<String> {
        Err(std::io::Error::other(path.to_owned()))
    }

    fn boards(&self) -> Vec<String> {
        vec!["qemu-virt".into(), "qemu-virt-uboot".into()]
    }
}

fn app(text: &str) -> App {
    appfile::load("app.toml", text, &Boards).unwrap_or_else(|report| panic!("{report}"))
}

/// The linker of this machine. Without one nothing can be said about images, so its absence is a
/// failure.
fn linker() -> Linker {
    let runs = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).arg("--version").output();
        output.is_ok_and(|output| output.status.success())
    };
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok();
    let sysroot = sysroot.and_then(|output| String::from_utf8(output.stdout).ok());
    let lib = PathBuf::from(sysroot.unwrap_or_default().trim()).join("lib/rustlib");
    let hosts = std::fs::read_dir(lib).into_iter().flatten().flatten();
    let mut rust_lld = hosts.map(|host| host.path().join("bin/rust-lld"));
    if let Some(program) = rust_lld.find(|found| runs(found, &["-flavor", "gnu"])) {
        return Linker { program, arguments: vec!["-flavor".into(), "gnu".into()] };
    }
    let program = PathBuf::from("ld.lld");
    assert!(runs(&program, &[]), "no rust-lld and no ld.lld: `apt-get install lld`");
    Linker { program, arguments: Vec::new() }
}

fn tasks() -> Vec<Task> {
    let task = |manifest: &str, records| Task {
        manifest: manifest.into(),
        records,
        config: String::new(),
        told: 0,
        data: b"variable".to_vec(),
        constants: b"constant".to_vec(),
        bss: 100,
        stray: false,
    };
    vec![
        task("notification fault\nnotification spent\ntable region_table\ntable task_table\n", 4),
        task(
            "device virtio1\nnotification client_gone\ndma dma\nnotification irq\n\
             region scratch\nregion fixed\n",
            9,
        ),
        task("slot out_there\nregion scratch\n", 3),
        Task { data: Vec::new(), bss: 0, ..task("", 0) },
    ]
}

fn build(app: &App, kernel: &[u8], tasks: &[Task]) -> anyhow::Result<Products> {
    let folder = tempfile::tempdir()?;
    let file = |name: String, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).map(|()| path)
    };
    let objects = tasks.iter().enumerate();
    let inputs = Inputs {
        kernel: file("kernel.o".into(), kernel)?,
        tasks: objects
            .map(|(index, task)| file(format!("{index}.o"), &task.object()))
            .collect::<Result<_, _>>()?,
        linker: linker(),
        work: folder.path().join("link"),
        built: archive::Built::default(),
        extra: vec![archive::Entry { name: "idl/x.json".into(), bytes: b"{}".to_vec() }],
    };
    image::build(app, &inputs)
}

fn built() -> Products {
    build(&app(APP), &objects::kernel(0), &tasks()).expect("a good system")
}

fn refusal(app: &App, tasks: &[Task]) -> String {
    let result = build(app, &objects::kernel(0), tasks);
    format!("{:#}", result.expect_err("must be refused"))
}

fn word(bytes: &[u8], position: usize) -> u64 {
    u64::read_from_bytes(&bytes[position..position + 8]).expect("eight bytes")
}

#[test]
fn a_boot_loader_puts_it_as_far_into_ram_as_the_board_says() {
    let app = app(&APP.replace("qemu-virt", "qemu-virt-uboot"));
    let products = build(&app, &objects::kernel(0), &tasks()).expect("a good system");
    let boot = Machine::load(&products.image_bin).boot;
    assert_eq!((boot.text_offset, boot.load_address), (0x20_0000, 0x4020_0000));
}

#[test]
fn a_boot_loader_takes_it() {
    let products = built();
    let boot = Machine::load(&products.image_bin).boot;
    assert_eq!((boot.code0, boot.magic), (BRANCH, BootDesc::ARM64_MAGIC));
    assert_eq!((boot.text_offset, boot.load_address), (0x8_0000, 0x4008_0000));
    assert_eq!(boot.flags & 0b1001, 0, "little-endian, near the base of RAM");
    let end = boot.retained + (boot.writable[1] - boot.writable[0]);
    assert_eq!(boot.image_size, end - boot.load_address);
    assert!(boot.load_address + products.image_bin.len() as u64 <= boot.writable[0]);
    assert!(boot.bss.iter().chain(&boot.writable).all(|address| address % 64 == 0));
    assert!(boot.bss[1] - boot.bss[0] >= 100);
}

#[test]
fn the_elf_says_the_same() {
    use object::{Object, ObjectSegment};
    let products = built();
    let elf = object::File::parse(&*products.image_elf).expect("an ELF");
    assert_eq!(elf.entry(), 0x4008_0000);
    let segments: Vec<_> = elf.segments().collect();
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].address(), 0x4008_0000);
    assert!(segments[0].data().expect("in the file") == products.image_bin);
}

#[test]
fn boot_code_is_mapped_where_it_is_and_nothing_else() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let space = machine.space(machine.boot.boot_table);
    let [only] = space[..] else { panic!("{space:x?}") };
    assert_eq!((only.address, only.physical), (0x4008_0000, 0x4008_0000));
    // Boot parameters and 5000 bytes of boot code.
    assert_eq!(only.size, 2 * PAGE);
    assert!(only.rights.execute && !only.rights.write && !only.rights.user);
}

#[test]
fn the_kernel_finds_everything_in_its_windows() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    assert_eq!(machine.virtual_bytes(window::KERNEL, 4), BRANCH.to_le_bytes());
    let boot = window::KERNEL + size_of::<BootDesc>() as u64;
    let constants = word(machine.virtual_bytes(boot, 8), 0);
    assert_eq!(machine.virtual_bytes(constants, 16), b"kernel constants");
    let zero = word(machine.virtual_bytes(boot + 8, 8), 0);
    let at = |address| Machine::translate(&machine.kernel, address);
    let bss = machine.boot.bss;
    assert!(at(zero).is_some_and(|(p, m)| (bss[0]..bss[1]).contains(&p) && m.rights.write));
    assert_eq!(at(window::EPITAPH).map(|(p, _)| p), Some(machine.boot.epitaph));
    let head = machine.head;
    assert_eq!(head.magic, ImageDesc::MAGIC);
    assert_eq!(head.tasks.count, 4);
    assert_eq!(head.timer_count, 4 * TIMERS_PER_TASK);
    let timers = head.timer_array + 16 * u64::from(head.timer_count);
    let arrays = [head.task_array + u64::from(TASK_SIZE) * 4, timers];
    assert!(head.timer_array >= arrays[0]);
    for end in arrays {
        assert!(at(end - 1).is_some_and(|(_, m)| m.rights.write && !m.rights.user));
    }
    let gic = [head.board.gic_distributor, head.board.gic_cpu].map(at);
    assert_eq!(gic.map(|found| found.map(|(p, _)| p)), [Some(0x0800_0000), Some(0x080a_0000)]);
}

#[test]
fn tasks_start_where_their_tables_say() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    for (index, task) in machine.table::<TaskDesc>(machine.head.tasks).iter().enumerate() {
        assert_eq!(task.ttbr0 >> 48, index as u64 + 1);
        let space = machine.space(task.ttbr0 & 0xffff_ffff_ffff);
        let head = machine.bytes_in(&space, task.entry, 8 + 8 * SYMBOLS.len());
        assert_eq!(head[..4], BRANCH.to_le_bytes());
        let symbol = |name| {
            let position = SYMBOLS.iter().position(|symbol| *symbol == name).expect("listed");
            word(head, 8 + 8 * position)
        };
        let bottom = symbol("__stack_bottom");
        assert_eq!((bottom, symbol("__stack_top")), (task.stack_bottom, task.stack_top));
        assert!(
            !Machine::is_mapped(&space, bottom - 1) && !Machine::is_mapped(&space, task.stack_top)
        );
        assert_eq!(machine.bytes_in(&space, symbol("constant"), 8), b"constant");
        let data = symbol("__data_end") - symbol("__data_start");
        if index < 3 {
            assert_eq!(data % 8, 0);
            assert_eq!(&machine.bytes_in(&space, symbol("__data_load"), 8), b"variable");
            assert!(symbol("__bss_start") <= symbol("zero"));
            assert!(symbol("zero") + 100 <= symbol("__bss_end"));
            let at = Machine::translate(&space, symbol("__bss_end") - 1);
            assert!(at.is_some_and(|(_, mapping)| mapping.rights.write));
        } else {
            assert_eq!(data, 0);
        }
    }
}

#[test]
fn regions_are_what_the_tables_map() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let regions = machine.table::<RegionDesc>(machine.head.regions);
    for task in machine.table::<TaskDesc>(machine.head.tasks) {
        let space = machine.space(task.ttbr0 & 0xffff_ffff_ffff);
        let [first, count] = task.regions.map(|number| number as usize);
        let own = &regions[first..first + count];
        assert!(own.windows(2).all(|pair| pair[0].base + pair[0].size <= pair[1].base));
        let described: u64 = own.iter().map(|region| region.size).sum();
        assert_eq!(described, space.iter().map(|mapping| mapping.size).sum::<u64>());
        for region in own {
            for end in [0, region.size - 1] {
                let (physical, mapping) =
                    Machine::translate(&space, region.base + end).expect("mapped");
                assert_eq!(physical, region.physical + end);
                let write = region.attributes.contains(RegionAttributes::WRITE);
                let execute = region.attributes.contains(RegionAttributes::EXECUTE);
                assert_eq!((mapping.rights.write, mapping.rights.execute), (write, execute));
            }
        }
    }
}

#[test]
fn interrupts_and_rights_are_found_by_the_kernel() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let tasks = machine.table::<TaskDesc>(machine.head.tasks);
    let irqs = machine.table::<IrqDesc>(machine.head.irqs);
    let lookup = machine.table::<u16>(machine.head.irq_lookup);
    assert_eq!(lookup.len(), 288);
    for (irq, &position) in lookup.iter().enumerate() {
        let found = irqs.get(usize::from(position)).map(|desc| desc.irq as usize);
        assert_eq!(found, (irq == 56).then_some(irq));
    }
    assert_eq!((irqs[0].task, irqs[0].flags), (1, IrqDesc::EDGE));
    assert!(tasks[2].may_send.contains(1) && !tasks[1].may_send.contains(2));
    let posts = machine.table::<PostRight>(machine.head.post_rights);
    let [first, count] = tasks[0].post_rights.map(|number| number as usize);
    assert!(posts[first..first + count].iter().any(|right| right.task == 1 && right.bits != 0));
}

#[test]
fn how_tasks_run_reaches_the_kernel() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let tasks = machine.table::<TaskDesc>(machine.head.tasks);
    let budget = |task: &TaskDesc| (task.budget_run_ns, task.budget_every_ns, task.budget_bits);
    let budgets = tasks.iter().map(budget).collect::<Vec<_>>();
    let server = (1_500_000, 10_000_000, 0b10);
    assert_eq!(budgets, [(0, 0, 0), server, (2_000_000_000, 3_000_000_000, 0), (0, 0, 0)]);
    let slices = tasks.iter().map(|task| task.slice_ns).collect::<Vec<_>>();
    assert_eq!(slices, [0, 0, 250_000, 0]);
    for (desc, task) in tasks.iter().zip(&products.manifest.tasks) {
        let said = task.budget.map(|budget| (budget.run_ns, budget.every_ns, budget.bits));
        assert_eq!((said.unwrap_or_default(), task.slice_ns), (budget(desc), desc.slice_ns));
        assert_eq!(task.fpu, desc.fpu_state != 0);
    }
    assert_eq!(products.manifest.tasks[3].budget, None);
}

#[test]
fn the_kernel_has_room_for_registers_and_trace() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let tasks = machine.table::<TaskDesc>(machine.head.tasks);
    let states = tasks.iter().map(|task| task.fpu_state).collect::<Vec<_>>();
    assert_eq!((states[0], states[3]), (0, 0));
    let head = machine.head;
    assert_eq!(head.flags, ImageDesc::COUNTERS);
    // Behind the timers, apart, and writable to the last byte.
    let timers = head.timer_array + 16 * u64::from(head.timer_count);
    let mut free_from = timers;
    let rooms = [(states[1], FPU_SIZE), (states[2], FPU_SIZE), (head.trace, TRACE_SIZE)];
    for (start, size) in rooms {
        let end = start + u64::from(size);
        assert!(start >= free_from && start % 16 == 0, "{rooms:x?}");
        for address in [start, end - 1] {
            let found = Machine::translate(&machine.kernel, address);
            assert!(found.is_some_and(|(_, m)| m.rights.write && !m.rights.user));
        }
        free_from = end;
    }
}

#[test]
fn what_nobody_asks_for_is_not_there() {
    let text = APP.replace("fpu = true\n", "").replace("trace = true\ncounters = true\n", "");
    let products = build(&app(&text), &objects::kernel(0), &tasks()).expect("a good system");
    let machine = Machine::load(&products.image_bin);
    assert_eq!((machine.head.trace, machine.head.flags), (0, 0));
    let tasks = machine.table::<TaskDesc>(machine.head.tasks);
    assert!(tasks.iter().all(|task| task.fpu_state == 0));
}

/// The records of a task, as it will read them.
fn records(machine: &Machine<'_>, task: usize) -> Vec<[u64; 2]> {
    let desc = machine.table::<TaskDesc>(machine.head.tasks)[task];
    let space = machine.space(desc.ttbr0 & 0xffff_ffff_ffff);
    let head = machine.bytes_in(&space, desc.entry, 8 + 8 * SYMBOLS.len());
    let constant = word(head, 8 * SYMBOLS.len());
    let bytes = machine.bytes_in(&space, constant + 8, 16 * tasks()[task].records);
    bytes.chunks(16).map(|record| [word(record, 0), word(record, 8)]).collect()
}

#[test]
fn resources_are_filled_in() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let space = |task: usize| {
        let desc = machine.table::<TaskDesc>(machine.head.tasks)[task];
        machine.space(desc.ttbr0 & 0xffff_ffff_ffff)
    };
    let server = records(&machine, 1);
    let physical = |address| Machine::translate(&space(1), address).map(|(physical, _)| physical);
    assert_eq!((physical(server[0][0]), server[0][1]), (Some(0x0a00_1000), 0x200));
    assert_eq!((server[1][0] | server[4][0]).count_ones(), 2, "two bits");
    assert_eq!((physical(server[2][0]), server[2][1]), (Some(server[3][0]), 64 << 10));
    assert_eq!((physical(server[7][0]), server[8][0]), (Some(0x4800_0000), 0x4800_0000));
    assert_eq!((physical(server[5][0]), server[5][1]), (Some(server[6][0]), 8 << 10));
    let client = records(&machine, 2);
    assert_eq!(client[0], [1, 0], "the server's index");
    assert_eq!(client[1..], server[5..7], "one address for all sharers");
    let writes = |task, address| {
        Machine::translate(&space(task), address).is_some_and(|(_, mapping)| mapping.rights.write)
    };
    assert!(writes(1, server[5][0]) && !writes(2, client[1][0]) && !writes(1, server[7][0]));
}

#[test]
fn tables_for_tasks_have_their_true_length() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let [_, _, [region_table, region_bytes], [task_table, task_bytes]] = records(&machine, 0)[..]
    else {
        panic!()
    };
    let desc = machine.table::<TaskDesc>(machine.head.tasks)[0];
    let space = machine.space(desc.ttbr0 & 0xffff_ffff_ffff);
    let bytes = machine.bytes_in(&space, task_table, task_bytes as usize);
    let (tasks, told) = <[TaskInfo]>::ref_from_prefix_with_elems(bytes, 4).expect("long enough");
    let told = <[PostRight]>::ref_from_bytes(told).expect("nothing behind them");
    assert_eq!(
        tasks.iter().map(TaskInfo::name).collect::<Vec<_>>(),
        ["supervisor", "server", "client", "idle"]
    );
    assert_eq!((told.len(), tasks[2].told[1]), (1, 1));
    let bytes = machine.bytes_in(&space, region_table, region_bytes as usize);
    let infos = <[RegionInfo]>::ref_from_bytes(bytes).expect("whole records");
    for (index, task) in machine.table::<TaskDesc>(machine.head.tasks).iter().enumerate() {
        let listed = infos.iter().filter(|info| info.task == index as u32).count();
        assert_eq!(listed, task.regions[1] as usize);
    }
    let kernels = infos.iter().filter(|info| info.task == RegionInfo::KERNEL);
    let mapped: u64 = machine.kernel.iter().map(|mapping| mapping.size).sum();
    assert_eq!(kernels.map(|info| info.size).sum::<u64>(), mapped);
}

#[test]
fn everyone_names_the_same_id_and_any_change_changes_it() {
    let products = built();
    let machine = Machine::load(&products.image_bin);
    let id = products.manifest.image_id;
    assert_eq!((machine.boot.image_id, machine.head.image_id), (id, id));
    let mut tasks = tasks();
    tasks[2].constants = b"constanT".to_vec();
    let other = build(&app(APP), &objects::kernel(0), &tasks).expect("as good");
    assert_ne!(other.manifest.image_id, id);
}

#[test]
fn the_same_inputs_give_the_same_bytes_in_any_folder() {
    let (one, two) = (built(), built());
    assert!(one.image_bin == two.image_bin && one.image_elf == two.image_elf);
    assert!(one.archive == two.archive);
}

#[test]
fn the_archive_explains_the_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("whole.zip");
    let products = built();
    std::fs::write(&path, &products.archive).expect("written");
    let mut archive = archive::Archive::open(&path).expect("an archive");
    assert!(archive.read("image.bin").expect("there") == products.image_bin);
    assert_eq!(archive.read("app.toml").expect("there"), APP.as_bytes());
    assert_eq!(archive.read("idl/x.json").expect("there"), b"{}");
    let machine = Machine::load(&products.image_bin);
    let manifest = archive.manifest.clone();
    let kernel = archive.read(&manifest.kernel.elf).expect("there");
    assert!(kernel.windows(8).any(|bytes| bytes == manifest.image_id.to_le_bytes()));
    // Every address of every space is explained, and as the tables have it.
    let described = |regions: &[archive::Region]| regions.iter().map(|r| r.size).sum::<u64>();
    let mapped: u64 = machine.kernel.iter().map(|mapping| mapping.size).sum();
    assert_eq!(described(&manifest.kernel.regions), mapped);
    for region in &manifest.kernel.regions {
        let found = Machine::translate(&machine.kernel, region.base).expect("mapped");
        assert_eq!(found.0, region.physical, "{region:?}");
    }
    for task in &manifest.tasks {
        let desc = machine.table::<TaskDesc>(machine.head.tasks)[task.index];
        assert_eq!((task.entry, task.stack_top), (desc.entry, desc.stack_top));
        assert_eq!(task.regions.len(), desc.regions[1] as usize);
        let elf = archive.read(&task.elf).expect("there");
        assert!(elf.windows(10).any(|bytes| bytes == b"not loaded"), "with debug information");
    }
    let array = manifest.kernel.task_array;
    let found = Machine::translate(&machine.kernel, array.address).map(|(physical, _)| physical);
    assert_eq!((found, array.count), (Some(array.physical), 4));
}

#[test]
fn physical_memory_is_listed_without_overlaps() {
    let memory = built().manifest.memory;
    assert!(memory.windows(2).all(|pair| pair[0].base + pair[0].size <= pair[1].base));
    assert!(memory.iter().all(|region| region.size > 0 && region.base == region.physical));
    for name in ["kernel text", "page tables", "server data", "client stack", "server dma"] {
        assert!(memory.iter().any(|region| region.name == name), "{name}");
    }
}

#[test]
fn tasks_and_app_file_must_agree_and_all_disagreements_are_told() {
    let mut wrong = tasks();
    wrong[0].manifest =
        "notification fault\nnotification spent\ntable task_table\nslot out\n".into();
    wrong[1].manifest = wrong[1].manifest.replace("notification irq\n", "device virtio0\n");
    let said = refusal(&app(APP), &wrong);
    for part in [
        "error[E0070]: task `supervisor` is not given the slot `out`",
        "add `task-slots = { out = \"TASK\" }`",
        "error[E0071]: task `supervisor` does not take the table `region-table`",
        "`region_table: Table`",
        "task `server` is not given the device `virtio0`",
        "task `server` does not take the notification `irq`",
        "app.toml: 4 mistakes; nothing is built",
    ] {
        assert!(said.contains(part), "`{part}` is missing in:\n{said}");
    }
}

#[test]
fn settings_are_filled_in_and_checked() {
    let text = APP.replace("[tasks.idle]", "config = { speed = 258, name = \"ab\" }\n[tasks.idle]");
    let mut tasks = tasks();
    tasks[2].config = "{speed:u32,name:text(3),on:bool}\n".into();
    tasks[2].told = 10;
    let whole = text.replace("speed = 258,", "speed = 258, on = true,");
    let products = build(&app(&whole), &objects::kernel(0), &tasks).expect("a good system");
    let record = [2, 1, 0, 0, 2, 0, b'a', b'b', 0, 1];
    assert!(products.image_bin.windows(record.len()).any(|bytes| bytes == record));
    let said = refusal(&app(&text), &tasks);
    assert!(said.contains("error[E0003]: the `config` of task `client` has no `on`"), "{said}");
    tasks[2].told = 9;
    let said = refusal(&app(&whole), &tasks);
    assert!(said.contains("`client`: a task has 9 bytes for its config"), "{said}");
}

#[test]
fn damaged_lists_of_resources_are_refused() {
    for (manifest, records, part) in [
        ("slot\n", 1, "`slot` is damaged"),
        ("slot out_there\nslot out_there\n", 2, "twice"),
        ("slot out_there\nregion scratch\n", 2, "has 32 bytes"),
    ] {
        let mut tasks = tasks();
        tasks[2].manifest = manifest.into();
        tasks[2].records = records;
        let said = refusal(&app(APP), &tasks);
        assert!(said.contains("`client`") && said.contains(part), "{said}");
    }
}

#[test]
fn a_section_without_a_place_stops_the_link() {
    let mut tasks = tasks();
    tasks[1].stray = true;
    let said = refusal(&app(APP), &tasks);
    assert!(said.contains("task `server`") && said.contains(".tdata"), "{said}");
}

#[test]
fn budgets_are_enforced() {
    let text = APP.replace("crate = \"b\"", "crate = \"b\"\nmax-sizes = { ram = \"4 KiB\" }");
    let said = refusal(&app(&text), &tasks());
    assert!(said.contains("`server`") && said.contains("4096"), "{said}");
}

#[test]
fn the_kernel_has_no_initialised_variables() {
    let result = build(&app(APP), &objects::kernel(8), &tasks());
    let said = format!("{:#}", result.expect_err("must be refused"));
    assert!(said.contains("8 bytes of variables"), "{said}");
}
