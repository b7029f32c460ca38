//! The report for programs: an object with the benchmark's keys.

use crate::{Figure, Key, Report, Verdict};
use serde_json::{Map, Value, json};

impl Report {
    /// `{KEY: {"unit", "target", "target_traced", "sel4_microkit", "sel4_barest", "linux",
    /// "linux_wall_ns", "ok", "images": {IMAGE: {"median", "min", "max", "kernel", "user", "repeats",
    /// "wall_ns": {"median", "min", "max"}}}}}`. What is not known is `null`.
    #[must_use]
    pub fn json(&self) -> Value {
        self.keys().map(|key| (key.name.to_owned(), self.entry(key))).collect::<Map<_, _>>().into()
    }

    fn entry(&self, key: &Key) -> Value {
        let images: Map<String, Value> = self
            .columns
            .iter()
            .map(|column| {
                let figure = column.figures.get(key.name);
                (column.name.clone(), figure.map_or(Value::Null, figure_json))
            })
            .collect();
        let ok = match self.verdict(key) {
            Verdict::None => Value::Null,
            verdict => Value::Bool(verdict == Verdict::Met),
        };
        json!({
            "unit": if key.bytes { "bytes" } else { "instructions" },
            "target": key.target,
            "target_traced": key.traced_target,
            "sel4_microkit": key.sel4[0],
            "sel4_barest": key.sel4[1],
            "linux": key.linux.map(|linux| linux.instructions),
            "linux_wall_ns": key.linux.map(|linux| linux.wall),
            "ok": ok,
            "images": images,
        })
    }
}

fn figure_json(figure: &Figure) -> Value {
    json!({
        "median": figure.total.median,
        "min": figure.total.min,
        "max": figure.total.max,
        "kernel": figure.kernel.map(|kernel| kernel.median),
        "user": figure.user(),
        "repeats": figure.repeats,
        "wall_ns": figure.wall,
    })
}

#[cfg(test)]
mod tests {
    use crate::report::tests::column;
    use crate::{KEYS, Report};

    #[test]
    fn every_key_is_there_measured_or_not() {
        let report = Report { columns: vec![column("5 tasks", false, 331)], only: None };
        let json = report.json();
        for key in KEYS {
            assert!(json[key.name].is_object(), "{}", key.name);
        }
        let entry = &json["ipc_roundtrip_0b"];
        assert_eq!(entry["images"]["5 tasks"]["median"], 331);
        assert_eq!(entry["images"]["5 tasks"]["user"], 10);
        assert_eq!(entry["ok"], false);
        assert!(json["worst_irq_off"]["ok"].is_null());
    }
}
