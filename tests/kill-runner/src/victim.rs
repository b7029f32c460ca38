//! Whom it kills.

use test_kill_runner::{PAIR, WORKERS};
use userlib::Table;

/// Kinds of victims, each killed as often as the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Driver,
    Cache,
    FileSystem,
    Client,
}

/// How many kinds.
pub const CLASSES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    Driver,
    Cache,
    Fat,
    Littlefs,
    Worker(usize),
}

/// Tasks that are killed.
pub const TASKS: usize = 4 + WORKERS;

/// Their names in the app.
const NAMES: [&str; TASKS] =
    ["blk", "cache", "fat", "lfs", "worker0", "worker1", "worker2", "worker3"];

/// The indices of the tasks that are killed.
pub fn tasks(table: Table) -> [usize; TASKS] {
    let (tasks, _) = table.tasks();
    NAMES.map(|wanted| {
        let is_it = |name: &[u8]| name.split(|&byte| byte == 0).next() == Some(wanted.as_bytes());
        tasks.iter().position(|task| is_it(&task.name)).expect("the app has these tasks")
    })
}

impl Class {
    pub const ALL: [Self; CLASSES] = [Self::Driver, Self::Cache, Self::FileSystem, Self::Client];

    /// One of them.
    pub const fn victim(self, random: u64) -> Victim {
        match self {
            Self::Driver => Victim::Driver,
            Self::Cache => Victim::Cache,
            Self::FileSystem if random.is_multiple_of(2) => Victim::Fat,
            Self::FileSystem => Victim::Littlefs,
            Self::Client => Victim::Worker(random as usize % WORKERS),
        }
    }
}

impl Victim {
    pub const fn class(self) -> Class {
        match self {
            Self::Driver => Class::Driver,
            Self::Cache => Class::Cache,
            Self::Fat | Self::Littlefs => Class::FileSystem,
            Self::Worker(_) => Class::Client,
        }
    }

    /// Its place among the tasks.
    pub const fn place(self) -> usize {
        match self {
            Self::Driver => 0,
            Self::Cache => 1,
            Self::Fat => 2,
            Self::Littlefs => 3,
            Self::Worker(number) => 4 + number,
        }
    }

    /// Whether a worker's operation cannot succeed without it.
    pub fn is_needed(self, worker: usize, synced: bool) -> bool {
        match self {
            Self::Driver | Self::Cache => synced,
            Self::Fat => worker < PAIR.into(),
            Self::Littlefs => worker >= PAIR.into(),
            Self::Worker(number) => worker == number,
        }
    }
}
