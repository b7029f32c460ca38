//! The image's bytes, as a loader puts them into memory.

use crate::descriptors;
use crate::elf::Elf;
use crate::place::TableBytes;
use anyhow::{Context, Result};
use appfile::App;
use config::{BootDesc, ImageDesc, TaskDesc};
use layout::{Layout, Span};
use std::mem::offset_of;
use zerocopy::{FromBytes, IntoBytes};

/// The finished image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Physical address of the first byte.
    pub load_address: u64,
    /// What is loaded.
    pub bytes: Vec<u8>,
    /// Hash over `bytes` with the id itself zero.
    pub id: u64,
}

impl Image {
    fn put(&mut self, span: Span, bytes: &[u8]) -> Result<()> {
        let start = span.base.checked_sub(self.load_address).map(|start| start as usize);
        let room = start.and_then(|start| self.bytes.get_mut(start..start + span.size as usize));
        let room = room.and_then(|room| room.get_mut(..bytes.len()));
        room.context("a part of the image has no room where layout puts it")?
            .copy_from_slice(bytes);
        Ok(())
    }
}

/// Puts everything together.
pub fn image(
    app: &App,
    layout: &Layout,
    kernel: &mut Elf,
    tasks: &[Elf],
    tables: &TableBytes,
) -> Result<Image> {
    let mut image = Image {
        load_address: layout.loaded.base,
        bytes: vec![0; layout.loaded.size as usize],
        id: 0,
    };
    let roots = page_tables(app, layout, &mut image)?;
    let boot = boot_desc(app, layout, kernel, &roots)?;
    kernel.patch(".text", config::window::KERNEL, boot.as_bytes())?;
    image.put(layout.kernel.text, kernel.contents(".text"))?;
    image.put(layout.kernel.rodata, kernel.contents(".rodata"))?;
    image.put(layout.kernel.descriptors, &described(app, layout, &roots)?)?;
    for ((_, bytes), (_, span)) in tables.iter().zip(&layout.tables) {
        image.put(*span, bytes)?;
    }
    for (task, place) in tasks.iter().zip(&layout.tasks) {
        image.put(place.loaded.text, task.contents(".text"))?;
        let constants = task.contents(".rodata");
        let data = task.contents(".data");
        image.put(place.loaded.rodata, &[constants, data].concat())?;
    }
    for (region, place) in app.regions.iter().zip(&layout.shared) {
        let Some(contents) = &region.contents else { continue };
        let span = Span { base: place.mapping.physical, size: place.mapping.size };
        image.put(span, contents)?;
    }
    sign(layout, kernel, &mut image)?;
    Ok(image)
}

/// Roots of the translation tables: physical addresses.
struct Roots {
    boot: u64,
    kernel: u64,
    tasks: Vec<u64>,
}

fn page_tables(app: &App, layout: &Layout, image: &mut Image) -> Result<Roots> {
    let mut at = layout.page_tables.base;
    let mut add = |mappings: &[pagetable::Mapping]| -> Result<u64> {
        let tables = pagetable::build(mappings, at)?;
        let size = tables.bytes.len() as u64;
        image.put(Span { base: at, size }, &tables.bytes)?;
        at += size;
        Ok(tables.physical)
    };
    let boot = add(&layout.kernel.boot_mappings())?;
    let kernel = add(&layout.kernel_mappings())?;
    let tasks = (0..app.tasks.len())
        .map(|index| add(&layout.task_mappings(app, index)))
        .collect::<Result<_>>()?;
    Ok(Roots { boot, kernel, tasks })
}

fn boot_desc(app: &App, layout: &Layout, kernel: &Elf, roots: &Roots) -> Result<BootDesc> {
    let head = kernel.contents(".text");
    let (room, _) = BootDesc::read_from_prefix(head)
        .map_err(|_| anyhow::anyhow!("the kernel has no room for the boot parameters"))?;
    let bss = layout.kernel.bss;
    let writable = layout.writable;
    Ok(BootDesc {
        code0: room.code0,
        code1: 0,
        text_offset: app.board.ram.text_offset,
        image_size: layout.footprint(),
        flags: 0b010,
        reserved: [0; 3],
        magic: BootDesc::ARM64_MAGIC,
        reserved2: 0,
        load_address: layout.loaded.base,
        boot_table: roots.boot,
        kernel_table: roots.kernel,
        bss: [bss.base, bss.end()],
        epitaph: layout.kernel.epitaph.base,
        writable: [writable.base, writable.end()],
        retained: layout.retained.map_or(0, |retained| retained.base),
        image_id: 0,
    })
}

/// The descriptors with each task's table and address space id: its index and one.
fn described(app: &App, layout: &Layout, roots: &Roots) -> Result<Vec<u8>> {
    let mut bytes = descriptors::bytes(app, layout);
    let (head, _) = ImageDesc::read_from_prefix(&bytes)
        .map_err(|_| anyhow::anyhow!("the descriptors have no head"))?;
    for (index, root) in roots.tasks.iter().enumerate() {
        let ttbr0 = root | (index as u64 + 1) << 48;
        let at = head.tasks.offset as usize
            + index * size_of::<TaskDesc>()
            + offset_of!(TaskDesc, ttbr0);
        bytes[at..at + 8].copy_from_slice(&ttbr0.to_le_bytes());
    }
    Ok(bytes)
}

/// Computes the image's id and writes it where the kernel looks for it.
fn sign(layout: &Layout, kernel: &mut Elf, image: &mut Image) -> Result<()> {
    image.id = fnv1a(&image.bytes);
    let id = image.id.to_le_bytes();
    let in_boot = offset_of!(BootDesc, image_id) as u64;
    let in_descriptors = offset_of!(ImageDesc, image_id) as u64;
    kernel.patch(".text", config::window::KERNEL + in_boot, &id)?;
    for base in [layout.kernel.text.base + in_boot, layout.kernel.descriptors.base + in_descriptors]
    {
        image.put(Span { base, size: 8 }, &id)?;
    }
    Ok(())
}

/// 64-bit FNV-1a over eight bytes at a time: an identity, no protection.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
