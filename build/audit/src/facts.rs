//! Everything the rules ask about, read out of the image once.

use crate::image::Image;
use crate::physical::{Piece, pieces};
use crate::report::Findings;
use crate::rule::Rule;
use crate::walk::{Extent, Space, Who, walk};
use crate::{Subject, show};
use archive::Manifest;
use config::window::{DESCRIPTORS, LINEAR, LINEAR_LIMIT};
use config::{BootDesc, ImageDesc, PAGE, RegionDesc, Table, TaskDesc};
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// Where the address space's id is in TTBR0 (TCR_EL1.A1 is 0).
pub const ASID_SHIFT: u32 = 48;
/// BADDR in a TTBR: everything below the id but CnP, which is not used.
pub const ROOT: u64 = (1 << ASID_SHIFT) - 1;

/// What an image says.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What is loaded.
    pub image: Image<'a>,
    /// What the archive says of it.
    pub manifest: &'a Manifest,
    /// The boot parameters.
    pub boot: BootDesc,
    /// The descriptors' head.
    pub head: ImageDesc,
    /// The tasks, by index.
    pub tasks: Vec<TaskDesc>,
    /// What each task's buffers are checked against, by task.
    pub regions: Vec<Vec<RegionDesc>>,
    /// The boot's address space, the kernel's, the tasks' by index.
    pub spaces: Vec<Space>,
    /// Every table and whose it is, by physical address.
    pub tables: Vec<(u64, Who)>,
    /// Physical memory that someone reaches.
    pub pieces: Vec<Piece>,
}

impl<'a> Facts<'a> {
    /// Reads it all. `None`, and a violation, if there is no way to begin.
    pub fn gather(subject: &Subject<'a>, findings: &mut Findings) -> Option<Self> {
        let manifest = subject.manifest;
        let unloaded = Image { base: 0, bytes: subject.image_bin };
        let Some(boot) = unloaded.record::<BootDesc>(0) else {
            findings.plain(Rule::Image, "the image has no boot parameters: it is too short".into());
            return None;
        };
        let image = Image { base: boot.load_address, bytes: subject.image_bin };
        let boot_space = walk(Who::Boot, show::BOOT, boot.boot_table, &image, findings);
        let kernel = walk(Who::Kernel, show::KERNEL, boot.kernel_table, &image, findings);
        let Some((head, tasks, regions)) = descriptors(&image, &kernel) else {
            let words = "the kernel's table leads to no descriptors that can be read, so the \
                         tasks' tables cannot be found";
            findings.plain(Rule::Image, words.into());
            return None;
        };
        let mut spaces = vec![boot_space, kernel];
        for (index, task) in tasks.iter().enumerate() {
            let name = show::task(manifest, index);
            spaces.push(walk(Who::Task(index), name, task.ttbr0 & ROOT, &image, findings));
        }
        let edges = edges(manifest, &image);
        let pieces = pieces(spaces.iter().flat_map(|space| &space.extents), &edges);
        let owned = |space: &Space| space.tables.iter().map(|&at| (at, space.who)).collect();
        let mut tables: Vec<(u64, Who)> = spaces.iter().flat_map::<Vec<_>, _>(owned).collect();
        tables.sort_unstable();
        Some(Self { image, manifest, boot, head, tasks, regions, spaces, tables, pieces })
    }

    /// The kernel's address space.
    pub fn kernel(&self) -> &Space {
        &self.spaces[1]
    }

    /// The tasks' address spaces, by index.
    pub fn task_spaces(&self) -> impl Iterator<Item = (usize, &Space)> {
        self.spaces[2..].iter().enumerate()
    }

    /// Everything mapped anywhere.
    pub fn extents(&self) -> impl Iterator<Item = &Extent> {
        self.spaces.iter().flat_map(|space| &space.extents)
    }

    /// Whether there is a table in a piece.
    pub fn holds_table(&self, piece: &Piece) -> bool {
        let behind = self.tables.partition_point(|&(table, _)| table < piece.end());
        let last = behind.checked_sub(1).and_then(|index| self.tables.get(index));
        last.is_some_and(|&(table, _)| piece.overlaps(table, PAGE))
    }

    /// Whether there is memory here; otherwise only devices can be.
    pub const fn is_ram(&self, physical: u64) -> bool {
        let ram = self.manifest.ram;
        physical >= ram.base && physical < ram.base.saturating_add(ram.size)
    }

    /// What the archive says a task has at a virtual address.
    pub fn region(&self, who: Who, address: u64) -> Option<&'a archive::Region> {
        let Who::Task(index) = who else { return None };
        let regions = &self.manifest.tasks.get(index)?.regions;
        regions.iter().find(|region| {
            region.base <= address && address < region.base.saturating_add(region.size)
        })
    }

    /// What app.toml grants a task.
    pub fn grants(&self, index: usize) -> Option<&'a archive::Grants> {
        self.manifest.tasks.get(index)?.grants.as_ref()
    }
}

/// Where RAM, the image, and everything that has a name begin and end: no piece is on both sides.
fn edges(manifest: &Manifest, image: &Image<'_>) -> Vec<u64> {
    let ram = manifest.ram;
    let mut edges = vec![ram.base, ram.base.saturating_add(ram.size), image.base, image.end()];
    for region in &manifest.memory {
        edges.extend([region.physical, region.physical.saturating_add(region.size)]);
    }
    edges
}

/// Whether a mapping of the kernel's is its window on all memory, not memory of its own.
pub fn is_linear(extent: &Extent) -> bool {
    extent.who == Who::Kernel && (LINEAR..LINEAR + LINEAR_LIMIT).contains(&extent.address)
}

type Descriptors = (ImageDesc, Vec<TaskDesc>, Vec<Vec<RegionDesc>>);

/// The descriptors where the kernel will read them.
fn descriptors(image: &Image<'_>, kernel: &Space) -> Option<Descriptors> {
    let base = kernel.translate(DESCRIPTORS)?;
    let head: ImageDesc = image.record(base)?;
    if head.magic != ImageDesc::MAGIC {
        return None;
    }
    let tasks: Vec<TaskDesc> = records(image, base, head.tasks)?;
    let all: Vec<RegionDesc> = records(image, base, head.regions)?;
    let regions = tasks.iter().map(|task| {
        let [first, count] = task.regions.map(|number| number as usize);
        Some(all.get(first..first.checked_add(count)?)?.to_vec())
    });
    let regions = regions.collect::<Option<_>>()?;
    Some((head, tasks, regions))
}

fn records<T>(image: &Image<'_>, base: u64, table: Table) -> Option<Vec<T>>
where
    T: FromBytes + KnownLayout + Immutable,
{
    let size = size_of::<T>() as u64;
    let start = base.checked_add(table.offset.into())?;
    let at = |index: u64| image.record(start.checked_add(index * size)?);
    (0..table.count.into()).map(at).collect()
}
