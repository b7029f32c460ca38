//! Files put over others.

use appfile::{App, Files, Folders, load};
use std::io::{Error, ErrorKind};
use std::path::Path;

const BOARD: &str = include_str!("../../boards/qemu-virt.toml");

/// Files by path.
struct Given<'t>(&'t [(&'t str, &'t str)]);

impl Files for Given<'_> {
    fn board(&self, _: &str) -> std::io::Result<String> {
        Ok(BOARD.to_owned())
    }
    fn beside(&self, path: &str) -> std::io::Result<String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or(Error::from(ErrorKind::NotFound))
    }
    fn boards(&self) -> Vec<String> {
        vec!["qemu-virt".to_owned()]
    }
}

const BASE: &str = r#"
name = "base"
board = "qemu-virt"
kernel = { retain = false, trace = true }
[tasks.supervisor]
crate = "task-supervisor"
priority = 0
stack = "8 KiB"
notifications = ["fault"]
[tasks.clock]
crate = "clock"
priority = 3
stack = "4 KiB"
features = ["a", "b"]
uses = ["rtc"]
interrupts = { "rtc.irq" = "irq" }
restart = { max = 3, within = "10s" }
[tasks.idle]
crate = "task-idle"
priority = 63
stack = "4 KiB"
"#;

fn over(files: &[(&str, &str)], text: &str) -> App {
    load("apps/app.toml", text, &Given(files)).unwrap_or_else(|report| panic!("\n{report}"))
}

fn over_base(text: &str) -> App {
    over(&[("base.toml", BASE)], &format!("inherit = \"base.toml\"\n{text}"))
}

fn names(app: &App) -> Vec<&str> {
    app.tasks.iter().map(|task| task.name.as_str()).collect()
}

#[test]
fn tables_are_merged_and_the_rest_is_replaced() {
    let app = over_base(
        "name = \"mine\"\n[kernel]\nretain = true\n[tasks.clock]\nfeatures = [\"c\"]\n\
         [tasks.clock.restart]\nmax = 5",
    );
    assert_eq!((app.name.as_str(), app.kernel.retain, app.kernel.trace), ("mine", true, true));
    assert_eq!((app.tasks[1].features.join(" "), app.tasks[1].priority), ("c".into(), 3));
    let restart = "Limited { max: 5, within_ms: 10000, backoff_ms: 0, then: Hold }";
    assert_eq!(format!("{:?}", app.tasks[1].restart), restart);
}

#[test]
fn inherited_tasks_keep_their_place_and_new_ones_follow() {
    let new = "[tasks.new]\ncrate = \"new\"\npriority = 4\nstack = 4096\n";
    let app = over_base(&format!("{new}[tasks.clock]\npriority = 5"));
    assert_eq!(names(&app), ["supervisor", "clock", "idle", "new"]);
}

#[test]
fn what_is_left_out_may_be_written_afresh() {
    let app =
        over_base("without = [\"tasks.clock.restart\"]\ntasks.clock.restart.backoff = \"1s\"");
    let restart = "Always { backoff_ms: 1000, within_ms: 0 }";
    assert_eq!(format!("{:?}", app.tasks[1].restart), restart);
    let app = over_base("without = ['tasks.clock.interrupts.\"rtc.irq\"', \"tasks.clock.uses\"]");
    assert!(app.tasks[1].interrupts.is_empty() && app.tasks[1].devices.is_empty());
    let app = over_base("without = [\"tasks.clock\"]");
    assert_eq!(names(&app), ["supervisor", "idle"]);
}

#[test]
fn later_bases_lie_over_earlier_ones() {
    let files = [
        ("base.toml", BASE),
        ("../far/middle.toml", "inherit = \"below.toml\"\ntasks.clock.priority = 7"),
        ("../far/below.toml", "tasks.clock.priority = 8\ntasks.clock.phase = 2"),
    ];
    let app = over(&files, "inherit = [\"base.toml\", \"../far/middle.toml\"]");
    assert_eq!((app.tasks[1].priority, app.tasks[1].phase), (7, 2));
    let paths: Vec<&str> = app.origin.sources.iter().map(|source| source.path.as_str()).collect();
    assert_eq!(
        paths[..4],
        ["apps/app.toml", "apps/base.toml", "far/middle.toml", "far/below.toml"]
    );
}

#[test]
fn a_board_is_counted_from_the_file_that_names_it() {
    let base = BASE.replace("\"qemu-virt\"", "\"here.toml\"");
    let files = [("sub/base.toml", base.as_str()), ("sub/here.toml", BOARD)];
    let app = over(&files, "inherit = \"sub/base.toml\"");
    assert_eq!(app.board.name, "qemu-virt");
}

#[test]
fn put_together_it_is_an_app_that_says_the_same() {
    let new = "[tasks.new]\ncrate = \"new\"\npriority = 4\nstack = 4096\ntask-slots = [ # two\n \"clock\",\n]";
    let app = over_base(&format!("without = [\"tasks.clock.features\"]\n{new}"));
    let again = over(&[], &app.text);
    assert_eq!(again.tasks, app.tasks);
    assert_eq!((again.kernel, again.board), (app.kernel, app.board));
    assert_eq!(over(&[], BASE).text, BASE);
}

#[test]
fn a_place_is_that_of_the_words_that_count() {
    let app = over_base("tasks.clock.priority = 9");
    let words = |path: &[&str]| {
        let place = app.origin.value(path).unwrap();
        (place.file, &app.origin.sources[place.file].text[place.start..place.end])
    };
    assert_eq!(words(&["tasks", "clock", "priority"]), (0, "9"));
    assert_eq!(words(&["tasks", "clock", "stack"]), (1, "\"4 KiB\""));
    assert_eq!(app.origin.value(&["tasks", "clock", "phase"]), None);
}

#[test]
fn the_suites_of_other_boards_are_the_kernels_suite() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let app = |name: &str| {
        let folder = root.join("tests/apps");
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let files = Folders { boards: root.join("build/boards"), app: folder };
        load(name, &text, &files).unwrap_or_else(|report| panic!("\n{report}"))
    };
    let kernel = app("kernel.toml");
    for board in ["gicv2", "el2"] {
        let other = app(&format!("kernel-{board}.toml"));
        assert_eq!(other.name, format!("test-kernel-{board}"));
        assert_eq!(other.board.name, format!("qemu-virt-{board}"));
        assert_eq!((&other.tasks, &other.kernel), (&kernel.tasks, &kernel.kernel));
        assert_eq!(other.regions, kernel.regions);
    }
}
