//! `/etc/logger.conf`: smaller files, or fewer, than `app.toml` allows.

use crate::Config;
use console_api::Text;
use core::fmt::Write;
use drv_conf::{Entry, Mistake, entries};
use fs_api::{Mounts, flags};

/// Where it is.
const PATH: &str = "/etc/logger.conf";
/// The smallest file.
const LEAST: u64 = 4096;

/// How much is kept.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Bytes of a file.
    pub size: u64,
    /// How many files.
    pub files: u8,
}

/// What `app.toml` says, and the file, if it is there. Mistakes are told, and their lines left out.
pub fn read(tree: &Mounts, config: &Config, room: &mut [u8], out: &mut Text) -> Limits {
    let most = Limits { size: config.size.into(), files: config.files };
    let mut limits = most;
    let Ok(mut file) = tree.open(PATH, flags::READ) else { return limits };
    let Ok(count) = file.read_at(0, room) else { return limits };
    for entry in entries(room.get(..count).unwrap_or(&[])) {
        if let Err(mistake) = entry.and_then(|entry| apply(&entry, most, &mut limits)) {
            let _ = writeln!(out, "logger: {PATH}: {mistake}");
        }
    }
    let _ = out.flush();
    limits
}

fn apply(entry: &Entry<'_>, most: Limits, limits: &mut Limits) -> Result<(), Mistake> {
    match entry.key {
        "size" => limits.size = entry.number(LEAST..=most.size)?,
        "files" => limits.files = entry.number(1..=most.files.into())? as u8,
        _ => return Err(entry.is_unknown()),
    }
    Ok(())
}
