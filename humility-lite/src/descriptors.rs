//! The image's descriptors, as far as a debugger needs them, read by the names the kernel's DWARF
//! gives.

use crate::dwarf::{TypeId, Types};
use crate::memory::Memory;
use crate::program::Program;
use crate::space::Owner;
use crate::target::Target;
use anyhow::{Context, Result};
use std::rc::Rc;

const HEAD: &str = "config::image::ImageDesc";
const TASK: &str = "config::task::TaskDesc";

/// The descriptors in the dump.
pub struct Descriptors<'t> {
    target: &'t Target,
    kernel: Rc<Program>,
    /// Virtual address of the head, and its type.
    head: (u64, TypeId),
}

impl<'t> Descriptors<'t> {
    /// Finds them.
    ///
    /// # Errors
    /// If there is no dump, or the archive does not say where they are and what is in them.
    pub fn new(target: &'t Target) -> Result<Self> {
        target.core()?;
        let kernel =
            target.program(Owner::Kernel).context("the archive has no usable kernel ELF")?;
        let region = target.kernel_region("descriptors");
        let base = region.context("no descriptors in the archive")?.base;
        let of = kernel.types().structure(HEAD);
        let of = of.context("the kernel's debug information does not describe its descriptors")?;
        Ok(Self { target, kernel, head: (base, of) })
    }

    /// Where the kernel keeps its trace, a virtual address; `None`: it keeps none.
    ///
    /// # Errors
    /// If the descriptors cannot be read.
    pub fn trace(&self) -> Result<Option<u64>> {
        Ok(self.field(self.head, &["trace"])?.filter(|&address| address != 0))
    }

    /// Where the kernel keeps the floating-point registers of a task, a virtual address; `None`:
    /// the task has none.
    ///
    /// # Errors
    /// If the descriptors cannot be read.
    pub fn fpu_state(&self, task: usize) -> Result<Option<u64>> {
        let Some(of) = self.types().structure(TASK) else { return Ok(None) };
        let Some(table) = self.field(self.head, &["tasks", "offset"])? else { return Ok(None) };
        let skip = self.types().size(of).wrapping_mul(task as u64);
        let place = (self.head.0.wrapping_add(table).wrapping_add(skip), of);
        Ok(self.field(place, &["fpu_state"])?.filter(|&address| address != 0))
    }

    fn types(&self) -> &Types {
        self.kernel.types()
    }

    /// The number in a field of a struct in memory, or in a field of that; `None` if there is no
    /// such field.
    fn field(&self, (mut address, mut of): (u64, TypeId), path: &[&str]) -> Result<Option<u64>> {
        for name in path {
            let Some((offset, inner)) = self.types().field(of, name) else { return Ok(None) };
            (address, of) = (address.wrapping_add(offset), inner);
        }
        let space = self.target.space(Owner::Kernel);
        let bytes = space.bytes(address, self.types().size(of));
        let bytes = bytes.context("the image's descriptors cannot be read")?;
        Ok(self.types().number(of, &bytes))
    }
}
