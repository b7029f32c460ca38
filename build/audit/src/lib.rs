//! What a finished image allows: its page tables, read as the processor reads them, against rules;
//! and who may do what to whom ([`authority`]).
//!
//! [`audit`] takes the bytes that a loader puts into memory and the archive's manifest. It finds
//! every root there is (the boot's, the kernel's, each task's), walks the tables from there, and
//! asks of all mappings together what `doc/audit.md` promises. Nothing here is shared with the
//! code that made the tables but the numbers in `config`; the decoder is the architecture's
//! (Arm ARM D8.3), so it sees what hardware sees in tables that no builder would make.

#![forbid(unsafe_code)]

pub mod authority;
mod compare;
mod descriptor;
mod elf;
mod facts;
mod image;
mod physical;
mod regime;
mod report;
mod rule;
mod rules;
mod show;
mod trust;
mod walk;

pub use report::{Counts, Report, Violation};
pub use rule::Rule;
pub use trust::Trusted;

use archive::Manifest;
use facts::Facts;
use report::Findings;

/// A finished image.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What a loader writes into memory: `image.bin`.
    pub image_bin: &'a [u8],
    /// The same as an ELF, if that is to be compared with it.
    pub image_elf: Option<&'a [u8]>,
    /// What the archive says of it.
    pub manifest: &'a Manifest,
}

/// Examines an image. Every violation is in the report, however many there are.
#[must_use]
pub fn audit(subject: &Subject<'_>) -> Report {
    let mut findings = Findings::default();
    elf::check(subject, &mut findings);
    let facts = Facts::gather(subject, &mut findings);
    let counts = facts.as_ref().map(Counts::of).unwrap_or_default();
    if let Some(facts) = &facts {
        rules::check(facts, &mut findings);
    }
    Report::new(subject.manifest, counts, findings)
}
