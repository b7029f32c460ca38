//! Which warnings are wanted: `[lints]`.

use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::reader::Value;
use crate::suggest;

/// What a warning is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Nothing.
    Allow,
    /// A warning.
    Warn,
    /// A mistake.
    Deny,
}

const LEVELS: [(&str, Level); 3] =
    [("allow", Level::Allow), ("warn", Level::Warn), ("deny", Level::Deny)];
const ALL: &str = "all";

/// What the file says of each code; `None` is all warnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lints(Vec<(Option<Code>, Level)>);

impl Lints {
    /// Reads the table.
    pub fn parse(value: Option<Value<'_>>) -> Self {
        let entries = value.map_or_else(Vec::new, |value| value.entries());
        let one = |(key, value): (At<&str>, Value<'_>)| {
            let level = value.choice(&LEVELS)?.value;
            let code = Code::ALL.iter().copied().find(|code| code.id() == key.value);
            match code {
                Some(code) if code.may_be_allowed() => Some((Some(code), level)),
                _ if key.value == ALL => Some((None, level)),
                known => {
                    unknown(&key, known.is_some(), &value);
                    None
                }
            }
        };
        Self(entries.into_iter().filter_map(one).collect())
    }

    /// Whether what this code says stops the build.
    pub fn is_mistake(&self, code: Code) -> bool {
        match self.level(code) {
            Some(level) => level == Level::Deny,
            None => !code.is_warning(),
        }
    }

    fn level(&self, code: Code) -> Option<Level> {
        let of = |wanted| self.0.iter().find(|(code, _)| *code == wanted);
        let all = of(None).filter(|_| code.is_warning());
        of(Some(code)).or(all).map(|(_, level)| *level)
    }

    /// What is left of what was found, each taken for what the file says.
    pub fn apply(&self, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let one = |diagnostic: Diagnostic| {
            let code = diagnostic.code();
            let wanted = self.level(code) != Some(Level::Allow);
            wanted.then(|| diagnostic.taken_for_mistake(self.is_mistake(code)))
        };
        found.into_iter().filter_map(one).collect()
    }
}

fn unknown(key: &At<&str>, is_mistake: bool, value: &Value<'_>) {
    let (message, label) = match is_mistake {
        true => (format!("`{}` is not a warning", key.value), "always a mistake"),
        false => (format!("there is no warning `{}`", key.value), "no such code"),
    };
    let known = Code::ALL.iter().filter(|code| code.may_be_allowed()).map(|code| code.id());
    let help = suggest::help(key.value, "there are", known.chain([ALL]));
    let mistake = Diagnostic::new(Code::UnknownLint, message, key.place, label);
    value.log.add(mistake.maybe_help(help));
}
