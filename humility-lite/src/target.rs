//! The machine that died: its archive, its memory, and how one explains the other.

use crate::dump::{Core, Processor};
use crate::memory::{Memory, Unreadable};
use crate::program::Program;
use crate::space::{Owner, Space};
use anyhow::{Context, Result, bail};
use archive::{Archive, Manifest, Region, Span};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// "aidosimg": what the descriptors begin with.
const IMAGE_MAGIC: u64 = u64::from_le_bytes(*b"aidosimg");

/// How far from its beginning an image may have its descriptors, in bytes.
const SEARCHED: u64 = 64 << 20;

/// Which boot is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// The one that was running.
    Last,
    /// The one before, as the kernel retained it.
    Previous,
}

/// Whether a dump of another image is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The image id must fit.
    Checked,
    /// The user knows better.
    Forced,
}

/// An archive, and perhaps a dump.
pub struct Target {
    /// What was built.
    pub manifest: Manifest,
    archive: RefCell<Archive>,
    core: Option<Box<dyn Core>>,
    boot: Boot,
    programs: RefCell<BTreeMap<String, Rc<Program>>>,
    problems: RefCell<Vec<String>>,
}

impl Target {
    /// An archive alone.
    #[must_use]
    pub fn new(archive: Archive) -> Self {
        Self {
            manifest: archive.manifest.clone(),
            archive: RefCell::new(archive),
            core: None,
            boot: Boot::Last,
            programs: RefCell::default(),
            problems: RefCell::default(),
        }
    }

    /// Adds a dump.
    ///
    /// # Errors
    /// If the dump is of another image, or there is no previous boot in it, unless forced.
    pub fn attach(&mut self, core: Box<dyn Core>, boot: Boot, trust: Trust) -> Result<()> {
        for problem in core.problems() {
            self.problem(problem.clone());
        }
        self.core = Some(core);
        self.check(self.check_image(), trust)?;
        if boot == Boot::Previous {
            self.boot = boot;
            self.check(self.check_retained(), trust)?;
        }
        Ok(())
    }

    fn check(&self, result: Result<()>, trust: Trust) -> Result<()> {
        match (result, trust) {
            (Err(error), Trust::Forced) => {
                self.problem(format!("{error:#}"));
                Ok(())
            }
            (result, _) => result,
        }
    }

    fn check_image(&self) -> Result<()> {
        let of_archive = self.manifest.image_id;
        let descriptors =
            self.kernel_region("descriptors").context("no descriptors in the archive")?;
        let read = |offset| self.physical(descriptors.physical.wrapping_add(offset));
        let why = "cannot tell which image the dump is of (--force reads it all the same)";
        let (magic, id) = (read(0).context(why)?, read(8).context(why)?);
        let id = if magic == IMAGE_MAGIC { Some(id) } else { self.find_image() };
        let Some(id) = id else {
            bail!(
                "the dump holds no image, neither at {:#x} nor elsewhere; the archive is of image \
                 {of_archive:016x} (--force reads it all the same)",
                descriptors.physical
            );
        };
        if id != of_archive || magic != IMAGE_MAGIC {
            bail!(
                "the dump is of image {id:016x}, the archive of image {of_archive:016x}; \
                 use the archive of that build (--force reads it all the same)"
            );
        }
        Ok(())
    }

    /// The id of an image with another layout.
    fn find_image(&self) -> Option<u64> {
        let base = self.manifest.load_address;
        let pages = (base..base.saturating_add(SEARCHED)).step_by(4096);
        let mut found = pages.filter(|&page| self.physical(page) == Ok(IMAGE_MAGIC));
        self.physical(found.next()?.wrapping_add(8)).ok()
    }

