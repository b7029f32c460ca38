//! The map as tables.

use super::{Map, Piece};
use std::fmt::Write;

impl Map {
    /// The map as tables.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\nphysical memory\n", self.title());
        let head = ["from", "size", "rights", "owner", "what"].map(String::from);
        let row = |piece: &Piece| {
            let owner = piece.owner.clone();
            [
                address(piece.base),
                crate::size(piece.size),
                piece.rights(),
                owner,
                piece.what.clone(),
            ]
        };
        let rows: Vec<_> = [head].into_iter().chain(self.pieces.iter().map(row)).collect();
        table(&mut text, &rows);
        for space in &self.spaces {
            let priority = space.priority.map(|priority| format!(", priority {priority}"));
            let _ = writeln!(text, "\n{}{}", space.owner, priority.unwrap_or_default());
            let head = ["from", "size", "rights", "physical", "what"].map(String::from);
            let row = |piece: &Piece| {
                let physical = piece.physical.map(address).unwrap_or_default();
                let size = size(piece);
                [address(piece.base), size, piece.rights(), physical, piece.what.clone()]
            };
            let rows: Vec<_> = [head].into_iter().chain(space.pieces.iter().map(row)).collect();
            table(&mut text, &rows);
        }
        text
    }
}

/// Of memory exactly.
fn size(piece: &Piece) -> String {
    const GIB: u64 = 1 << 30;
    match piece.is_hole() && piece.size >= GIB {
        true => format!("~{} GiB", piece.size.saturating_add(GIB / 2) / GIB),
        false => crate::size(piece.size),
    }
}

fn address(address: u64) -> String {
    format!("{address:#x}")
}

/// Columns; sizes stand at the right.
fn table(text: &mut String, rows: &[[String; 5]]) {
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    for [from, size, rights, middle, what] in rows {
        let [a, b, c, d] = widths;
        let line = format!("  {from:<a$}  {size:>b$}  {rights:<c$}  {middle:<d$}  {what}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
