//! `cargo xtask new`: what it makes builds and boots as it is.

use crate::built;
use std::process::{Command, Stdio};
use test_system::{Copy, Outcome};

fn boots(copy: &Copy, app: &str, until: &str) {
    let boot = copy.xtask(&["qemu", app, "--disk", "none", "--until", until]);
    let _ = boot.expect_success();
}

fn cargo(copy: &Copy, arguments: &[&str]) -> Outcome {
    let mut command = Command::new("cargo");
    // What was compiled of the same crates for the same purpose is used again.
    command.env("CARGO_HOME", copy.home()).env("CARGO_TARGET_DIR", copy.folder().join("target"));
    command.current_dir(copy.folder()).args(arguments).stdin(Stdio::null());
    Outcome::of(&command.output().expect("cargo runs"))
}

#[test]
fn a_new_app_boots_and_a_new_task_in_it() {
    let copy = &built().copy;
    let _ = copy.xtask(&["new", "app", "fresh"]).expect_success();
    boots(copy, "fresh.toml", "^fresh: hello, 1");
    let said = copy.xtask(&["new", "task", "greeter", "--app", "fresh.toml"]).expect_success();
    assert!(said.stdout.contains("task/greeter/src/main.rs\nfresh.toml\n"), "{}", said.stdout);
    boots(copy, "fresh.toml", "^greeter: hello, 2");
}

#[test]
fn a_task_that_nobody_adds_says_how_to() {
    let copy = &built().copy;
    let said = copy.xtask(&["new", "task", "manual"]).expect_success().stdout;
    let section = said.split_once("[tasks.manual]").expect("a section").1;
    let small = std::fs::read_to_string(copy.folder().join(crate::APP)).expect("an app file");
    let app = small.replace("name = \"small\"", "name = \"by-hand\"");
    let app = format!("{app}\n[tasks.manual]{section}");
    std::fs::write(copy.folder().join("by-hand.toml"), app).expect("written");
    boots(copy, "by-hand.toml", "^manual: hello, 1");
}

#[test]
fn a_new_driver_builds_boots_and_passes_its_test() {
    let copy = &built().copy;
    let _ = copy.xtask(&["new", "driver", "demo-dev"]).expect_success();
    let _ = copy.xtask(&["dist", "demo-dev.toml"]).expect_success();
    // What QEMU's PL031 says.
    boots(copy, "demo-dev.toml", "^demo-dev: identity 0x00141031");
    let tested = cargo(copy, &["test", "--locked", "-p", "drv-demo-dev"]).expect_success();
    assert!(tested.stdout.contains("1 passed"), "{}", tested.stdout);
    let tidy = ["fmt", "--check", "-p", "drv-demo-dev", "-p", "demo-dev-api", "-p"];
    let _ = cargo(copy, &[&tidy[..], &["drv-demo-dev-server"]].concat()).expect_success();
}

#[test]
fn a_second_one_of_a_name_is_refused() {
    let copy = &built().copy;
    for what in [["task", "pong"], ["driver", "pl011"], ["app", "app"], ["app", "pong"]] {
        let refused = copy.xtask(&[&["new"][..], &what].concat());
        assert!(!refused.success && refused.stderr.contains("is there already"), "{refused:?}");
    }
    assert!(!copy.folder().join("pl011.toml").exists());
}
