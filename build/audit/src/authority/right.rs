//! Single rights: what they are and how they are said.

use super::NoGrants;
use archive::{Manifest, Task};
use serde::Serialize;
use std::fmt;

/// One thing that a task may do. Rights that concern several tasks are several rights, so that two
/// builds can be compared right by right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "right", rename_all = "kebab-case")]
pub enum Right {
    /// This code has the rest.
    Crate {
        /// The package.
        name: String,
    },
    /// Registers.
    Device {
        /// Name on the board.
        name: String,
        /// Physical address of the first register.
        physical: u64,
        /// Bytes.
        size: u64,
    },
    /// A device of its makes transfers, and no SMMU confines them.
    AllMemory {
        /// The device.
        device: String,
    },
    /// An interrupt.
    Interrupt {
        /// `DEVICE.NAME` as in `app.toml`.
        source: String,
        /// GIC interrupt id.
        irq: u32,
    },
    /// Memory for DMA of its own.
    Dma,
    /// Shared memory.
    Region {
        /// Its name.
        name: String,
        /// Writable; otherwise read-only.
        write: bool,
    },
    /// Shared memory that devices reach for it, its own or those of tasks that it asks.
    RegionByDevices {
        /// Its name.
        name: String,
    },
    /// A table of the build tool.
    Table {
        /// Its name.
        name: String,
    },
    /// Calls.
    Send {
        /// Whom.
        task: String,
        /// An interface that it serves; empty: it serves none that is known.
        interface: String,
    },
    /// Files.
    Files {
        /// Whose file system.
        task: String,
        /// The directory in it below which they are.
        subtree: String,
        /// Where that stands in the task's own tree.
        path: String,
        /// Whether they may be changed; otherwise they may be read.
        write: bool,
    },
    /// Notifications of others.
    Post {
        /// Whose.
        task: String,
        /// Which.
        notification: String,
    },
    /// State and last fault of a task.
    Status {
        /// Whose.
        task: String,
    },
    /// Restarting and stopping.
    Restart {
        /// Whom.
        task: String,
    },
    /// Faulting.
    Fault {
        /// Whom.
        task: String,
    },
    /// Memory of a task that has faulted.
    Dump {
        /// Whose.
        task: String,
    },
    /// Resetting the system.
    Reset,
    /// The same, by faulting more often than it is restarted.
    ResetWhenSpent,
    /// The processor's event counters.
    Counters,
}

/// All rights of a task, each once, in order.
pub fn of(manifest: &Manifest, task: &Task) -> Result<Vec<Right>, NoGrants> {
    let grants = task.grants.as_ref().ok_or(NoGrants)?;
    let mut rights = vec![Right::Crate { name: task.krate.clone() }];
    for device in &grants.devices {
        let name = device.name.clone();
        rights.push(Right::Device { name, physical: device.physical, size: device.size });
        if device.dma {
            rights.push(Right::AllMemory { device: device.name.clone() });
        }
    }
    for interrupt in &task.interrupts {
        rights.push(Right::Interrupt { source: interrupt.source.clone(), irq: interrupt.irq });
    }
    for share in &grants.shares {
        let name = share.region.clone();
        rights.push(match share.unmapped {
            true => Right::RegionByDevices { name },
            false => Right::Region { name, write: share.write },
        });
    }
    rights.extend(grants.tables.iter().map(|name| Right::Table { name: name.clone() }));
    for slot in &task.slots {
        sends(manifest, &slot.task, &mut rights);
    }
    for mount in &grants.mounts {
        sends(manifest, &mount.task, &mut rights);
        let archive::Mount { path, task, write, subtree } = mount.clone();
        rights.push(Right::Files { task, subtree, path, write });
    }
    for post in &grants.post {
        rights.extend(post.notifications.iter().map(|notification| Right::Post {
            task: post.task.clone(),
            notification: notification.clone(),
        }));
    }
    each(&grants.status, &mut rights, |task| Right::Status { task });
    each(&grants.restart, &mut rights, |task| Right::Restart { task });
    each(&grants.fault, &mut rights, |task| Right::Fault { task });
    each(&grants.dump, &mut rights, |task| Right::Dump { task });
    let alone = [
        (grants.dma > 0, Right::Dma),
        (grants.reset, Right::Reset),
        (grants.reset_when_spent, Right::ResetWhenSpent),
        (grants.counters, Right::Counters),
    ];
    rights.extend(alone.into_iter().filter(|(has, _)| *has).map(|(_, right)| right));
    rights.sort();
    rights.dedup();
    Ok(rights)
}

fn each(tasks: &[String], rights: &mut Vec<Right>, right: fn(String) -> Right) {
    rights.extend(tasks.iter().cloned().map(right));
}

fn sends(manifest: &Manifest, to: &str, rights: &mut Vec<Right>) {
    let served = manifest.tasks.iter().find(|task| task.name == to).map(|task| &task.serves);
    let send = |interface: &str| Right::Send { task: to.into(), interface: interface.into() };
    match served {
        Some(served) if !served.is_empty() => {
            rights.extend(served.iter().map(|interface| send(interface)));
        }
        _ => rights.push(send("")),
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crate { name } => write!(f, "runs {name}"),
            Self::Device { name, physical, size } => {
                write!(
                    f,
                    "owns device {name}, {physical:#x}..{:#x}",
                    physical.saturating_add(*size)
                )
            }
            Self::AllMemory { device } => {
                write!(f, "can make device {device} read and write all memory")
            }
            Self::Interrupt { source, irq } => write!(f, "gets interrupt {source} ({irq})"),
            Self::Dma => f.write_str("has memory for DMA"),
            Self::Region { name, write: true } => write!(f, "writes region {name}"),
            Self::Region { name, write: false } => write!(f, "reads region {name}"),
            Self::RegionByDevices { name } => write!(f, "has devices reach region {name}"),
            Self::Table { name } => write!(f, "reads the {name}"),
            Self::Send { task, interface } if interface.is_empty() => write!(f, "sends to {task}"),
            Self::Send { task, interface } => write!(f, "sends to {task}, interface {interface}"),
            Self::Files { task, subtree, path, write } => {
                let verb = if *write { "reads and writes" } else { "reads" };
                write!(f, "{verb} the files of {task} below {subtree}, at {path}")
            }
            Self::Post { task, notification } => write!(f, "posts {notification} to {task}"),
            Self::Status { task } => write!(f, "reads the status of {task}"),
            Self::Restart { task } => write!(f, "restarts {task}"),
            Self::Fault { task } => write!(f, "faults {task}"),
            Self::Dump { task } => write!(f, "reads the memory of {task} when it has faulted"),
            Self::Reset => f.write_str("resets the system"),
            Self::ResetWhenSpent => f.write_str("resets the system when its restarts are spent"),
            Self::Counters => f.write_str("reads the processor's event counters"),
        }
    }
}
