//! `manifest.json`: the build described for programs. Addresses are plain numbers.

use serde::{Deserialize, Serialize};

/// The format this crate writes. A reader refuses a larger one.
pub const FORMAT: u32 = 1;

/// Everything about one build.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Name of the app.
    pub app: String,
    /// What the app calls this state of it.
    #[serde(default)]
    pub version: Option<String>,
    /// Name of the board.
    pub board: String,
    /// Id of the image, as in its descriptors.
    pub image_id: u64,
    /// Source revision and tools.
    pub built: Built,
    /// Where the image is loaded.
    pub load_address: u64,
    /// First instruction, physical.
    pub entry: u64,
    /// RAM of the board: base and size.
    pub ram: Span,
    /// The kernel.
    pub kernel: Kernel,
    /// Every task, by index.
    pub tasks: Vec<Task>,
    /// Regions that `app.toml` shares between tasks.
    pub shared: Vec<Region>,
    /// Physical memory, by address, without gaps worth naming left out.
    pub memory: Vec<Region>,
}

/// What built it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Built {
    /// Version of this project.
    pub version: String,
    /// `git rev-parse HEAD`, or empty outside a checkout.
    pub revision: String,
    /// Whether the work tree had uncommitted changes.
    pub dirty: bool,
    /// `rustc --version` of the target compiler.
    pub rustc: String,
    /// First line of the linker's `--version`.
    pub linker: String,
    /// `cargo --version`, of the cargo that belongs to the compiler.
    #[serde(default)]
    pub cargo: String,
    /// When the revision was committed, RFC 3339, UTC. Of the build itself no time is known, so that
    /// the same sources give the same bytes.
    #[serde(default)]
    pub date: String,
    /// Every crate compiled for the target. `sbom.spdx.json` says more of them.
    #[serde(default)]
    pub crates: Vec<Crate>,
}

/// A crate in an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crate {
    /// As in its manifest.
    pub name: String,
    /// As in its manifest.
    pub version: String,
    /// SPDX expression; empty if it has none.
    pub licence: String,
}

/// A stretch of physical memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub size: u64,
}

/// The kernel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kernel {
    /// Entry of its ELF in the archive.
    pub elf: String,
    /// Its memory: text, constants, variables, arrays, stacks, descriptors, tables, devices.
    pub regions: Vec<Region>,
    /// Its array of task records (`kerncore::task::Task`).
    pub task_array: Array,
    /// Physical address of the linear map's base plus this is the virtual one.
    pub linear_base: u64,
    /// The epitaph page: physical.
    pub epitaph: Span,
    /// All writable memory of kernel and tasks: physical.
    pub writable: Span,
    /// Copy of the previous boot's writable memory: physical. Absent when `app.toml` keeps none.
    pub retained: Option<Span>,
    /// `reset` or `stop`.
    pub on_supervisor_fault: String,
    /// Registers that the kernel itself drives, as the board file says.
    #[serde(default)]
    pub devices: Vec<Device>,
}

/// An array in kernel memory.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Array {
    /// Virtual address in the kernel.
    pub address: u64,
    /// Physical address.
    pub physical: u64,
    /// Bytes from one element to the next.
    pub stride: u64,
    /// Elements.
    pub count: u64,
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// As in `app.toml`.
    pub name: String,
    /// Position in `app.toml`.
    pub index: usize,
    /// Its crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// Entry of its ELF in the archive.
    pub elf: String,
    /// 0 (most important) to 63.
    pub priority: u32,
    /// First instruction.
    pub entry: u64,
    /// Its memory, by address.
    pub regions: Vec<Region>,
    /// Lowest address of its stack.
    pub stack_bottom: u64,
    /// First stack pointer.
    pub stack_top: u64,
    /// Names of notification bits, by bit.
    pub notifications: Vec<String>,
    /// Its interrupts.
    pub interrupts: Vec<Interrupt>,
    /// Its slots: name and target.
    pub slots: Vec<Slot>,
    /// Names of interfaces it serves.
    pub serves: Vec<String>,
    /// `always`, `never` or `limited`.
    pub restart: String,
    /// Whether it has floating-point registers.
    #[serde(default)]
    pub fpu: bool,
    /// How long it may run. Absent when `app.toml` says nothing of it.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// How long it runs before its equals have their turn, in nanoseconds; 0: until it waits.
    #[serde(default)]
    pub slice_ns: u64,
    /// How much stack it can need. Absent when nobody looked.
    #[serde(default)]
    pub stack_need: Option<StackNeed>,
    /// What `app.toml` grants it. Absent in archives from before it was written down.
    #[serde(default)]
    pub grants: Option<Grants>,
}

