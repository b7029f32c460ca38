//! A code for each rule, so that messages can be looked up and tests can name them: `E` and four
//! digits, or `W` for a warning.

codes::codes! {
    /// Not TOML.
    Syntax = "E0001",
    /// A key that means nothing here.
    UnknownKey = "E0002",
    /// A key that must be there.
    MissingKey = "E0003",
    /// A string where a number belongs, and the like.
    WrongType = "E0004",
    /// A name with characters that names do not have, or too long.
    BadName = "E0005",
    /// Not a size.
    BadSize = "E0006",
    /// Not a duration.
    BadDuration = "E0007",
    /// A number outside its range.
    BadNumber = "E0008",
    /// A word that is none of the choices.
    BadChoice = "E0009",
    /// One name twice in a list.
    Duplicate = "E0010",
    /// Keys that exclude or need each other.
    Combination = "E0011",
    /// One resource name for two things.
    ResourceClash = "E0012",
    /// An inherited file that cannot be read.
    NoBase = "E0013",
    /// A file that is inherited in two ways.
    BaseTwice = "E0014",
    /// `without` names what is not inherited.
    NothingToLeaveOut = "E0015",
    /// `[lints]` names no warning.
    UnknownLint = "E0016",
    /// A file for the archive that cannot be read.
    NoArchiveFile = "E0017",
    /// The contents of a region, which cannot be read.
    NoContents = "E0018",

    /// The board file is not there.
    NoBoard = "E0020",
    /// A board whose windows overlap.
    BoardOverlap = "E0021",
    /// An interrupt id that is not for devices.
    ReservedInterrupt = "E0022",

    /// No tasks, or too many.
    TaskCount = "E0030",
    /// The first task is not fit to supervise.
    Supervisor = "E0031",
    /// The idle task is not the least important.
    Idle = "E0032",
    /// No task has this name.
    UnknownTask = "E0033",
    /// A task that would call itself.
    SlotToItself = "E0034",
    /// A task that would wait for a less important one.
    SlotDownhill = "E0035",
    /// A task that cannot tell the supervisor what it must.
    NoSupervisorSlot = "E0036",
    /// A time slice for nobody, or for the supervisor.
    TimeSlice = "E0037",
    /// A budget longer than its period, or of a task that must not wait.
    Budget = "E0038",

    /// More notifications than bits.
    NotificationCount = "E0040",
    /// The other task has no such notification.
    UnknownNotification = "E0041",
    /// A notification that nothing sets.
    NeverRaised = "E0042",
    /// A closed receive from a task that cannot send.
    MuteSender = "E0043",
    /// Tasks that could wait for each other for ever.
    WaitRing = "E0044",

    /// Neither a device of the board nor a table.
    UnknownDevice = "E0050",
    /// Two tasks want one device.
    DeviceOwners = "E0051",
    /// Two tasks want devices in one page.
    PageOwners = "E0052",
    /// The board has no such interrupt.
    UnknownInterrupt = "E0053",
    /// The interrupt of a device that the task does not use.
    ForeignInterrupt = "E0054",
    /// Two owners of one interrupt.
    InterruptOwners = "E0055",

    /// A region on top of something else.
    RegionOverlap = "E0060",
    /// Memory where there is no RAM.
    OutsideRam = "E0061",
    /// No region has this name.
    UnknownRegion = "E0062",
    /// An address in the middle of a page.
    Unaligned = "E0063",
    /// A region that a device reaches whose owner does not have it.
    OrphanRegion = "E0064",
    /// A device that does no DMA, where one is meant that does.
    NoDma = "E0065",
    /// A region with contents that cannot have them, or cannot keep them.
    Contents = "E0066",

    /// A task takes what it is not given.
    NotGiven = "E0070",
    /// A task is given what it does not take.
    NotTaken = "E0071",
    /// Settings for nobody.
    ConfigUnwanted = "E0072",
    /// A text or a list of another length than the task takes.
    ConfigLength = "E0073",
    /// What a task wants to be told cannot be read.
    ConfigDamaged = "E0074",
    /// A stack that may overflow.
    StackTooSmall = "E0075",
    /// A task of which nobody knows how much stack it needs.
    StackUnknown = "E0076",

    /// A task does not serve an interface that it is said to serve.
    NotServed = "E0080",
    /// A task asks an interface that no server behind its slots has.
    NobodyServes = "E0081",
    /// Client and server are built from different versions of an interface.
    OtherInterface = "E0082",
    /// An interface has no such operation.
    UnknownOperation = "E0083",
    /// A server has no such event.
    UnknownEvent = "E0084",
    /// A right to call for a task that has no slot.
    CallerWithoutSlot = "E0085",
    /// More tasks hear of an event than there is room for.
    TooManyListeners = "E0086",
    /// A setting for the client of a server that is none.
    ClientWithoutSlot = "E0087",

    /// A mount or subtree that is no plain absolute path.
    MountPath = "E0090",
    /// A mount of a task that serves no files.
    NoFileSystem = "E0091",
    /// One file system twice in a task's tree.
    MountTwice = "E0092",
    /// More file systems in a tree, or trees with a file system, than there is room for.
    TooManyMounts = "E0093",

    /// Budgets that add up to more than there is.
    BudgetSum = "W0001",
    /// A right that the task's code never uses.
    UnusedRight = "W0002",
    /// A region that no task has.
    UnusedRegion = "W0003",
    /// A region that nobody writes.
    UnwrittenRegion = "W0004",
    /// A time slice for one task.
    LoneSlice = "W0005",
    /// Memory for DMA without a device that does it.
    DmaForNothing = "W0006",
    /// A right that its task has anyway.
    SuperfluousRight = "W0007",
}

impl Code {
    /// Whether what it says need not stop a build.
    #[must_use]
    pub fn is_warning(self) -> bool {
        self.id().starts_with('W')
    }

    /// Whether `[lints]` may say what it is taken for: warnings, and mistakes that a test may have a
    /// reason to make.
    #[must_use]
    pub fn may_be_allowed(self) -> bool {
        self.is_warning() || self == Self::NeverRaised
    }
}
