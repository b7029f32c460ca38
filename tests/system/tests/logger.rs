//! What was printed is on the disk, whoever dies meanwhile; and what the shell does by itself.

use std::path::{Path, PathBuf};
use test_system::{Outcome, cargo, demo_disk, root};

/// The demo with small files that are written soon.
fn app(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join("app.toml");
    let base = root().join("app.toml");
    let text = format!(
        "inherit = \"{}\"\nname = \"{name}\"\n[tasks.logger.config]\nsize = 4096\nfiles = 3\n\
         interval-ms = 20\n",
        base.display()
    );
    std::fs::write(&path, text).expect("a file");
    path
}

fn run(app: &Path, disk: &Path, lines: &[String], until: &str) -> Outcome {
    let (app, disk) = (app.display().to_string(), disk.display().to_string());
    let mut arguments = vec!["xtask", "qemu", &app, "--disk", &disk, "--timeout", "120"];
    arguments.extend(lines.iter().flat_map(|line| ["--send", line]));
    arguments.extend(["--until", until]);
    cargo(&arguments).expect_success()
}

/// A file of the log, if it is there.
fn file(disk: &Path, number: usize) -> Option<String> {
    let (disk, name) = (disk.display().to_string(), format!("log/console.{number}"));
    let got = cargo(&["xtask", "disk", "get", &disk, &name, "--partition", "label:data"]);
    got.success.then_some(got.stdout)
}

/// Gives a partition of FAT a file.
fn put(disk: &Path, bytes: &str, path: &str) {
    let source = disk.with_file_name("source");
    std::fs::write(&source, bytes).expect("a file");
    let (disk, source) = (disk.display().to_string(), source.display().to_string());
    let put = ["xtask", "disk", "put", &disk, &source, path, "--partition", "label:files"];
    let _ = cargo(&put).expect_success();
}

/// The lines' numbers in a text, of those that the shell printed when it was told `echo word N`.
fn words(text: &str) -> Vec<u32> {
    text.lines().filter_map(|line| line.strip_prefix("word ")?.parse().ok()).collect()
}

#[test]
fn what_was_printed_is_in_the_files_whoever_dies() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (app, disk) = (app(folder.path(), "demo-logger"), demo_disk(folder.path()));
    let mut lines = Vec::new();
    for number in 0..400 {
        lines.push(format!("echo word {number}"));
        let victim = ["console", "logger", "data", "blk"].get(number % 40);
        lines.extend(victim.map(|victim| format!("crash {victim}")));
    }
    // Until ping is back, all is written.
    lines.extend(["crash ping".into(), "logs 3".into(), "status".into()]);
    let outcome = run(&app, &disk, &lines, "bytes printed");
    assert!(outcome.stdout.contains("bytes printed, 0 lost"), "{}", outcome.stdout);
    let files: Vec<String> = (0..16).rev().filter_map(|number| file(&disk, number)).collect();
    assert_eq!(files.len(), 3, "as many as app.toml allows");
    assert!(files.iter().all(|file| file.len() <= 4096 && file.starts_with('\u{1e}')));
    // A line that a marker cuts is whole without it. A console that dies may print something twice.
    let parts = files.concat();
    let mut text = String::new();
    for line in parts.split_inclusive('\n') {
        text.push_str(line.split_once('\u{1e}').map_or(line, |(before, _)| before));
    }
    let mut found = words(&text);
    found.dedup();
    let first = *found.first().expect("some are kept");
    assert!(first < 350, "{first}");
    assert_eq!(found, (first..400).collect::<Vec<_>>(), "{parts}");
    for word in ["goes on from console.1", "the logger is back"] {
        assert!(parts.contains(word), "{parts}");
    }
}

#[test]
fn the_next_boot_goes_on_behind_the_last() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (app, disk) = (app(folder.path(), "demo-boots"), demo_disk(folder.path()));
    put(&disk, "# less\nfiles = 2\nsize = 99999999\nlines = 7\n", "etc/logger.conf");
    for boot in 1..=2 {
        let lines = [format!("echo word {boot}"), "crash ping".into(), "uptime".into()];
        let outcome = run(&app, &disk, &lines, "^up ");
        for mistake in
            ["line 3, column 8: write a number from 4096 to 4096", "line 4, column 1: nobody asks"]
        {
            assert!(outcome.stdout.contains(mistake), "{}", outcome.stdout);
        }
    }
    let text = file(&disk, 1).unwrap_or_default() + &file(&disk, 0).expect("there is a log");
    assert_eq!(words(&text), [1, 2], "{text}");
    assert!(text.contains(" 1 boot 1, 20") && text.contains(" 2 boot 2, 20"), "{text}");
}

#[test]
fn without_a_disk_the_logger_says_so_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let app = app(folder.path(), "demo-no-disk");
    let lines = ["crash ping", "crash ping", "crash ping", "crash ping", "uptime"];
    let outcome = run(&app, Path::new("none"), &lines.map(Into::into), "^up ");
    assert_eq!(outcome.stdout.matches("logger: ").count(), 1, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("logger: /data/log: there is no disk"), "{}", outcome.stdout);
}

#[test]
fn a_startup_file_is_obeyed_and_one_that_kills_the_shell_is_given_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (app, disk) = (app(folder.path(), "demo-startup"), demo_disk(folder.path()));
    put(&disk, "# lines\n\necho started up\nnonsense here\ncat hello.txt\n", "etc/startup");
    let outcome = run(&app, &disk, &["uptime".into()], "^up ");
    for line in [
        "/etc/startup, line 3: echo started up\nstarted up\n",
        "line 4: nonsense here\nthere is no command `nonsense`",
        "hello from the disk",
    ] {
        assert!(outcome.stdout.contains(line), "{line}:\n{}", outcome.stdout);
    }
    put(&disk, "echo before\ncrash shell\n", "etc/startup");
    let outcome = run(&app, &disk, &["uptime".into()], "^up ");
    let skipped = "/etc/startup: skipped, because the shell was restarted 2 times";
    assert!(outcome.stdout.contains(skipped), "{}", outcome.stdout);
    assert_eq!(outcome.stdout.matches("\nbefore\n").count(), 2, "{}", outcome.stdout);
}

#[test]
fn a_task_that_is_stopped_stays_so_until_it_is_started() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (app, disk) = (app(folder.path(), "demo-stop"), demo_disk(folder.path()));
    let lines = ["stop data", "ls /data", "crash ping", "status", "start data", "ls /data"];
    let more = ["start data", "stop supervisor", "uptime"];
    let lines: Vec<String> = lines.iter().chain(&more).map(|line| (*line).into()).collect();
    let outcome = run(&app, &disk, &lines, "^up ");
    for line in [
        "data: stopped",
        "/data: the file system is stopped",
        "data is held until `start`",
        "data: started",
        "data: it runs",
        "supervisor: app.toml does not permit",
    ] {
        assert!(outcome.stdout.contains(line), "{line}:\n{}", outcome.stdout);
    }
}
