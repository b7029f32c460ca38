//! The disks that a power cut could have left.
//!
//! What was written before a flush is on the medium. Of what was written since, any part may be:
//! a disk keeps writes in a cache and takes them in any order, so that of two writes to a sector
//! the first may be all that arrived. Whatever the order, each sector ends as one of the writes
//! left it, or as it was: leaving out any of the writes, and of large ones any of their sectors,
//! makes every state that a reordering can make.

use crate::log::Action;
use crate::rng::Rng;
use crate::{Checker, Entry, Image, Log, Verdict};
use anyhow::{Context, Result};
use std::fmt;
use std::ops::Range;

/// One in so many writes of several sectors that arrive does so in part.
const TORN: usize = 4;

/// What is to be checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    /// The disk after each write, all before it having arrived.
    pub every_prefix: bool,
    /// So many disks on which some of the writes since the last flush have not arrived.
    pub subsets: usize,
    /// Which: the same seed makes the same disks.
    pub seed: u64,
}

/// A moment at which the power fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut<'l> {
    /// So many entries of the log have happened.
    pub entries: usize,
    /// How many of the writes since the last flush have arrived, at least in part, and how many
    /// there are. `None`: all.
    pub arrived: Option<(usize, usize)>,
    /// The last mark before it.
    pub mark: Option<&'l str>,
}

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after entry {}", self.entries)?;
        if let Some((some, all)) = self.arrived {
            write!(f, ", {some} of {all} writes since the last flush")?;
        }
        self.mark.map_or(Ok(()), |mark| write!(f, ", after mark `{mark}`"))
    }
}

/// What was found of one disk.
#[derive(Debug)]
pub struct Finding<'a> {
    /// When the power failed.
    pub cut: Cut<'a>,
    /// What the checker said.
    pub verdict: &'a Verdict,
    /// The disk.
    pub image: &'a Image,
}

/// How many disks were of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Disks after each write.
    pub prefixes: usize,
    /// Disks on which some writes were missing.
    pub subsets: usize,
    /// Of both: nothing was wrong.
    pub clean: usize,
    /// Of both: a repair helped.
    pub repaired: usize,
    /// Of both: nothing helps.
    pub damaged: usize,
}

/// Makes and checks the disks of a plan; `image`, the disk as it was when the log began, is
/// afterwards as it was at the log's end. Each disk is shown to `seen`.
///
/// # Errors
/// If the log does not belong to the disk, something cannot be read or written, or `seen` says so.
pub fn replay(
    log: &Log,
    image: &mut Image,
    plan: &Plan,
    checker: &mut dyn Checker,
    seen: &mut dyn FnMut(&Finding<'_>) -> Result<()>,
) -> Result<Tally> {
    let mut samples = samples(log.entries(), plan).into_iter().peekable();
    let mut judge = Judge { log, checker, seen, tally: Tally::default() };
    if plan.every_prefix {
        judge.prefix(image, 0)?;
    }
    for epoch in epochs(log.entries()) {
        while let Some((last, rng)) = samples.next_if(|(last, _)| epoch.contains(last)) {
            judge.subset(image, epoch.start..last + 1, rng)?;
        }
        for entry in epoch {
            apply(log, image, entry, None)?;
            if plan.every_prefix && log.entries()[entry].changes() {
                judge.prefix(image, entry + 1)?;
            }
        }
    }
    Ok(judge.tally)
}

struct Judge<'r> {
    log: &'r Log,
    checker: &'r mut dyn Checker,
    seen: &'r mut dyn FnMut(&Finding<'_>) -> Result<()>,
    tally: Tally,
}

