//! The report for people.

use crate::{Column, Figure, Key, Range, Report, Verdict};

/// Lines of cells, aligned: the first column to the left, the others to the right.
pub fn render(report: &Report) -> String {
    let mut lines = vec![heads(report)];
    lines.extend(report.keys().map(|key| line(report, key)));
    let columns = lines[0].len();
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let mut row = String::new();
        for (column, cell) in line.iter().enumerate() {
            let width = widths[column];
            row.push_str(&if column == 0 || column + 1 == columns {
                format!("{cell:width$}  ")
            } else {
                format!("{cell:>width$}  ")
            });
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn heads(report: &Report) -> Vec<String> {
    let mut heads = vec![String::new()];
    for (number, column) in report.columns.iter().enumerate() {
        heads.push(column.name.clone());
        if number == 0 {
            heads.extend(["kernel".into(), "tasks".into()]);
        }
    }
    heads.push("target".into());
    heads.extend(others(report).map(|other| other.head().into()));
    heads.push(String::new());
    heads
}

fn line(report: &Report, key: &Key) -> Vec<String> {
    let mut line = vec![key.name.to_owned()];
    for (number, column) in report.columns.iter().enumerate() {
        let figure = figure(column, key);
        line.push(figure.map_or("-".into(), total));
        if number == 0 {
            let kernel = figure.and_then(|figure| figure.kernel);
            line.push(or_dash(kernel.map(|kernel| kernel.median)));
            line.push(or_dash(figure.and_then(Figure::user)));
        }
    }
    line.push(target(report, key));
    line.extend(others(report).map(|other| other.cell(report, key)));
    line.push(verdict(report.verdict(key)));
    line
}

/// A column for those keys only of which something is known.
#[derive(Clone, Copy)]
enum Other {
    SeL4,
    Linux,
    Wall,
    LinuxWall,
}

impl Other {
    const ALL: [Self; 4] = [Self::SeL4, Self::Linux, Self::Wall, Self::LinuxWall];

    const fn head(self) -> &'static str {
        match self {
            Self::SeL4 => "seL4",
            Self::Linux => "Linux",
            Self::Wall => "µs",
            Self::LinuxWall => "Linux µs",
        }
    }

    fn cell(self, report: &Report, key: &Key) -> String {
        match self {
            Self::SeL4 => sel4(key),
            Self::Linux => or_dash(key.linux.map(|linux| linux.instructions)),
            Self::Wall => wall(report, key).map_or("-".into(), |range| microseconds(range.median)),
            Self::LinuxWall => key.linux.map_or("-".into(), |linux| microseconds(linux.wall)),
        }
    }
}

/// Those of which something is known in this report.
fn others(report: &Report) -> impl Iterator<Item = Other> {
    Other::ALL.into_iter().filter(|other| report.keys().any(|key| other.cell(report, key) != "-"))
}

/// What the first image that was timed says.
fn wall(report: &Report, key: &Key) -> Option<Range> {
    report.columns.iter().find_map(|column| figure(column, key)?.wall)
}

fn microseconds(nanoseconds: u64) -> String {
    format!("{:.1}", nanoseconds as f64 / 1000.0)
}

fn figure<'c>(column: &'c Column, key: &Key) -> Option<&'c Figure> {
    column.figures.get(key.name)
}

fn total(figure: &Figure) -> String {
    let total = figure.total;
    if total.is_constant() {
        total.median.to_string()
    } else {
        format!("{} ({}..{})", total.median, total.min, total.max)
    }
}

fn target(report: &Report, key: &Key) -> String {
    let traced = report.columns.iter().any(|column| column.traced);
    match (key.target, key.traced_target.filter(|_| traced)) {
        (Some(target), Some(traced)) => format!("{target}, traced {traced}"),
        (target, _) => or_dash(target),
    }
}

fn sel4(key: &Key) -> String {
    match key.sel4 {
        [Some(microkit), Some(barest)] => format!("{microkit} / {barest}"),
        [Some(microkit), None] => format!("{microkit} / -"),
        [None, Some(barest)] => format!("- / {barest}"),
        [None, None] => "-".into(),
    }
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::None => "",
        Verdict::Met => "ok",
        Verdict::Missed => "OVER",
    }
    .into()
}

fn or_dash(value: Option<u64>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use crate::report::tests::column;
    use crate::{Range, Report};

    #[test]
    fn cells_stand_below_each_other() {
        let columns = vec![column("5 tasks", false, 323), column("60 tasks", false, 1323)];
        let report = Report { columns, only: Some("ipc_roundtrip_0b".into()) };
        let expected = "                  5 tasks  kernel  tasks  60 tasks  target       seL4
ipc_roundtrip_0b      323     313     10      1323     330  722 / 415  OVER
";
        assert_eq!(report.table(), expected);
    }

    #[test]
    fn what_differs_shows_its_range() {
        let mut column = column("a", false, 300);
        let figure = column.figures.get_mut("ipc_roundtrip_0b").expect("it is there");
        figure.total.max = 305;
        let report = Report { columns: vec![column], only: Some("ipc_roundtrip_0b".into()) };
        assert!(report.table().contains("300 (300..305)"), "{}", report.table());
    }

    #[test]
    fn time_stands_beside_linux() {
        let mut column = column("a", false, 300);
        let mut figure = column.figures["ipc_roundtrip_0b"];
        figure.wall = Some(Range { median: 61_250, min: 60_000, max: 70_000 });
        column.figures.insert("blk_read_4k", figure);
        let report = Report { columns: vec![column], only: Some("blk_read_4k".into()) };
        let expected = "               a  kernel  tasks  target  Linux    µs  Linux µs
blk_read_4k  300     290     10    5800  11600  61.2      69.0  ok
";
        assert_eq!(report.table(), expected);
    }
}
