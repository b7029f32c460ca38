//! The map as a picture.

use super::{Map, Piece, Space};
use crate::svg::{Canvas, Element, count, text_width};

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 24.0;
/// Words at the left of a row.
const LEFT: f64 = 170.0;
const SMALL: f64 = 10.0;
const ROW: f64 = 40.0;

const STYLE: &str = "\
.title{font-size:18px;font-weight:bold}
.head{font-size:13px;font-weight:bold}
.name{font-size:11px;font-weight:bold}
.note{font-size:10px;fill:#556}
.label{font-size:10px}
";

/// Rights and colour; the first that fits counts.
const RIGHTS: [(&str, &str, &str); 8] = [
    ("rw-d", "#cbb8e6", "device"),
    ("r--d", "#cbb8e6", "device"),
    ("rw-m", "#f2b3cc", "DMA"),
    ("rw-s", "#9fdcc4", "shared"),
    ("r--s", "#c8eadc", "shared, read only"),
    ("r-x", "#a9c7ee", "instructions"),
    ("rw-", "#f6d08f", "variables"),
    ("r--", "#d9dde3", "constants"),
];

struct Picture<'m> {
    map: &'m Map,
    canvas: Canvas,
    y: f64,
    width: f64,
}

impl Map {
    /// The map as a picture: RAM to scale, twice; address spaces with the names of their parts.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut picture =
            Picture { map: self, canvas: Canvas::default(), y: 30.0, width: WIDTH + 2.0 * MARGIN };
        picture.canvas.text(MARGIN, picture.y, "title", &self.title());
        picture.ram();
        picture.owners();
        picture.spaces();
        picture.legend();
        let Picture { canvas, y, width, .. } = picture;
        canvas.finish(width, y, &self.title(), STYLE)
    }
}

impl Picture<'_> {
    /// All of it, and under it the image.
    fn ram(&mut self) {
        let (Some(first), Some(last)) = (self.map.pieces.first(), self.map.pieces.last()) else {
            return;
        };
        let all = (first.base, last.end());
        let image = self.map.image;
        let top = self.y + 46.0;
        self.head(&format!("RAM, {:#x} to {:#x}, to scale", all.0, all.1));
        self.bar(top, all, false);
        let under = top + 90.0;
        for (end, at) in [(image.0, MARGIN), (image.1, MARGIN + WIDTH)] {
            let from = MARGIN + scaled(end, all);
            let d = format!("M{from:.1} {:.1}L{at:.1} {:.1}", top + 30.0, under);
            let line = Element::new("path").with("d", d).with("stroke", "#99a");
            self.canvas.add(&line.with("stroke-dasharray", "3 3"));
        }
        let size = crate::size(image.1.saturating_sub(image.0));
        let words = format!("the image, {:#x} to {:#x}, {size}, to scale", image.0, image.1);
        self.canvas.text(
            MARGIN + WIDTH / 2.0 - text_width(&words, SMALL) / 2.0,
            under - 8.0,
            "note",
            &words,
        );
        self.bar(under, image, true);
        self.y = under + 50.0;
    }

    fn head(&mut self, words: &str) {
        self.y += 36.0;
        self.canvas.text(MARGIN, self.y, "head", words);
    }

    /// The pieces between two addresses.
    fn bar(&mut self, top: f64, range: (u64, u64), labels: bool) {
        let frame = Element::new("rect").at("x", MARGIN).at("y", top).at("width", WIDTH);
        self.canvas.add(&frame.at("height", 30.0).with("fill", "#f4f4f4").with("stroke", "#99a"));
        for piece in self.map.pieces.iter().filter(|piece| !piece.is_hole()) {
            if piece.end() <= range.0 || piece.base >= range.1 {
                continue;
            }
            let (x, end) = (scaled(piece.base, range), scaled(piece.end(), range));
            let shape = Element::new("rect").at("x", MARGIN + x).at("y", top);
            let shape = shape.at("width", (end - x).max(0.5)).at("height", 30.0);
            let shape = shape.with("fill", colour(piece));
            let shape =
                if labels { shape.with("stroke", "#fff").at("stroke-width", 0.3) } else { shape };
            self.canvas.add_explained(&shape, &explain(piece));
            let words = name(piece);
            if labels && text_width(&words, SMALL) + 6.0 < end - x {
                self.canvas.text(MARGIN + x + 4.0, top + 19.0, "label", &words);
            }
        }
    }

    /// One bar for each owner, all on one scale.
    fn owners(&mut self) {
        self.head("who has how much");
        let owners = self.map.owners();
        let total =
            |pieces: &[&Piece]| pieces.iter().fold(0_u64, |sum, one| sum.saturating_add(one.size));
        let most = owners.iter().map(|(_, pieces)| total(pieces)).max().unwrap_or(1).max(1);
        self.y += 8.0;
        for (owner, pieces) in &owners {
            self.y += 20.0;
            self.canvas.text(MARGIN, self.y, "name", owner);
            let mut x = LEFT;
            for piece in pieces {
                let width = scaled(piece.size, (0, most)) / WIDTH * (WIDTH - LEFT - 60.0);
                let shape = Element::new("rect").at("x", x).at("y", self.y - 11.0);
                let shape = shape.at("width", width.max(0.5)).at("height", 14.0);
                self.canvas.add_explained(&shape.with("fill", colour(piece)), &explain(piece));
                x += width;
            }
            self.canvas.text(x + 6.0, self.y, "note", &crate::size(total(pieces)));
        }
    }

    fn spaces(&mut self) {
        self.head("address spaces, not to scale");
        self.y += 12.0;
        for space in &self.map.spaces {
            self.space(space);
        }
    }

    fn space(&mut self, space: &Space) {
        self.canvas.text(MARGIN, self.y + 14.0, "name", &space.owner);
        let first = space.pieces.first().map_or(0, |piece| piece.base);
        let priority = space.priority.map(|priority| format!("priority {priority}"));
        self.canvas.text(MARGIN, self.y + 27.0, "note", &priority.unwrap_or_default());
        let mut x = LEFT;
        let address = format!("{first:#x}");
        for piece in &space.pieces {
            let size = crate::size(piece.size);
            let words = text_width(&piece.what, SMALL).max(text_width(&size, SMALL)) + 10.0;
            let hole = piece.is_hole();
            let width = if hole { 12.0 } else { words };
            let shape = Element::new("rect").at("x", x).at("y", self.y).at("width", width);
            let shape = shape.at("height", 30.0).with("stroke", "#667");
            let shape = if hole {
                shape.with("fill", "#ffffff").with("stroke-dasharray", "2 2")
            } else {
                shape.with("fill", colour(piece))
            };
            self.canvas.add_explained(&shape, &explain(piece));
            if !hole {
                self.canvas.text(x + 5.0, self.y + 12.0, "label", &piece.what);
                self.canvas.text(x + 5.0, self.y + 25.0, "note", &size);
            }
            x += width;
        }
        self.canvas.text(x + 8.0, self.y + 19.0, "note", &format!("from {address}"));
        self.width = self.width.max(x + text_width(&address, SMALL) + 80.0);
        self.y += ROW;
    }

    fn legend(&mut self) {
        self.y += 20.0;
        let mut x = MARGIN;
        let mut before = "";
        for (_, colour, words) in RIGHTS {
            if words == before {
                continue;
            }
            before = words;
            let shape = Element::new("rect").at("x", x).at("y", self.y - 10.0).at("width", 14.0);
            self.canvas.add(&shape.at("height", 12.0).with("fill", colour).with("stroke", "#667"));
            self.canvas.text(x + 19.0, self.y, "note", words);
            x += 19.0 + text_width(words, SMALL) + 22.0;
        }
        self.canvas.text(x, self.y, "note", "dashed: not mapped, guard pages beside stacks");
        self.y += MARGIN;
    }
}

