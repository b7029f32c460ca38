//! From sizes to addresses: slots, regions, physical memory.
//!
//! Nobody guesses a size: kernel and tasks are linked first, and what they measure comes in here.
//! Physical memory from the image's load address on:
//!
//! ```text
//! loaded    kernel text, constants | descriptors | tables for tasks | page tables | each task's
//!           text, constants and data image
//! writable  kernel variables | epitaph | arrays | stacks | each task's data, stack, DMA | shared
//! retained  a copy of the previous boot's writable memory
//! ```

#![forbid(unsafe_code)]

mod kernel;
mod physical;
mod task;
#[cfg(test)]
mod tests;

pub use kernel::{KernelLayout, KernelRecords, KernelSizes};
pub use task::{Placed, TaskLayout, TaskSizes};

use appfile::App;
use config::PAGE;
use pagetable::{Mapping, Memory, Rights};
use physical::Cursor;
use std::fmt;

/// Where the writable memory begins: multiples of this.
const WRITABLE_ALIGNMENT: u64 = 64 << 10;

/// What has to be placed.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// The kernel.
    pub kernel: KernelSizes,
    /// Its records.
    pub records: KernelRecords,
    /// Bytes of the descriptors.
    pub descriptors: u64,
    /// Bytes of each table for tasks, as in `uses`.
    pub tables: Vec<(appfile::app::Table, u64)>,
    /// The tasks by index.
    pub tasks: Vec<TaskSizes>,
}

/// A stretch of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub size: u64,
}

impl Span {
    /// First byte behind it.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.base.saturating_add(self.size)
    }
}

/// A piece of memory with a name, in one address space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// `text`, `rodata`, `data`, `stack`, `dma`, or the name of a device, table or region.
    pub name: String,
    /// What the pages are.
    pub mapping: Mapping,
    /// What it is beyond that.
    pub kind: Kind,
}

/// What a region is beyond its rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The address space's own memory.
    Private,
    /// Registers of a device.
    Device,
    /// Memory that devices reach.
    Dma,
    /// Memory that other tasks have too.
    Shared,
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What a loader writes.
    pub loaded: Span,
    /// All memory that kernel and tasks write.
    pub writable: Span,
    /// The copy of the previous boot's.
    pub retained: Option<Span>,
    /// The kernel.
    pub kernel: KernelLayout,
    /// Page tables: boot's, the kernel's, each task's.
    pub page_tables: Span,
    /// Tables for tasks.
    pub tables: Vec<(appfile::app::Table, Span)>,
    /// Shared regions, in the app's order.
    pub shared: Vec<Region>,
    /// The tasks by index.
    pub tasks: Vec<TaskLayout>,
}

impl Layout {
    /// RAM from the image's first byte to the last that is used, fixed regions left out.
    #[must_use]
    pub fn footprint(&self) -> u64 {
        self.retained.unwrap_or(self.writable).end().saturating_sub(self.loaded.base)
    }

