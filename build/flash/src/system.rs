//! Who uses a disk: what the kernel says of mounts, swap, and devices on top of others.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What the kernel says. Tests say something else.
#[derive(Clone, Debug)]
pub struct System {
    /// `/proc/self/mountinfo`.
    pub mounts: String,
    /// `/proc/swaps`.
    pub swaps: String,
    /// `/sys`.
    pub sys: PathBuf,
}

/// A disk or a partition of it.
struct Node {
    /// As in `/dev`.
    name: String,
    /// `MAJOR:MINOR`.
    number: String,
    folder: PathBuf,
}

impl System {
    /// This machine as it is now.
    ///
    /// # Errors
    /// If the kernel does not say what is mounted.
    pub fn read() -> Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path);
        Ok(Self {
            mounts: read("/proc/self/mountinfo").context("it is not known what is mounted")?,
            // A kernel without swap has no such file.
            swaps: read("/proc/swaps").unwrap_or_default(),
            sys: "/sys".into(),
        })
    }

    /// Refuses a block device that is a partition, or that anybody uses, or a partition of which
    /// anybody uses.
    ///
    /// # Errors
    /// Who uses it, and what to do.
    pub fn check_device(&self, (major, minor): (u32, u32)) -> Result<()> {
        let folder = self.sys.join("dev/block").join(format!("{major}:{minor}"));
        let folder = folder
            .canonicalize()
            .with_context(|| format!("the kernel knows no device {major}:{minor}"))?;
        if folder.join("partition").is_file() {
            let disk = folder.parent().and_then(Path::file_name).unwrap_or_default();
            bail!("it is a partition: name the whole disk, /dev/{}", disk.display());
        }
        nodes(&folder).iter().try_for_each(|node| self.check_node(node))
    }

    fn check_node(&self, node: &Node) -> Result<()> {
        let device = format!("/dev/{}", node.name);
        if let Some(place) = self.mounts.lines().find_map(|line| mounted(line, node)) {
            bail!("{device} is mounted at {place}: run `umount {device}` first");
        }
        self.check_swap(&device)?;
        let holders = std::fs::read_dir(node.folder.join("holders")).into_iter().flatten();
        if let Some(holder) = holders.flatten().next() {
            bail!(
                "{device} is part of /dev/{}: take that apart first",
                holder.file_name().display()
            );
        }
        Ok(())
    }

    /// Refuses a file that is a disk of this machine by way of a loop device, or its swap.
    ///
    /// # Errors
    /// Who uses it, and what to do.
    pub fn check_file(&self, path: &Path) -> Result<()> {
        self.check_swap(&path.display().to_string())?;
        for device in std::fs::read_dir(self.sys.join("block")).into_iter().flatten().flatten() {
            let file = std::fs::read_to_string(device.path().join("loop/backing_file"));
            if file.is_ok_and(|file| Path::new(file.trim_end_matches('\n')) == path) {
                let device = format!("/dev/{}", device.file_name().display());
                bail!("it is the disk {device}: run `losetup -d {device}` first");
            }
        }
        Ok(())
    }

    fn check_swap(&self, path: &str) -> Result<()> {
        let mut used = self.swaps.lines().skip(1).filter_map(|line| line.split_whitespace().next());
        if used.any(|used| plain(used) == path) {
            bail!("{path} is used as swap: run `swapoff {path}` first");
        }
        Ok(())
    }
}

/// The disk in this folder of `/sys`, and its partitions.
fn nodes(folder: &Path) -> Vec<Node> {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let partitions =
        inside.map(|entry| entry.path()).filter(|path| path.join("partition").exists());
    let all = [folder.to_owned()].into_iter().chain(partitions);
    all.map(|folder| Node {
        name: folder.file_name().unwrap_or_default().display().to_string(),
        number: std::fs::read_to_string(folder.join("dev")).unwrap_or_default().trim().to_owned(),
        folder,
    })
    .collect()
}

/// Where this line of `mountinfo` says that the device is mounted. Its fields: `man 5 proc`. File
/// systems over several devices have a number of their own, but name one of them as their source.
fn mounted(line: &str, node: &Node) -> Option<String> {
    let (fields, source) = line.split_once(" - ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let source = source.split(' ').nth(1)?;
    let ours = *fields.get(2)? == node.number
        || plain(source).strip_prefix("/dev/") == Some(node.name.as_str());
    ours.then(|| plain(fields.get(4).unwrap_or(&"?")))
}

/// Undoes what `/proc` does to spaces and the like: `\040`.
fn plain(text: &str) -> String {
    let mut parts = text.split('\\');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut text, part| {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => text.extend([&char::from(code).to_string(), &part[3..]]),
            None => text.extend(["\\", part]),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_in_names_come_back() {
        assert_eq!(plain(r"/mnt/a\040disk\134"), r"/mnt/a disk\");
        assert_eq!(plain(r"/a\9\"), r"/a\9\");
    }
}
