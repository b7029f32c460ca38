//! What the project promises of its own shape: who imports whom, and what nobody does.

use serde_json::Value;
use std::path::PathBuf;
use test_system::{cargo, files, root};

/// A package and those packages of the workspace that it imports.
struct Package {
    folder: String,
    name: String,
    /// Name and kind (`dev`, `build` or neither).
    imports: Vec<(String, Option<String>)>,
}

fn packages() -> Vec<Package> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]).expect_success();
    let metadata: Value = serde_json::from_str(&output.stdout).expect("cargo prints JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let all: Vec<Package> = list(&metadata["packages"])
        .iter()
        .map(|package| {
            let path = PathBuf::from(text(&package["manifest_path"]));
            let folder = path.parent().and_then(|path| path.strip_prefix(root()).ok());
            let local =
                list(&package["dependencies"]).into_iter().filter(|one| one["path"].is_string());
            Package {
                folder: folder.map(|path| path.display().to_string()).unwrap_or_default(),
                name: text(&package["name"]),
                imports: local
                    .map(|one| (text(&one["name"]), one["kind"].as_str().map(str::to_owned)))
                    .collect(),
            }
        })
        .collect();
    assert!(all.len() > 20, "only {} packages", all.len());
    all
}

/// What a package is, by where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Abi,
    Config,
    KernelCore,
    Kernel,
    Mem,
    Mmio,
    Userlib,
    /// Device logic, without a task around it; file formats.
    Driver,
    /// A generated client and its types.
    Api,
    /// What tasks of one kind have in common.
    Common,
    /// A task, with or without a device.
    Task,
    Build,
    Xtask,
    Humility,
    Test,
}

fn part(package: &Package) -> Part {
    let (folder, name) = package.folder.split_once('/').unwrap_or((&package.folder, ""));
    match (folder, name) {
        ("sys", "abi") => Part::Abi,
        ("sys", "config") => Part::Config,
        ("sys", "kerncore") => Part::KernelCore,
        ("sys", "kern") => Part::Kernel,
        ("sys", "mem") => Part::Mem,
        ("sys", "mmio") => Part::Mmio,
        ("sys", "userlib") => Part::Userlib,
        ("drv" | "task", name) if name.ends_with("-api") => Part::Api,
        ("drv", "blk-server" | "fs-server") => Part::Common,
        ("drv", name) if name.ends_with("-server") => Part::Task,
        ("drv", _) => Part::Driver,
        ("task", _) => Part::Task,
        ("build", "xtask") => Part::Xtask,
        ("build", _) => Part::Build,
        ("humility-lite", _) => Part::Humility,
        ("tests", _) => Part::Test,
        other => panic!("{other:?} belongs to no part: say in this test what it may import"),
    }
}

fn may_import(from: Part, to: Part) -> bool {
    use Part::*;
    let allowed: &[Part] = match from {
        Abi | Mem | Mmio => &[],
        Config => &[Abi],
        KernelCore => &[Config, Abi],
        Kernel => &[KernelCore, Config, Abi, Mem],
        Userlib => &[Abi, Config, Mem, Mmio],
        Driver => &[Mmio, Driver],
        Api => &[Userlib, Abi, Driver],
        Common => &[Userlib, Abi, Config, Mmio, Driver, Api],
        Task => &[Userlib, Abi, Config, Mmio, Driver, Api, Common],
        // Disks are made and checked by the code that the target reads and writes them with.
        Build => &[Abi, Config, Build, Driver],
        Xtask => &[Build, Abi, Config],
        Humility => &[Build],
        Test => return to != Xtask,
    };
    allowed.contains(&to)
}

#[test]
fn dependencies_point_one_way() {
    let all = packages();
    let mut wrong = Vec::new();
    for package in &all {
        for (import, kind) in &package.imports {
            let Some(imported) = all.iter().find(|other| &other.name == import) else { continue };
            let (from, to) = (part(package), part(imported));
            // Tests compare with anything; a build script runs the IDL compiler.
            let apart = kind.as_deref() == Some("dev")
                || (kind.as_deref() == Some("build") && imported.folder == "build/idl");
            if !apart && !may_import(from, to) {
                wrong.push(format!(
                    "{} ({from:?}) imports {} ({to:?})",
                    package.name, imported.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_debugger_imports_only_the_archive() {
    let all = packages();
    let humility = all.iter().find(|package| package.folder == "humility-lite");
    let imports = &humility.expect("humility-lite is there").imports;
    let others: Vec<_> = imports
        .iter()
        .filter(|(name, kind)| name != "archive" && kind.as_deref() != Some("dev"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn the_audit_shares_no_code_with_what_it_examines() {
    let all = packages();
    let audit = all.iter().find(|package| package.folder == "build/audit");
    let imports = &audit.expect("the audit is there").imports;
    let others: Vec<_> = imports
        .iter()
        .filter(|(name, _)| !["abi", "archive", "config"].contains(&name.as_str()))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

fn lines_with<'w>(folder: &str, words: &'w [&'w str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(&root().join(folder), ".rs") {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                let path = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
                found.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn no_static_mut_anywhere() {
    for folder in ["sys", "drv", "task", "build", "humility-lite", "tests"] {
        let mut found = lines_with(folder, &["static mut "]);
        // A reference with the lifetime is no variable.
        found.retain(|line| !line.contains("'static mut ") && !line.contains("\"static mut "));
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn no_heap_on_the_target() {
    for folder in ["sys", "drv", "task"] {
        let found = lines_with(folder, &["extern crate alloc", "use alloc", "global_allocator"]);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn unsafe_code_only_where_the_design_says() {
    let allowed = [
        "sys/kern/",
        "sys/userlib/",
        "sys/mem/",
        "sys/mmio/",
        "drv/dma/",
        "tests/assist/",
        "tests/fuzz-hostile/",
        "tests/fuzz-canary/",
        "tests/bench/",
    ];
    let mut wrong = Vec::new();
    for package in packages() {
        let folder = format!("{}/", package.folder);
        if allowed.contains(&folder.as_str()) {
            continue;
        }
        for entry in ["src/lib.rs", "src/main.rs"] {
            let path = root().join(&folder).join(entry);
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            if !text.contains("#![forbid(unsafe_code)]") {
                wrong.push(format!("{folder}{entry} does not forbid unsafe code"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is() {
    let mut wrong = Vec::new();
    for folder in ["sys", "drv", "task", "build", "humility-lite", "tests"] {
        for path in files(&root().join(folder), ".rs") {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let generated = path.components().any(|part| part.as_os_str() == "golden");
            if !generated && !text.starts_with("//! ") {
                wrong.push(path);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
