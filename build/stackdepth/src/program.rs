//! A linked program: its instructions, its constants, its functions.

use crate::Error;
use crate::name::readable;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind, SymbolSection};
use std::collections::BTreeMap;

/// A piece of the program's memory whose contents are known.
struct Piece<'a> {
    address: u64,
    bytes: &'a [u8],
    /// Instructions; otherwise constants or initial values.
    code: bool,
    writable: bool,
}

/// A program as the file has it.
pub struct Program<'a> {
    pieces: Vec<Piece<'a>>,
    /// First instruction and readable name.
    pub functions: BTreeMap<u64, String>,
    /// First instruction of the program.
    pub entry: u64,
}

/// What the linker puts beside functions to get round an erratum: part of who jumps there.
const PATCH: &str = "__CortexA53843419";

impl<'a> Program<'a> {
    /// Reads a linked AArch64 ELF.
    pub fn read(file: &'a [u8]) -> Result<Self, Error> {
        let elf = object::File::parse(file).map_err(|error| Error::NotElf(error.to_string()))?;
        if elf.architecture() != object::Architecture::Aarch64 || !elf.is_little_endian() {
            return Err(Error::NotElf("it is not for AArch64".into()));
        }
        let mut pieces = Vec::new();
        for section in elf.sections() {
            let object::SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
            let is = |flag: object::elf::SectionFlags| sh_flags.0 & flag.0 != 0;
            let damaged = |error: object::Error| Error::NotElf(error.to_string());
            if is(object::elf::SHF_ALLOC) && section.size() != 0 {
                let bytes = section.data().map_err(damaged)?;
                let code = is(object::elf::SHF_EXECINSTR);
                let writable = is(object::elf::SHF_WRITE);
                pieces.push(Piece { address: section.address(), bytes, code, writable });
            }
        }
        let mut program = Self { pieces, functions: BTreeMap::new(), entry: elf.entry() };
        program.functions = program.named(&elf);
        Ok(program)
    }

    /// Of instructions, constants that follow at an address, and functions.
    #[cfg(test)]
    pub fn of(code: (u64, &'a [u8]), data: (u64, &'a [u8]), functions: &[(u64, &str)]) -> Self {
        let piece = |(address, bytes), code| Piece { address, bytes, code, writable: false };
        Self {
            pieces: vec![piece(code, true), piece(data, false)],
            functions: functions.iter().map(|(at, name)| (*at, (*name).to_owned())).collect(),
            entry: code.0,
        }
    }

    fn named(&self, elf: &object::File<'_>) -> BTreeMap<u64, String> {
        let mut functions = BTreeMap::new();
        for symbol in elf.symbols() {
            let named = symbol.name().ok().filter(|name| !name.starts_with(PATCH));
            let placed = matches!(symbol.section(), SymbolSection::Section(_));
            let is = placed && symbol.kind() == SymbolKind::Text && self.is_code(symbol.address());
            if let Some(name) = named.filter(|_| is) {
                functions.entry(symbol.address()).or_insert_with(|| readable(name));
            }
        }
        functions.entry(self.entry).or_insert_with(|| "_start".into());
        functions
    }

    fn bytes<const N: usize>(
        &self,
        at: u64,
        wanted: impl Fn(&Piece<'_>) -> bool,
    ) -> Option<[u8; N]> {
        self.pieces.iter().filter(|piece| wanted(piece)).find_map(|piece| {
            let from = usize::try_from(at.checked_sub(piece.address)?).ok()?;
            piece.bytes.get(from..from.checked_add(N)?)?.try_into().ok()
        })
    }

    /// Whether an instruction can be there.
    pub fn is_code(&self, at: u64) -> bool {
        at.is_multiple_of(4) && self.bytes::<4>(at, |piece| piece.code).is_some()
    }

    /// The instruction there.
    pub fn instruction(&self, at: u64) -> Option<u32> {
        self.bytes(at, |piece| piece.code).filter(|_| at.is_multiple_of(4)).map(u32::from_le_bytes)
    }

    /// A word that never changes, wherever it is.
    pub fn constant(&self, at: u64) -> Option<u64> {
        self.bytes(at, |piece| !piece.writable).map(u64::from_le_bytes)
    }

    /// A word of constants or initial values.
    pub fn data(&self, at: u64) -> Option<u64> {
        self.bytes(at, |piece| !piece.code).map(u64::from_le_bytes)
    }

    /// A byte that never changes.
    pub fn byte(&self, at: u64) -> Option<u8> {
        self.bytes(at, |piece| !piece.writable).map(|[byte]| byte)
    }

    /// Whether constants or initial values are there.
    pub fn is_data(&self, at: u64) -> bool {
        self.bytes::<1>(at, |piece| !piece.code).is_some()
    }

    /// Every aligned word of constants and initial values.
    pub fn words(&self) -> impl Iterator<Item = (u64, u64)> {
        self.pieces.iter().filter(|piece| !piece.code).flat_map(|piece| {
            let skip = (piece.address.wrapping_neg() % 8) as usize;
            let words = piece.bytes.get(skip..).unwrap_or_default().chunks_exact(8);
            words.enumerate().map(move |(index, word)| {
                let word = word.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
                (piece.address.wrapping_add((skip + index * 8) as u64), word)
            })
        })
    }
}
