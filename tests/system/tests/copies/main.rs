//! The same sources give the same bytes wherever they lie; a change rebuilds what it concerns; and
//! `cargo xtask new` makes what builds and boots as it is.

mod new;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use test_system::{Copy, cargo, root};

const APP: &str = "tests/system/small.toml";

/// A copy in which the app is built, and what came out before anything was changed.
struct Built {
    copy: Copy,
    products: Vec<Vec<u8>>,
}

/// One for all tests, because it compiles `core`.
fn built() -> MutexGuard<'static, Built> {
    static BUILT: LazyLock<Mutex<Built>> = LazyLock::new(|| {
        let copy = Copy::new();
        let _ = copy.xtask(&["dist", APP]).expect_success();
        let products = products(&copy.folder());
        Mutex::new(Built { copy, products })
    });
    BUILT.lock().unwrap_or_else(PoisonError::into_inner)
}

const PRODUCTS: [&str; 3] = ["image.bin", "image.elf", "small.zip"];

fn dist(folder: &Path) -> PathBuf {
    folder.join("target/small/dist")
}

fn products(folder: &Path) -> Vec<Vec<u8>> {
    let read = |name| std::fs::read(dist(folder).join(name)).expect("dist made it");
    PRODUCTS.into_iter().map(read).collect()
}

fn contains(bytes: &[u8], path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    bytes.windows(path.len()).any(|window| window == path)
}

#[test]
fn two_folders_and_two_cargo_homes_give_the_same_bytes() {
    let copy = built();
    let _ = cargo(&["xtask", "dist", APP]).expect_success();
    for ((name, ours), theirs) in PRODUCTS.iter().zip(products(&root())).zip(&copy.products) {
        assert!(&ours == theirs, "{name} differs");
    }
}

#[test]
fn no_program_knows_where_it_was_compiled() {
    let copy = &built().copy;
    let link = dist(&copy.folder()).join("link");
    let programs = test_system::files(&link, ".elf");
    assert_eq!(programs.len(), 7);
    // Where the compiler's library is, and the user's things.
    let others = ["/usr/", "/home/", "/root/"].map(PathBuf::from);
    for program in programs {
        let bytes = std::fs::read(&program).expect("it is there");
        for folder in [copy.folder(), copy.home(), root()].iter().chain(&others) {
            assert!(!contains(&bytes, folder), "{} has {folder:?}", program.display());
        }
    }
}

/// What one more build did.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    compiled: BTreeSet<String>,
    linked: BTreeSet<String>,
}

fn done(compiled: &[&str], linked: &[&str]) -> Done {
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Done { compiled: set(compiled), linked: set(linked) }
}

/// When each finished ELF was linked.
fn linked(folder: &Path) -> BTreeSet<(String, SystemTime)> {
    let programs = test_system::files(&dist(folder).join("link"), ".elf");
    let when = |path: &Path| path.metadata().and_then(|data| data.modified()).expect("a time");
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    programs.iter().map(|path| (name(path), when(path))).collect()
}

/// Changes a file, builds, and changes it back.
fn build_with(copy: &Copy, file: &str, from: &str, to: &str) -> Done {
    let path = copy.folder().join(file);
    let before = std::fs::read_to_string(&path).expect("it is there");
    assert_eq!(before.matches(from).count(), 1, "{from} in {file}");
    let _ = copy.xtask(&["dist", APP]).expect_success();
    let old = linked(&copy.folder());
    std::fs::write(&path, before.replace(from, to)).expect("written");
    let said = copy.xtask(&["dist", APP]).expect_success().stderr;
    let new = linked(&copy.folder());
    std::fs::write(&path, before).expect("written");
    let packages = said.lines().filter(|line| line.starts_with('['));
    let packages = packages.filter_map(|line| line.split_once("] ").map(|(_, name)| name));
    Done {
        compiled: packages.map(str::to_owned).collect(),
        linked: new.difference(&old).map(|(name, _)| name.clone()).collect(),
    }
}

#[test]
fn a_priority_or_a_slot_or_a_setting_compiles_and_links_nothing() {
    let copy = &built().copy;
    for (from, to) in [
        ("priority = 5", "priority = 6"),
        ("task-slots = [\"pong\"]", "task-slots = { pong = \"other\" }"),
        ("pause-ms = 100", "pause-ms = 200"),
    ] {
        assert_eq!(build_with(copy, APP, from, to), done(&[], &[]), "{to}");
    }
}

#[test]
fn a_stack_links_its_task_only() {
    let copy = &built().copy;
    let ping = "priority = 5\nstack = \"4 KiB\"";
    let larger = "priority = 5\nstack = \"8 KiB\"";
    assert_eq!(build_with(copy, APP, ping, larger), done(&[], &["ping"]));
}

#[test]
fn a_feature_compiles_its_crate_and_links_its_task_only() {
    let copy = &built().copy;
    let manifest = copy.folder().join("task/ping/Cargo.toml");
    let before = std::fs::read_to_string(&manifest).expect("it is there");
    std::fs::write(&manifest, format!("{before}\n[features]\nloud = []\n")).expect("written");
    let loud = "crate = \"task-ping\"\nfeatures = [\"loud\"]";
    let built = build_with(copy, APP, "crate = \"task-ping\"", loud);
    std::fs::write(&manifest, before).expect("written");
    assert_eq!(built, done(&["task-ping"], &["ping"]));
}

#[test]
fn an_edited_task_is_compiled_alone_and_linked_as_often_as_it_is_there() {
    let copy = &built().copy;
    let source = "task/pong/src/main.rs";
    let edited = build_with(copy, source, "wrapping_add(1)", "wrapping_add(3)");
    assert_eq!(edited, done(&["task-pong"], &["pong", "other"]));
}
