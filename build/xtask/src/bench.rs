//! `bench`: guest instructions, counted by the machine itself.

use crate::dist::{Dist, dist, root};
use crate::meter;
use crate::own_disk::fresh_disk;
use crate::qemu::{find_qemu, options};
use ::bench::{Column, Figure, Listener, Range, Report};
use anyhow::{Context, Result, bail};
use qemu::{End, Machine};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one image may take, by the host's clock.
const LIMIT: Duration = Duration::from_secs(600);
/// Every instruction takes a nanosecond of virtual time, and waiting takes none of the host's.
const COUNTING: [&str; 4] = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"];
/// The image that the others are made of, and how many tasks are in it.
const APP: &str = "tests/bench/app.toml";
const TASKS: usize = 5;

/// The images with a disk, their names, and what their keys begin with. They need real time: with none
/// passing, the disk's would not either.
const DISKS: [(&str, &str, &[&str]); 2] = [
    ("tests/bench/disk.toml", "bench-disk", &["blk_"]),
    ("tests/bench/files.toml", "bench-files", &["fat_", "lfs_"]),
];
/// Bytes of their partitions, as large as those that Linux was measured with: a FAT of this size has clusters
/// of 4 KiB.
const PARTITION: usize = 300 << 20;
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

type Figures = BTreeMap<&'static str, Figure>;

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
    for app in disk_apps(arguments) {
        let disk = figures(&root().join(app)).context(app)?;
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

/// Whether only a figure of a disk is wanted.
fn of_disk(arguments: &Arguments) -> bool {
    DISKS.iter().any(|(_, _, keys)| asks_for(arguments, keys))
}

/// Whether only one of these figures is wanted.
fn asks_for(arguments: &Arguments, keys: &[&str]) -> bool {
    let begins = |only: &str| keys.iter().any(|key| only.starts_with(key));
    arguments.only.as_deref().is_some_and(begins)
}

/// The images with a disk that are to be measured; their figures stand in the first column.
fn disk_apps(arguments: &Arguments) -> impl Iterator<Item = &'static str> {
    let wanted = |keys: &[&str]| arguments.only.is_none() || asks_for(arguments, keys);
    let own = arguments.apps.is_empty() && !arguments.trace;
    DISKS.iter().filter(move |(_, _, keys)| own && wanted(keys)).map(|&(app, _, _)| app)
}

/// The longest way through the kernel belongs to no image; it stands in the first column.
fn add_worst(columns: &mut [Column]) -> Result<()> {
    let worst = meter::worst()?;
    if let Some(first) = columns.first_mut() {
        let total = Range::constant(worst);
        first.figures.insert(WORST, Figure { kernel: Some(total), ..Figure::once(total) });
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
    let has_disk = DISKS.iter().any(|(_, name, _)| *name == dist.app.name);
    let figures = if has_disk { figures_with_disk(&dist)? } else { figures_without(&dist)? };
    Ok(Column { name: String::new(), traced: dist.app.kernel.trace, figures })
}

fn figures_without(dist: &Dist) -> Result<Figures> {
    let mut figures = heard(dist, None, &COUNTING)?;
    figures.extend(::bench::sizes(&dist.archive)?);
    Ok(figures)
}

/// Instructions of one run, and the time of another, in which they are not counted. Each begins with a
/// disk that nobody has used.
fn figures_with_disk(dist: &Dist) -> Result<Figures> {
    let mut figures = heard(dist, Some(fresh_disk(dist, PARTITION)?), &COUNTING_WITH_DISK)?;
    let timed = heard(dist, Some(fresh_disk(dist, PARTITION)?), &[])?;
    for (name, figure) in &mut figures {
        figure.wall = timed.get(name).and_then(|timed| timed.wall);
    }
    Ok(figures)
}

fn heard(dist: &Dist, disk: Option<PathBuf>, arguments: &[&str]) -> Result<Figures> {
    let mut options = options(dist)?;
    options.disk = disk;
    options.arguments.extend(arguments.iter().map(ToString::to_string));
    let mut machine = Machine::start(&options)?;
    let mut listener = Listener::default();
    let end = qemu::listen(&mut machine, LIMIT, &mut |line| listener.line(line))?;
    if end != End::Seen {
        bail!("{end}");
    }
    listener.finish()
}
