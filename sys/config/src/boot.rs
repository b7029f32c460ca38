//! What the first instructions need before any table can be read, and what the last ones leave.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Fills the first 64 bytes of the image, so that a boot loader takes it for an arm64 `Image`
/// (Linux `Documentation/arch/arm64/booting.rst`), and the boot parameters after them. The kernel
/// ELF has room for it at its first address; the build tool writes it, keeping the first
/// instruction, `code0`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct BootDesc {
    /// Branch to the entry. Written by the kernel's assembly.
    pub code0: u32,
    /// Not executed.
    pub code1: u32,
    /// Distance from the start of RAM, a multiple of 2 MiB, to the image. May itself be larger.
    pub text_offset: u64,
    /// The whole RAM footprint in bytes, from the image's first byte.
    pub image_size: u64,
    /// Bit 0 clear: little-endian; bits 1 and 2: 4 KiB pages; bit 3 clear: near the base of RAM.
    pub flags: u64,
    /// Zero.
    pub reserved: [u64; 3],
    /// [`BootDesc::ARM64_MAGIC`].
    pub magic: u32,
    /// Zero.
    pub reserved2: u32,
    /// Physical address the image is linked for.
    pub load_address: u64,
    /// TTBR0 until the first task runs: identity map of the boot code, read-only, executable.
    pub boot_table: u64,
    /// TTBR1.
    pub kernel_table: u64,
    /// Physical addresses of the kernel's zero-initialised variables: first byte, one past the
    /// last, both 64-byte aligned.
    pub bss: [u64; 2],
    /// Physical address of the [`Epitaph`].
    pub epitaph: u64,
    /// All writable memory of kernel and tasks: first byte, one past the last, 64-byte aligned.
    pub writable: [u64; 2],
    /// Where the writable memory of the previous boot is copied if its epitaph is valid: as large
    /// as `writable`, or 0 when `app.toml` keeps none.
    pub retained: u64,
    /// The image's id, compared with the epitaph's.
    pub image_id: u64,
}

impl BootDesc {
    /// "ARM\x64".
    pub const ARM64_MAGIC: u32 = 0x644d_5241;
}

/// Exported by the kernel ELF in section `.aidos.kernel`, not loaded: what the build tool must know
/// to reserve the kernel's arrays.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct KernelHeader {
    /// [`KernelHeader::MAGIC`].
    pub magic: u64,
    /// [`KernelHeader::VERSION`].
    pub version: u32,
    /// Bytes of one [`TaskDesc`](crate::TaskDesc), to catch a kernel built from other sources.
    pub task_desc_size: u32,
    /// Bytes of one task's kernel state.
    pub task_size: u32,
    /// Its alignment.
    pub task_align: u32,
    /// Bytes of one entry of the timer queue.
    pub timer_size: u32,
    /// Entries of the timer queue for each task.
    pub timers_per_task: u32,
    /// Bytes of the saved floating-point registers of one task, a multiple of 16; 16-byte aligned.
    pub fpu_size: u32,
    /// Bytes of the trace ring, a multiple of 16; 16-byte aligned.
    pub trace_size: u32,
}

impl KernelHeader {
    /// "aidoskrn".
    pub const MAGIC: u64 = u64::from_le_bytes(*b"aidoskrn");
    /// Of the records in this crate.
    pub const VERSION: u32 = 2;
}

/// The kernel's last words, in a page that survives a warm reset.
///
/// Valid if `magic`, `image_id` and `check` fit. Left on every deliberate end: a kernel panic, a
/// supervisor's fault, a requested reset.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Epitaph {
    /// [`Epitaph::MAGIC`].
    pub magic: u64,
    /// Of the image that died.
    pub image_id: u64,
    /// Counter value, CNTVCT_EL0, at the end.
    pub time: u64,
    /// One of the constants below.
    pub reason: u32,
    /// Index of the task the end is about, or `u32::MAX`.
    pub task: u32,
    /// Exception syndrome, fault address, exception link register, for a fault in the kernel.
    pub syndrome: u64,
    /// FAR_EL1.
    pub address: u64,
    /// ELR_EL1.
    pub pc: u64,
    /// Bytes used in `text`.
    pub length: u64,
    /// What there is to say, UTF-8.
    pub text: [u8; 176],
    /// `magic ^ image_id ^ time ^ reason`: written last.
    pub check: u64,
}

impl Epitaph {
    /// "epitaph1".
    pub const MAGIC: u64 = u64::from_le_bytes(*b"epitaph1");
    /// The kernel panicked.
    pub const KERNEL_PANIC: u32 = 1;
    /// The kernel itself took an exception.
    pub const KERNEL_FAULT: u32 = 2;
    /// The supervisor faulted.
    pub const SUPERVISOR_FAULT: u32 = 3;
    /// A task with the right to asked for a reset.
    pub const REQUESTED: u32 = 4;
    /// The image was entered at another address than it is linked for.
    pub const WRONG_ADDRESS: u32 = 5;

    /// What `check` must be.
    #[must_use]
    pub const fn expected_check(&self) -> u64 {
        self.magic ^ self.image_id ^ self.time ^ self.reason as u64
    }
}
