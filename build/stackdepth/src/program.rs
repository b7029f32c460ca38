//! A program: its functions, and where calls through pointers may go.

use crate::frame::{Frame, addresses, frame};
use anyhow::{Context, Result};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Path, without generic arguments' hashes.
    pub name: String,
    /// What it does with its stack.
    pub frame: Frame,
    /// Whether its address is somewhere else than in calls.
    pub is_pointed_at: bool,
}

/// All functions by address.
#[derive(Debug)]
pub struct Program {
    /// First instruction.
    pub entry: u64,
    /// By address.
    pub functions: BTreeMap<u64, Function>,
}

struct Code<'d> {
    base: u64,
    bytes: &'d [u8],
}

impl Code<'_> {
    fn words(&self, from: u64, to: u64) -> Vec<u32> {
        let range = (from - self.base) as usize..(to - self.base) as usize;
        let bytes = self.bytes.get(range).unwrap_or_default().as_chunks().0;
        bytes.iter().map(|word| u32::from_le_bytes(*word)).collect()
    }
}

impl Program {
    /// Reads a linked program for AArch64.
    ///
    /// # Errors
    /// If it is no ELF file with one section of instructions and symbols.
    pub fn read(elf: &[u8]) -> Result<Self> {
        let elf = object::File::parse(elf).context("not an ELF file")?;
        let text = elf.section_by_name(".text").context("no section .text")?;
        let code = Code { base: text.address(), bytes: text.data().context("no instructions")? };
        let end = code.base + code.bytes.len() as u64;
        let names = names(&elf, code.base..end);
        let ends = names.keys().copied().skip(1).chain([end]);
        let words: BTreeMap<u64, Vec<u32>> =
            names.keys().zip(ends).map(|(&from, to)| (from, code.words(from, to))).collect();
        let mut pointed_at = pointed_at(&elf, &words);
        // No source can name the first instruction, but the beginning of the text looks like it.
        pointed_at.remove(&elf.entry());
        let frames = frames(&words);
        let functions = names.into_iter().zip(frames).map(|((address, name), (_, frame))| {
            (address, Function { name, frame, is_pointed_at: pointed_at.contains(&address) })
        });
        Ok(Self { entry: elf.entry(), functions: functions.collect() })
    }

    /// The functions whose names begin so.
    pub fn named(&self, prefix: &str) -> Vec<u64> {
        let named = self.functions.iter().filter(|(_, function)| function.name.starts_with(prefix));
        named.map(|(&address, _)| address).collect()
    }
}

/// The names of functions by address. Each function ends where the next begins.
fn names(elf: &object::File<'_>, text: std::ops::Range<u64>) -> BTreeMap<u64, String> {
    let mut names = BTreeMap::new();
    for symbol in elf.symbols() {
        let name = symbol.name().unwrap_or_default();
        let is_function = matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Label);
        if !is_function || name.is_empty() || name.starts_with('$') {
            continue;
        }
        if text.contains(&symbol.address()) && symbol.address() % 4 == 0 {
            let name = format!("{:#}", rustc_demangle::demangle(name));
            names.entry(symbol.address()).or_insert(name);
        }
    }
    names.entry(text.start).or_insert_with(|| "(nameless)".to_owned());
    names
}

/// Whoever does not return is found first by those who return for certain.
fn frames(words: &BTreeMap<u64, Vec<u32>>) -> BTreeMap<u64, Frame> {
    let mut returning = BTreeSet::new();
    loop {
        // What lies outside is no function of ours: it may return.
        let comes_back = |to: u64| returning.contains(&to) || !words.contains_key(&to);
        let frames: BTreeMap<u64, Frame> = words
            .iter()
            .map(|(&address, words)| (address, frame(words, address, &comes_back)))
            .collect();
        let now: BTreeSet<u64> =
            frames.iter().filter(|(_, frame)| frame.returns).map(|(&at, _)| at).collect();
        if now == returning {
            return frames;
        }
        returning = now;
    }
}

/// Functions whose address is a constant or is put together by instructions.
fn pointed_at(elf: &object::File<'_>, words: &BTreeMap<u64, Vec<u32>>) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for section in elf.sections() {
        let constant = matches!(
            section.kind(),
            SectionKind::ReadOnlyData | SectionKind::Data | SectionKind::ReadOnlyDataWithRel
        );
        let bytes = section.data().unwrap_or_default();
        if constant && section.address() != 0 {
            found.extend(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
        }
    }
    for (&base, words) in words {
        found.extend(addresses(words, base));
    }
    found.retain(|address| words.contains_key(address));
    found
}
