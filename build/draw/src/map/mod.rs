//! Where everything lies: physical memory, and each address space.

mod paint;
#[cfg(test)]
mod tests;
mod text;

use archive::{Manifest, Region};

/// The memory of a finished image, to be shown as [`text`](Self::text) or [`svg`](Self::svg).
#[derive(Clone, Debug)]
pub struct Map {
    app: String,
    board: String,
    /// Of RAM, by address, without a hole.
    pieces: Vec<Piece>,
    /// The kernel's, then the tasks' by index.
    spaces: Vec<Space>,
    /// What a boot loader must find room for: first byte, and one past the last.
    image: (u64, u64),
}

/// A stretch of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    base: u64,
    size: u64,
    /// Physical address of the first byte, if there is memory.
    physical: Option<u64>,
    /// As the manifest has it; nothing where there is no memory or nobody's.
    access: String,
    /// A task, `kernel`, or nobody.
    owner: String,
    what: String,
}

/// An address space.
#[derive(Clone, Debug)]
struct Space {
    owner: String,
    priority: Option<u32>,
    /// By address, with what is not mapped between.
    pieces: Vec<Piece>,
}

impl Piece {
    const fn end(&self) -> u64 {
        self.base.saturating_add(self.size)
    }

    /// Nobody's.
    fn is_hole(&self) -> bool {
        self.physical.is_none()
    }

    fn hole(base: u64, end: u64, what: &str) -> Self {
        let size = end.saturating_sub(base);
        let (access, owner) = (String::new(), String::new());
        Self { base, size, physical: None, access, owner, what: what.into() }
    }

    /// `r-x`, and in words what the letter behind it says.
    fn rights(&self) -> String {
        let word = match self.access.get(3..) {
            Some("d") => " device",
            Some("m") => " DMA",
            Some("s") => " shared",
            _ => "",
        };
        format!("{}{word}", self.access.get(..3).unwrap_or(""))
    }
}

impl Map {
    /// The map of what an archive's manifest describes.
    #[must_use]
    pub fn new(manifest: &Manifest) -> Self {
        let kernel = Space {
            owner: "kernel".into(),
            priority: None,
            pieces: virtual_pieces("kernel", &manifest.kernel.regions),
        };
        let tasks = manifest.tasks.iter().map(|task| Space {
            owner: task.name.clone(),
            priority: Some(task.priority),
            pieces: virtual_pieces(&task.name, &task.regions),
        });
        Self {
            app: manifest.app.clone(),
            board: manifest.board.clone(),
            pieces: physical_pieces(manifest),
            spaces: [kernel].into_iter().chain(tasks).collect(),
            image: (manifest.load_address, image_end(manifest)),
        }
    }

    /// Bytes of RAM, and those that are somebody's.
    fn ram(&self) -> (u64, u64) {
        let sum = |pieces: &mut dyn Iterator<Item = &Piece>| {
            pieces.fold(0_u64, |sum, piece| sum.saturating_add(piece.size))
        };
        let all = sum(&mut self.pieces.iter());
        (all, sum(&mut self.pieces.iter().filter(|piece| !piece.is_hole())))
    }

    /// In one line.
    fn title(&self) -> String {
        let (all, used) = self.ram();
        let (all, used) = (crate::size(all), crate::size(used));
        format!("{} on {}: {used} of {all} RAM", self.app, self.board)
    }
}

/// Behind the last byte that the image needs.
fn image_end(manifest: &Manifest) -> u64 {
    let last = manifest.kernel.retained.unwrap_or(manifest.kernel.writable);
    last.base.saturating_add(last.size)
}

/// RAM from its first byte to its last.
fn physical_pieces(manifest: &Manifest) -> Vec<Piece> {
    let owners: Vec<&str> = manifest.tasks.iter().map(|task| &*task.name).collect();
    let piece = |region: &Region| {
        let owned = region.name.split_once(' ').filter(|_| region.name != "page tables");
        let owned = owned.filter(|(owner, _)| *owner == "kernel" || owners.contains(owner));
        let (owner, what) = owned.unwrap_or(("", &region.name));
        Piece {
            base: region.physical,
            size: region.size,
            physical: Some(region.physical),
            access: region.access.clone(),
            owner: owner.into(),
            what: what.into(),
        }
    };
    let mut pieces: Vec<Piece> = manifest.memory.iter().map(piece).collect();
    pieces.sort_by_key(|piece| piece.base);
    let end = manifest.ram.base.saturating_add(manifest.ram.size);
    let mut all = Vec::new();
    let mut at = manifest.ram.base;
    for piece in pieces {
        if piece.base > at {
            let inside = at > manifest.load_address && piece.base < image_end(manifest);
            all.push(Piece::hole(at, piece.base, if inside { "gap" } else { "free" }));
        }
        at = at.max(piece.end());
        all.push(piece);
    }
    if end > at {
        all.push(Piece::hole(at, end, "free"));
    }
    all
}

fn virtual_pieces(owner: &str, regions: &[Region]) -> Vec<Piece> {
    let mut regions: Vec<&Region> = regions.iter().collect();
    regions.sort_by_key(|region| region.base);
    let mut pieces = Vec::<Piece>::new();
    for region in regions {
        if let Some(before) = pieces.last()
            && before.end() < region.base
        {
            let stack = [&*before.what, &*region.name].iter().any(|name| name.ends_with("stack"));
            let what = if stack { "guard" } else { "not mapped" };
            pieces.push(Piece::hole(before.end(), region.base, what));
        }
        pieces.push(Piece {
            base: region.base,
            size: region.size,
            physical: Some(region.physical),
            access: region.access.clone(),
            owner: owner.into(),
            what: region.name.clone(),
        });
    }
    pieces
}
