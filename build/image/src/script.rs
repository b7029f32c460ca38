//! Linker scripts.
//!
//! What layout decides is in them as numbers; what the tasks' start code needs is in them as
//! symbols. A section that no line here names stops the link: nobody would place it.

/// The image of initialised variables follows the constants at this alignment.
pub const DATA_IMAGE_ALIGNMENT: u64 = 16;
/// Start code copies and clears a task's variables in steps of 8 bytes.
const VARIABLE_ALIGNMENT: u64 = 16;

/// Where a task's parts go.
pub struct Addresses {
    /// Instructions; constants begin in the page behind them.
    pub text: u64,
    /// Variables.
    pub data: u64,
    /// Lowest address of the stack.
    pub stack_bottom: u64,
    /// First stack pointer.
    pub stack_top: u64,
}

/// What no image holds: debug information, and what only the build tool reads. Unwind tables are
/// kept as `.debug_frame`, for the debugger; `.eh_frame` would be loaded.
const NOT_LOADED: &str = r#"
    .aidos.manifest 0 (INFO) : { KEEP(*(.aidos.manifest)) }
    .aidos.config.type 0 (INFO) : { KEEP(*(.aidos.config.type)) }
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
    .debug_macinfo 0 : { *(.debug_macinfo) }
    .debug_macro 0 : { *(.debug_macro) }
    .debug_names 0 : { *(.debug_names) }
    .debug_pubnames 0 : { *(.debug_pubnames) }
    .debug_pubtypes 0 : { *(.debug_pubtypes) }
    .debug_ranges 0 : { *(.debug_ranges) }
    .debug_rnglists 0 : { *(.debug_rnglists) }
    .debug_str 0 : { *(.debug_str) }
    .debug_str_offsets 0 : { *(.debug_str_offsets) }
    .debug_types 0 : { *(.debug_types) }
    .stack_sizes 0 (INFO) : { *(.stack_sizes) }
    .comment 0 : { *(.comment) }
    .symtab 0 : { *(.symtab) }
    .shstrtab 0 : { *(.shstrtab) }
    .strtab 0 : { *(.strtab) }
    /DISCARD/ : { *(.eh_frame .eh_frame_hdr .note* .ARM* .llvm* .rela*) }
"#;

/// The script of one task.
pub fn task(addresses: &Addresses) -> String {
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
        *(.data.rel.ro .data.rel.ro.*)
        . = ALIGN(8);
        __resources = .;
        KEEP(*(.aidos.resources))
        __resources_end = .;
        . = ALIGN(8);
        __callers = .;
        KEEP(*(.aidos.callers))
        __callers_end = .;
        __events = .;
        KEEP(*(.aidos.events))
        __events_end = .;
        __config = .;
        KEEP(*(.aidos.config))
        __config_end = .;
        . = ALIGN({DATA_IMAGE_ALIGNMENT});
    }} :rodata
    __data_load = ADDR(.rodata) + SIZEOF(.rodata);
    .data {data:#x} : AT(__data_load) {{
        __data_start = .;
        *(.data .data.*)
        . = ALIGN({VARIABLE_ALIGNMENT});
        __data_end = .;
    }} :data
    .bss (NOLOAD) : ALIGN({VARIABLE_ALIGNMENT}) {{
        __bss_start = .;
        *(.bss .bss.*)
        *(COMMON)
        . = ALIGN({VARIABLE_ALIGNMENT});
        __bss_end = .;
    }} :data
    __stack_bottom = {stack_bottom:#x};
    __stack_top = {stack_top:#x};
{NOT_LOADED}}}
"#
    )
}

/// The script of the kernel.
pub fn kernel() -> String {
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
        __boot_start = .;
        KEEP(*(.text.boot))
        __boot_end = .;
        KEEP(*(.text.vectors))
        KEEP(*(.text.high))
        *(.text .text.*)
    }} :text
    .rodata ALIGN(4096) : {{
        *(.rodata .rodata.*)
        *(.data.rel.ro .data.rel.ro.*)
    }} :rodata
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
