//! ELF cores as QEMU's `dump-guest-memory` writes them: `PT_LOAD` with physical addresses, and for
//! each processor the notes `NT_PRSTATUS` and `NT_PRFPREG`.

use super::{Processor, Segment, Segments, segments::Source};
use crate::fp::FpRegisters;
use anyhow::{Context, Result, bail};
use object::elf::{EM_AARCH64, ET_CORE, FileHeader64, NT_PRFPREG, NT_PRSTATUS, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{LittleEndian, ReadCache};
use std::path::Path;

type Header = FileHeader64<LittleEndian>;

/// Longer notes are damage.
const LONGEST_NOTES: u64 = 1 << 20;
/// Where the registers begin in `NT_PRSTATUS` (Linux `struct elf_prstatus`, 64 bits).
const REGISTERS_AT: usize = 112;

/// Opens an ELF core.
///
/// # Errors
/// If the file cannot be opened, or is not an ELF core of an AArch64 machine.
pub fn open(path: &Path) -> Result<Segments> {
    let file =
        std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    parse(Box::new(file)).with_context(|| {
        format!("{} is not an ELF core of this machine; is it a raw --ram file?", path.display())
    })
}

/// Reads the headers and notes of an ELF core.
///
/// # Errors
/// If it is not an ELF core of an AArch64 machine.
pub fn parse(source: Box<dyn Source>) -> Result<Segments> {
    let cache = ReadCache::new(source);
    let header = Header::parse(&cache)?;
    let endian = header.endian()?;
    if header.e_type(endian) != ET_CORE || header.e_machine(endian) != EM_AARCH64 {
        bail!("it is an ELF file of another kind");
    }
    let mut segments = Vec::new();
    let mut processors = Vec::new();
    let mut problems = Vec::new();
    for program in header.program_headers(endian, &cache)? {
        match program.p_type(endian) {
            PT_LOAD => segments.push(Segment {
                physical: program.p_paddr(endian),
                size: program.p_filesz(endian),
                offset: program.p_offset(endian),
            }),
            PT_NOTE if program.p_filesz(endian) > LONGEST_NOTES => {
                problems.push("the dump's notes are damaged: no registers".to_owned());
            }
            PT_NOTE => read_notes(program, &cache, &mut processors, &mut problems),
            _ => (),
        }
    }
    Ok(Segments::new(cache.into_inner(), segments, processors, problems))
}

fn read_notes(
    program: &object::elf::ProgramHeader64<LittleEndian>,
    cache: &ReadCache<Box<dyn Source>>,
    processors: &mut Vec<Processor>,
    problems: &mut Vec<String>,
) {
    let mut found = || -> object::Result<()> {
        let Some(mut notes) = program.notes(LittleEndian, cache)? else { return Ok(()) };
        while let Some(note) = notes.next()? {
            match (note.n_type(LittleEndian), note.name(), processors.last_mut()) {
                (NT_PRSTATUS, b"CORE", _) => processors.extend(registers(note.desc())),
                // Linux `struct user_fpsimd_state`.
                (NT_PRFPREG, b"CORE", Some(last)) => last.fp = FpRegisters::read(note.desc(), 4),
                _ => (),
            }
        }
        Ok(())
    };
    if let Err(error) = found() {
        problems.push(format!("the dump's notes are damaged ({error})"));
    }
}

fn registers(description: &[u8]) -> Option<Processor> {
    let words = description.get(REGISTERS_AT..)?;
    let mut words = words.chunks_exact(8).map(crate::memory::word);
    let mut x = [0; 31];
    for register in &mut x {
        *register = words.next()?;
    }
    Some(Processor { x, sp: words.next()?, pc: words.next()?, pstate: words.next()?, fp: None })
}
