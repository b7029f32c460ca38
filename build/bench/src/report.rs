//! Several images side by side.

use crate::{Figure, KEYS, Key, table};
use std::collections::BTreeMap;

/// One image's figures.
#[derive(Clone, Debug)]
pub struct Column {
    /// Which image, in few words.
    pub name: String,
    /// Whether the trace ring was on.
    pub traced: bool,
    /// By key.
    pub figures: BTreeMap<&'static str, Figure>,
}

/// How a key compares with its targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is aimed at, or nothing was measured.
    None,
    /// No column is above.
    Met,
    /// Some column is above.
    Missed,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The first one is shown in parts.
    pub columns: Vec<Column>,
    /// Only this key.
    pub only: Option<String>,
}

impl Report {
    /// The keys to show.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> {
        KEYS.iter().filter(|key| self.only.as_deref().is_none_or(|only| only == key.name))
    }

    /// How a key compares with its targets, over all columns.
    #[must_use]
    pub fn verdict(&self, key: &Key) -> Verdict {
        let mut verdict = Verdict::None;
        for column in &self.columns {
            let target = if column.traced { key.traced_target } else { key.target };
            let (Some(figure), Some(target)) = (column.figures.get(key.name), target) else {
                continue;
            };
            // The worst measurement counts.
            if figure.total.max > target {
                return Verdict::Missed;
            }
            verdict = Verdict::Met;
        }
        verdict
    }

    /// For people.
    #[must_use]
    pub fn table(&self) -> String {
        table::render(self)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::Range;

    pub fn column(name: &str, traced: bool, median: u64) -> Column {
        let total = Range::constant(median);
        let kernel = Some(Range::constant(median - 10));
        let figure = Figure { repeats: 1000, total, kernel, wall: None };
        Column { name: name.into(), traced, figures: [("ipc_roundtrip_0b", figure)].into() }
    }

    fn verdict(columns: Vec<Column>) -> Verdict {
        let report = Report { columns, only: Some("ipc_roundtrip_0b".into()) };
        let verdicts: Vec<Verdict> = report.keys().map(|key| report.verdict(key)).collect();
        verdicts[0]
    }

    #[test]
    fn every_column_counts_by_its_own_target() {
        assert_eq!(verdict(vec![]), Verdict::None);
        assert_eq!(verdict(vec![column("a", false, 330)]), Verdict::Met);
        assert_eq!(verdict(vec![column("a", false, 331)]), Verdict::Missed);
        assert_eq!(verdict(vec![column("a", false, 330), column("b", true, 390)]), Verdict::Met);
        let traced = vec![column("a", false, 330), column("b", true, 391)];
        assert_eq!(verdict(traced), Verdict::Missed);
    }
}
