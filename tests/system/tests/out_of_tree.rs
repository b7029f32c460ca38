//! A system outside of the tree: its own workspace, board, interface, tasks and `cargo xtask`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use test_system::{Outcome, copy_tree, files, home_like_ours, root};

fn folder() -> PathBuf {
    root().join("tests/out-of-tree")
}

/// `cargo xtask` of an outer workspace, in this folder of it.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    // Most crates are the same as in the tree: what is compiled of them already is used.
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    let mut command = Command::new("cargo");
    command.current_dir(folder).arg("xtask").args(arguments);
    command.env("CARGO_TARGET_DIR", target).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// Runs the `cargo xtask` that has Aidos beside it.
fn xtask(folder: &str, arguments: &[&str]) -> (bool, String) {
    run(&mut command(&self::folder().join(folder), arguments))
}

const BOOT: [&str; 6] = ["qemu", "app.toml", "--disk", "none", "--until", "right on [5-9]"];

fn assert_lamps_go_on_and_off((success, said): (bool, String)) {
    assert!(success, "{said}");
    for line in ["left on 1\r\n", "right off 1\r\n", "left off 2\r\n", "right on 2\r\n"] {
        assert!(said.contains(line), "{line:?} is missing in\n{said}");
    }
}

#[test]
fn a_system_outside_of_the_tree_builds_and_boots() {
    // Only versions that are here already.
    std::fs::copy(root().join("Cargo.lock"), folder().join("Cargo.lock")).expect("a copy");
    assert_lamps_go_on_and_off(xtask(".", &BOOT));
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

/// A workspace as in the tree that has Aidos from a repository, and a cargo home to fetch it to.
struct Fetching {
    /// Made anew each time, but for what cargo compiled for the host. One place, so that this is
    /// used again: crates of another cargo home are other crates to it, so it cannot be the tree's.
    folder: PathBuf,
    revision: String,
}

impl Fetching {
    fn new() -> Self {
        let folder = root().join("target/out-of-tree");
        for made in ["aidos", "home", "shed"].map(|name| folder.join(name)) {
            if made.exists() {
                std::fs::remove_dir_all(&made).expect("it goes");
            }
        }
        copy_tree(&folder.join("aidos"));
        home_like_ours(&folder.join("home"));
        let revision = commit(&folder.join("aidos"));
        let this = Self { folder, revision };
        this.write_workspace();
        this
    }

    /// The one in the tree, with `git` for each `path` that leads out of it.
    fn write_workspace(&self) {
        let from = self.folder.join("aidos/tests/out-of-tree");
        std::fs::rename(from, self.workspace()).expect("it is there");
        let lock = self.folder.join("aidos/Cargo.lock");
        std::fs::copy(lock, self.workspace().join("Cargo.lock")).expect("a copy");
        let path = self.workspace().join("Cargo.toml");
        let text = std::fs::read_to_string(&path).expect("it is there");
        let lines = text.lines().map(|line| match line.split_once("path = \"../../") {
            Some((before, _)) => format!("{before}git = \"{}\", tag = \"here\" }}\n", self.url()),
            None => format!("{line}\n"),
        });
        std::fs::write(path, lines.collect::<String>()).expect("written");
    }

    fn url(&self) -> String {
        let path = self.folder.join("aidos").display().to_string();
        format!("file://{}", path.replace('%', "%25").replace(' ', "%20"))
    }

    fn workspace(&self) -> PathBuf {
        self.folder.join("shed")
    }

    fn xtask(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = command(&self.workspace(), arguments);
        command.env("CARGO_TARGET_DIR", self.folder.join("compiled"));
        run(command.env("CARGO_HOME", self.folder.join("home")))
    }

    /// Where cargo put Aidos.
    fn checkout(&self) -> PathBuf {
        let only = |folder: PathBuf| {
            let entries = std::fs::read_dir(&folder).expect("cargo made it");
            let mut paths = entries.map(|entry| entry.expect("it is readable").path());
            let path = paths.next().expect("something is in it");
            assert_eq!(paths.next(), None);
            path
        };
        only(only(self.folder.join("home/git/checkouts")))
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    let mut command = Command::new("git");
    command.current_dir(folder).args(who).args(arguments).stdin(Stdio::null());
    Outcome::of(&command.output().expect("git runs")).expect_success().stdout.trim().to_owned()
}

/// Makes a repository of a folder, with one commit.
fn commit(folder: &Path) -> String {
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all", "--force"]);
    git(folder, &["commit", "--quiet", "--no-verify", "--message", "As it is here"]);
    git(folder, &["tag", "here"]);
    git(folder, &["rev-parse", "HEAD"])
}

#[test]
fn a_system_that_has_aidos_from_a_repository_builds_and_boots() {
    let fetching = Fetching::new();
    assert_lamps_go_on_and_off(fetching.xtask(&BOOT));
    let dist = fetching.workspace().join("target/shed/dist");
    let built =
        archive::Archive::open(&dist.join("shed.zip")).expect("dist made it").manifest.built;
    assert_eq!((built.revision, built.dirty), (fetching.revision.clone(), false));
    let programs = files(&dist.join("link"), ".elf");
    assert_eq!(programs.len(), 7);
    let place = root().display().to_string();
    for program in programs {
        let bytes = std::fs::read(&program).expect("it is there");
        let knows = bytes.windows(place.len()).any(|window| window == place.as_bytes());
        assert!(!knows, "{} says where it was compiled", program.display());
    }
    for command in [&["new", "task", "other"][..], &["bench"], &["clippy"]] {
        let (success, said) = fetching.xtask(command);
        assert!(!success && said.contains("Aidos"), "{command:?}: {said}");
    }
    // Cargo's copy of Aidos is as it was.
    assert_eq!(git(&fetching.checkout(), &["status", "--porcelain", "--ignored"]), "?? .cargo-ok");
}
