//! What the tests put on disks, and how they call the tools that judge them.

#![allow(dead_code, reason = "each test uses some of it")]

use disk::Content;
use flash::{Boot, Limits, Report, System, flash};
use std::path::Path;
use std::process::Command;

pub const MIB: u64 = 1 << 20;

/// An image of bytes that differ from their neighbours.
pub fn boot() -> Boot {
    let files = vec![Content { path: "docs/hello.txt".into(), bytes: b"hello\n".to_vec() }];
    Boot {
        app: "demo".into(),
        image_id: 0x1234_5678_9abc_def0,
        load_address: 0x4008_0000,
        image: disk::pattern(700_000),
        files,
    }
}

/// A machine on which nothing is in use.
pub fn idle() -> System {
    System { mounts: String::new(), swaps: String::new(), sys: "/nowhere".into() }
}

pub const CAREFUL: Limits = Limits { max_size: 64 << 30, yes: false };
pub const BOLD: Limits = Limits { max_size: 64 << 30, yes: true };

/// Writes a disk; errors as the user reads them.
pub fn write(
    to: &Path,
    size: Option<u64>,
    limits: Limits,
    system: &System,
) -> Result<Report, String> {
    let report = flash(&boot(), to, size, limits, system, &mut |_, _, _| ());
    report.map_err(|error| format!("{error:#}"))
}

/// A program's standard output. It must succeed.
pub fn run(program: &str, arguments: &[&str]) -> String {
    // Some are where only root's PATH leads.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program).args(arguments).env("PATH", path).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program} (packages gdisk, dosfstools, mtools, mount): {error}")
    });
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    said
}
