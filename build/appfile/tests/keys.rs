//! Every key arrives in the checked app, in the unit its field says.

use appfile::app::{
    Access, Budget, DeviceUse, Interrupt, KernelSettings, MaxSizes, OnSupervisorFault, Region,
    RegionUse, Restart, Rights, Slot, Spent, Table, Task,
};
use appfile::{App, Folders};
use config::TaskInfo;
use std::path::Path;

const SUPERVISOR: usize = 0;
const CONSOLE: usize = 1;
const DISK: usize = 2;
const PING: usize = 3;

fn app() -> App {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = Folders { boards: root.join("build/boards"), app: root };
    appfile::load("good.toml", include_str!("good.toml"), &files)
        .unwrap_or_else(|report| panic!("\n{report}"))
}

fn share(resource: &str, region: usize, access: Access) -> RegionUse {
    RegionUse { resource: resource.into(), region, access }
}

fn task(index: usize) -> Task {
    app().tasks[index].clone()
}

#[test]
fn the_kernel_and_the_regions() {
    let app = app();
    let stop = OnSupervisorFault::Stop;
    assert_eq!(
        app.kernel,
        KernelSettings {
            on_supervisor_fault: stop,
            retain: false,
            trace: true,
            counters: true,
            time_slices: vec![(2, 5_000_000), (5, 250_000)]
        }
    );
    let frames = Region {
        name: "frames".into(),
        size: 64 << 10,
        address: Some(0x4800_0000),
        dma: true,
        contents: None,
    };
    let inbox =
        Region { name: "inbox".into(), size: 8192, address: None, dma: false, contents: None };
    assert_eq!(app.regions, [frames, inbox]);
    assert_eq!(app.version.as_deref(), Some("1.0"));
    assert_eq!(app.archive.len(), 1);
    let (name, bytes) = &app.archive[0];
    assert!(name == "app.toml" && bytes.starts_with(b"# The demo"));
    assert!(app.warnings.is_empty(), "{}", app.report());
}

#[test]
fn what_a_task_is() {
    let console = task(CONSOLE);
    assert_eq!((console.features, console.default_features), (vec!["loud".to_owned()], false));
    assert!(task(DISK).default_features);
}

#[test]
fn bits_are_listed_ones_then_interrupts_then_restarts() {
    let console = task(CONSOLE);
    assert_eq!(console.notifications, ["timer", "irq", "gone"]);
    let interrupt =
        |source: &str, irq| Interrupt { source: source.into(), irq, bit: 1, edge: false };
    assert_eq!(console.interrupts, [interrupt("uart0.irq", 33), interrupt("rtc.irq", 34)]);
    assert_eq!(console.on_restart, [(PING, 2), (DISK, 0)]);
}

#[test]
fn what_a_task_reaches() {
    let uart = DeviceUse {
        name: "uart0".into(),
        resource: "uart0".into(),
        address: 0x0900_0000,
        size: 0x1000,
        dma: false,
    };
    assert_eq!(task(CONSOLE).devices[0], uart);
    assert!(task(DISK).interrupts[0].edge);
    let disk = &task(DISK).devices[0];
    assert_eq!((disk.name.as_str(), disk.resource.as_str()), ("virtio0", "storage"));
    assert_eq!(task(DISK).dma, Some(64 << 10));
    assert_eq!(task(DISK).regions, [share("frames", 0, Access::Write)]);
    let [read, write] = [share("frames", 0, Access::Read), share("inbox", 1, Access::Write)];
    let ping = task(PING);
    assert_eq!(ping.regions, [read, write]);
    assert_eq!(ping.tables, [Table::Regions]);
    assert_eq!(ping.stack, 8192);
    let from_ping = Slot { name: "from-ping".into(), target: PING };
    assert_eq!((task(CONSOLE).senders, task(CONSOLE).timer), (vec![from_ping], Some(0)));
    let out = Slot { name: "out".into(), target: CONSOLE };
    assert_eq!(ping.slots, [out, Slot { name: "supervisor".into(), target: SUPERVISOR }]);
    assert_eq!(task(DISK).max_sizes, MaxSizes { text: Some(64 << 10), ram: Some(128 << 10) });
}

#[test]
fn when_a_task_lives() {
    let console = task(CONSOLE);
    assert_eq!((console.ready_within_ms, console.check_in_ms), (Some(1000), Some(500)));
    let restart =
        Restart::Limited { max: 3, within_ms: 10_000, backoff_ms: 100, then: Spent::Reset };
    assert_eq!((console.restart, console.dump, console.start), (restart, true, true));
    assert_eq!((task(DISK).restart, task(DISK).phase), (Restart::Never, 1));
    assert_eq!(task(PING).restart, Restart::Always { backoff_ms: 100, within_ms: 0 });
    assert!(!task(PING).start);
}

#[test]
fn how_long_a_task_runs() {
    let budget = Budget { run_ns: 1_500_000, every_ns: 10_000_000, bits: 0b10 };
    assert_eq!(task(CONSOLE).budget, Some(budget));
    let whole = Budget { run_ns: 2_000_000_000, every_ns: 2_000_000_000, bits: 0 };
    assert_eq!((task(PING).budget, task(DISK).budget), (Some(whole), None));
    let app = app();
    assert_eq!([0, 2, 5, 63].map(|priority| app.slice_ns(priority)), [0, 5_000_000, 250_000, 0]);
    assert_eq!(app.tasks.iter().filter(|task| task.fpu).count(), 1);
    assert!(app.tasks[PING].fpu);
}

#[test]
fn rights_and_what_the_supervisor_gets_unasked() {
    let rights = Rights {
        status: vec![0, 1, 2, 3, 4],
        restart: vec![DISK],
        fault: vec![DISK],
        dump: vec![CONSOLE, DISK],
        reset: true,
        post: vec![(SUPERVISOR, 0b10), (CONSOLE, 0b101)],
    };
    assert_eq!(task(PING).rights, rights);
    let supervisor = task(SUPERVISOR).rights;
    assert_eq!(supervisor.restart, [0, 1, 2, 3, 4]);
    assert_eq!(supervisor.post, [(CONSOLE, 0b101)]);
    assert_eq!(task(DISK).rights, Rights::default());
}

#[test]
fn the_task_table_repeats_it_for_the_target() {
    let (infos, told) = app().task_table();
    let console = &infos[CONSOLE];
    assert_eq!(console.name(), "console");
    assert_eq!((console.restart, console.restart_max), (TaskInfo::RESTART_LIMITED, 3));
    assert_eq!((console.restart_window_ms, console.backoff_ms), (10_000, 100));
    assert_eq!(console.flags, TaskInfo::RESET_WHEN_SPENT | TaskInfo::DUMP);
    assert_eq!(infos[PING].flags, TaskInfo::MANUAL);
    assert_eq!((infos[DISK].told, infos[PING].told), ([0, 1], [1, 1]));
    assert_eq!(told.iter().map(|right| right.bits).collect::<Vec<_>>(), [0b1, 0b100]);
    assert!(infos[PING].may_restart.contains(DISK) && !infos[PING].may_restart.contains(CONSOLE));
}

#[test]
fn a_device_does_dma_unless_the_board_says_it_does_not() {
    let board = include_str!("../../boards/qemu-virt.toml");
    let says = |text: &str| {
        let board = appfile::load_board_text("board.toml", text).unwrap_or_else(|r| panic!("{r}"));
        board.device("rtc").map(|device| device.dma)
    };
    assert_eq!(says(board), Some(false));
    assert_eq!(says(&board.replace("dma = false\n", "")), Some(true));
}
