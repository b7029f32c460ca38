//! The finished image as the machine sees it: memory, and translation by the tables in it.

use config::{BootDesc, ImageDesc, PAGE, Table, window};
use pagetable::{LOWER, Mapping, UPPER, walk};
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// A loaded image.
pub struct Machine<'i> {
    image: &'i [u8],
    /// Its first bytes.
    pub boot: BootDesc,
    /// The kernel's address space.
    pub kernel: Vec<Mapping>,
    /// The head of the descriptors.
    pub head: ImageDesc,
}

impl<'i> Machine<'i> {
    /// Loads it.
    pub fn load(image: &'i [u8]) -> Self {
        let (boot, _) = BootDesc::read_from_prefix(image).expect("long enough");
        let head = ImageDesc::read_from_bytes(&[0; size_of::<ImageDesc>()]).expect("any bytes");
        let mut machine = Self { image, boot, kernel: Vec::new(), head };
        machine.kernel = machine.half(boot.kernel_table, UPPER);
        let head = machine.virtual_bytes(window::DESCRIPTORS, size_of::<ImageDesc>());
        machine.head = ImageDesc::read_from_bytes(head).expect("of its size");
        machine
    }

    /// Memory that was loaded.
    pub fn physical_bytes(&self, address: u64, length: usize) -> Option<&'i [u8]> {
        let start = usize::try_from(address.checked_sub(self.boot.load_address)?).ok()?;
        self.image.get(start..start + length)
    }

    /// What a table of the lower half maps.
    pub fn space(&self, root: u64) -> Vec<Mapping> {
        self.half(root, LOWER)
    }

    fn half(&self, root: u64, half: u64) -> Vec<Mapping> {
        let read = |at| self.physical_bytes(at, 8)?.try_into().ok().map(u64::from_le_bytes);
        walk(root, half, &read).expect("only our descriptors")
    }

    /// Physical address of a byte.
    pub fn translate(space: &[Mapping], address: u64) -> Option<(u64, Mapping)> {
        let found = space.iter().find(|m| (m.address..m.address + m.size).contains(&address))?;
        Some((found.physical + address - found.address, *found))
    }

    /// Loaded memory at a virtual address of the kernel's.
    pub fn virtual_bytes(&self, address: u64, length: usize) -> &'i [u8] {
        self.bytes_in(&self.kernel, address, length)
    }

    /// Loaded memory at a virtual address.
    pub fn bytes_in(&self, space: &[Mapping], address: u64, length: usize) -> &'i [u8] {
        let (physical, _) = Self::translate(space, address).expect("mapped");
        self.physical_bytes(physical, length).expect("loaded")
    }

    /// A table among the descriptors.
    pub fn table<T: FromBytes + Immutable + KnownLayout>(&self, table: Table) -> &'i [T] {
        let start = window::DESCRIPTORS + u64::from(table.offset);
        let bytes = self.virtual_bytes(start, table.count as usize * size_of::<T>());
        <[T]>::ref_from_bytes(bytes).expect("aligned")
    }

    /// Whether a page is mapped.
    pub fn is_mapped(space: &[Mapping], address: u64) -> bool {
        Self::translate(space, address / PAGE * PAGE).is_some()
    }
}
