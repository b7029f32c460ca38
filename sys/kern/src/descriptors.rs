//! The image's tables, as slices.

use config::{ImageDesc, Table, window};
use kerncore::Image;

/// The tables of this image, if they are there.
pub fn image() -> Option<Image<'static>> {
    // SAFETY: the build tool puts an `ImageDesc` there, page aligned and mapped read-only, or the
    // kernel would not have been entered.
    let head = unsafe { &*(window::DESCRIPTORS as *const ImageDesc) };
    if head.magic != ImageDesc::MAGIC {
        return None;
    }
    Some(Image {
        head,
        tasks: slice(head.tasks),
        regions: slice(head.regions),
        irqs: slice(head.irqs),
        irq_lookup: slice(head.irq_lookup),
        post_rights: slice(head.post_rights),
    })
}

fn slice<T: zerocopy::FromBytes>(table: Table) -> &'static [T] {
    let start = (window::DESCRIPTORS + u64::from(table.offset)) as *const T;
    // SAFETY: the build tool puts `count` records there, aligned, read-only for ever; any bytes
    // are valid records.
    unsafe { core::slice::from_raw_parts(start, table.count as usize) }
}
