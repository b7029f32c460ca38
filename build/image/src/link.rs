//! Running the linker, and the scripts it gets.
//!
//! A task is linked twice: at trial addresses, to learn its sizes, then where layout wants it.
//! The slots are multiples of 2 MiB, so thunks and fixes by address come out alike.

use crate::elf::Elf;
use crate::{Inputs, read};
use anyhow::{Context, Result, bail};
use appfile::App;
use layout::Layout;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The image of initialised variables follows the constants at this alignment.
pub const DATA_IMAGE_ALIGNMENT: u64 = 16;
/// Variables that begin as zero follow the others at this alignment.
pub const BSS_ALIGNMENT: u64 = 16;

/// A linker that takes GNU arguments.
#[derive(Clone, Debug)]
pub struct Linker {
    /// The program.
    pub program: PathBuf,
    /// Arguments that make it one, such as `-flavor gnu`.
    pub arguments: Vec<String>,
}

/// Arguments of every link. The erratum fix is for Cortex-A53 843419.
const ARGUMENTS: [&str; 8] = [
    "--gc-sections",
    "--fix-cortex-a53-843419",
    "--build-id=none",
    "--no-undefined",
    "--orphan-handling=error",
    "-zmax-page-size=4096",
    "-znognustack",
    "--no-rosegment",
];

/// Where a task's parts go.
struct Addresses {
    text: u64,
    data: u64,
    stack_bottom: u64,
    stack_top: u64,
}

/// Links the kernel, which has one place for ever.
pub fn kernel(inputs: &Inputs) -> Result<Elf> {
    let output = inputs.work.join("kernel.elf");
    link(inputs, &kernel_script(), &inputs.kernel, &output)?;
    let elf = Elf::read(read(&output)?)?;
    if elf.size(".data") != 0 {
        bail!("the kernel has initialised variables, which nothing would initialise");
    }
    Ok(elf)
}

/// Links a task anywhere, for its sizes.
pub fn trial(app: &App, inputs: &Inputs, task: usize) -> Result<Elf> {
    let addresses = Addresses {
        text: config::window::TASKS,
        data: config::window::TASKS + (1 << 30),
        stack_bottom: config::window::TASKS + (2 << 30),
        stack_top: config::window::TASKS + (2 << 30) + app.tasks[task].stack,
    };
    link_task(app, inputs, task, &addresses, "trial")
}

/// Links a task where it belongs.
pub fn task(app: &App, inputs: &Inputs, layout: &Layout, task: usize) -> Result<Elf> {
    let place = &layout.tasks[task];
    let addresses = Addresses {
        text: place.text,
        data: place.data,
        stack_bottom: place.stack_bottom,
        stack_top: place.stack_top,
    };
    let elf = link_task(app, inputs, task, &addresses, "elf")?;
    let sizes = crate::task_sizes(&elf);
    let room = |name| place.region(name).map_or(0, |region| region.mapping.size);
    if sizes.text > room("text") || sizes.rodata > room("rodata") || sizes.data > room("data") {
        bail!("it came out larger at its final addresses than at the trial ones");
    }
    Ok(elf)
}

fn link_task(
    app: &App,
    inputs: &Inputs,
    task: usize,
    addresses: &Addresses,
    suffix: &str,
) -> Result<Elf> {
    let output = inputs.work.join(format!("{}.{suffix}", app.tasks[task].name));
    link(inputs, &task_script(addresses), &inputs.tasks[task], &output)?;
    Elf::read(read(&output)?)
}

fn link(inputs: &Inputs, script: &str, object: &Path, output: &Path) -> Result<()> {
    let script_path = output.with_extension("x");
    std::fs::write(&script_path, script)
        .with_context(|| format!("cannot write {}", script_path.display()))?;
    let linker = &inputs.linker;
    let result = Command::new(&linker.program)
        .args(&linker.arguments)
        .args(ARGUMENTS)
        .arg("-T")
        .arg(&script_path)
        .arg("-o")
        .arg(output)
        .arg(object)
        .output()
        .with_context(|| format!("cannot run {}", linker.program.display()))?;
    if !result.status.success() {
        bail!("the linker refused:\n{}", String::from_utf8_lossy(&result.stderr));
    }
    Ok(())
}

