//! The shape of the kernel's address space: 39 bits under TTBR1 (Arm ARM D8.2, T1SZ = 25).
//!
//! Tasks live under TTBR0, also with 39 bits; their slots begin at [`TASKS`].

/// All RAM the kernel may touch on behalf of tasks: virtual address = `LINEAR` + physical address.
pub const LINEAR: u64 = 0xffff_ff80_0000_0000;
/// Physical addresses must be below this to have a place in the linear map.
pub const LINEAR_LIMIT: u64 = 0x0000_0040_0000_0000;
/// The kernel's text, constants and variables, as its ELF says.
pub const KERNEL: u64 = 0xffff_ffc0_0000_0000;
/// The read-only descriptors, beginning with [`ImageDesc`](crate::ImageDesc).
pub const DESCRIPTORS: u64 = 0xffff_ffd0_0000_0000;
/// The kernel's arrays: one record per task, and the timer queue.
pub const ARRAYS: u64 = 0xffff_ffd4_0000_0000;
/// The epitaph page.
pub const EPITAPH: u64 = 0xffff_ffd6_0000_0000;
/// Stacks. Core n's stack ends at `STACKS + (2n + 1) * STACK_SPACING`, its emergency stack at
/// `STACKS + (2n + 2) * STACK_SPACING`; what is not stack between them is not mapped.
pub const STACKS: u64 = 0xffff_ffd8_0000_0000;
/// Distance between stack tops, in bytes.
pub const STACK_SPACING: u64 = 1 << 20;
/// Size of each stack, in bytes.
pub const STACK_SIZE: u64 = 16 << 10;
/// Registers of the interrupt controller.
pub const DEVICES: u64 = 0xffff_ffe0_0000_0000;

/// Where the first task's slot begins.
pub const TASKS: u64 = 0x0000_0000_1000_0000;
/// First address past the last possible slot.
pub const TASKS_LIMIT: u64 = 0x0000_0040_0000_0000;
