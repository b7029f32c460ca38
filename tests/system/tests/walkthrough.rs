//! The README's "write your own task", followed to the letter in a copy of the tree.

use std::process::{Command, Stdio};
use test_system::{copy_tree, root};

/// The fenced blocks that begin with `file: PATH`, as paths and contents.
fn files(readme: &str) -> Vec<(String, String)> {
    let blocks = readme.split("```").skip(1).step_by(2);
    let bodies = blocks.filter_map(|block| Some(block.split_once('\n')?.1));
    bodies
        .filter_map(|body| {
            let (first, rest) = body.split_once('\n')?;
            let path = first.trim_start_matches(['#', '/', ' ']).strip_prefix("file: ")?;
            Some((path.to_owned(), rest.to_owned()))
        })
        .collect()
}

/// The command after the files.
fn command(readme: &str) -> &str {
    let line = readme.lines().find(|line| line.contains("hello.toml --disk none"));
    line.expect("the README has the command")
}

#[test]
fn the_walk_through_works_as_written() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let files = files(&readme);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["task/hello/Cargo.toml", "task/hello/src/main.rs", "hello.toml"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_tree(folder.path());
    for (name, text) in &files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let output = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", command(&readme)])
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("hello, world"));
}
