//! What was printed is on the disk, whoever dies meanwhile; and what the shell does by itself.

use disk::files::{self, Source};
use std::path::{Path, PathBuf};
use test_system::{Outcome, cargo, demo_disk, root, tool};

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

/// What was printed, of what is in a file: a line that a marker cuts is whole without it.
fn printed(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.map(|line| line.split_once('\u{1e}').map_or(line, |(before, _)| before)).collect()
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
    // A console that dies may print something twice.
    let parts = files.concat();
    let mut found = words(&printed(&parts));
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

/// The demo's disk, but of what the logger writes to only so many blocks of 4 KiB are free.
fn nearly_full_disk(folder: &Path, left: u64) -> PathBuf {
    let disk = demo_disk(folder);
    let name = disk.display().to_string();
    let smaller = ["--delete=2", "--new=2:0:+2M", "--change-name=2:data", &name];
    let _ = tool("sgdisk", &smaller);
    let data = Source { partition: Some("label:data"), ..Source::whole(&disk) };
    files::format_littlefs(data, 4096).expect("it can be written");
    let free = || files::check(data).expect("it can be read").space.free;
    // Some of each block is for pointers to others.
    files::put(data, "big", &vec![b'x'; (free() - left - 2) as usize * 4080]).expect("it fits");
    while free() > left {
        files::put(data, &format!("more {}", free()), &[b'x'; 4080]).expect("it fits");
    }
    disk
}

#[test]
fn on_a_full_disk_the_logger_says_so_once_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let app = app(folder.path(), "demo-full");
    // All that is printed fits.
    let text = std::fs::read_to_string(&app).expect("a file");
    std::fs::write(&app, text.replace("4096", "65536")).expect("a file");
    let disk = nearly_full_disk(folder.path(), 6);
    let mut lines: Vec<String> = (0..500).map(|number| format!("echo word {number}")).collect();
    // It has tried again in vain before there is room.
    lines.extend(["crash ping", "crash ping", "df", "rm /data/big"].map(Into::into));
    lines.extend(["crash ping", "crash ping", "crash ping", "echo word 500"].map(Into::into));
    lines.extend(["crash ping", "status"].map(Into::into));
    let outcome = run(&app, &disk, &lines, "bytes printed");
    assert!(outcome.stdout.contains("bytes printed, 0 lost"), "{}", outcome.stdout);
    let (before, _) = outcome.stdout.split_once("rm /data/big").expect("it is echoed");
    let full = "logger: /data/log: the disk is full";
    assert!(before.contains(full), "{}", outcome.stdout);
    assert_eq!(outcome.stdout.matches("logger: ").count(), 1, "{}", outcome.stdout);
    let text = file(&disk, 0).expect("there is a log");
    let text = printed(&text);
    assert_eq!(words(&text), (0..=500).collect::<Vec<_>>(), "{text}");
    assert_eq!(text.matches(full).count(), 1, "{text}");
}

/// What was printed while the logger was stopped, and then the machine was reset.
fn survives(name: &str, change: &str, reset: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (app, disk) = (app(folder.path(), name), demo_disk(folder.path()));
    let text = std::fs::read_to_string(&app).expect("a file");
    std::fs::write(&app, text + change).expect("a file");
    // Until ping is back, the first boot is told.
    let mut lines = ["crash ping", "crash ping", "stop logger"].map(String::from).to_vec();
    lines.extend((0..50).map(|number| format!("echo word {number}")));
    lines.extend(reset.iter().map(|&line| line.into()));
    lines.extend(["echo word 50", "crash ping", "status"].map(Into::into));
    let outcome = run(&app, &disk, &lines, "bytes printed");
    assert!(outcome.stderr.contains("the machine was reset"), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("bytes printed, 0 lost"), "{}", outcome.stdout);
    let text = file(&disk, 1).unwrap_or_default() + &file(&disk, 0).expect("there is a log");
    // Nobody but the console can have kept them: the logger wrote nothing before the reset.
    let (first, second) = text.split_once(" 2 boot 2, ").expect("two boots are told");
    assert!(words(first).is_empty(), "{text}");
    assert_eq!(words(&printed(second)), (0..=50).collect::<Vec<_>>(), "{text}");
}

#[test]
fn what_was_printed_before_the_supervisor_faulted_is_in_the_files_after_the_reset() {
    survives("demo-log-fault", "", &["crash supervisor"]);
}

#[test]
fn what_was_printed_before_a_reset_that_was_asked_for_is_in_the_files_after_it() {
    let spent = "[tasks.pong]\nrestart = { max = 1, within = \"60s\", then = \"reset\" }\n";
    survives("demo-log-reset", spent, &["crash pong", "crash pong"]);
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