    /// Everything one task reaches, by address.
    #[must_use]
    pub fn regions_of(&self, app: &App, task: usize) -> Vec<Region> {
        let mut regions = self.tasks[task].regions.clone();
        for share in app.tasks[task].regions.iter().filter(|share| share.access.is_mapped()) {
            let mut region = self.shared[share.region].clone();
            region.mapping.rights.write = share.access.writes();
            regions.push(region);
        }
        regions.sort_by_key(|region| region.mapping.address);
        regions
    }
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// RAM is too small.
    OutOfRam {
        /// Bytes needed from the load address on.
        needed: u64,
        /// Bytes there are.
        available: u64,
    },
    /// RAM ends where the kernel's linear map has no address for it.
    RamTooHigh {
        /// Its end.
        end: u64,
    },
    /// A fixed region is where there is no RAM.
    NotRam {
        /// Its name.
        name: String,
        /// Where it is.
        span: (u64, u64),
        /// Where RAM is.
        ram: (u64, u64),
    },
    /// A fixed region is where something else is.
    FixedRegion {
        /// Its name.
        name: String,
        /// Where it is.
        span: (u64, u64),
        /// What the image takes.
        image: (u64, u64),
    },
    /// A budget of `max-sizes` is exceeded.
    OverBudget {
        /// The task.
        task: String,
        /// `text` or `ram`.
        what: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        allowed: u64,
    },
    /// The tasks need more addresses than there are.
    OutOfAddresses,
    /// Page tables cannot be made.
    PageTable(pagetable::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRam { needed, available } => write!(
                f,
                "the image needs {needed:#x} bytes of RAM, the board has {available:#x} from the \
                 load address on: make stacks, DMA memory or shared regions smaller, or set \
                 `retain = false` under [kernel]"
            ),
            Self::RamTooHigh { end } => write!(
                f,
                "RAM ends at {end:#x}, the kernel reaches physical addresses below {:#x}: describe \
                 less of it in the board file",
                config::window::LINEAR_LIMIT
            ),
            Self::NotRam { name, span, ram } => write!(
                f,
                "region `{name}` at {:#x}..{:#x} is not inside RAM, {:#x}..{:#x}: choose another \
                 `address`, or leave it out",
                span.0, span.1, ram.0, ram.1
            ),
            Self::FixedRegion { name, span, image } => write!(
                f,
                "region `{name}` at {:#x}..{:#x} lies in the image's own memory {:#x}..{:#x}: \
                 choose another `address`, or leave it out",
                span.0, span.1, image.0, image.1
            ),
            Self::OverBudget { task, what, needed, allowed } => write!(
                f,
                "task `{task}` needs {needed} bytes of {what}, its `max-sizes` allows {allowed}: \
                 make the task smaller or raise the budget"
            ),
            Self::OutOfAddresses => f.write_str("the tasks need more than 252 GiB of addresses"),
            Self::PageTable(error) => write!(f, "page tables: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<pagetable::Error> for Error {
    fn from(error: pagetable::Error) -> Self {
        Self::PageTable(error)
    }
}

/// Lays everything out.
///
/// # Errors
/// If something does not fit.
pub fn layout(app: &App, sizes: &Sizes) -> Result<Layout, Error> {
    task::check_budgets(app, &sizes.tasks)?;
    // Page tables map themselves: guess how many there are until the guess is enough.
    let mut guess = 1;
    loop {
        let layout = with_page_tables(app, sizes, guess)?;
        let mut needed = pagetable::count(&layout.kernel.boot_mappings())?;
        needed += pagetable::count(&layout.kernel_mappings())?;
        for task in 0..app.tasks.len() {
            needed += pagetable::count(&layout.task_mappings(app, task))?;
        }
        if needed <= guess {
            return Ok(layout);
        }
        guess = needed;
    }
}

impl Layout {
    /// The kernel's address space.
    #[must_use]
    pub fn kernel_mappings(&self) -> Vec<Mapping> {
        let mut mappings: Vec<Mapping> =
            self.kernel.regions.iter().map(|region| region.mapping).collect();
        mappings.extend(self.linear_map());
        mappings
    }

    /// All RAM the image uses, so that the kernel can copy between tasks. What a task has
    /// uncached is uncached here too: aliases must agree.
    #[must_use]
    pub fn linear_map(&self) -> Vec<Mapping> {
        let mut mappings = vec![linear(self.loaded, false, Memory::Normal)];
        let mut at = self.writable.base;
        for uncached in self.uncached() {
            mappings.push(linear(
                Span { base: at, size: uncached.base - at },
                true,
                Memory::Normal,
            ));
            mappings.push(linear(uncached, true, Memory::NonCacheable));
            at = uncached.end();
        }
        let rest = Span { base: at, size: self.writable.end() - at };
        mappings.push(linear(rest, true, Memory::Normal));
        let fixed = self.shared.iter().map(|region| region.mapping);
        let within = |span: Span, base| base >= span.base && base < span.end();
        let outside = fixed.filter(|mapping| {
            ![self.loaded, self.writable].iter().any(|span| within(*span, mapping.physical))
        });
        mappings.extend(outside.map(|mapping| {
            let span = Span { base: mapping.physical, size: mapping.size };
            linear(span, true, mapping.memory)
        }));
        mappings.retain(|mapping| mapping.size > 0);
        mappings
    }

    fn uncached(&self) -> Vec<Span> {
        let shared = self.shared.iter().filter(|region| {
            let base = region.mapping.physical;
            base >= self.writable.base && base < self.writable.end()
        });
        let regions = self.tasks.iter().flat_map(|task| &task.regions).chain(shared);
        let mut spans: Vec<Span> = regions
            .filter(|region| region.mapping.memory == Memory::NonCacheable)
            .map(|region| Span { base: region.mapping.physical, size: region.mapping.size })
            .collect();
        spans.sort_by_key(|span| span.base);
        spans
    }

    /// One task's address space.
    #[must_use]
    pub fn task_mappings(&self, app: &App, task: usize) -> Vec<Mapping> {
        self.regions_of(app, task).iter().map(|region| region.mapping).collect()
    }
}

fn linear(span: Span, write: bool, memory: Memory) -> Mapping {
    Mapping {
        address: config::window::LINEAR + span.base,
        physical: span.base,
        size: span.size,
        rights: Rights { user: false, write, execute: false },
        memory,
    }
}

fn with_page_tables(app: &App, sizes: &Sizes, page_tables: u64) -> Result<Layout, Error> {
    let board = &app.board;
    let mut loaded = Cursor::new(board.load_address());
    let base = loaded.at();
    let text = loaded.take(sizes.kernel.text);
    let rodata = loaded.take(sizes.kernel.rodata);
    let descriptors = loaded.take(sizes.descriptors);
    let tables: Vec<_> =
        sizes.tables.iter().map(|&(table, size)| (table, loaded.take(size))).collect();
    let page_tables = loaded.take(page_tables * PAGE);
    let constants: Vec<_> = sizes.tasks.iter().map(|task| task.take_loaded(&mut loaded)).collect();
    let contents = app
        .regions
        .iter()
        .map(|region| region.contents.is_some().then(|| loaded.take(region.size)));
    let contents: Vec<_> = contents.collect();
    let loaded = Span { base, size: loaded.at() - base };

    let start = loaded.end().checked_next_multiple_of(WRITABLE_ALIGNMENT).unwrap_or(u64::MAX);
    let mut writable = Cursor::new(start);
    let start = writable.at();
    let placed = kernel::Placed { text, rodata, descriptors };
    let kernel = KernelLayout::place(app, sizes, &placed, &mut writable);
    let mut slots = task::Slots::new(app);
    let mut tasks = Vec::new();
    for (index, constants) in constants.into_iter().enumerate() {
        tasks.push(slots.place(index, &sizes.tasks[index], constants, &tables, &mut writable)?);
    }
    let shared = slots.place_shared(&contents, &mut writable)?;
    let writable = Span { base: start, size: writable.at() - start };
    let retained = app.kernel.retain.then(|| Span { base: writable.end(), size: writable.size });
    let layout = Layout { loaded, writable, retained, kernel, page_tables, tables, shared, tasks };
    physical::check(app, &layout)?;
    Ok(layout)
}
