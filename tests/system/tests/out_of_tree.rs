//! A system outside of the tree: its own workspace, board, interface, tasks and `cargo xtask`.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use test_system::root;

fn folder() -> PathBuf {
    root().join("tests/out-of-tree")
}

/// Runs the outer workspace's `cargo xtask` in this folder of it.
fn xtask(folder: &str, arguments: &[&str]) -> (bool, String) {
    // The same crates as in the tree: what is compiled of them already is used.
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    let output = Command::new("cargo")
        .current_dir(self::folder().join(folder))
        .arg("xtask")
        .args(arguments)
        .env("CARGO_TARGET_DIR", target)
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_system_outside_of_the_tree_builds_and_boots() {
    // Only versions that are here already.
    std::fs::copy(root().join("Cargo.lock"), folder().join("Cargo.lock")).expect("a copy");
    let boot = ["qemu", "app.toml", "--disk", "none", "--until", "right on [5-9]"];
    let (success, said) = xtask(".", &boot);
    assert!(success, "{said}");
    for line in ["left on 1\r\n", "right off 1\r\n", "left off 2\r\n", "right on 2\r\n"] {
        assert!(said.contains(line), "{line:?} is missing in\n{said}");
    }
    let dist = folder().join("target/shed/dist");
    assert!(dist.join("shed.zip").is_file() && !root().join("target/shed").exists());
    let objects = folder().join("target/build/objects");
    assert!(objects.join("blinker.o").is_file() && !objects.join("kern.o").is_file());
}

#[test]
fn its_mistakes_are_shown_as_those_of_the_tree() {
    std::fs::copy(root().join("Cargo.lock"), folder().join("Cargo.lock")).expect("a copy");
    let app = tempfile::Builder::new().suffix(".toml").tempfile_in(folder()).expect("a file");
    std::fs::write(
        app.path(),
        "inherit = \"app.toml\"\nname = \"shed-wrong\"\ntasks.left.config.lamp = 8\n",
    )
    .expect("written");
    let name = app.path().file_name().expect("it has one").to_string_lossy().into_owned();
    // From another folder of the workspace.
    let (success, said) = xtask("lamp", &["dist", &format!("../{name}")]);
    assert!(!success, "{said}");
    assert!(said.contains("error[E0008]: `lamp` is out of range"), "{said}");
    assert!(said.contains(&format!("{name}:3:26")), "{said}");
}

#[test]
fn warnings_are_shown_and_can_be_made_mistakes() {
    std::fs::copy(root().join("Cargo.lock"), folder().join("Cargo.lock")).expect("a copy");
    let app = tempfile::Builder::new().suffix(".toml").tempfile_in(folder()).expect("a file");
    let text = "inherit = \"app.toml\"\nname = \"shed-waste\"\nregions.spare.size = \"4 KiB\"\n\
                tasks.left.rights.reset = true\n";
    std::fs::write(app.path(), text).expect("written");
    let name = app.path().file_name().expect("it has one").to_string_lossy().into_owned();
    // Twice: what was built with warnings warns again. One is of the file, one of a task's code.
    for _ in 0..2 {
        let (success, said) = xtask(".", &["dist", &name]);
        assert!(success && said.contains("warning[W0003]"), "{said}");
        assert!(
            said.contains("warning[W0002]: task `left` never uses its right to reset"),
            "{said}"
        );
    }
    let (success, said) = xtask(".", &["--deny-warnings", "dist", &name]);
    assert!(!success && said.contains("error[W0003]"), "{said}");
    std::fs::write(app.path(), text.replace("regions.spare.size = \"4 KiB\"\n", ""))
        .expect("written");
    let (success, said) = xtask(".", &["dist", "--deny-warnings", &name]);
    assert!(!success && said.contains("error[W0002]"), "{said}");
}
