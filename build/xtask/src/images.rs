//! `disk make`, `ls`, `get`, `put` and `check`: images of file systems, on the host.

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use disk::files::{self, Flash, Format, Kind, Named, Source};
use std::io::Write;
use std::path::PathBuf;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Make an image with an empty file system.
    Make(Make),
    /// List what is in an image.
    Ls(List),
    /// Print a file of an image, or copy it.
    Get(Get),
    /// Copy a file into an image; directories are made. Not into one of ext: it is read only.
    Put(Put),
    /// Read everything on an image to its end.
    Check(Check),
}

/// An image.
#[derive(Args)]
pub struct Image {
    /// A file system, FAT, littlefs or ext; or a disk with partitions that hold some.
    image: PathBuf,
    /// Bytes in a sector.
    #[arg(long, value_name = "BYTES", default_value_t = 512)]
    sector_size: u32,
    /// Which partition: `label:data`, `guid:…` or `index:2`, as in app files [default: none, all of it].
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
    /// It is an image of flash memory with erase blocks of this size: `256KiB`. What is written is
    /// erased before, as on the target.
    #[arg(long, value_name = "SIZE", value_parser = crate::flash::size, conflicts_with = "partition")]
    flash: Option<u64>,
    /// The part of flash memory that is meant: first erase block and number of blocks, `0+128`
    /// [default: all of it].
    #[arg(long, value_name = "FIRST+BLOCKS", value_parser = part, requires = "flash")]
    part: Option<(u64, u64)>,
}

impl Image {
    fn source(&self) -> Result<Source<'_>> {
        let partition = self.partition.as_deref();
        let flash = self.flash()?;
        Ok(Source { path: &self.image, sector_size: self.sector_size, partition, flash })
    }

    fn flash(&self) -> Result<Option<Flash>> {
        let Some(size) = self.flash else { return Ok(None) };
        let erase_size = u32::try_from(size).context("--flash: too large")?;
        let (first, blocks) = self.part.map_or((0, None), |(first, blocks)| (first, Some(blocks)));
        Ok(Some(Flash { erase_size, first, blocks }))
    }
}

/// `0+128`.
fn part(text: &str) -> Result<(u64, u64), String> {
    let numbers = text.split_once('+').map(|(first, blocks)| (first.parse(), blocks.parse()));
    match numbers {
        Some((Ok(first), Ok(blocks))) => Ok((first, blocks)),
        _ => Err("first erase block and number of blocks are wanted: `0+128`".into()),
    }
}

/// A format, by its name.
#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Fat,
    Littlefs,
    Ext2,
    Ext3,
    Ext4,
}

/// Arguments of `disk make`.
#[derive(Args)]
pub struct Make {
    #[command(flatten)]
    image: Image,
    /// What to make.
    #[arg(long)]
    format: Name,
    /// Its size: `16MiB`.
    #[arg(long, value_parser = crate::flash::size)]
    size: u64,
    /// Bytes in a block of littlefs; with `--flash` these are the erase blocks.
    #[arg(long, value_name = "SIZE", default_value = "4KiB", value_parser = crate::flash::size)]
    block_size: u64,
}

/// Arguments of `disk ls`.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    image: Image,
    /// The directory [default: the root].
    #[arg(default_value = "", hide_default_value = true)]
    directory: String,
    /// Also what is in the directories there.
    #[arg(long)]
    all: bool,
}

/// Arguments of `disk get`.
#[derive(Args)]
pub struct Get {
    #[command(flatten)]
    image: Image,
    /// The file in the image.
    file: String,
    /// Where to copy it [default: it is printed].
    to: Option<PathBuf>,
}

/// Arguments of `disk put`.
#[derive(Args)]
pub struct Put {
    #[command(flatten)]
    image: Image,
    /// A file here.
    from: PathBuf,
    /// Its path in the image [default: its name].
    file: Option<String>,
}

/// Runs the command.
pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Make(arguments) => make(&arguments),
        Command::Ls(List { image, directory, all }) => {
            for named in files::list(image.source()?, &directory, all)? {
                println!("{}", line(&named));
            }
            Ok(())
        }
        Command::Get(arguments) => get(&arguments),
        Command::Put(arguments) => put(&arguments),
        Command::Check(arguments) => check(&arguments),
    }
}

/// Arguments of `disk check`.
#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    image: Image,
    /// Repair it first, as the target does when it mounts it: a FAT volume that was not synced.
    #[arg(long)]
    repair: bool,
}

/// A name as `ls` shows it.
fn line(Named { path, kind, size, target }: &Named) -> String {
    match (kind, target) {
        (Kind::Directory, _) => format!("{:>12}  {path}/", "-"),
        (Kind::Link, Some(target)) => format!("{:>12}  {path} -> {target}", "-"),
        (Kind::Other, _) => format!("{:>12}  {path} (no file)", "-"),
        _ => format!("{size:>12}  {path}"),
    }
}

fn make(arguments: &Make) -> Result<()> {
    let Image { image, sector_size, .. } = &arguments.image;
    if let Some(flash) = arguments.image.flash()? {
        let right = matches!(arguments.format, Name::Littlefs);
        ensure!(right, "of these formats only littlefs can be in flash memory: --format littlefs");
        return files::make_flash(image, arguments.size, *sector_size, flash);
    }
    let block_size = u32::try_from(arguments.block_size).context("--block-size: too large")?;
    let format = match arguments.format {
        Name::Fat => Format::Fat,
        Name::Littlefs => Format::Littlefs { block_size },
        Name::Ext2 => Format::Ext(2),
        Name::Ext3 => Format::Ext(3),
        Name::Ext4 => Format::Ext(4),
    };
    files::make(image, format, arguments.size, *sector_size)
}

fn get(arguments: &Get) -> Result<()> {
    let Get { image, file, to } = arguments;
    let bytes = files::get(image.source()?, file)?;
    match to {
        Some(to) => {
            std::fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
        }
        None => Ok(std::io::stdout().write_all(&bytes)?),
    }
}

fn put(arguments: &Put) -> Result<()> {
    let Put { image, from, file } = arguments;
    let bytes = std::fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    let name = from.file_name().and_then(|name| name.to_str());
    let Some(file) = file.as_deref().or(name) else { bail!("say its path in the image") };
    files::put(image.source()?, file, &bytes)
}

fn check(arguments: &Check) -> Result<()> {
    let how = if arguments.repair { files::repair } else { files::check };
    let files::Checked { names, bytes, space, repairs } = how(arguments.image.source()?)?;
    if arguments.repair {
        println!("{repairs} repairs");
    }
    println!(
        "{}: {names} files and directories, {bytes} bytes in files; {} of {} blocks of {} bytes \
         are free",
        space.format, space.free, space.blocks, space.block_size
    );
    Ok(())
}
