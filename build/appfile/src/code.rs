//! A number for each rule, so that messages can be looked up and tests can name them.

use std::fmt;

/// Which rule is broken. `doc/app-toml.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Code {
    /// Not TOML.
    Syntax = 1,
    /// A key that means nothing here.
    UnknownKey = 2,
    /// A key that must be there.
    MissingKey = 3,
    /// A string where a number belongs, and the like.
    WrongType = 4,
    /// A name with characters that names do not have, or too long.
    BadName = 5,
    /// Not a size.
    BadSize = 6,
    /// Not a duration.
    BadDuration = 7,
    /// A number outside its range.
    BadNumber = 8,
    /// A word that is none of the choices.
    BadChoice = 9,
    /// One name twice in a list.
    Duplicate = 10,
    /// Keys that exclude or need each other.
    Combination = 11,
    /// One resource name for two things.
    ResourceClash = 12,

    /// The board file is not there.
    NoBoard = 20,
    /// A board whose windows overlap.
    BoardOverlap = 21,
    /// An interrupt id that is not for devices.
    ReservedInterrupt = 22,

    /// No tasks, or too many.
    TaskCount = 30,
    /// The first task is not fit to supervise.
    Supervisor = 31,
    /// The idle task is not the least important, or there is none.
    Idle = 32,
    /// No task has this name.
    UnknownTask = 33,
    /// A task that would call itself.
    SlotToItself = 34,
    /// A task that would wait for a less important one.
    SlotDownhill = 35,
    /// A task that cannot tell the supervisor what it must.
    NoSupervisorSlot = 36,
    /// A time slice for nobody, or for the supervisor.
    TimeSlice = 37,
    /// A budget longer than its period, or of a task that must not wait.
    Budget = 38,

    /// More notifications than bits.
    NotificationCount = 40,
    /// The other task has no such notification.
    UnknownNotification = 41,

    /// Neither a device of the board nor a table.
    UnknownDevice = 50,
    /// Two tasks want one device.
    DeviceOwners = 51,
    /// Two tasks want devices in one page.
    PageOwners = 52,
    /// The board has no such interrupt.
    UnknownInterrupt = 53,
    /// The interrupt of a device that the task does not use.
    ForeignInterrupt = 54,
    /// Two owners of one interrupt.
    InterruptOwners = 55,

    /// A region on top of something else.
    RegionOverlap = 60,
    /// Memory where there is no RAM.
    OutsideRam = 61,
    /// No region has this name.
    UnknownRegion = 62,
    /// An address in the middle of a page.
    Unaligned = 63,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 36] = [
        Self::Syntax,
        Self::UnknownKey,
        Self::MissingKey,
        Self::WrongType,
        Self::BadName,
        Self::BadSize,
        Self::BadDuration,
        Self::BadNumber,
        Self::BadChoice,
        Self::Duplicate,
        Self::Combination,
        Self::ResourceClash,
        Self::NoBoard,
        Self::BoardOverlap,
        Self::ReservedInterrupt,
        Self::TaskCount,
        Self::Supervisor,
        Self::Idle,
        Self::UnknownTask,
        Self::SlotToItself,
        Self::SlotDownhill,
        Self::NoSupervisorSlot,
        Self::TimeSlice,
        Self::Budget,
        Self::NotificationCount,
        Self::UnknownNotification,
        Self::UnknownDevice,
        Self::DeviceOwners,
        Self::PageOwners,
        Self::UnknownInterrupt,
        Self::ForeignInterrupt,
        Self::InterruptOwners,
        Self::RegionOverlap,
        Self::OutsideRam,
        Self::UnknownRegion,
        Self::Unaligned,
    ];
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:04}", *self as u16)
    }
}
