//! How the processor reads translation tables: the registers that the kernel sets before it turns
//! the MMU on, and that nothing changes afterwards (Arm ARM D24.2).
//!
//! Whoever writes tables, points the hardware at them or checks them goes by these.

/// MAIR_EL1, one byte for each index a descriptor can name: 0 normal write-back, 1 Device-nGnRE,
/// 2 normal non-cacheable.
pub const MAIR: u64 = 0x44_04_ff;

/// TCR_EL1 without IPS: 39 bits on both sides, 4 KiB granules, walks through the caches, inner
/// shareable, 16-bit ASIDs from TTBR0. No bit of an address or descriptor is ignored or set by
/// hardware (TBI, HPD, HA, HD are clear).
pub const TCR: u64 = 25 // T0SZ
    | 0b01 << 8 | 0b01 << 10 | 0b11 << 12 // IRGN0, ORGN0, SH0
    | 25 << 16 // T1SZ
    | 0b01 << 24 | 0b01 << 26 | 0b11 << 28 // IRGN1, ORGN1, SH1
    | 0b10 << 30 // TG1: 4 KiB
    | 1 << 36; // AS

/// SCTLR_EL1 bits that are RES1 in Armv8.0, and SPAN.
pub const SCTLR_RES1: u64 = 0x30d0_0800;

/// SCTLR_EL1: MMU, caches, stack alignment checks at both levels, cache maintenance and WFI at
/// EL0, and WXN.
pub const SCTLR: u64 = SCTLR_RES1
    | 1 << 0 // M
    | 1 << 2 // C
    | 1 << 3 // SA
    | 1 << 4 // SA0
    | 1 << 12 // I
    | 1 << 14 // DZE
    | 1 << 15 // UCT
    | 1 << 16 // nTWI
    | 1 << 18 // nTWE
    | 1 << 19 // WXN
    | 1 << 26; // UCI
