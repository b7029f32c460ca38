//! `virtio-drivers`' view of the task's DMA memory.

use crate::pool::AREA;
use core::ptr::NonNull;
use virtio_drivers::{BufferDirection, Hal, PhysAddr};

/// Gives `virtio-drivers` pages of the task's [`Pool`](crate::Pool).
#[derive(Debug)]
pub struct TaskHal;

// SAFETY: pages come from `Area::take`, which gives each to one owner, zeroed and page-aligned;
// there is no address translation, so sharing a buffer is nothing but naming it.
unsafe impl Hal for TaskHal {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        match AREA.take(pages) {
            Some(start) => (AREA.physical(start.addr().get(), pages * crate::PAGE), start),
            // Physical address 0 is how `virtio-drivers` learns that there is none.
            None => (0, NonNull::dangling()),
        }
    }

    unsafe fn dma_dealloc(_: PhysAddr, start: NonNull<u8>, pages: usize) -> i32 {
        AREA.give_back(start, pages);
        0
    }

    unsafe fn mmio_phys_to_virt(_: PhysAddr, _: usize) -> NonNull<u8> {
        panic!("devices behind PCI are not supported here")
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        AREA.physical(buffer.addr().get(), buffer.len())
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
