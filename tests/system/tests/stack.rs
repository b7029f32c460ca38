//! What tasks can need of their stacks, beside what they used.

use serde_json::Value;
use test_system::{cargo, root};

/// Everything the demo does, deaths included.
const WORK: [&str; 19] = [
    "help",
    "tasks",
    "ls",
    "ls docs",
    "cat hello.txt",
    "crash ping",
    "crash blk",
    "cat hello.txt",
    "crash fs",
    "ls docs",
    "write docs/new.txt words",
    "write /data/new.txt words",
    "mv /data/new.txt /data/old.txt",
    "crash data",
    "cat /data/old.txt",
    "crash ping",
    "crash logger",
    "logs 100",
    "status",
];

#[test]
fn nobody_uses_more_than_was_estimated() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let demo = std::fs::read_to_string(root().join("app.toml")).expect("there is a demo");
    let app = folder.path().join("app.toml");
    let renamed = demo.replacen("name = \"demo\"", "name = \"demo-stack\"", 1);
    std::fs::write(&app, renamed).expect("a file");
    let (app, dump) = (app.display().to_string(), folder.path().join("core.elf"));
    let dump = dump.display().to_string();
    let mut arguments = vec!["xtask", "qemu", &app, "--dump", &dump];
    for command in WORK {
        arguments.extend(["--send", command]);
    }
    let _ = cargo(&arguments).expect_success();
    let archive = root().join("target/demo-stack/dist/demo-stack.zip").display().to_string();
    let asked = ["humility-lite", "-a", &archive, "-d", &dump, "--json", "stackmargin"];
    let answer: Value = serde_json::from_str(&cargo(&asked).expect_success().stdout).expect("JSON");
    let stacks = answer["stacks"].as_array().expect("stacks");
    assert_eq!(stacks.len(), 11);
    for stack in stacks {
        println!("{stack}");
        let number = |key: &str| stack[key].as_u64().expect("a number");
        // `_start` paints with two words a turn, below itself too.
        assert!(number("used") <= number("need").max(16), "{stack}");
        assert!(number("need") <= number("size"), "{stack}");
    }
    // The estimate is no fancy: what works hardest comes near it.
    let fs = stacks.iter().find(|stack| stack["task"] == "fs").expect("fs");
    assert!(fs["used"].as_u64() > fs["need"].as_u64().map(|need| need / 2), "{fs}");
}

#[test]
fn the_longest_way_is_shown() {
    let all = cargo(&["xtask", "stack", "app.toml"]).expect_success().stdout;
    assert!(all.lines().any(|line| line.starts_with("shell ")), "{all}");
    let fs = cargo(&["xtask", "stack", "app.toml", "fs"]).expect_success().stdout;
    assert!(fs.contains("aidos_main") && fs.contains("task_fat::start"), "{fs}");
    let nobody = cargo(&["xtask", "stack", "app.toml", "nobody"]);
    assert!(!nobody.success && nobody.stderr.contains("there are supervisor"), "{}", nobody.stderr);
}
