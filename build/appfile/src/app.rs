//! The checked app: every name resolved, every number in the unit its field says.
//!
//! A value of these types that [`load`](crate::load) returned has passed all checks of this crate;
//! whoever lays out memory or writes descriptors need not look again.

use crate::board::Board;

/// One whole system: everything `app.toml` and its board file say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// `[a-z0-9-]+`; names the folder and the archive.
    pub name: String,
    /// The machine.
    pub board: Board,
    /// `[kernel]`.
    pub kernel: KernelSettings,
    /// Memory shared between tasks, in the file's order.
    pub regions: Vec<Region>,
    /// The tasks by index; 0 is the supervisor.
    pub tasks: Vec<Task>,
    /// The text of the app file; if it inherits from others, of all of them put together.
    pub text: String,
    /// As it calls itself; any text.
    pub version: Option<String>,
    /// Further files for the archive: as they were named, and their bytes.
    pub archive: Vec<(String, Vec<u8>)>,
    /// Where everything was written.
    pub origin: crate::Origin,
    /// What was found that need not stop a build.
    pub warnings: Vec<crate::Diagnostic>,
}

/// What the kernel does apart from the tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelSettings {
    /// When the supervisor faults.
    pub on_supervisor_fault: OnSupervisorFault,
    /// Whether the previous boot's writable memory is kept for the debugger.
    pub retain: bool,
    /// Whether the kernel keeps a trace of what it did.
    pub trace: bool,
    /// Whether tasks may read the processor's event counters.
    pub counters: bool,
    /// Priority and time slice in nanoseconds, for priorities whose tasks take turns.
    pub time_slices: Vec<(u32, u64)>,
}

/// The end of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnSupervisorFault {
    /// Reset the machine.
    Reset,
    /// Stop for good.
    Stop,
}

/// Memory that several tasks reach, at one address in all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The key under `[regions]`.
    pub name: String,
    /// Bytes, a multiple of the page.
    pub size: u64,
    /// Fixed physical address, a multiple of the page; otherwise layout chooses one.
    pub address: Option<u64>,
    /// Whether devices reach it too.
    pub dma: bool,
    /// What is in it from the beginning, no more than its size. Nobody writes it then.
    pub contents: Option<Vec<u8>>,
}

/// A task instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// At most 24 bytes, `[a-z][a-z0-9-]*`.
    pub name: String,
    /// Package of the workspace.
    pub krate: String,
    /// Its cargo features.
    pub features: Vec<String>,
    /// Whether those are among them that its package has by default.
    pub default_features: bool,
    /// 0 (most important) to 63.
    pub priority: u32,
    /// Bytes, a multiple of the page.
    pub stack: u64,
    /// What is said of its functions; `None`: nobody looks how much stack it can need.
    pub stack_check: Option<StackCheck>,
    /// Names of the notification bits, by bit number; at most 32.
    pub notifications: Vec<String>,
    /// Devices it owns, in the file's order.
    pub devices: Vec<DeviceUse>,
    /// Interrupts it owns, in the file's order.
    pub interrupts: Vec<Interrupt>,
    /// Whom it may send to, in the file's order. Every target is more important.
    pub slots: Vec<Slot>,
    /// The file systems in its tree, in the file's order. Every server is more important.
    pub mounts: Vec<Mount>,
    /// From whom alone it may receive, in the file's order.
    pub senders: Vec<Slot>,
    /// The bit that its own timer sets.
    pub timer: Option<u32>,
    /// Bytes of memory for DMA, a multiple of the page.
    pub dma: Option<u64>,
    /// Shared regions it reaches.
    pub regions: Vec<RegionUse>,
    /// Tables of the build tool that it reads.
    pub tables: Vec<Table>,
    /// Interfaces it serves: NAME of `idl/NAME.idl`.
    pub serves: Vec<String>,
    /// Operations that not everyone may call.
    pub callers: Vec<CallerRule>,
    /// Events of servers that it hears of.
    pub events: Vec<EventUse>,
    /// Whether it starts by itself.
    pub start: bool,
    /// Start-up phase.
    pub phase: u32,
    /// How long its phase waits for its "ready", in milliseconds; `None`: not at all.
    pub ready_within_ms: Option<u32>,
    /// How often it must check in with the supervisor, in milliseconds.
    pub check_in_ms: Option<u32>,
    /// What happens after a fault.
    pub restart: Restart,
    /// Whether its memory is kept after a fault.
    pub dump: bool,
    /// When the task with this index restarts, the supervisor posts this bit number here.
    pub on_restart: Vec<(usize, u32)>,
    /// Whether it has floating-point registers.
    pub fpu: bool,
    /// How long it may run.
    pub budget: Option<Budget>,
    /// Sizes that the build enforces.
    pub max_sizes: MaxSizes,
    /// What it may ask of kernel and supervisor.
    pub rights: Rights,
}

/// What a task's author knows of its calls. All are parts of functions' names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackCheck {
    /// Functions that call through pointers, and whom.
    pub calls: Vec<(String, Vec<String>)>,
    /// Functions that call themselves.
    pub recursion: Vec<String>,
}

