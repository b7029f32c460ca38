//! Images, or parts of them, as block devices.

use anyhow::{Context, Result, ensure};
use drv_block::{Block, Error, Geometry};
use drv_littlefs::Settings;
use drv_partition::{Extent, Selector};
use std::fmt::{self, Display};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// An image, or a part of one.
#[derive(Clone, Copy, Debug)]
pub struct Source<'p> {
    /// The file.
    pub path: &'p Path,
    /// Bytes in a sector.
    pub sector_size: u32,
    /// Which partition, as app files say it: `label:data`.
    pub partition: Option<&'p str>,
    /// It is of flash memory.
    pub flash: Option<Flash>,
}

/// Flash memory that an image is of, and the part of it that is meant.
#[derive(Clone, Copy, Debug)]
pub struct Flash {
    /// Bytes that are erased at once.
    pub erase_size: u32,
    /// The first of its erase blocks.
    pub first: u64,
    /// How many. `None`: all from there on.
    pub blocks: Option<u64>,
}

impl<'p> Source<'p> {
    /// All of an image with sectors of 512 bytes.
    #[must_use]
    pub const fn whole(path: &'p Path) -> Self {
        Self { path, sector_size: 512, partition: None, flash: None }
    }

    pub(crate) fn open(self, writes: bool) -> Result<Image> {
        let mut image = Image::open(self.path, self.sector_size, writes)?;
        if let Some(flash) = self.flash {
            image = image.of(flash).with_context(|| self.to_string())?;
        }
        let Some(text) = self.partition else { return Ok(image) };
        let selector = Selector::parse(text).with_context(|| format!("`{text}`"))?;
        let mut memory = Box::new(drv_partition::Memory::new());
        let found = drv_partition::find(&mut image, &mut memory, &selector);
        let Extent { first, sectors } = found.with_context(|| self.to_string())?;
        Ok(Image { first, sectors, ..image })
    }
}

impl Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        self.partition.map_or(Ok(()), |partition| write!(f, ", {partition}"))
    }
}

/// An image, or a part of one, as a block device.
pub(crate) struct Image {
    file: File,
    /// Where the part begins.
    first: u64,
    sectors: u64,
    sector_size: u32,
    read_only: bool,
    /// Of flash memory: bytes that are erased at once.
    erase_size: Option<u32>,
}

impl Image {
    fn open(path: &Path, sector_size: u32, writes: bool) -> Result<Self> {
        let file = File::options().read(true).write(writes).open(path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        let right = sector_size.is_power_of_two() && (512..=4096).contains(&sector_size);
        ensure!(right, "a sector has 512, 1024, 2048 or 4096 bytes, not {sector_size}");
        let sectors = file.metadata()?.len() / u64::from(sector_size);
        Ok(Self { file, first: 0, sectors, sector_size, read_only: !writes, erase_size: None })
    }

    /// The same as a part of flash memory.
    fn of(self, Flash { erase_size, first, blocks }: Flash) -> Result<Self> {
        let sector = self.sector_size;
        ensure!(
            erase_size >= sector && erase_size.is_multiple_of(sector),
            "an erase block of {erase_size} bytes is not a whole number of sectors of {sector}"
        );
        let all = self.sectors * u64::from(sector) / u64::from(erase_size);
        let blocks = blocks.unwrap_or(all.saturating_sub(first));
        let fits = first.checked_add(blocks).is_some_and(|end| end <= all);
        ensure!(fits && blocks > 0, "it has {all} erase blocks: not {blocks} from {first} on");
        let each = u64::from(erase_size / sector);
        let (first, sectors) = (first * each, blocks * each);
        Ok(Self { first, sectors, erase_size: Some(erase_size), ..self })
    }

    /// How a file system is to use it.
    pub fn settings(&self) -> Settings {
        self.erase_size.map_or_else(Settings::default, Settings::flash)
    }

    /// Where a sector is in the file.
    fn place(&self, sector: u64) -> u64 {
        (self.first + sector) * u64::from(self.sector_size)
    }

    pub fn begins_with(&self, place: u64, bytes: &[u8]) -> bool {
        let mut found = vec![0; bytes.len()];
        self.file.read_exact_at(&mut found, self.place(0) + place).is_ok() && found == bytes
    }
}

impl Block for Image {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let Self { sectors, sector_size, read_only, .. } = *self;
        Ok(Geometry { sectors, sector_size, read_only, discard: self.erase_size.is_some() })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        self.geometry()?.sectors_of(first, into.len())?;
        self.file.read_exact_at(into, self.place(first)).map_err(|_| Error::Failed)
    }

    fn write(&mut self, first: u64, data: &[u8]) -> Result<(), Error> {
        self.geometry()?.sectors_of(first, data.len())?;
        if self.erase_size.is_some() {
            let mut old = vec![0; data.len()];
            self.read(first, &mut old)?;
            // A program makes no ones.
            if old.iter().zip(data).any(|(old, new)| old & new != *new) {
                return Err(Error::Worn);
            }
        }
        self.file.write_all_at(data, self.place(first)).map_err(|_| Error::Failed)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.file.sync_data().map_err(|_| Error::Failed)
    }

    fn discard(&mut self, first: u64, sectors: u64) -> Result<(), Error> {
        let size = self.erase_size.ok_or(Error::Unsupported)?;
        let bytes = usize::try_from(sectors * u64::from(self.sector_size));
        let bytes = bytes.map_err(|_| Error::BadLength)?;
        self.geometry()?.sectors_of(first, bytes)?;
        let place = self.place(first);
        if !place.is_multiple_of(size.into()) || !bytes.is_multiple_of(size as usize) {
            return Err(Error::BadLength);
        }
        self.file.write_all_at(&vec![0xff; bytes], place).map_err(|_| Error::Failed)
    }
}
