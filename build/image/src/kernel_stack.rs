//! The kernel's own stack.

use crate::elf::Elf;
use anyhow::{Context, Result, bail};
use layout::Layout;
use stackdepth::{Declared, Entry, estimate};

/// What the vectors call, each with an empty stack.
const HANDLERS: &str = "aidos_";

/// Whether it is deep enough.
pub fn check(kernel: &Elf, layout: &Layout) -> Result<()> {
    let need = estimate(&kernel.bytes, Entry::Named(HANDLERS), &Declared::default())
        .context("nobody knows how much stack the kernel needs")?;
    let stacks = layout.kernel.regions.iter().filter(|region| region.name.ends_with("stack"));
    match stacks.map(|region| region.mapping.size).min() {
        Some(size) if need.most > size => {
            bail!("the kernel can need {} bytes of stack, and has {size}", need.most)
        }
        _ => Ok(()),
    }
}