    fn check_retained(&self) -> Result<()> {
        if self.manifest.kernel.retained.is_none() {
            bail!("`app.toml` says `retain = false`: nothing is kept of the previous boot");
        }
        match crate::epitaph::read(self) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => {
                bail!("nothing is retained: the previous boot left no epitaph, or there was none")
            }
            Err(error) => Err(error).context("the retained memory cannot be read"),
        }
    }

    /// The core.
    ///
    /// # Errors
    /// If there is no dump.
    pub fn core(&self) -> Result<&dyn Core> {
        self.core.as_deref().context("this needs a dump: -d CORE or --ram FILE")
    }

    /// The boot looked at.
    #[must_use]
    pub const fn boot(&self) -> Boot {
        self.boot
    }

    /// Processors at the moment of the dump; none for a boot before it.
    #[must_use]
    pub fn processors(&self) -> &[Processor] {
        match (&self.core, self.boot) {
            (Some(core), Boot::Last) => core.processors(),
            _ => &[],
        }
    }

    /// Notes something that could not be read or makes no sense.
    pub fn problem(&self, problem: impl Into<String>) {
        let problem = problem.into();
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// What was noted.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.problems.borrow().clone()
    }

    /// The kernel's region of that name.
    #[must_use]
    pub fn kernel_region(&self, name: &str) -> Option<&Region> {
        self.manifest.kernel.regions.iter().find(|region| region.name == name)
    }

    /// The ELF of the kernel or of a task; `None`, and noted, if it cannot be used.
    pub fn program(&self, owner: Owner) -> Option<Rc<Program>> {
        let entry = match owner {
            Owner::Kernel => &self.manifest.kernel.elf,
            Owner::Task(index) => &self.manifest.tasks.get(index)?.elf,
        };
        if let Some(program) = self.programs.borrow().get(entry) {
            return Some(Rc::clone(program));
        }
        match self.file(entry).and_then(|bytes| Program::read(&bytes)) {
            Ok(program) => {
                let program = Rc::new(program);
                self.programs.borrow_mut().insert(entry.clone(), Rc::clone(&program));
                Some(program)
            }
            Err(error) => {
                self.problem(format!("{entry}: {error:#}"));
                None
            }
        }
    }

    /// A file of the archive.
    ///
    /// # Errors
    /// If it is not there or damaged.
    pub fn file(&self, name: &str) -> Result<Vec<u8>> {
        self.archive.borrow_mut().read(name)
    }

    /// The address space of the kernel or of a task.
    #[must_use]
    pub fn space(&self, owner: Owner) -> Space<'_> {
        Space::new(self, owner)
    }

    /// The task with this name or index.
    ///
    /// # Errors
    /// If there is none; says which there are.
    pub fn task(&self, wanted: &str) -> Result<usize> {
        let tasks = &self.manifest.tasks;
        let by_name = tasks.iter().position(|task| task.name == wanted);
        let by_index = || wanted.parse().ok().filter(|&index: &usize| index < tasks.len());
        by_name.or_else(by_index).with_context(|| {
            let names: Vec<_> = tasks.iter().map(|task| task.name.as_str()).collect();
            format!("no task `{wanted}`; there are {}", names.join(", "))
        })
    }

    /// The kernel or the task with this name or index.
    ///
    /// # Errors
    /// As [`Target::task`].
    pub fn owner(&self, wanted: &str) -> Result<Owner> {
        if wanted == "kernel" {
            return Ok(Owner::Kernel);
        }
        self.task(wanted).map(Owner::Task)
    }

    /// The name of a task or the kernel.
    #[must_use]
    pub fn name(&self, owner: Owner) -> &str {
        match owner {
            Owner::Kernel => "kernel",
            Owner::Task(index) => self.manifest.tasks.get(index).map_or("?", |task| &task.name),
        }
    }

    fn physical(&self, address: u64) -> Result<u64, Unreadable> {
        Physical(self).word(address)
    }
}

/// A target's physical memory, as the boot that is looked at left it.
pub struct Physical<'t>(pub &'t Target);

impl Physical<'_> {
    /// Where the byte is now, and how many follow it there.
    fn moved(&self, address: u64) -> (u64, u64) {
        let kernel = &self.0.manifest.kernel;
        let Span { base, size } = kernel.writable;
        let (Boot::Previous, Some(retained)) = (self.0.boot, kernel.retained) else {
            return (address, u64::MAX);
        };
        match address.checked_sub(base) {
            None => (address, base - address),
            Some(offset) if offset < size => (retained.base.wrapping_add(offset), size - offset),
            Some(_) => (address, u64::MAX),
        }
    }
}

impl Memory for Physical<'_> {
    fn read(&self, mut address: u64, mut buffer: &mut [u8]) -> Result<(), Unreadable> {
        let core = self.0.core().map_err(|error| Unreadable::new(address, error.to_string()))?;
        while !buffer.is_empty() {
            let (place, left) = self.moved(address);
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let (now, later) = buffer.split_at_mut(length);
            core.read(place, now)?;
            address = address.wrapping_add(length as u64);
            buffer = later;
        }
        Ok(())
    }
}
