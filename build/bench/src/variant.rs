//! Further app files made of one.

use anyhow::{Context, Result};
use std::fmt::Write;

/// Lines of the app file that a variant changes.
const NAME: &str = "name = \"bench\"\n";
const TRACE: &str = "trace = false\n";
/// Further tasks come before this one, so that those which are measured have large indices.
const BEFORE: &str = "[tasks.server]\n";

/// The app file with another name, so many further tasks that wait for ever, and the trace ring
/// on if `traced`.
///
/// # Errors
/// If the app file does not have the lines that are changed.
pub fn variant(app: &str, name: &str, further: usize, traced: bool) -> Result<String> {
    let app = replace(app, NAME, &format!("name = \"{name}\"\n"))?;
    let app = if traced { replace(&app, TRACE, "trace = true\n")? } else { app };
    replace(&app, BEFORE, &(fillers(further) + BEFORE))
}

fn replace(text: &str, from: &str, to: &str) -> Result<String> {
    let (before, after) = text
        .split_once(from)
        .with_context(|| format!("the benchmark's app file has no line `{}`", from.trim_end()))?;
    Ok(format!("{before}{to}{after}"))
}

/// Spread over the priorities, above and below those who are measured.
fn fillers(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let priority = 1 + number % 60;
        let _ = write!(
            text,
            "[tasks.filler{number}]\ncrate = \"test-bench-filler\"\npriority = {priority}\n\
             stack = \"1 KiB\"\n\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_has_what_it_was_asked_for() -> Result<()> {
        let app = "name = \"bench\"\n[kernel]\ntrace = false\n[tasks.server]\n";
        let made = variant(app, "bench7", 2, true)?;
        assert!(made.contains("name = \"bench7\"") && made.contains("trace = true"), "{made}");
        assert_eq!(made.matches("[tasks.").count(), 3);
        assert!(variant("name = \"x\"", "y", 0, false).is_err());
        Ok(())
    }
}
