//! Values with a syntax of their own: sizes, durations, names.

use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log};
use crate::reader::Value;
use crate::schema::Kind;
use crate::units::{self, Trouble};

const SIZE_HELP: &str = "write bytes as a number, or a number and a unit: B, KiB, MiB or GiB";
const DURATION_HELP: &str = "write a number and a unit: us, ms or s";

impl Value<'_> {
    /// A size in bytes.
    pub fn size(&self) -> Option<At<u64>> {
        self.is_a(|kind| matches!(kind, Kind::Size));
        let bytes = if self.is_integer() {
            units::checked_bytes(self.number(0, u64::MAX)?.value)
        } else {
            units::bytes(&self.string("a size, such as \"8 KiB\"")?.value)
        };
        let bytes = bytes.map_err(|trouble| self.bad_size(trouble)).ok()?;
        Some(self.at(bytes))
    }

    fn bad_size(&self, trouble: Trouble) {
        let what = self.what();
        let (message, label) = match trouble {
            Trouble::Zero => (format!("{what} is zero"), "no bytes at all"),
            Trouble::TooLarge => (format!("{what} is too large"), "more than any machine has"),
            Trouble::Unit => (format!("{what} has an unknown unit"), "not a unit of sizes"),
            _ => (format!("{what} is not a size"), "not a size"),
        };
        self.wrong(Code::BadSize, message, label, SIZE_HELP);
    }

    /// A duration in milliseconds.
    pub fn milliseconds(&self) -> Option<At<u32>> {
        self.is_a(|kind| matches!(kind, Kind::Duration));
        let text = self.string("a duration, such as \"100ms\"")?;
        let time = units::milliseconds(&text.value);
        let time = time.map_err(|trouble| self.bad_duration(trouble)).ok()?;
        Some(self.at(time))
    }

    /// A time to run, in nanoseconds.
    pub fn nanoseconds(&self) -> Option<At<u64>> {
        self.is_a(|kind| matches!(kind, Kind::Time));
        let text = self.string("a duration, such as \"2ms\"")?;
        let time = units::nanoseconds(&text.value);
        let time = time.map_err(|trouble| self.bad_duration(trouble)).ok()?;
        Some(self.at(time))
    }

    fn bad_duration(&self, trouble: Trouble) {
        let what = self.what();
        let (message, label, help) = match trouble {
            Trouble::Zero => (format!("{what} is zero"), "no time", "leave the key out instead"),
            Trouble::TooLarge => {
                (format!("{what} is too long"), "too long", "the longest is 49 days")
            }
            Trouble::TooShort => {
                (format!("{what} is too short"), "too short", "the least time to run is 10us")
            }
            Trouble::Fraction => {
                let help = "the supervisor counts in milliseconds";
                (format!("{what} is not a whole number of milliseconds"), "too fine", help)
            }
            Trouble::Unit => {
                let label = "not a unit of durations";
                (format!("{what} has an unknown unit"), label, DURATION_HELP)
            }
            Trouble::Malformed => {
                (format!("{what} is not a duration"), "not a duration", DURATION_HELP)
            }
        };
        self.wrong(Code::BadDuration, message, label, help);
    }

    /// A name as tasks and resources have.
    pub fn name(&self) -> Option<At<String>> {
        self.is_a(|kind| matches!(kind, Kind::Name | Kind::NameOrAll));
        check_name(self.string("a name in quotes")?, self.log)
    }

    /// A package or a feature.
    pub fn package(&self) -> Option<At<String>> {
        self.is_a(|kind| matches!(kind, Kind::Package));
        let name = self.string("a name in quotes")?;
        if !units::is_package(&name.value) {
            let message = format!("{} cannot be `{}`", self.what(), name.value);
            let help = "a package or feature has letters, digits, `-` and `_`";
            self.wrong(Code::BadName, message, "not a name of cargo's", help);
            return None;
        }
        Some(name)
    }

    /// A list of names, none of them twice.
    pub fn names(&self) -> Vec<At<String>> {
        no_twins(self.list().iter().filter_map(Value::name).collect(), self)
    }

    /// A list of features, none of them twice.
    pub fn packages(&self) -> Vec<At<String>> {
        no_twins(self.list().iter().filter_map(Value::package).collect(), self)
    }

    /// A table from one kind of name to another.
    pub fn name_pairs(&self) -> Vec<(At<String>, At<String>)> {
        let pair = |(key, value): (At<&str>, Value<'_>)| {
            let key = check_name(At { value: key.value.to_owned(), place: key.place }, self.log);
            key.zip(value.name())
        };
        self.entries().into_iter().filter_map(pair).collect()
    }
}

/// Passes a name on if it is one.
pub(crate) fn check_name(name: At<String>, log: &Log) -> Option<At<String>> {
    if units::is_name(&name.value) {
        return Some(name);
    }
    let better = name.value.to_lowercase().replace(['_', ' ', '.'], "-");
    let help = match units::is_name(&better) {
        true => format!("write `{better}`"),
        false => "names have lower-case letters, digits and `-`, a letter first".to_owned(),
    };
    let message = format!("`{}` is not a name", name.value);
    log.add(Diagnostic::new(Code::BadName, message, name.place, "not a name").help(help));
    None
}

fn no_twins(names: Vec<At<String>>, list: &Value<'_>) -> Vec<At<String>> {
    let mut seen: Vec<At<String>> = Vec::new();
    for name in names {
        match seen.iter().find(|earlier| earlier.value == name.value) {
            Some(earlier) => {
                let message = format!("{} names `{}` twice", list.what(), name.value);
                let twin = Diagnostic::new(Code::Duplicate, message, name.place, "again here");
                list.log.add(twin.also(earlier.place, "first here"));
            }
            None => seen.push(name),
        }
    }
    seen
}
