//! A kernel and tasks as relocatable objects: no program, but every section and symbol that a
//! compiled one has.

use config::{BootDesc, KernelHeader, TaskDesc};
use object::write::{Object, Relocation, SectionId, Symbol, SymbolId, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, RelocationFlags, SectionKind, elf};
use object::{SymbolFlags, SymbolKind, SymbolScope};
use zerocopy::IntoBytes;

/// First instruction of everything: a branch to itself.
pub const BRANCH: u32 = 0x1400_0000;
/// What the kernel reserves for each task.
pub const TASK_SIZE: u32 = 600;
/// Timers of each task.
pub const TIMERS_PER_TASK: u32 = 3;
/// Bytes of a task's floating-point registers.
pub const FPU_SIZE: u32 = 528;
/// Bytes of the trace ring.
pub const TRACE_SIZE: u32 = 32784;

struct Builder(Object<'static>);

impl Builder {
    fn new() -> Self {
        Self(Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little))
    }

    fn section(&mut self, name: &str, kind: SectionKind, bytes: &[u8]) -> SectionId {
        let section = self.0.add_section(Vec::new(), name.into(), kind);
        self.0.append_section_data(section, bytes, 8);
        section
    }

    fn symbol(&mut self, name: &str, section: SymbolSection, value: u64) -> SymbolId {
        self.0.add_symbol(Symbol {
            name: name.into(),
            value,
            size: 0,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section,
            flags: SymbolFlags::None,
        })
    }

    /// The address of a symbol, as eight bytes at an offset.
    fn address(&mut self, section: SectionId, offset: u64, symbol: SymbolId) {
        let flags = RelocationFlags::Elf { r_type: elf::R_AARCH64_ABS64 };
        let relocation = Relocation { offset, symbol, addend: 0, flags };
        self.0.add_relocation(section, relocation).expect("a plain relocation");
    }

    fn bss(&mut self, size: u64, align: u64) -> SymbolId {
        let section =
            self.0.add_section(Vec::new(), b".bss.zero".to_vec(), SectionKind::UninitializedData);
        self.0.append_section_bss(section, size, align);
        self.symbol("zero", SymbolSection::Section(section), 0)
    }

    fn finish(self) -> Vec<u8> {
        self.0.write().expect("a small object")
    }
}

/// Symbols whose addresses a task has at its start, behind the first instruction.
pub const SYMBOLS: [&str; 9] = [
    "__data_load",
    "__data_start",
    "__data_end",
    "__bss_start",
    "__bss_end",
    "__stack_bottom",
    "__stack_top",
    "zero",
    "constant",
];

/// What a task is made of.
#[derive(Clone, Default)]
pub struct Task {
    /// Its manifest.
    pub manifest: String,
    /// Records for it.
    pub records: usize,
    /// What it wants to be told.
    pub config: String,
    /// Bytes for that.
    pub told: usize,
    /// Initialised variables.
    pub data: Vec<u8>,
    /// Constants.
    pub constants: Vec<u8>,
    /// Bytes of zeros.
    pub bss: u64,
    /// A section that nothing places.
    pub stray: bool,
}

impl Task {
    /// The object.
    pub fn object(&self) -> Vec<u8> {
        let mut out = Builder::new();
        let mut head = [BRANCH.to_le_bytes(), [0; 4]].concat();
        head.resize(8 + 8 * SYMBOLS.len() + 8, 0);
        let text = out.section(".text.start", SectionKind::Text, &head);
        out.symbol("_start", SymbolSection::Section(text), 0);
        let constant = out.section(".rodata.constant", SectionKind::ReadOnlyData, &self.constants);
        out.symbol("constant", SymbolSection::Section(constant), 0);
        out.bss(self.bss, 64);
        let data = out.section(".data.value", SectionKind::Data, &self.data);
        let value = out.symbol("value", SymbolSection::Section(data), 0);
        for (position, name) in SYMBOLS.into_iter().enumerate() {
            let known = out.0.symbol_id(name.as_bytes());
            let symbol = known.unwrap_or_else(|| out.symbol(name, SymbolSection::Undefined, 0));
            out.address(text, 8 + 8 * position as u64, symbol);
        }
        out.address(text, 8 + 8 * SYMBOLS.len() as u64, value);
        out.section(".text.unused", SectionKind::Text, &[0; 4096]);
        out.section(".aidos.manifest", SectionKind::ReadOnlyData, self.manifest.as_bytes());
        out.section(".aidos.resources", SectionKind::ReadOnlyData, &vec![0; 16 * self.records]);
        if !self.config.is_empty() {
            let config = self.config.as_bytes();
            out.section(".aidos.config.type", SectionKind::ReadOnlyData, config);
            out.section(".aidos.config", SectionKind::ReadOnlyData, &vec![0; self.told]);
        }
        out.section(".eh_frame", SectionKind::ReadOnlyData, &[0; 4]);
        out.section(".debug_info", SectionKind::Debug, b"not loaded");
        if self.stray {
            let stray = out.section(".tdata", SectionKind::Data, &[1; 8]);
            let stray = out.symbol("stray", SymbolSection::Section(stray), 0);
            out.address(text, 8, stray);
        }
        out.finish()
    }
}

/// The kernel, with so many bytes of initialised variables.
pub fn kernel(data: usize) -> Vec<u8> {
    let mut out = Builder::new();
    let mut head = BRANCH.to_le_bytes().to_vec();
    head.resize(size_of::<BootDesc>(), 0);
    let head = out.section(".head", SectionKind::Text, &head);
    out.symbol("_head", SymbolSection::Section(head), 0);
    let boot = out.section(".text.boot", SectionKind::Text, &[0; 5000]);
    let rodata = out.section(".rodata.words", SectionKind::ReadOnlyData, b"kernel constants");
    let words = out.symbol("words", SymbolSection::Section(rodata), 0);
    out.address(boot, 0, words);
    let zero = out.bss(100, 8);
    out.address(boot, 8, zero);
    if data > 0 {
        let section = out.section(".data.value", SectionKind::Data, &vec![1; data]);
        let value = out.symbol("value", SymbolSection::Section(section), 0);
        out.address(boot, 16, value);
    }
    let header = KernelHeader {
        magic: KernelHeader::MAGIC,
        version: KernelHeader::VERSION,
        task_desc_size: size_of::<TaskDesc>() as u32,
        task_size: TASK_SIZE,
        task_align: 8,
        timer_size: 16,
        timers_per_task: TIMERS_PER_TASK,
        fpu_size: FPU_SIZE,
        trace_size: TRACE_SIZE,
    };
    out.section(".aidos.kernel", SectionKind::ReadOnlyData, header.as_bytes());
    out.finish()
}
