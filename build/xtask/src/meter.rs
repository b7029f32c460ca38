//! The longest time with interrupts masked, over all suites, by a kernel built to measure it.

use crate::dist::{Kernel, dist_with, root};
use crate::qemu::{default_disk, options};
use crate::test::apps;
use ::bench::Meter;
use anyhow::{Context, Result, bail};
use qemu::{End, Machine, Options};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one suite may take, by the host's clock.
const LIMIT: Duration = Duration::from_secs(300);
/// Every instruction takes a nanosecond of virtual time; disks take theirs.
const COUNTING: [&str; 2] = ["-icount", "shift=0"];

/// The longest way through the kernel.
#[derive(Debug)]
pub struct Worst {
    /// In instructions.
    pub instructions: u64,
    /// Seen in this suite.
    pub suite: String,
}

/// Runs every suite.
pub fn worst() -> Result<Worst> {
    let mut worst = Worst { instructions: 0, suite: String::new() };
    for app in apps()? {
        let name = app.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let instructions = of_suite(&app, &name).with_context(|| format!("suite `{name}`"))?;
        eprintln!("{instructions:>10} instructions at most with interrupts masked: {name}");
        if instructions > worst.instructions {
            worst = Worst { instructions, suite: name };
        }
    }
    Ok(worst)
}

fn of_suite(app: &Path, name: &str) -> Result<u64> {
    let dist = dist_with(&renamed(app, name)?, Kernel::Metered)?;
    let meter = Meter::find(&dist.archive)?;
    let mut options = Options { disk: Some(default_disk(&dist)?), ..options(&dist)? };
    options.arguments.extend(COUNTING.map(String::from));
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

/// The app file under another name, so that its products stay apart.
fn renamed(app: &Path, name: &str) -> Result<PathBuf> {
    let text =
        std::fs::read_to_string(app).with_context(|| format!("cannot read {}", app.display()))?;
    let name = format!("meter-{name}");
    let folder = root().join("target").join(&name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("app.toml");
    let text = ::bench::renamed(&text, &name)?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