/// What `app.toml` and the board file grant a task beyond its own memory, slots and interrupts:
/// the intent, whatever became of it in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Devices it owns.
    pub devices: Vec<Device>,
    /// Bytes of its memory for DMA; 0: none.
    pub dma: u64,
    /// Names of tables of the build tool that it reads.
    pub tables: Vec<String>,
    /// Shared regions it reaches.
    pub shares: Vec<Share>,
    /// File systems in its tree.
    #[serde(default)]
    pub mounts: Vec<Mount>,
    /// Names of tasks whose status it may read.
    pub status: Vec<String>,
    /// Names of tasks it may restart and stop.
    pub restart: Vec<String>,
    /// Names of tasks it may fault.
    pub fault: Vec<String>,
    /// Names of tasks whose memory it may read after a fault.
    pub dump: Vec<String>,
    /// Whether it may reset the system.
    pub reset: bool,
    /// Whether the system is reset when its restarts are spent.
    #[serde(default)]
    pub reset_when_spent: bool,
    /// Notification bits of others that it may set.
    pub post: Vec<Post>,
    /// Whether it may read the processor's event counters.
    pub counters: bool,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Name on the board.
    pub name: String,
    /// Physical address of its first register.
    pub physical: u64,
    /// Bytes of registers; not always whole pages.
    pub size: u64,
    /// Whether it, or another in its pages, reads and writes memory by itself.
    pub dma: bool,
}

/// A file system in a task's tree, and what the task may do there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it stands.
    pub path: String,
    /// Its server.
    pub task: String,
    /// Whether it may be changed; otherwise it may be read.
    pub write: bool,
    /// The directory of it that stands there.
    pub subtree: String,
}

/// A shared region as one task has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Its name.
    pub region: String,
    /// Bytes, whole pages.
    pub size: u64,
    /// Physical address, if `app.toml` says where it is.
    pub physical: Option<u64>,
    /// Writable; otherwise read-only.
    pub write: bool,
    /// Only devices reach it for the task, not the task itself.
    #[serde(default)]
    pub unmapped: bool,
}

/// Notification bits of one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The task.
    pub task: String,
    /// Names of its notifications, by bit.
    pub notifications: Vec<String>,
}

/// How much stack a task can need by its instructions, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackNeed {
    /// Without panics and without formatting.
    pub plain: u64,
    /// Without panics.
    pub formatting: u64,
    /// At most.
    pub most: u64,
    /// The longest way: functions and how much of it is theirs.
    pub path: Vec<(String, u64)>,
}

/// A task's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// So many nanoseconds…
    pub run_ns: u64,
    /// …in every period of so many.
    pub every_ns: u64,
    /// The supervisor's notification bits, as a mask, that say it was spent; 0: nobody is told.
    pub bits: u32,
}

/// A piece of memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Region {
    /// What it is: `text`, `rodata`, `data`, `stack`, `dma`, a device's or a region's name…
    pub name: String,
    /// Virtual address; in [`Manifest::memory`] the physical one.
    pub base: u64,
    /// Physical address.
    pub physical: u64,
    /// Bytes.
    pub size: u64,
    /// `r`, `w`, `x` or `-` in this order, then `d` for device, `m` for DMA, `s` for shared.
    pub access: String,
}

/// An interrupt of a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interrupt {
    /// `DEVICE.NAME` as in `app.toml`.
    pub source: String,
    /// GIC interrupt id.
    pub irq: u32,
    /// Notification bit number.
    pub bit: u32,
}

/// A task slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Slot {
    /// Name in the task.
    pub name: String,
    /// Name of the target.
    pub task: String,
    /// Index of the target.
    pub index: usize,
}
