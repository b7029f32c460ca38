//! Columns of text.

use std::fmt;

/// How a column is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table; the last column may be ragged.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Cells(Vec<String>),
    /// A line of its own under the row above.
    Note(String),
}

impl Table {
    /// A table with these columns.
    #[must_use]
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(Row::Cells(cells.into_iter().collect()));
    }

    /// Adds a line under the last row, where its last column begins.
    pub fn note(&mut self, note: impl Into<String>) {
        self.rows.push(Row::Note(note.into()));
    }

    fn widths(&self) -> Vec<usize> {
        let width = |i: usize, name: &str| {
            let cells = self.rows.iter().filter_map(|row| match row {
                Row::Cells(cells) => cells.get(i).map(|cell| cell.chars().count()),
                Row::Note(_) => None,
            });
            cells.max().unwrap_or(0).max(name.chars().count())
        };
        self.columns.iter().enumerate().map(|(i, (name, _))| width(i, name)).collect()
    }

    fn line<'c>(&self, widths: &[usize], cells: impl Iterator<Item = &'c str>) -> String {
        let mut line = String::new();
        for ((cell, &width), (_, align)) in cells.zip(widths).zip(&self.columns) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&match align {
                Align::Left => format!("{cell:<width$}"),
                Align::Right => format!("{cell:>width$}"),
            });
        }
        line.truncate(line.trim_end().len());
        line
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        writeln!(f, "{}", self.line(&widths, self.columns.iter().map(|(name, _)| *name)))?;
        let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
        for row in &self.rows {
            match row {
                Row::Cells(cells) => {
                    writeln!(f, "{}", self.line(&widths, cells.iter().map(String::as_str)))?;
                }
                Row::Note(note) => writeln!(f, "{:before$}{note}", "")?,
            }
        }
        Ok(())
    }
}

/// A size, as short as it can be said exactly.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0 => "0 B".to_owned(),
        bytes if bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} B"),
    }
}

/// A duration, as short as it can be said exactly.
#[must_use]
pub fn duration(nanoseconds: u64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us")];
    let fits = |&&(unit, _): &&(u64, _)| nanoseconds != 0 && nanoseconds.is_multiple_of(unit);
    match units.iter().find(fits) {
        Some((unit, name)) => format!("{} {name}", nanoseconds / unit),
        None => format!("{nanoseconds} ns"),
    }
}

/// Or a question mark.
#[must_use]
pub fn or_unknown(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_and_exact() {
        let told = [0, 1500, 2_000_000, 3_000_000_000].map(duration);
        assert_eq!(told, ["0 ns", "1500 ns", "2 ms", "3 s"]);
    }

    #[test]
    fn columns_line_up() {
        let mut table =
            Table::new(&[("name", Align::Left), ("n", Align::Right), ("x", Align::Left)]);
        table.row(["a".to_owned(), "100".to_owned(), "y".to_owned()]);
        table.note("more");
        let expected = "name    n  x\na     100  y\n           more\n";
        assert_eq!(table.to_string(), expected);
    }
}
