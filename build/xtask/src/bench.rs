//! `bench`: guest instructions, counted by the machine itself.

use crate::dist::{dist, root};
use crate::meter;
use crate::own_disk::default_disk;
use crate::qemu::{find_qemu, options};
use ::bench::{Column, Figure, Listener, Range, Report};
use anyhow::{Context, Result, bail};
use qemu::{End, Machine};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one image may take, by the host's clock.
const LIMIT: Duration = Duration::from_secs(120);
/// Every instruction takes a nanosecond of virtual time, and waiting takes none of the host's.
const COUNTING: [&str; 4] = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"];
/// The image that the others are made of, and how many tasks are in it.
const APP: &str = "tests/bench/app.toml";
const TASKS: usize = 5;

/// The image with a disk, and what its keys begin with. It needs real time: with none passing, the disk's
/// would not either.
const DISK_APP: &str = "tests/bench/disk.toml";
const DISK_NAME: &str = "bench-disk";
const DISK_KEYS: &str = "blk_";
const COUNTING_WITH_DISK: [&str; 2] = ["-icount", "shift=0,sleep=on"];

/// What the suites measure together.
const WORST: &str = "worst_irq_off";

/// Arguments of `bench`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Of the images that are measured without APP, only the one whose trace ring is on.
    #[arg(long, conflicts_with = "apps")]
    trace: bool,
    /// Show only this figure.
    #[arg(long, value_name = "KEY")]
    only: Option<String>,
    /// App files to measure [default: 5 tasks, 60 tasks, and 5 tasks with the trace ring on].
    #[arg(value_name = "APP")]
    apps: Vec<PathBuf>,
}

/// An image to measure.
struct Image {
    name: String,
    app: PathBuf,
}

/// Runs the command. A target that is missed is marked, and no error.
pub fn run(arguments: &Arguments) -> Result<()> {
    check_key(arguments.only.as_deref())?;
    toolchain::require(find_qemu)?;
    let images = if of_disk(arguments) && arguments.apps.is_empty() {
        vec![]
    } else if arguments.apps.is_empty() {
        own_images(arguments.trace)?
    } else {
        let name = |app: &PathBuf| app.display().to_string();
        arguments.apps.iter().map(|app| Image { name: name(app), app: app.clone() }).collect()
    };
    let mut columns = images.iter().map(measure).collect::<Result<Vec<_>>>()?;
    if let Some(path) = disk_app(arguments) {
        let disk = figures(&path).with_context(|| DISK_APP)?;
        match columns.first_mut() {
            Some(first) => first.figures.extend(disk.figures),
            None => columns.push(Column { name: "disk".into(), ..disk }),
        }
    }
    let wanted = arguments.only.as_deref().is_none_or(|only| only == WORST);
    if wanted && arguments.apps.is_empty() && !arguments.trace {
        add_worst(&mut columns)?;
    }
    let report = Report { columns, only: arguments.only.clone() };
    if arguments.json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.table());
    }
    Ok(())
}

/// Whether only a figure of the disk is wanted.
fn of_disk(arguments: &Arguments) -> bool {
    arguments.only.as_deref().is_some_and(|only| only.starts_with(DISK_KEYS))
}

/// The image with a disk, if it is to be measured; its figures stand in the first column.
fn disk_app(arguments: &Arguments) -> Option<PathBuf> {
    let wanted = arguments.only.is_none() || of_disk(arguments);
    (wanted && arguments.apps.is_empty() && !arguments.trace).then(|| root().join(DISK_APP))
}

/// The longest way through the kernel belongs to no image; it stands in the first column.
fn add_worst(columns: &mut [Column]) -> Result<()> {
    let worst = meter::worst()?;
    if let Some(first) = columns.first_mut() {
        let total = Range::constant(worst);
        first.figures.insert(WORST, Figure { repeats: 1, total, kernel: Some(total) });
    }
    Ok(())
}

fn check_key(only: Option<&str>) -> Result<()> {
    let Some(only) = only else { return Ok(()) };
    let names: Vec<&str> = ::bench::KEYS.iter().map(|key| key.name).collect();
    if names.contains(&only) {
        return Ok(());
    }
    bail!("there is no figure `{only}`; there are: {}", names.join(", "))
}

/// The image that is checked in, and what is made of it.
fn own_images(traced_only: bool) -> Result<Vec<Image>> {
    let path = root().join(APP);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let traced = made(&text, "bench-trace", "trace on", 0, true)?;
    if traced_only {
        return Ok(vec![traced]);
    }
    let plain = Image { name: format!("{TASKS} tasks"), app: path };
    Ok(vec![plain, made(&text, "bench60", "60 tasks", 60 - TASKS, false)?, traced])
}

fn made(text: &str, app: &str, name: &str, further: usize, traced: bool) -> Result<Image> {
    let folder = root().join("target").join(app);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("app.toml");
    std::fs::write(&path, ::bench::variant(text, app, further, traced)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Image { name: name.into(), app: path })
}

fn measure(image: &Image) -> Result<Column> {
    let figures = figures(&image.app).with_context(|| format!("{}", image.app.display()))?;
    Ok(Column { name: image.name.clone(), ..figures })
}

fn figures(app: &Path) -> Result<Column> {
    let dist = dist(app)?;
    let mut options = options(&dist)?;
    let disk = dist.app.name == DISK_NAME;
    if disk {
        options.disk = Some(default_disk(&dist)?);
        options.arguments.extend(COUNTING_WITH_DISK.map(String::from));
    } else {
        options.arguments.extend(COUNTING.map(String::from));
    }
    let mut machine = Machine::start(&options)?;
    let mut listener = Listener::default();
    let end = qemu::listen(&mut machine, LIMIT, &mut |line| listener.line(line))?;
    if end != End::Seen {
        bail!("{end}");
    }
    let mut figures = listener.finish()?;
    if !disk {
        figures.extend(::bench::sizes(&dist.archive)?);
    }
    Ok(Column { name: String::new(), traced: dist.app.kernel.trace, figures })
}
