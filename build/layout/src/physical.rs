//! Physical memory: handing it out page by page, and whether it is there.

use crate::{Error, Layout, Span};
use appfile::App;
use config::PAGE;
use config::window::LINEAR_LIMIT;

/// Whole pages that hold so many bytes. Absurd sizes become the largest there is, and are refused
/// when all is added up.
pub const fn pages(bytes: u64) -> u64 {
    match bytes.checked_next_multiple_of(PAGE) {
        Some(pages) => pages,
        None => u64::MAX - (PAGE - 1),
    }
}

/// Hands out pages from an address upwards.
pub struct Cursor(u64);

impl Cursor {
    pub const fn new(base: u64) -> Self {
        Self(pages(base))
    }

    pub const fn at(&self) -> u64 {
        self.0
    }

    /// Whole pages for so many bytes.
    pub const fn take(&mut self, bytes: u64) -> Span {
        let span = Span { base: self.0, size: pages(bytes) };
        self.0 = span.end();
        span
    }
}

/// Everything lies in RAM, and fixed regions lie apart from the image.
pub fn check(app: &App, layout: &Layout) -> Result<(), Error> {
    let ram = Span { base: app.board.ram.base, size: app.board.ram.size };
    let needed = layout.footprint();
    let available = ram.end().saturating_sub(layout.loaded.base);
    if needed > available {
        return Err(Error::OutOfRam { needed, available });
    }
    if ram.end() > LINEAR_LIMIT {
        return Err(Error::RamTooHigh { end: ram.end() });
    }
    let image = (layout.loaded.base, layout.loaded.base + needed);
    for region in &app.regions {
        let Some(address) = region.address else { continue };
        let span = (address, address.saturating_add(pages(region.size)));
        if span.0 < ram.base || span.1 > ram.end() {
            let ram = (ram.base, ram.end());
            return Err(Error::NotRam { name: region.name.clone(), span, ram });
        }
        if span.0 < image.1 && image.0 < span.1 {
            return Err(Error::FixedRegion { name: region.name.clone(), span, image });
        }
    }
    Ok(())
}
