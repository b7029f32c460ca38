//! What was found, for people and for programs.

use crate::facts::Facts;
use crate::rule::Rule;
use crate::trust::{self, Trusted};
use archive::Manifest;
use serde::Serialize;
use std::fmt;

/// Where something is wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub physical: u64,
    pub address: u64,
    pub size: u64,
}

/// A rule that is not kept.
#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// Whose address spaces it concerns: tasks by name, `the kernel`, `the boot code`.
    pub who: Vec<String>,
    /// Physical address of the memory, or of the descriptor or table.
    pub physical: u64,
    /// Virtual address in the first of `who`.
    pub address: u64,
    /// Bytes it concerns.
    pub size: u64,
    /// All of it in words.
    pub message: String,
}

/// Collects violations.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Violation>);

impl Findings {
    pub fn add(&mut self, rule: Rule, who: &[&str], message: String, place: Place) {
        let Place { physical, address, size } = place;
        let who = who.iter().map(|&who| who.to_owned()).collect();
        self.0.push(Violation { rule, who, physical, address, size, message });
    }

    /// Without a place: about the image as a whole.
    pub fn plain(&mut self, rule: Rule, message: String) {
        self.add(rule, &[], message, Place::default());
    }
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counts {
    /// Address spaces: the boot's, the kernel's, each task's.
    pub spaces: usize,
    /// Translation tables.
    pub tables: usize,
    /// Bytes of memory that someone reaches.
    pub memory: u64,
    /// Bytes of device registers that someone reaches.
    pub devices: u64,
}

impl Counts {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        let bytes = |device: bool| {
            let pieces = facts.pieces.iter();
            let kind = pieces.filter(|piece| facts.is_ram(piece.physical) != device);
            kind.map(|piece| piece.size).sum()
        };
        Self {
            spaces: facts.spaces.len(),
            tables: facts.tables.len(),
            memory: bytes(false),
            devices: bytes(true),
        }
    }
}

/// What an audit says.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The app.
    pub app: String,
    /// The image's id.
    pub image_id: u64,
    /// How much was looked at.
    pub counts: Counts,
    /// Every violation, by rule.
    pub violations: Vec<Violation>,
    /// Tasks that the rules do not confine.
    pub trusted: Vec<Trusted>,
}

impl Report {
    pub(crate) fn new(manifest: &Manifest, counts: Counts, findings: Findings) -> Self {
        let mut violations = findings.0;
        let order = |rule: &Rule| Rule::ALL.iter().position(|other| other == rule);
        violations.sort_by_key(|violation| (order(&violation.rule), violation.physical));
        Self {
            app: manifest.app.clone(),
            image_id: manifest.image_id,
            counts,
            violations,
            trusted: trust::tasks(manifest),
        }
    }

    /// Whether every rule is kept.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// The violations of one rule.
    pub fn of(&self, rule: Rule) -> impl Iterator<Item = &Violation> {
        self.violations.iter().filter(move |violation| violation.rule == rule)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { spaces, tables, memory, devices } = self.counts;
        let kib = |bytes: u64| bytes / 1024;
        writeln!(f, "{}, image {:016x}", self.app, self.image_id)?;
        writeln!(
            f,
            "{spaces} address spaces, {tables} tables, {} KiB of memory, {} KiB of devices\n",
            kib(memory),
            kib(devices)
        )?;
        for rule in Rule::ALL {
            let mark = if self.of(rule).next().is_none() { "kept" } else { "BROKEN" };
            writeln!(f, "{mark:7} {:15} {}", rule.name(), rule.promise())?;
            self.of(rule).try_for_each(|violation| writeln!(f, "    {}", violation.message))?;
        }
        if !self.trusted.is_empty() {
            writeln!(f, "\nTrusted, for no table confines what they tell their devices to do:")?;
            self.trusted.iter().try_for_each(|trusted| writeln!(f, "    {trusted}"))?;
        }
        let verdict = match self.violations.len() {
            0 => "No rule is broken.".into(),
            1 => "1 violation.".into(),
            many => format!("{many} violations."),
        };
        writeln!(f, "\n{verdict}")
    }
}
