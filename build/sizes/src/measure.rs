//! From an archive to sizes.

use crate::{Program, Sizes, krate};
use anyhow::{Context, Result};
use archive::{Archive, Region};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, elf};
use std::collections::BTreeMap;

/// Measures the build in an archive.
///
/// # Errors
/// If a program of it is missing or damaged.
pub fn measure(archive: &mut Archive) -> Result<Sizes> {
    let manifest = archive.manifest.clone();
    let image = archive.read("image.bin")?.len() as u64;
    let mut programs = vec![kernel(archive)?];
    for task in &manifest.tasks {
        let mut program = program(&task.name, &archive.read(&task.elf)?)?;
        program.stack = task.stack_top - task.stack_bottom;
        programs.push(program);
    }
    let ram = manifest.memory.iter().map(|region| region.size).sum();
    Ok(Sizes { app: manifest.app, image, ram, ram_of_board: manifest.ram.size, programs })
}

/// Measures the kernel alone.
///
/// # Errors
/// If it is missing or damaged.
pub fn kernel(archive: &mut Archive) -> Result<Program> {
    let layout = archive.manifest.kernel.clone();
    let mut kernel = program("kernel", &archive.read(&layout.elf)?)?;
    let all = |wanted: fn(&Region) -> bool| -> u64 {
        layout.regions.iter().filter(|it| wanted(it)).map(|it| it.size).sum()
    };
    kernel.stack = all(|region| region.name.ends_with("stack"));
    kernel.bss += all(|region| region.name == "arrays");
    Ok(kernel)
}

fn program(name: &str, elf: &[u8]) -> Result<Program> {
    let elf = object::File::parse(elf).with_context(|| format!("{name}: not an ELF file"))?;
    let mut program = Program { name: name.to_owned(), ..Program::default() };
    for section in elf.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        let is = |flag: elf::SectionFlags| sh_flags.0 & flag.0 != 0;
        if !is(elf::SHF_ALLOC) {
            continue;
        }
        let zero = section.kind() == object::SectionKind::UninitializedData;
        if is(elf::SHF_EXECINSTR) {
            program.text += section.size();
        } else if !is(elf::SHF_WRITE) {
            program.rodata += section.size();
        } else if zero {
            program.bss += section.size();
        } else {
            program.data += section.size();
            program.rodata += section.size();
        }
    }
    program.crates = crates(&elf, program.text);
    Ok(program)
}

/// Each byte of instructions once, however many symbols cover it.
fn crates(elf: &object::File<'_>, text: u64) -> BTreeMap<String, u64> {
    let mut functions: Vec<_> = elf
        .symbols()
        .filter(|symbol| symbol.kind() == object::SymbolKind::Text && symbol.size() != 0)
        .map(|symbol| (symbol.address(), symbol.size(), symbol.name().unwrap_or_default()))
        .collect();
    functions.sort_unstable();
    let (mut crates, mut covered, mut end) = (BTreeMap::new(), 0, 0);
    for (address, size, name) in functions {
        let from = address.max(end);
        end = end.max(address.saturating_add(size));
        let own = end.saturating_sub(from).min(text - covered);
        *crates.entry(krate(name)).or_insert(0) += own;
        covered += own;
    }
    crates.insert("(padding)".to_owned(), text - covered);
    crates.retain(|_, size| *size != 0);
    crates
}
