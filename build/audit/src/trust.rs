//! Whom the page tables do not confine: tasks that can make a device read and write memory.

use archive::Manifest;
use serde::Serialize;
use std::fmt;

/// A task that is trusted with all memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trusted {
    /// The task.
    pub task: String,
    /// Its devices that do DMA.
    pub devices: Vec<String>,
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let devices = self.devices.join(", ");
        write!(f, "{}: {devices} can reach all memory, there is no SMMU", self.task)
    }
}

/// Those that own a device which does DMA. No board has an SMMU yet.
pub fn tasks(manifest: &Manifest) -> Vec<Trusted> {
    let tasks = manifest.tasks.iter().map(|task| {
        let devices = task.grants.iter().flat_map(|grants| &grants.devices);
        let devices = devices.filter(|device| device.dma).map(|device| device.name.clone());
        Trusted { task: task.name.clone(), devices: devices.collect() }
    });
    tasks.filter(|trusted| !trusted.devices.is_empty()).collect()
}
