//! `graph` and its like: what a user sees of an app without booting it.

use std::process::Command;
use test_system::{cargo, root};

#[test]
fn graph_draws_the_demo_in_both_languages() {
    let svg = cargo(&["xtask", "graph", "app.toml"]).expect_success();
    assert!(svg.stdout.starts_with("<svg ") && svg.stdout.ends_with("</svg>\n"), "{}", svg.stdout);
    assert!(svg.stdout.contains("shell may send to console (console)"), "{}", svg.stdout);
    assert_eq!(svg.stderr, "");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("demo.dot");
    let file = file.to_str().expect("a path");
    let dot = cargo(&["xtask", "graph", "app.toml", "-o", file]).expect_success();
    assert_eq!(dot.stdout, "");
    let dot = std::fs::read_to_string(file).expect("a file");
    assert!(dot.starts_with("digraph \"demo\""), "{dot}");
}

#[test]
fn graph_draws_what_dist_refuses() {
    let app = "tests/refuse/slot-downhill.toml";
    let graph = cargo(&["xtask", "graph", app]).expect_success();
    assert!(graph.stdout.contains("client may send to server\nREFUSED: "), "{}", graph.stdout);
    assert!(graph.stderr.contains("what is wrong is red"), "{}", graph.stderr);
    let broken = cargo(&["xtask", "graph", "tests/refuse/syntax.toml"]);
    assert!(!broken.success && broken.stderr.contains("E0001"), "{}", broken.stderr);
}

#[test]
fn map_tells_where_everything_of_the_demo_is() {
    let text = cargo(&["xtask", "map", "app.toml"]).expect_success().stdout;
    // However wide the columns are.
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.lines().map(|line| words(line) + "\n").collect();
    let (physical, virtually) = text.split_once("\nkernel\n").expect("both kinds of memory");
    // RAM of the board from its beginning, where the loader puts nothing.
    assert!(physical.contains("\n0x40000000 512 KiB free\n0x40080000 "), "{text}");
    assert!(virtually.contains("\nblk, priority 2\n"), "{text}");
    for expected in
        ["4 KiB rw- device 0x9000000 uart0\n", "64 KiB rw- DMA 0x", "1 MiB rw- shared 0x"]
    {
        assert!(virtually.contains(expected), "no {expected}:\n{text}");
    }
    let svg =
        cargo(&["xtask", "map", "target/demo/dist/demo.zip", "--svg"]).expect_success().stdout;
    assert!(svg.starts_with("<svg ") && svg.contains("blk dma: 0x"), "{svg}");
}

#[test]
fn completions_know_every_command_and_so_does_the_list() {
    let listed = std::fs::read_to_string(root().join("doc/commands.md")).expect("a list");
    let help = cargo(&["xtask", "--help"]).expect_success().stdout;
    let (_, commands) = help.split_once("Commands:\n").expect("commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 10, "{help}");
    let script = cargo(&["xtask", "completions", "bash"]).expect_success().stdout;
    for name in names {
        assert!(script.contains(&format!("xtask,{name})")), "{name} is not completed");
        let row = [format!("| `{name} "), format!("| `{name}`")];
        let is_listed = name == "help" || row.iter().any(|row| listed.contains(row));
        assert!(is_listed, "doc/commands.md lacks {name}");
    }
}

#[test]
fn who_misses_a_command_is_shown_the_nearest() {
    let slip = cargo(&["xtask", "grap", "app.toml"]);
    assert!(!slip.success && slip.stderr.contains("'graph'"), "{}", slip.stderr);
    assert!(root().join("app.toml").is_file());
}

#[test]
fn doctor_finds_what_these_tests_stand_on() {
    let here = cargo(&["xtask", "doctor"]).expect_success();
    assert!(here.stdout.contains("ok       QEMU: QEMU emulator"), "{}", here.stdout);
    assert!(here.stdout.contains("ok       compiler for aarch64-unknown-none"), "{}", here.stdout);
}

#[cfg(unix)]
#[test]
fn doctor_says_how_to_get_what_is_missing() {
    // A machine that has a compiler and nothing else.
    let folder = tempfile::tempdir().expect("a folder");
    let tools = std::path::Path::new(env!("CARGO")).parent().expect("a folder");
    for tool in ["cargo", "rustc"] {
        std::os::unix::fs::symlink(tools.join(tool), folder.path().join(tool)).expect("a link");
    }
    let mut doctor = Command::new(env!("CARGO"));
    doctor.current_dir(root()).args(["xtask", "doctor", "--json"]).env("PATH", folder.path());
    let output = doctor.output().expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("without which nothing is built or booted"), "{said}");
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let qemu = findings.as_array().expect("a list").iter().find(|one| one["what"] == "QEMU");
    let qemu = qemu.expect("QEMU is looked for");
    assert!(qemu["found"].is_null() && qemu["needed"] == true, "{qemu}");
    let fix = qemu["fix"].as_str().expect("a fix");
    assert!(fix.contains("apt-get install") && fix.contains("qemu-system-arm"), "{fix}");
}
