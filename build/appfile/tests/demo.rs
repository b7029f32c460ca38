//! The files that the tree itself comes with.

use appfile::app::{Restart, Table};
use appfile::{App, Folders};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folders() -> Folders {
    Folders { boards: root().join("build/boards"), app: root() }
}

fn demo() -> App {
    let text = std::fs::read_to_string(root().join("app.toml")).unwrap();
    appfile::load("app.toml", &text, &folders()).unwrap_or_else(|report| panic!("\n{report}"))
}

#[test]
fn the_demo_says_what_it_means() {
    let app = demo();
    let task = |name| app.tasks.iter().position(|task| task.name == name).unwrap();
    let (blk, fs, shell) = (task("blk"), task("fs"), task("shell"));
    assert_eq!(app.board.load_address(), 0x4008_0000);
    assert_eq!(app.tasks[blk].devices[0].address, 0x0a00_0000);
    assert_eq!(app.tasks[blk].dma, Some(64 << 10));
    assert_eq!(app.tasks[shell].tables, [Table::Tasks]);
    assert_eq!(app.tasks[fs].slots[0].target, blk);
    assert!(app.tasks[fs].may_send().contains(blk) && !app.tasks[blk].may_send().contains(fs));
    let Restart::Always { backoff_ms, .. } = app.tasks[blk].restart else { panic!() };
    assert_eq!(backoff_ms, 100);
}

#[test]
fn an_interrupt_finds_its_bit_and_its_trigger() {
    let app = demo();
    let irqs: Vec<_> = app.tasks.iter().enumerate().flat_map(|(i, t)| t.irq_descs(i)).collect();
    let of = |irq| {
        let desc = irqs.iter().find(|desc| desc.irq == irq).unwrap();
        let owner = &app.tasks[desc.task as usize];
        assert_eq!(desc.notification.count_ones(), 1);
        let bit = owner.notifications[desc.notification.trailing_zeros() as usize].as_str();
        (owner.name.as_str(), bit, desc.flags)
    };
    assert_eq!(of(33), ("console", "irq", 0));
    assert_eq!(of(48), ("blk", "irq", config::IrqDesc::EDGE));
}

#[test]
fn a_restart_is_told_to_those_who_asked() {
    let app = demo();
    let (infos, told) = app.task_table();
    let shell = app.tasks.iter().position(|task| task.name == "shell").unwrap();
    let [first, count] = infos[shell].told.map(|number| number as usize);
    let hearers = &told[first..first + count];
    let expected: Vec<u32> = app
        .tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| task.on_restart.iter().any(|&(peer, _)| peer == shell))
        .map(|(index, _)| index as u32)
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(hearers.iter().map(|right| right.task).collect::<Vec<_>>(), expected);
    // The supervisor can only tell them because that gives it the right to.
    let rights = &app.tasks[0].rights.post;
    for right in hearers {
        let (_, bits) = rights.iter().find(|(task, _)| *task == right.task as usize).unwrap();
        assert_eq!(bits & right.bits, right.bits);
    }
    assert!(infos.iter().all(|info| info.table_length as usize == app.tasks.len()));
}

#[test]
fn only_phase_0_is_started_by_the_kernel() {
    for task in demo().tasks {
        let started = task.flags() & config::TaskDesc::START != 0;
        assert_eq!(started, task.phase == 0, "{}", task.name);
    }
}

#[test]
fn every_board_is_a_good_one() {
    let folder = root().join("build/boards");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let board = appfile::load_board_text(&path.to_string_lossy(), &text)
            .unwrap_or_else(|report| panic!("\n{report}"));
        assert_eq!(Some(board.name.as_str()), path.file_stem().unwrap().to_str());
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn every_app_of_the_tree_is_accepted() {
    let folder = root().join("tests/apps");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let files = Folders { boards: root().join("build/boards"), app: folder.clone() };
            let app = appfile::load(&path.to_string_lossy(), &text, &files);
            let app = app.unwrap_or_else(|report| panic!("\n{report}"));
            assert!(app.warnings.is_empty(), "\n{}", app.report());
        }
    }
}
