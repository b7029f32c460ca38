//! One ELF of the archive: what an address in it means.

use crate::code::Code;
use crate::dwarf::Types;
use anyhow::{Context, Result};
use gimli::{EndianRcSlice, LittleEndian, UnwindSection};
use object::{Object, ObjectSection, ObjectSymbol, SymbolSection};
use serde::Serialize;
use std::cell::OnceCell;
use std::rc::Rc;

/// How DWARF is read.
pub type Reader = EndianRcSlice<LittleEndian>;

/// Call frame information of one function.
pub(crate) type Description = gimli::FrameDescriptionEntry<Reader>;

/// Path prefix the build gives to files of the source tree.
const SOURCE_PREFIX: &str = "/aidos/";

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The function, with its path.
    pub function: String,
    /// The file, relative to the source tree if it is in it.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// Whether the function was inlined into the next place.
    pub inlined: bool,
}

/// A name in the symbol table.
struct Symbol {
    address: u64,
    size: u64,
    name: String,
    is_code: bool,
}

/// An ELF with its DWARF.
pub struct Program {
    dwarf: gimli::Dwarf<Reader>,
    lines: Option<addr2line::Context<Reader>>,
    frames: gimli::DebugFrame<Reader>,
    /// Call frame information of each function, by address.
    descriptions: OnceCell<Vec<Description>>,
    symbols: Vec<Symbol>,
    code: Code,
    types: OnceCell<Types>,
}

impl Program {
    /// Reads an ELF.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let elf = object::File::parse(bytes).context("not an ELF file")?;
        let load = |id: gimli::SectionId| -> Result<Reader, gimli::Error> {
            let section = elf.section_by_name(id.name());
            let data = section.and_then(|section| section.uncompressed_data().ok());
            Ok(EndianRcSlice::new(Rc::from(data.unwrap_or_default()), LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(load)?;
        let lines = addr2line::Context::from_dwarf(gimli::Dwarf::load(load)?).ok();
        let mut frames: gimli::DebugFrame<Reader> = gimli::Section::load(load)?;
        frames.set_address_size(8);
        let code = Code::read(&elf);
        Ok(Self {
            dwarf,
            lines,
            frames,
            descriptions: OnceCell::new(),
            symbols: symbols(&elf, &code),
            code,
            types: OnceCell::new(),
        })
    }

    /// Its types and variables.
    pub fn types(&self) -> &Types {
        self.types.get_or_init(|| Types::read(&self.dwarf))
    }

    /// Whether the instruction at `address` is a call.
    #[must_use]
    pub fn is_call(&self, address: u64) -> bool {
        self.code.is_call(address)
    }

    /// Where all calls of the function at `callee` return to.
    #[must_use]
    pub fn calls_of(&self, callee: u64) -> Vec<u64> {
        self.code.calls_of(callee)
    }

    /// Call frame information.
    pub(crate) const fn call_frames(&self) -> &gimli::DebugFrame<Reader> {
        &self.frames
    }

    /// Call frame information of the function that an instruction is in.
    pub(crate) fn description(&self, address: u64) -> Option<&Description> {
        if !self.code.contains(address) {
            return None;
        }
        let all = self.descriptions.get_or_init(|| descriptions(&self.frames));
        let after = all.partition_point(|one| one.initial_address() <= address);
        all.get(after.checked_sub(1)?).filter(|one| one.contains(address))
    }

    /// The functions around an instruction, the innermost first. Empty if it is none of its.
    #[must_use]
    pub fn places(&self, address: u64) -> Vec<Place> {
        if !self.code.contains(address) {
            return Vec::new();
        }
        let mut places = self.places_by_line(address).unwrap_or_default();
        if let Some(outermost) = places.last_mut() {
            outermost.inlined = false;
        } else if let Some(symbol) = self.covering(address).filter(|symbol| symbol.is_code) {
            let function = symbol.name.clone();
            places.push(Place { function, file: None, line: None, inlined: false });
        }
        places
    }

    fn places_by_line(&self, address: u64) -> Option<Vec<Place>> {
        let mut frames = self.lines.as_ref()?.find_frames(address).skip_all_loads().ok()?;
        let mut places = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let name = frame
                .function
                .as_ref()
                .and_then(|function| Some(demangle(&function.raw_name().ok()?)));
            let function = match name {
                Some(name) => name,
                None => self.covering(address)?.name.clone(),
            };
            let location = frame.location.as_ref();
            places.push(Place {
                function,
                file: location.and_then(|location| location.file).map(relative),
                line: location.and_then(|location| location.line).filter(|&line| line != 0),
                inlined: true,
            });
        }
        Some(places)
    }

    /// The symbol at an address, as `name` or `name+0x10`.
    #[must_use]
    pub fn symbol(&self, address: u64) -> Option<String> {
        let symbol = self.covering(address)?;
        Some(match address - symbol.address {
            0 => symbol.name.clone(),
            offset => format!("{}+{offset:#x}", symbol.name),
        })
    }

    fn covering(&self, address: u64) -> Option<&Symbol> {
        let after = self.symbols.partition_point(|symbol| symbol.address <= address);
        let (before, later) = self.symbols.split_at(after);
        let covers = |symbol: &&Symbol| match symbol.size {
            // A label of assembly: up to the next one.
            0 => later.first().is_some_and(|next| address < next.address) && symbol.is_code,
            size => address - symbol.address < size,
        };
        before.last().filter(covers)
    }
}

fn relative(file: &str) -> String {
    file.strip_prefix(SOURCE_PREFIX).unwrap_or(file).to_owned()
}

/// Without the hash.
fn demangle(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

fn descriptions(frames: &gimli::DebugFrame<Reader>) -> Vec<Description> {
    let bases = gimli::BaseAddresses::default();
    let mut entries = frames.entries(&bases);
    let mut all = Vec::new();
    while let Ok(Some(entry)) = entries.next() {
        if let gimli::CieOrFde::Fde(partial) = entry {
            all.extend(partial.parse(gimli::DebugFrame::cie_from_offset));
        }
    }
    // What the linker left out has address 0.
    all.retain(|one: &Description| one.initial_address() != 0);
    all.sort_by_key(gimli::FrameDescriptionEntry::initial_address);
    all
}

fn symbols(elf: &object::File<'_>, code: &Code) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = elf
        .symbols()
        .filter(|symbol| matches!(symbol.section(), SymbolSection::Section(_)))
        // Labels of assembly have no size and no kind; `$x` and its like are no names.
        .filter(|symbol| symbol.name().is_ok_and(|name| !name.is_empty() && !name.starts_with('$')))
        .map(|symbol| Symbol {
            address: symbol.address(),
            size: symbol.size(),
            name: demangle(symbol.name().unwrap_or("?")),
            is_code: code.contains(symbol.address()),
        })
        .collect();
    symbols.sort_by_key(|symbol| (symbol.address, symbol.size));
    symbols
}
