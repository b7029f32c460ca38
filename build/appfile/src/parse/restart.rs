//! `restart = …`: what happens after a fault.

use crate::app::{Restart, Spent};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::reader::{Fields, Value};

/// What a task without `restart` gets.
pub(crate) const DEFAULT: Restart = Restart::Always { backoff_ms: 0, within_ms: 0 };

const WORDS: [(&str, Restart); 2] = [("always", DEFAULT), ("never", Restart::Never)];
const SPENT: [(&str, Spent); 2] = [("hold", Spent::Hold), ("reset", Spent::Reset)];

pub(super) fn parse(value: &Value<'_>) -> Option<At<Restart>> {
    if value.is_table() {
        let policy = value.fields("`restart`", parse_table)??;
        return Some(value.at(policy));
    }
    value.choice(&WORDS)
}

fn parse_table(fields: &mut Fields<'_>) -> Option<Restart> {
    let max = fields.get("max");
    let within = fields.get("within");
    let then = fields.get("then");
    let backoff = fields.get("backoff").map(|value| value.milliseconds());
    let limit_is_whole = check_limit(fields, max.as_ref(), within.as_ref(), then.as_ref());

    // Everything is read before anything is given up, so that every mistake is noted.
    let max = max.map(|value| value.integer());
    let within = within.map(|value| value.milliseconds());
    let then = then.map(|value| value.choice(&SPENT));
    let backoff_ms = backoff.map_or(Some(0), |time| time.map(|time| time.value))?;
    let within_ms = within.map_or(Some(0), |time| time.map(|time| time.value))?;
    let then = then.map_or(Some(Spent::Hold), |then| then.map(|then| then.value))?;
    let Some(max) = max else {
        return limit_is_whole.then_some(Restart::Always { backoff_ms, within_ms });
    };
    let max = u32::try_from(max?.value).ok()?;
    limit_is_whole.then_some(Restart::Limited { max, within_ms, backoff_ms, then })
}

/// Whether `max`, `within` and `then` go together.
fn check_limit(
    fields: &Fields<'_>,
    max: Option<&Value<'_>>,
    within: Option<&Value<'_>>,
    then: Option<&Value<'_>>,
) -> bool {
    let (place, message, help) = match (max, within, then) {
        (Some(max), None, _) => {
            let help = "add, for example: within = \"10s\"";
            (max.place, "`restart` has a `max` and no `within`", help)
        }
        (None, _, Some(then)) => {
            let help = "add, for example: max = 3, within = \"10s\"";
            (then.place, "`restart` has a `then` and no `max` that could be spent", help)
        }
        _ => return true,
    };
    let mistake = Diagnostic::new(Code::Combination, message, place, "needs another key");
    fields.log.add(mistake.help(help));
    false
}
