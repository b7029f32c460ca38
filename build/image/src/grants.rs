//! The archive's manifest: what the app file grants, from nothing but the checked app.

use appfile::App;
use appfile::app::{DeviceUse, RegionUse, Restart, Spent, Task};
use archive::{Device, Grants, Mount, Post, Share};

/// What one task is granted.
pub fn of(app: &App, task: &Task) -> Grants {
    let rights = &task.rights;
    let names = |tasks: &[usize]| tasks.iter().map(|&index| name(app, index)).collect();
    Grants {
        devices: task.devices.iter().map(device).collect(),
        dma: task.dma.unwrap_or(0),
        tables: task.tables.iter().map(|table| table.name().into()).collect(),
        shares: task.regions.iter().map(|share| shared(app, share)).collect(),
        mounts: task.mounts.iter().map(|mount| mounted(app, mount)).collect(),
        status: names(&rights.status),
        restart: names(&rights.restart),
        fault: names(&rights.fault),
        dump: names(&rights.dump),
        reset: rights.reset,
        reset_when_spent: matches!(task.restart, Restart::Limited { then: Spent::Reset, .. }),
        post: rights.post.iter().map(|&(index, bits)| post(app, index, bits)).collect(),
        counters: app.kernel.counters,
    }
}

/// What the kernel drives itself.
pub fn controller(app: &App) -> Vec<Device> {
    let gic = &app.board.gic;
    [("gic-distributor", gic.distributor), ("gic-cpu", gic.cpu)]
        .map(|(name, window)| Device {
            name: name.into(),
            physical: window.address,
            size: window.size,
            dma: false,
        })
        .into()
}

fn name(app: &App, index: usize) -> String {
    app.tasks[index].name.clone()
}

fn device(device: &DeviceUse) -> Device {
    Device {
        name: device.name.clone(),
        physical: device.address,
        size: device.size,
        dma: device.dma,
    }
}

fn shared(app: &App, share: &RegionUse) -> Share {
    let region = &app.regions[share.region];
    Share {
        region: region.name.clone(),
        size: region.size,
        physical: region.address,
        write: share.access.writes(),
        unmapped: !share.access.is_mapped(),
    }
}

fn mounted(app: &App, mount: &appfile::app::Mount) -> Mount {
    let (path, subtree) = (mount.path.clone(), mount.subtree.clone());
    Mount { path, task: name(app, mount.server), write: mount.write, subtree }
}

fn post(app: &App, index: usize, bits: u32) -> Post {
    let notifications = &app.tasks[index].notifications;
    let is_set = |bit: &usize| bits >> bit & 1 != 0;
    let named = |bit| notifications.get(bit).cloned().unwrap_or_else(|| format!("bit {bit}"));
    Post { task: name(app, index), notifications: (0..32).filter(is_set).map(named).collect() }
}
