//! Physical memory: handing it out page by page, and whether it is there.

use crate::{Error, Layout, Span};
use appfile::App;
use config::PAGE;

/// Hands out pages from an address upwards.
pub struct Cursor(u64);

impl Cursor {
    pub const fn new(base: u64) -> Self {
        Self(base.next_multiple_of(PAGE))
    }

    pub const fn at(&self) -> u64 {
        self.0
    }

    /// Whole pages for so many bytes.
    pub const fn take(&mut self, bytes: u64) -> Span {
        let span = Span { base: self.0, size: bytes.next_multiple_of(PAGE) };
        self.0 += span.size;
        span
    }
}

/// Everything lies in RAM, and fixed regions lie apart from the image.
pub fn check(app: &App, layout: &Layout) -> Result<(), Error> {
    let ram_end = app.board.ram.base + app.board.ram.size;
    let needed = layout.footprint();
    let available = ram_end - layout.loaded.base;
    if needed > available {
        return Err(Error::OutOfRam { needed, available });
    }
    let image = (layout.loaded.base, layout.loaded.base + needed);
    for region in app.regions.iter() {
        let Some(address) = region.address else { continue };
        let span = (address, address + region.size);
        if span.0 < image.1 && image.0 < span.1 {
            return Err(Error::FixedRegion { name: region.name.clone(), span, image });
        }
    }
    Ok(())
}
