//! The tasks' slots: who has which addresses.

use crate::physical::{Cursor, pages};
use crate::{Error, Kind, Region, Span};
use appfile::App;
use appfile::app::Table;
use config::window::{TASKS, TASKS_LIMIT};
use config::{PAGE, SLOT};
use pagetable::{Mapping, Memory, Rights};

/// What a task's ELF measures, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct TaskSizes {
    /// Instructions.
    pub text: u64,
    /// Constants and the image of initialised variables.
    pub rodata: u64,
    /// Variables.
    pub data: u64,
}

impl TaskSizes {
    pub(crate) fn take_loaded(&self, cursor: &mut Cursor) -> Placed {
        Placed { text: cursor.take(self.text), rodata: cursor.take(self.rodata) }
    }
}

/// A task's loaded parts: physical.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// Instructions.
    pub text: Span,
    /// Constants and the image of initialised variables.
    pub rodata: Span,
}

/// Where a task's things are.
#[derive(Clone, Debug)]
pub struct TaskLayout {
    /// Its own regions by address, shared ones left out.
    pub regions: Vec<Region>,
    /// Physical addresses of what is loaded.
    pub loaded: Placed,
    /// Virtual address of the text.
    pub text: u64,
    /// Virtual address of the variables.
    pub data: u64,
    /// Lowest address of the stack.
    pub stack_bottom: u64,
    /// First stack pointer.
    pub stack_top: u64,
}

impl TaskLayout {
    /// The region with this name.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.name == name)
    }
}

const READ: Rights = Rights { user: true, write: false, execute: false };
const WRITE: Rights = Rights { user: true, write: true, execute: false };
const EXECUTE: Rights = Rights { user: true, write: false, execute: true };

/// Budgets are kept.
pub(crate) fn check_budgets(app: &App, sizes: &[TaskSizes]) -> Result<(), Error> {
    for (task, sizes) in app.tasks.iter().zip(sizes) {
        let over = |what, needed, allowed: Option<u64>| match allowed {
            Some(allowed) if needed > allowed => {
                Err(Error::OverBudget { task: task.name.clone(), what, needed, allowed })
            }
            _ => Ok(()),
        };
        over("text", sizes.text.saturating_add(sizes.rodata), task.max_sizes.text)?;
        over("ram", sizes.data.saturating_add(task.stack), task.max_sizes.ram)?;
    }
    Ok(())
}

/// Hands out slots: whole multiples of 2 MiB, so that no two tasks share an address.
pub(crate) struct Slots<'a> {
    app: &'a App,
    next: u64,
}

impl<'a> Slots<'a> {
    pub(crate) fn new(app: &'a App) -> Self {
        Self { app, next: TASKS }
    }

    /// Places one task in the next slot.
    pub(crate) fn place(
        &mut self,
        index: usize,
        sizes: &TaskSizes,
        loaded: Placed,
        tables: &[(Table, Span)],
        writable: &mut Cursor,
    ) -> Result<TaskLayout, Error> {
        let task = &self.app.tasks[index];
        let mut slot = Slot { at: self.next, regions: Vec::new() };
        let text = slot.add("text", loaded.text, EXECUTE, Kind::Private);
        slot.add("rodata", loaded.rodata, READ, Kind::Private);
        let data = slot.add("data", writable.take(sizes.data), WRITE, Kind::Private);
        slot.guard();
        let stack_bottom = slot.add("stack", writable.take(task.stack), WRITE, Kind::Private);
        let stack_top = slot.at;
        slot.guard();
        for device in &task.devices {
            slot.add_device(&device.name, device.address, device.size);
        }
        if let Some(bytes) = task.dma {
            slot.add_dma(writable.take(bytes), self.app.board.dma_coherent);
        }
        for table in &task.tables {
            for (_, span) in tables.iter().filter(|(made, _)| made == table) {
                slot.add(table.name(), *span, READ, Kind::Private);
            }
        }
        self.advance(slot.at)?;
        Ok(TaskLayout { regions: slot.regions, loaded, text, data, stack_bottom, stack_top })
    }

    /// Places the shared regions, each in a slot of its own. Those with contents are loaded there.
    pub(crate) fn place_shared(
        &mut self,
        contents: &[Option<Span>],
        writable: &mut Cursor,
    ) -> Result<Vec<Region>, Error> {
        let mut shared = Vec::new();
        for (region, contents) in self.app.regions.iter().zip(contents) {
            let (span, rights) = match (contents, region.address) {
                (Some(loaded), _) => (*loaded, READ),
                (None, Some(base)) => (Span { base, size: pages(region.size) }, WRITE),
                (None, None) => (writable.take(region.size), WRITE),
            };
            let mut slot = Slot { at: self.next, regions: Vec::new() };
            let memory = match region.dma && !self.app.board.dma_coherent {
                true => Memory::NonCacheable,
                false => Memory::Normal,
            };
            slot.push(&region.name, span, rights, Kind::Shared, memory);
            self.advance(slot.at)?;
            shared.append(&mut slot.regions);
        }
        Ok(shared)
    }

    fn advance(&mut self, end: u64) -> Result<(), Error> {
        if end >= TASKS_LIMIT {
            return Err(Error::OutOfAddresses);
        }
        // At least one page stays free between two slots.
        self.next = (end + PAGE).next_multiple_of(SLOT);
        Ok(())
    }
}

struct Slot {
    at: u64,
    regions: Vec<Region>,
}

impl Slot {
    fn guard(&mut self) {
        self.at = self.at.saturating_add(PAGE);
    }

    fn add(&mut self, name: &str, span: Span, rights: Rights, kind: Kind) -> u64 {
        self.push(name, span, rights, kind, Memory::Normal)
    }

    fn add_device(&mut self, name: &str, address: u64, size: u64) {
        let base = address / PAGE * PAGE;
        if size >= SLOT && base.is_multiple_of(SLOT) {
            // Mapped in blocks, it needs no page of tables for each 2 MiB.
            self.at = self.at.next_multiple_of(SLOT);
        }
        let span = Span { base, size: pages((address - base).saturating_add(size)) };
        self.push(name, span, WRITE, Kind::Device, Memory::Device);
    }

    fn add_dma(&mut self, span: Span, coherent: bool) {
        let memory = if coherent { Memory::Normal } else { Memory::NonCacheable };
        self.push("dma", span, WRITE, Kind::Dma, memory);
    }

    fn push(&mut self, name: &str, span: Span, rights: Rights, kind: Kind, memory: Memory) -> u64 {
        let address = self.at;
        self.at = self.at.saturating_add(span.size);
        if span.size > 0 {
            let mapping = Mapping { address, physical: span.base, size: span.size, rights, memory };
            self.regions.push(Region { name: name.to_owned(), mapping, kind });
        }
        address
    }
}