/// A device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceUse {
    /// Name on the board.
    pub name: String,
    /// Name of the task's resource.
    pub resource: String,
    /// Physical address of the first register; not always that of a page.
    pub address: u64,
    /// Bytes of registers; not always whole pages.
    pub size: u64,
    /// Whether it, or another device in its pages, can read and write memory by itself.
    pub dma: bool,
}

/// An interrupt and the notification bit it sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// `DEVICE.INTERRUPT`, as in `app.toml`.
    pub source: String,
    /// GIC interrupt id.
    pub irq: u32,
    /// Bit number among the task's notifications.
    pub bit: u32,
    /// Edge-triggered; otherwise level.
    pub edge: bool,
}

/// A task it may send to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Name of the resource.
    pub name: String,
    /// Index of the target.
    pub target: usize,
}

/// A file system in a task's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where: `/` or `/data`.
    pub path: String,
    /// Index of its server.
    pub server: usize,
    /// Whether the task may change anything there.
    pub write: bool,
    /// The directory of the file system that stands there: `/` or `/logs`.
    pub subtree: String,
    /// How many files the task can have open; `None`: as many as the server thinks fit.
    pub open: Option<u8>,
}

/// An operation that only some may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRule {
    /// Interface and operation as the file writes them, with `-` between words.
    pub interface: String,
    /// The operation.
    pub operation: String,
    /// Indices of those who may.
    pub tasks: Vec<usize>,
}

/// An event of a server, and what it sets in its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventUse {
    /// `SLOT.EVENT`, as in the file.
    pub source: String,
    /// Index of the server.
    pub server: usize,
    /// Name of the event, with `-` between words.
    pub event: String,
    /// Bit number among the client's notifications.
    pub bit: u32,
}

/// A shared region as one task has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionUse {
    /// What the task calls it.
    pub resource: String,
    /// Index into [`App::regions`].
    pub region: usize,
    /// What it may do there.
    pub access: Access,
}

/// What a task may do with a shared region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    Read,
    /// Read and write it.
    Write,
    /// Have devices reach it. The task itself does not.
    Dma,
}

impl Access {
    /// Whether the region is in the task's address space.
    #[must_use]
    pub const fn is_mapped(self) -> bool {
        !matches!(self, Self::Dma)
    }

    /// Whether the task itself writes it.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write)
    }
}

/// A read-only table that the build tool makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `task-table`: [`App::task_table`].
    Tasks,
    /// `region-table`: where everything is, for tests of isolation.
    Regions,
}

impl Table {
    /// As it is spelt in `uses`, which is also the name of the resource.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "task-table",
            Self::Regions => "region-table",
        }
    }
}

/// What happens after a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Hold the task for inspection.
    Never,
    /// Restart it every time.
    Always {
        /// Wait before the first restart, doubling; 0: the supervisor's least.
        backoff_ms: u32,
        /// Without a fault for so long, the back-off starts afresh; 0: the supervisor's choice.
        within_ms: u32,
    },
    /// Restart it a few times.
    Limited {
        /// So many restarts…
        max: u32,
        /// …within so many milliseconds.
        within_ms: u32,
        /// As above.
        backoff_ms: u32,
        /// When they are spent.
        then: Spent,
    },
}

impl App {
    /// Its warnings, to be shown.
    #[must_use]
    pub fn report(&self) -> crate::Report {
        let (sources, diagnostics) = (self.origin.sources.clone(), self.warnings.clone());
        crate::Report { sources, diagnostics }
    }
}

impl Restart {
    /// One word for it, as the archive's manifest has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always { .. } => "always",
            Self::Limited { .. } => "limited",
        }
    }
}

/// When all restarts are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Hold the task for inspection.
    Hold,
    /// Reset the system.
    Reset,
}

/// Time a task has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// So many nanoseconds…
    pub run_ns: u64,
    /// …in every period of so many.
    pub every_ns: u64,
    /// The supervisor's notification bits, as a mask, that say it was spent; 0: nobody is told.
    pub bits: u32,
}

/// Sizes in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaxSizes {
    /// For instructions and constants.
    pub text: Option<u64>,
    /// For variables and stack.
    pub ram: Option<u64>,
}

/// What a task may ask of kernel and supervisor: indices of tasks, ascending. The supervisor's
/// are filled in: all tasks, and every post right that an `on-restart` implies. So are a server's post
/// rights to clients that hear of its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Whose status it may read.
    pub status: Vec<usize>,
    /// Whom it may restart and stop.
    pub restart: Vec<usize>,
    /// Whom it may fault.
    pub fault: Vec<usize>,
    /// Whose memory it may read after a fault.
    pub dump: Vec<usize>,
    /// May reset the system.
    pub reset: bool,
    /// Whose notification bits it may set: index of the task and a mask of bits, one entry for
    /// each task, ascending.
    pub post: Vec<(usize, u32)>,
}
