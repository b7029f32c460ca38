//! Addresses of every kind: own, others', the kernel's, and such as nobody has.

use crate::{Chance, Scene};
use abi::MAX_MESSAGE;
use config::{PAGE, RegionInfo, window};

/// What a task can know of the kernel's address space: its design.
const KERNEL_WINDOWS: [u64; 7] = [
    window::LINEAR,
    window::KERNEL,
    window::DESCRIPTORS,
    window::ARRAYS,
    window::EPITAPH,
    window::STACKS,
    window::DEVICES,
];

/// Where QEMU's `virt` machine has RAM, its UART and its interrupt controller: physical addresses,
/// which mean nothing to a task.
const PHYSICAL: [u64; 4] = [0x4000_0000, 0x4008_0000, 0x0900_0000, 0x0800_0000];

/// Any address, the arena's more often than others.
pub fn any(chance: &mut Chance, scene: &Scene<'_>) -> u64 {
    match chance.weighed(&[10, 3, 5, 3, 3, 1, 2, 2, 2, 1, 1, 1]) {
        0 => in_arena(chance, scene),
        1 => arena_edge(chance, scene),
        2 => edge(chance, scene, |task| task == scene.hostile as u32),
        3 => edge(chance, scene, |task| task != scene.hostile as u32),
        4 => edge(chance, scene, |task| task == RegionInfo::KERNEL),
        5 => chance.one_of(&[0, 1, 4, 8, PAGE - 1, PAGE]),
        6 => window::LINEAR + PHYSICAL[0] + chance.below(1 << 26),
        7 => chance.one_of(&KERNEL_WINDOWS).wrapping_add(near_zero(chance)),
        8 => not_canonical(chance, scene),
        9 => u64::MAX - chance.below(2 * PAGE),
        10 => chance.one_of(&PHYSICAL) + chance.below(1 << 16),
        _ => chance.bits(),
    }
}

/// Memory that the hostile task can use, with room for a message behind it.
pub fn in_arena(chance: &mut Chance, scene: &Scene<'_>) -> u64 {
    let (base, size) = scene.arena();
    base + chance.below(size.saturating_sub(MAX_MESSAGE as u64).max(1))
}

fn arena_edge(chance: &mut Chance, scene: &Scene<'_>) -> u64 {
    let (base, size) = scene.arena();
    edge_of(chance, base, size)
}

/// At the edge of one of all regions whose owner is such.
fn edge(chance: &mut Chance, scene: &Scene<'_>, wanted: impl Fn(u32) -> bool) -> u64 {
    let count = scene.regions.iter().filter(|region| wanted(region.task)).count() as u64;
    let number = chance.below(count.max(1)) as usize;
    let region = scene.regions.iter().filter(|region| wanted(region.task)).nth(number);
    region.map_or(0, |region| edge_of(chance, region.base, region.size))
}

/// At, just before or just behind the edges; in a page beside them; or in the middle.
fn edge_of(chance: &mut Chance, base: u64, size: u64) -> u64 {
    match chance.below(5) {
        0 => base.wrapping_add(near_zero(chance)),
        1 => base.wrapping_add(size).wrapping_add(near_zero(chance)),
        2 => base.wrapping_sub(chance.below(PAGE)),
        3 => base.wrapping_add(size).wrapping_add(chance.below(PAGE)),
        _ => base.wrapping_add(chance.below(size.max(1))),
    }
}

fn near_zero(chance: &mut Chance) -> u64 {
    let distance = chance.one_of(&[0, 1, 2, 4, 7, 8, 16, 31, 32, 33, 64, 255, 256, 257]);
    if chance.once_in(2) { distance } else { 0u64.wrapping_sub(distance) }
}

/// Between the two halves, or one's own address with something in the upper bits.
fn not_canonical(chance: &mut Chance, scene: &Scene<'_>) -> u64 {
    let own = in_arena(chance, scene);
    match chance.below(4) {
        0 => own | 0xff << 56,
        1 => own | 1 << 63,
        2 => 1 << (39 + chance.below(24)),
        _ => own | 1 << (39 + chance.below(24)),
    }
}

/// Lengths at and beside every limit there is.
pub fn length(chance: &mut Chance) -> u64 {
    match chance.below(12) {
        0..10 => chance.one_of(&[
            0, 1, 4, 8, 16, 24, 31, 32, 33, 64, 72, 255, 256, 257, 4095, 4096, 4097, 8192,
        ]),
        10 => chance.one_of(&[u32::MAX as u64, 1 << 32, u64::MAX, u64::MAX - 7, 1 << 63]),
        _ => chance.bits(),
    }
}