/// What no image holds: debug information, and what only the build tool reads.
const NOT_LOADED: &str = r#"
    .aidos.manifest 0 (INFO) : { KEEP(*(.aidos.manifest)) }
    .aidos.kernel 0 (INFO) : { KEEP(*(.aidos.kernel)) }
    .debug_abbrev 0 : { *(.debug_abbrev) }
    .debug_addr 0 : { *(.debug_addr) }
    .debug_aranges 0 : { *(.debug_aranges) }
    .debug_frame 0 : { *(.debug_frame) }
    .debug_gdb_scripts 0 (INFO) : { *(.debug_gdb_scripts) }
    .debug_info 0 : { *(.debug_info) }
    .debug_line 0 : { *(.debug_line) }
    .debug_line_str 0 : { *(.debug_line_str) }
    .debug_loc 0 : { *(.debug_loc) }
    .debug_loclists 0 : { *(.debug_loclists) }
    .debug_ranges 0 : { *(.debug_ranges) }
    .debug_rnglists 0 : { *(.debug_rnglists) }
    .debug_str 0 : { *(.debug_str) }
    .debug_str_offsets 0 : { *(.debug_str_offsets) }
    .debug_types 0 : { *(.debug_types) }
    .comment 0 : { *(.comment) }
    .symtab 0 : { *(.symtab) }
    .shstrtab 0 : { *(.shstrtab) }
    .strtab 0 : { *(.strtab) }
    /DISCARD/ : { *(.eh_frame .eh_frame_hdr .note* .ARM* .llvm* .rela*) }
"#;

fn task_script(addresses: &Addresses) -> String {
    let Addresses { text, data, stack_bottom, stack_top } = addresses;
    format!(
        r#"ENTRY(_start)
PHDRS {{
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
}}
SECTIONS {{
    .text {text:#x} : {{
        KEEP(*(.text.start))
        *(.text .text.*)
    }} :text
    .rodata ALIGN(4096) : {{
        *(.rodata .rodata.*)
        . = ALIGN(8);
        __resources = .;
        KEEP(*(.aidos.resources))
        . = ALIGN({DATA_IMAGE_ALIGNMENT});
    }} :rodata
    __data_load = ADDR(.rodata) + SIZEOF(.rodata);
    .data {data:#x} : AT(__data_load) {{
        __data_start = .;
        *(.data .data.*)
        . = ALIGN({BSS_ALIGNMENT});
        __data_end = .;
    }} :data
    .bss (NOLOAD) : ALIGN({BSS_ALIGNMENT}) {{
        __bss_start = .;
        *(.bss .bss.*)
        *(COMMON)
        . = ALIGN({BSS_ALIGNMENT});
        __bss_end = .;
    }} :data
    __stack_bottom = {stack_bottom:#x};
    __stack_top = {stack_top:#x};
{NOT_LOADED}}}
"#
    )
}

fn kernel_script() -> String {
    let base = config::window::KERNEL;
    format!(
        r#"ENTRY(_head)
PHDRS {{
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    bss PT_LOAD FLAGS(6);
}}
SECTIONS {{
    .text {base:#x} : {{
        KEEP(*(.head))
        KEEP(*(.text.boot))
        __boot_end = .;
        KEEP(*(.text.vectors))
        KEEP(*(.text.high))
        *(.text .text.*)
    }} :text
    .rodata ALIGN(4096) : {{ *(.rodata .rodata.*) }} :rodata
    .data ALIGN(4096) : {{ *(.data .data.*) }} :bss
    .bss ALIGN(4096) (NOLOAD) : {{
        *(.bss .bss.*)
        *(COMMON)
        . = ALIGN(64);
    }} :bss
{NOT_LOADED}}}
"#
    )
}