impl Map {
    /// Kernel, tasks, then what belongs to no single one; each with its memory.
    fn owners(&self) -> Vec<(String, Vec<&Piece>)> {
        let mut owners: Vec<(String, Vec<&Piece>)> =
            self.spaces.iter().map(|space| (space.owner.clone(), Vec::new())).collect();
        for piece in self.pieces.iter().filter(|piece| !piece.is_hole()) {
            let owner = if piece.owner.is_empty() { &piece.what } else { &piece.owner };
            match owners.iter_mut().find(|(known, _)| known == owner) {
                Some((_, pieces)) => pieces.push(piece),
                None => owners.push((owner.clone(), vec![piece])),
            }
        }
        owners
    }
}

fn colour(piece: &Piece) -> &'static str {
    let fits = |(rights, ..): &&(&str, &str, &str)| piece.access.starts_with(rights);
    RIGHTS.iter().find(fits).map_or("#ffffff", |(_, colour, _)| colour)
}

fn name(piece: &Piece) -> String {
    format!("{} {}", piece.owner, piece.what).trim_start().to_owned()
}

fn explain(piece: &Piece) -> String {
    let size = crate::size(piece.size);
    let physical = piece.physical.filter(|&physical| physical != piece.base);
    let physical = physical.map(|physical| format!(", physical {physical:#x}")).unwrap_or_default();
    let (from, to) = (piece.base, piece.end());
    format!("{}: {from:#x} to {to:#x}, {size} {}{physical}", name(piece), piece.rights())
}

/// Where on a bar an address is.
fn scaled(address: u64, (from, to): (u64, u64)) -> f64 {
    let steps = 1_000_000_u128;
    let all = u128::from(to.saturating_sub(from)).max(1);
    let part = u128::from(address.clamp(from, to.max(from)) - from) * steps / all;
    count(usize::try_from(part).unwrap_or(0)) / 1_000_000.0 * WIDTH
}
