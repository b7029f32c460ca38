//! Who can do what in a small system, to the letter.

use archive::{
    Array, Budget, Built, Device, Grants, Interrupt, Kernel, Manifest, Mount, Post, Region, Share,
    Slot, Span, Task,
};
use audit::authority::{Authority, Diff, Right};

const NAMES: [&str; 5] = ["supervisor", "uart", "disk", "app", "guest"];

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn task(index: usize, priority: u32, slots: &[usize], serves: &[&str], grants: Grants) -> Task {
    let name = NAMES[index];
    let region = |name: &str, size, access: &str| Region {
        name: name.into(),
        base: 0x1000_0000,
        physical: 0x4010_0000,
        size,
        access: access.into(),
    };
    let slot = |&target: &usize| Slot {
        name: format!("to-{}", NAMES[target]),
        task: NAMES[target].into(),
        index: target,
    };
    let mut regions = vec![region("text", 8192, "r-x"), region("stack", 4096, "rw-")];
    regions.extend(grants.devices.iter().map(|device| region(&device.name, 4096, "rw-d")));
    regions.extend(grants.shares.iter().map(|share| region(&share.region, share.size, "rw-s")));
    Task {
        name: name.into(),
        index,
        krate: format!("task-{name}"),
        elf: format!("elf/task/{name}.elf"),
        priority,
        entry: 0x1000_0000,
        regions,
        stack_bottom: 0x1000_3000,
        stack_top: 0x1000_4000,
        notifications: Vec::new(),
        interrupts: Vec::new(),
        slots: slots.iter().map(slot).collect(),
        serves: strings(serves),
        restart: "always".into(),
        fpu: false,
        budget: None,
        slice_ns: 0,
        stack_need: None,
        grants: Some(grants),
    }
}

fn device(name: &str, physical: u64, size: u64, dma: bool) -> Device {
    Device { name: name.into(), physical, size, dma }
}

fn frames(write: bool) -> Vec<Share> {
    vec![Share { region: "frames".into(), size: 65536, physical: None, write, unmapped: false }]
}

/// Somebody that may do everything, a driver of each kind, their client, and its client.
fn tasks() -> Vec<Task> {
    let everyone = strings(&NAMES);
    let supervisor = Grants {
        status: everyone.clone(),
        restart: everyone.clone(),
        fault: everyone.clone(),
        dump: everyone,
        reset: true,
        ..Grants::default()
    };
    let uart =
        Grants { devices: vec![device("uart0", 0x900_0000, 0x1000, false)], ..Grants::default() };
    let disk = Grants {
        devices: vec![device("virtio0", 0xa00_0000, 0x200, true)],
        dma: 65536,
        shares: frames(true),
        ..Grants::default()
    };
    let app = Grants {
        tables: strings(&["task-table"]),
        shares: frames(false),
        restart: strings(&["disk"]),
        post: vec![Post { task: "uart".into(), notifications: strings(&["wake", "stop"]) }],
        reset_when_spent: true,
        ..Grants::default()
    };
    let mut tasks = vec![
        task(0, 0, &[], &["supervisor"], supervisor),
        task(1, 1, &[0], &["console"], uart),
        task(2, 1, &[0], &["blk"], disk),
        task(3, 2, &[1, 2], &["api", "admin"], app),
        task(4, 3, &[3], &[], Grants { counters: true, ..Grants::default() }),
    ];
    tasks[1].interrupts = vec![Interrupt { source: "uart0.irq".into(), irq: 33, bit: 0 }];
    tasks[2].budget = Some(Budget { run_ns: 2_000_000, every_ns: 10_000_000, bits: 0 });
    tasks
}

fn manifest(tasks: Vec<Task>) -> Manifest {
    let nowhere = Span { base: 0, size: 0 };
    Manifest {
        format: archive::FORMAT,
        app: "small".into(),
        version: None,
        board: "paper".into(),
        image_id: 1,
        built: Built::default(),
        load_address: 0,
        entry: 0,
        ram: nowhere,
        kernel: Kernel {
            elf: "elf/kernel.elf".into(),
            regions: Vec::new(),
            task_array: Array { address: 0, physical: 0, stride: 512, count: 5 },
            linear_base: 0,
            epitaph: nowhere,
            writable: nowhere,
            retained: None,
            on_supervisor_fault: "reset".into(),
            devices: Vec::new(),
        },
        tasks,
        shared: Vec::new(),
        memory: Vec::new(),
    }
}

fn authority(change: impl FnOnce(&mut Vec<Task>)) -> Authority {
    let mut tasks = tasks();
    change(&mut tasks);
    Authority::of(&manifest(tasks)).expect("grants are there")
}

fn grants(task: &mut Task) -> &mut Grants {
    task.grants.as_mut().expect("grants are there")
}

#[test]
fn the_report() {
    let text = authority(|_| ()).to_string();
    let expected = include_str!("authority.txt");
    assert!(text == expected, "expected:\n{expected}\nfound:\n{text}");
}

#[test]
fn programs_read_rights_as_words_and_objects() {
    let json = serde_json::to_value(authority(|_| ())).expect("JSON");
    let disk = &json["tasks"][2];
    assert_eq!(disk["name"], "disk");
    assert_eq!(disk["rights"][1]["right"], "device");
    assert_eq!(disk["rights"][1]["physical"], 0xa00_0000);
    assert_eq!(disk["rights"][2]["right"], "all-memory");
    assert_eq!(disk["compromised"]["all_memory_by"][0], "virtio0");
    assert_eq!(json["tasks"][4]["compromised"]["misuses"][1]["through"][0], "app");
}

