//! What is read out of linked ELFs, and the one thing that is written into them.

use anyhow::{Context, Result, bail};
use config::{KernelHeader, TaskDesc};
use object::{Object, ObjectSection, ObjectSymbol};
use std::collections::BTreeMap;
use zerocopy::FromBytes;

/// A linked ELF.
#[derive(Clone, Debug)]
pub struct Elf {
    /// The file.
    pub bytes: Vec<u8>,
    /// First instruction.
    pub entry: u64,
    sections: BTreeMap<String, Section>,
    symbols: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Section {
    address: u64,
    size: u64,
    /// Where its bytes are in the file, if they are there.
    offset: Option<usize>,
}

impl Elf {
    /// Reads sections and the symbols of linker scripts.
    pub fn read(bytes: Vec<u8>) -> Result<Self> {
        let file = object::File::parse(&*bytes).context("the linker's output is no ELF")?;
        let mut sections = BTreeMap::new();
        for section in file.sections() {
            let offset = section.file_range().map(|(offset, _)| offset as usize);
            let found = Section { address: section.address(), size: section.size(), offset };
            sections.insert(section.name()?.to_owned(), found);
        }
        let named = file.symbols().filter_map(|symbol| Some((symbol.name().ok()?, symbol)));
        let symbols = named
            .filter(|(name, _)| name.starts_with("__"))
            .map(|(name, symbol)| (name.to_owned(), symbol.address()))
            .collect();
        let entry = file.entry();
        Ok(Self { entry, sections, symbols, bytes })
    }

    /// Where a section is, if it is there.
    pub fn address(&self, section: &str) -> Option<u64> {
        self.sections.get(section).map(|section| section.address)
    }

    /// Bytes that a section takes; 0 if there is none.
    pub fn size(&self, section: &str) -> u64 {
        self.sections.get(section).map_or(0, |section| section.size)
    }

    /// A section's contents; empty if there is none.
    pub fn contents(&self, section: &str) -> &[u8] {
        let Some(&Section { size, offset: Some(offset), .. }) = self.sections.get(section) else {
            return &[];
        };
        self.bytes.get(offset..offset + size as usize).unwrap_or(&[])
    }

    /// The value of a symbol beginning with two underscores.
    pub fn symbol(&self, name: &str) -> Result<u64> {
        self.symbols.get(name).copied().with_context(|| format!("no symbol {name}"))
    }

    /// Overwrites bytes of a section, counted from an address.
    pub fn patch(&mut self, section: &str, address: u64, new: &[u8]) -> Result<()> {
        let found = self.sections.get(section).copied();
        let place = found.and_then(|section| {
            let within = address.checked_sub(section.address)? as usize;
            let start = section.offset?.checked_add(within)?;
            (within + new.len() <= section.size as usize).then_some(start)
        });
        let bytes = place.and_then(|start| self.bytes.get_mut(start..start + new.len()));
        bytes.with_context(|| format!("no room in {section}"))?.copy_from_slice(new);
        Ok(())
    }

    /// The kernel's header.
    pub fn kernel_header(&self) -> Result<KernelHeader> {
        let (header, _) = KernelHeader::read_from_prefix(self.contents(".aidos.kernel"))
            .map_err(|_| anyhow::anyhow!("the kernel has no header"))?;
        let known = header.magic == KernelHeader::MAGIC
            && header.version == KernelHeader::VERSION
            && header.task_desc_size as usize == size_of::<TaskDesc>();
        if !known {
            bail!("the kernel was built from other sources than this tool");
        }
        Ok(header)
    }
}