impl Judge<'_> {
    /// Judges the image as it is after so many entries.
    fn prefix(&mut self, image: &mut Image, entries: usize) -> Result<()> {
        self.tally.prefixes += 1;
        self.judge(image, entries, None)
    }

    /// Judges the image with some of these entries.
    fn subset(&mut self, image: &mut Image, entries: Range<usize>, mut rng: Rng) -> Result<()> {
        self.tally.subsets += 1;
        image.tentatively(|image| {
            let end = entries.end;
            let arrived = arrive(self.log, image, entries, &mut rng)?;
            self.judge(image, end, Some(arrived))
        })?
    }

    fn judge(
        &mut self,
        image: &mut Image,
        entries: usize,
        arrived: Option<(usize, usize)>,
    ) -> Result<()> {
        let cut = Cut { entries, arrived, mark: last_mark(&self.log.entries()[..entries]) };
        let verdict = image.tentatively(|image| self.checker.check(image, &cut))?;
        let verdict = verdict.with_context(|| format!("the disk {cut} cannot be checked"))?;
        let count = match verdict {
            Verdict::Clean => &mut self.tally.clean,
            Verdict::Repaired(_) => &mut self.tally.repaired,
            Verdict::Damaged(_) => &mut self.tally.damaged,
        };
        *count += 1;
        (self.seen)(&Finding { cut, verdict: &verdict, image })
    }
}

fn last_mark(entries: &[Entry]) -> Option<&str> {
    entries.iter().rev().find_map(|entry| match &entry.action {
        Action::Mark(name) => Some(name.as_str()),
        _ => None,
    })
}

/// Runs of entries, each but the first beginning with a flush.
fn epochs(entries: &[Entry]) -> Vec<Range<usize>> {
    let flushes = (1..entries.len()).filter(|&index| entries[index].flush);
    let starts: Vec<usize> = std::iter::once(0).chain(flushes).collect();
    let ends = starts.iter().skip(1).copied().chain([entries.len()]);
    starts.iter().zip(ends).map(|(&start, end)| start..end).collect()
}

/// The last entries of the samples, in order, and what each draws its lots with. Only such are
/// drawn where something need not have arrived.
fn samples(entries: &[Entry], plan: &Plan) -> Vec<(usize, Rng)> {
    let in_doubt = |epoch: Range<usize>| {
        let first = epoch.clone().find(|&index| may_be_lost(&entries[index]));
        first.unwrap_or(epoch.end)..epoch.end
    };
    let ends: Vec<usize> = epochs(entries).into_iter().flat_map(in_doubt).collect();
    if ends.is_empty() {
        return Vec::new();
    }
    let mut rng = Rng::new(plan.seed);
    let draw = |_| (ends[rng.below(ends.len())], Rng::new(rng.next()));
    let mut samples: Vec<_> = (0..plan.subsets).map(draw).collect();
    samples.sort_by_key(|(end, _)| *end);
    samples
}

/// Whether it changes the disk, but is not there for certain before the next flush.
const fn may_be_lost(entry: &Entry) -> bool {
    entry.changes() && !entry.fua
}

/// Applies those of these entries that the lots say, and those that cannot be lost. How many may
/// be lost, and how many of those are not.
fn arrive(
    log: &Log,
    image: &mut Image,
    entries: Range<usize>,
    rng: &mut Rng,
) -> Result<(usize, usize)> {
    let (mut some, mut all) = (0, 0);
    for index in entries {
        let entry = &log.entries()[index];
        if !may_be_lost(entry) {
            apply(log, image, index, None)?;
            continue;
        }
        all += 1;
        if rng.coin() {
            some += 1;
            let torn = entry.sectors > 1 && rng.below(TORN) == 0;
            apply(log, image, index, torn.then_some(&mut *rng))?;
        }
    }
    Ok((some, all))
}

/// Does to the image what an entry did to the disk; if it is torn, to some of the sectors.
fn apply(log: &Log, image: &mut Image, index: usize, mut torn: Option<&mut Rng>) -> Result<()> {
    let entry = &log.entries()[index];
    if !entry.changes() {
        return Ok(());
    }
    let size = u64::from(log.sector_size());
    let Entry { first, sectors, .. } = *entry;
    let end = first.checked_add(sectors).and_then(|end| end.checked_mul(size));
    end.filter(|&end| end <= image.size()).with_context(|| {
        let has = image.size() / size;
        format!(
            "entry {index} of the log changes {sectors} sectors from {first} on, but the disk has \
             {has}: is it another disk's log?"
        )
    })?;
    let data = log.data(entry)?;
    let Some(rng) = &mut torn else { return image.put(first * size, &data) };
    for (sector, bytes) in (first..).zip(data.chunks(size as usize)) {
        if rng.coin() {
            image.put(sector * size, bytes)?;
        }
    }
    Ok(())
}
