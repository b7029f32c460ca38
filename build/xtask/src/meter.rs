//! The longest time with interrupts masked, over all suites, by a kernel built to measure it.

use crate::dist::{Kernel, dist_with, root};
use crate::own_disk::default_disk;
use crate::qemu::options;
use crate::test::apps;
use ::bench::Meter;
use anyhow::{Context, Result, bail};
use qemu::{End, Machine, Options};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one suite may take, by the host's clock.
const LIMIT: Duration = Duration::from_secs(300);
/// Every instruction takes a nanosecond of virtual time, and waiting takes none of the host's: the
/// same in each run.
const REPEATABLE: [&str; 4] = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"];
/// A disk answers in the host's time.
const WITH_DISK: [&str; 2] = ["-icount", "shift=0"];

/// Runs every suite; says how many instructions the longest way through the kernel has.
pub fn worst() -> Result<u64> {
    let mut worst = 0;
    for app in apps()? {
        let name = app.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let longest = of_suite(&app, &name).with_context(|| format!("suite `{name}`"))?;
        eprintln!("{longest:>10} instructions at most with interrupts masked: {name}");
        worst = worst.max(longest);
    }
    Ok(worst)
}

fn of_suite(app: &Path, name: &str) -> Result<u64> {
    let dist = dist_with(&renamed(app, name)?, Kernel::Metered)?;
    let meter = Meter::find(&dist.archive)?;
    let mut options = Options { disk: Some(default_disk(&dist)?), ..options(&dist)? };
    let mut devices = dist.app.tasks.iter().flat_map(|task| &task.devices);
    let disk = devices.any(|device| device.name.starts_with("virtio"));
    let counting = if disk { &WITH_DISK[..] } else { &REPEATABLE[..] };
    options.arguments.extend(counting.iter().map(|&argument| argument.to_owned()));
    let mut machine = Machine::start(&options)?;
    let end = qemu::listen(&mut machine, LIMIT, &mut |line| {
        if line == "suite: end" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if end != End::Seen {
        bail!("{end}");
    }
    let bytes = machine.read(meter.worst, 8)?;
    let bytes = bytes.try_into().ok().context("QEMU gave other than 8 bytes")?;
    Ok(u64::from_le_bytes(bytes))
}

/// The app under another name, so that its products stay apart.
fn renamed(app: &Path, name: &str) -> Result<PathBuf> {
    let base = app.canonicalize().with_context(|| format!("cannot find {}", app.display()))?;
    let name = format!("meter-{name}");
    let folder = root().join("target").join(&name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("app.toml");
    let text = format!("inherit = {:?}\nname = {name:?}\n", base.display().to_string());
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