#[test]
fn nothing_changed() {
    let diff = Diff::between(
        &authority(|_| ()),
        &authority(|tasks| {
            // What is no right: where things are, and how large.
            tasks[3].regions[0].size *= 2;
            tasks[3].entry += 4096;
        }),
    );
    assert_eq!(diff, Diff::default());
    assert_eq!(diff.to_string(), "No right is added or removed.\n");
}

#[test]
fn rights_come_and_go() {
    let new = authority(|tasks| {
        tasks[0].serves.push("dumps".into());
        grants(&mut tasks[3]).restart = strings(&["uart"]);
        grants(&mut tasks[3]).shares = frames(true);
        grants(&mut tasks[3]).post[0].notifications = strings(&["wake"]);
        tasks[3].slots.pop();
        grants(&mut tasks[4]).reset = true;
        grants(&mut tasks[4]).counters = false;
    });
    let expected = "\
uart
  + sends to supervisor, interface dumps
disk
  + sends to supervisor, interface dumps
app
  + writes region frames
  + restarts uart
  - reads region frames
  - sends to disk, interface blk
  - posts stop to uart
  - restarts disk
guest
  + resets the system
  - reads the processor's event counters

5 added, 5 removed.
";
    assert_eq!(Diff::between(&authority(|_| ()), &new).to_string(), expected);
}

#[test]
fn tasks_come_and_go_with_all_their_rights() {
    let without = authority(|tasks| {
        tasks.pop();
    });
    let all = authority(|_| ());
    let lines = |sign| {
        format!(
            "guest\n  {sign} runs task-guest\n  {sign} sends to app, interface admin\n  {sign} \
             sends to app, interface api\n  {sign} reads the processor's event counters\n  {sign} \
             runs at priority 3, no budget\n"
        )
    };
    let added = Diff::between(&without, &all);
    assert_eq!(added.to_string(), format!("{}\n5 added, 0 removed.\n", lines('+')));
    let removed = Diff::between(&all, &without);
    assert_eq!(removed.to_string(), format!("{}\n0 added, 5 removed.\n", lines('-')));
}

#[test]
fn more_time_is_added_and_less_is_removed() {
    let old = authority(|_| ());
    let sooner = authority(|tasks| {
        tasks[4].priority = 2;
        tasks[2].budget = None;
        tasks[3].budget = Some(Budget { run_ns: 1_000_000, every_ns: 50_000_000, bits: 0 });
    });
    let forth = "\
disk
  + no budget, before budget 2000 us in 10000 us
guest
  + runs at priority 2, was 3
app
  - budget 1000 us in 50000 us, before no budget

2 added, 1 removed.
";
    assert_eq!(Diff::between(&old, &sooner).to_string(), forth);
    let back = Diff::between(&sooner, &old);
    assert_eq!((back.added.len(), back.removed.len()), (1, 2));
    let budget = |run_ns, every_ns| {
        authority(|tasks| tasks[2].budget = Some(Budget { run_ns, every_ns, bits: 0 }))
    };
    // Told of it or not, the same share in longer runs, or a larger share in shorter ones.
    let notify = authority(|tasks| {
        tasks[2].budget = tasks[2].budget.map(|budget| Budget { bits: 1, ..budget });
    });
    assert_eq!(Diff::between(&old, &notify), Diff::default());
    assert_eq!(Diff::between(&old, &budget(4_000_000, 20_000_000)).added.len(), 1);
    assert_eq!(Diff::between(&old, &budget(1_000_000, 4_000_000)).added.len(), 1);
    assert_eq!(Diff::between(&old, &budget(1_000_000, 6_000_000)).removed.len(), 1);
}

#[test]
fn files_are_rights_too() {
    let mount = |write, subtree: &str| Mount {
        path: "/logs".into(),
        task: "disk".into(),
        write,
        subtree: subtree.into(),
    };
    let old = authority(|tasks| grants(&mut tasks[4]).mounts = vec![mount(false, "/")]);
    assert!(old.to_string().contains("    files       /logs r (disk:/)\n"), "{old}");
    let new = authority(|tasks| grants(&mut tasks[4]).mounts = vec![mount(true, "/guest")]);
    let expected = "\
guest
  + reads and writes the files of disk below /guest, at /logs
  - reads the files of disk below /, at /logs

1 added, 1 removed.
";
    assert_eq!(Diff::between(&old, &new).to_string(), expected);
    let added = Diff::between(&authority(|_| ()), &new).to_string();
    assert!(added.contains("  + sends to disk, interface blk\n"), "a mount is a way: {added}");
}

#[test]
fn a_device_that_moves_is_another_device() {
    let moved = authority(|tasks| grants(&mut tasks[1]).devices[0].physical = 0x901_0000);
    let diff = Diff::between(&authority(|_| ()), &moved);
    let [added] = &diff.added[..] else { panic!("{diff}") };
    assert_eq!(added.words, "owns device uart0, 0x9010000..0x9011000");
    assert!(matches!(added.right, Some(Right::Device { physical: 0x901_0000, .. })));
}

#[test]
fn an_archive_without_grants_is_refused() {
    let mut tasks = tasks();
    tasks[1].grants = None;
    let error = Authority::of(&manifest(tasks)).expect_err("nothing to read");
    assert!(error.to_string().contains("build it again"));
}

#[test]
fn who_has_devices_reach_a_region_misleads_its_reader() {
    let mut tasks = tasks();
    let by_devices = Share { unmapped: true, ..frames(false).remove(0) };
    grants(&mut tasks[2]).shares = vec![by_devices];
    tasks[3].slots.clear();
    let authority = Authority::of(&manifest(tasks)).expect("it is complete");
    let text = authority.to_string();
    assert!(text.contains("frames by devices"), "{text}");
    let misled = &authority.tasks[2].compromised.misleads;
    assert!(misled.iter().any(|misled| misled.task == authority.tasks[3].name), "{misled:?}");
}
