//! From plan to disk.

use crate::copy::{Disk, Step, Zeros, check, copy};
use crate::plan::{Boot, Piece, Plan};
use crate::{Kind, Limits, Report, System, Target};
use anyhow::{Context, Result, ensure};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Who hears how far it is: what is done, bytes done, bytes in all.
type Progress<'p> = &'p mut dyn FnMut(Step, u64, u64);

/// Makes a disk that starts `boot`, and reads it back. A new file gets `size` bytes, or as few as
/// will do.
///
/// # Errors
/// If the target is refused, too small, or does not keep what is written.
pub fn flash(
    boot: &Boot,
    to: &Path,
    size: Option<u64>,
    limits: Limits,
    system: &System,
    progress: Progress<'_>,
) -> Result<Report> {
    let target = Target::at(to)?;
    target.check(system, limits)?;
    let plan = plan(boot, &target, size)
        .with_context(|| format!("{} is not written to", target.path.display()))?;
    let written = match target.kind {
        Kind::Device { .. } => to_device(&plan, &target.path, progress),
        Kind::New | Kind::File => to_file(&plan, &target.path, progress),
    };
    let written = written.with_context(|| format!("{} is no boot disk", target.path.display()))?;
    Ok(Report {
        path: target.path,
        device: matches!(target.kind, Kind::Device { .. }),
        size: plan.size,
        partition_offset: plan.partition.offset,
        partition_size: plan.partition.bytes.len() as u64,
        verified: plan.pieces().map(|piece| piece.bytes.len() as u64).sum(),
        files: plan.files,
        image_id: format!("{:016x}", boot.image_id),
        load_address: boot.load_address,
        written,
    })
}

fn plan(boot: &Boot, target: &Target, size: Option<u64>) -> Result<Plan> {
    let size = match target.kind {
        Kind::Device { .. } => {
            ensure!(size.is_none(), "a device has the size it has: leave --size out");
            target.size
        }
        // Files grow as needed, and keep room that they were given.
        _ => size.or(Some(Plan::least(boot)?.max(target.size.unwrap_or(0)))),
    };
    Plan::new(boot, size)
}

/// Makes the file aside, so that an interrupted run leaves the old one.
fn to_file(plan: &Plan, path: &Path, progress: Progress<'_>) -> Result<u64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // What it may be read by is what the old one could, or what the user's mask says.
    let mode = std::fs::metadata(path).map_or(0o666, |old| old.permissions().mode() & 0o7777);
    let mut aside = tempfile::Builder::new()
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    aside.as_file().set_len(plan.size)?;
    let written = pieces(aside.as_file_mut(), plan, Zeros::Skip, progress)?;
    aside.persist(path)?;
    Ok(written)
}

fn to_device(plan: &Plan, path: &Path, progress: Progress<'_>) -> Result<u64> {
    // The kernel refuses this if anybody else uses the disk or a partition of it.
    let exclusive = OFlags::EXCL.bits().cast_signed();
    let mut disk = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(exclusive)
        .open(path)
        .context("cannot be opened for itself alone")?;
    forget_tables(&mut disk, plan)?;
    let written = pieces(&mut disk, plan, Zeros::Write, progress)?;
    // Whoever does not hear of the partition now hears of it at the next plugging in.
    let _ = gptman::linux::reread_partition_table(&mut disk);
    Ok(written)
}

/// Takes the old tables away: a run that is interrupted leaves no disk that half boots.
fn forget_tables(disk: &mut File, plan: &Plan) -> Result<()> {
    for table in &plan.tables {
        let blank = Piece { offset: table.offset, bytes: vec![0; table.bytes.len()] };
        copy(disk, &blank, Zeros::Write, &mut |_| ())?;
    }
    disk.settle().context("cannot be written to the end")
}

fn pieces(disk: &mut File, plan: &Plan, zeros: Zeros, progress: Progress<'_>) -> Result<u64> {
    let all: u64 = plan.pieces().map(|piece| piece.bytes.len() as u64).sum();
    let mut done = 0;
    let mut written = 0;
    for piece in plan.pieces() {
        written += copy(disk, piece, zeros, &mut |bytes| {
            done += bytes;
            progress(Step::Write, done, all);
        })?;
        // In this order on the medium, too: the table that makes it bootable comes last.
        disk.settle().context("cannot be written to the end")?;
    }
    done = 0;
    for piece in plan.pieces() {
        check(disk, piece, &mut |bytes| {
            done += bytes;
            progress(Step::Check, done, all);
        })?;
    }
    Ok(written)
}
