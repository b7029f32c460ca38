//! Who can do what: the rights that `app.toml` gives each task, and what a compromise would reach.
//!
//! Everything is read from the archive's manifest. That page tables enforce the part about memory
//! is what [`audit`](crate::audit()) proves.

mod diff;
mod reach;
mod right;
mod text;

pub use diff::{Change, Diff};
pub use reach::{Compromised, Deputy, How, Misled};
pub use right::Right;

use archive::{Budget, Manifest};
use serde::Serialize;

/// Everybody's authority.
#[derive(Clone, Debug, Serialize)]
pub struct Authority {
    /// The app.
    pub app: String,
    /// The image's id.
    pub image_id: u64,
    /// Every task, by index.
    pub tasks: Vec<Task>,
}

/// One task's.
#[derive(Clone, Debug, Serialize)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// 0 (most important) to 63.
    pub priority: u32,
    /// How long it may run; `None`: as long as nobody more important wants to.
    pub budget: Option<Budget>,
    /// How long it runs before its equals have their turn, in nanoseconds; 0: until it waits.
    pub slice_ns: u64,
    /// Its memory.
    pub memory: Vec<Memory>,
    /// What it is given beyond that, in order and each once.
    pub rights: Vec<Right>,
    /// What it reaches if somebody else's code runs in it.
    pub compromised: Compromised,
}

/// Memory that a task reaches.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// What it is.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// `rw-` and the like.
    pub access: String,
}

/// An archive that does not say what `app.toml` grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoGrants;

impl std::fmt::Display for NoGrants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the archive does not say what app.toml grants: it is too old, build it again")
    }
}

impl std::error::Error for NoGrants {}

impl Authority {
    /// Reads an archive's manifest.
    ///
    /// # Errors
    /// If it is older than the grants in it.
    pub fn of(manifest: &Manifest) -> Result<Self, NoGrants> {
        let rights = manifest.tasks.iter().map(|task| right::of(manifest, task));
        let rights = rights.collect::<Result<Vec<_>, _>>()?;
        let compromised = reach::all(manifest, &rights);
        let tasks = manifest.tasks.iter().zip(rights).zip(compromised);
        let tasks = tasks.map(|((task, rights), compromised)| Task {
            name: task.name.clone(),
            priority: task.priority,
            budget: task.budget,
            slice_ns: task.slice_ns,
            memory: task.regions.iter().map(memory).collect(),
            rights,
            compromised,
        });
        let tasks = tasks.collect();
        Ok(Self { app: manifest.app.clone(), image_id: manifest.image_id, tasks })
    }
}

fn memory(region: &archive::Region) -> Memory {
    let access = region.access.chars().take(3).collect();
    Memory { name: region.name.clone(), size: region.size, access }
}
