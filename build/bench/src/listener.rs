//! The lines that the benchmark image prints; anything else is an error.

use crate::{Figure, KEYS, Range};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Takes the lines in.
#[derive(Debug, Default)]
pub struct Listener {
    begun: bool,
    ended: bool,
    wrong: Option<String>,
    figures: BTreeMap<&'static str, Figure>,
}

impl Listener {
    /// One line. Breaks off at the end, or at what should not have been said.
    pub fn line(&mut self, line: &str) -> ControlFlow<()> {
        if let Err(error) = self.take(line) {
            self.wrong = Some(format!("the image says `{line}`: {error:#}"));
            return ControlFlow::Break(());
        }
        if self.ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// What was said, once it has all been.
    ///
    /// # Errors
    /// If a line was wrong or the last one is missing.
    pub fn finish(self) -> Result<BTreeMap<&'static str, Figure>> {
        if let Some(wrong) = self.wrong {
            bail!(wrong);
        }
        if !self.ended {
            bail!("the image did not say `bench: end`");
        }
        Ok(self.figures)
    }

    fn take(&mut self, line: &str) -> Result<()> {
        let words = line.strip_prefix("bench: ").context("not a line of a benchmark")?;
        match words {
            "begin" if !self.begun => self.begun = true,
            "end" if self.begun => self.ended = true,
            _ if self.begun => {
                let (name, figure) = figure(words)?;
                if self.figures.insert(name, figure).is_some() {
                    bail!("said twice");
                }
            }
            _ => bail!("before `bench: begin`"),
        }
        Ok(())
    }
}

/// `NAME REPEATS total MEDIAN LEAST MOST kernel MEDIAN LEAST MOST`, and perhaps
/// `wall MEDIAN LEAST MOST`.
fn figure(words: &str) -> Result<(&'static str, Figure)> {
    let words: Vec<&str> = words.split(' ').collect();
    let [name, repeats, "total", t0, t1, t2, "kernel", k0, k1, k2, ref rest @ ..] = words[..]
    else {
        bail!("not of the form of a figure");
    };
    let wall = match *rest {
        [] => None,
        ["wall", w0, w1, w2] => Some(range([w0, w1, w2])?),
        _ => bail!("not of the form of a figure"),
    };
    let key = KEYS.iter().find(|key| key.name == name).context("not a known name")?;
    let figure = Figure {
        repeats: number(repeats)?,
        total: range([t0, t1, t2])?,
        kernel: Some(range([k0, k1, k2])?),
        wall,
    };
    Ok((key.name, figure))
}

fn range(words: [&str; 3]) -> Result<Range> {
    let [median, min, max] = words;
    let range = Range { median: number(median)?, min: number(min)?, max: number(max)? };
    if range.min > range.median || range.median > range.max {
        bail!("a median outside its range");
    }
    Ok(range)
}

fn number(word: &str) -> Result<u64> {
    word.parse().with_context(|| format!("`{word}` is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(lines: &[&str]) -> Result<BTreeMap<&'static str, Figure>> {
        let mut listener = Listener::default();
        let _ = lines.iter().find(|line| listener.line(line).is_break());
        listener.finish()
    }

    const LINE: &str = "bench: null_syscall 1000 total 60 59 61 kernel 57 57 57";

    #[test]
    fn what_is_said_between_begin_and_end_is_known() -> Result<()> {
        let figures = hear(&["bench: begin", LINE, "bench: end", "and whatever comes then"])?;
        assert_eq!(figures.len(), 1);
        let total = Range { median: 60, min: 59, max: 61 };
        let kernel = Some(Range::constant(57));
        assert_eq!(figures["null_syscall"], Figure { repeats: 1000, total, kernel, wall: None });
        assert_eq!(figures["null_syscall"].user(), Some(3));
        let timed = format!("{LINE} wall 7 6 8");
        let figures = hear(&["bench: begin", &timed, "bench: end"])?;
        assert_eq!(figures["null_syscall"].wall, Some(Range { median: 7, min: 6, max: 8 }));
        Ok(())
    }

    #[test]
    fn anything_else_is_an_error() {
        for wrong in [
            &["bench: begin", LINE][..],
            &[LINE, "bench: end"],
            &["bench: end"],
            &["bench: begin", "bench: begin", "bench: end"],
            &["bench: begin", LINE, LINE, "bench: end"],
            &["bench: begin", "hello", "bench: end"],
            &["bench: begin", "bench: nonsense 1 total 1 1 1 kernel 1 1 1", "bench: end"],
            &["bench: begin", "bench: null_syscall 1 total 1 2 3 kernel 1 1 1", "bench: end"],
            &["bench: begin", "bench: null_syscall 1 total 1 1 1 kernel 1 1 -1", "bench: end"],
            &["bench: begin", "bench: null_syscall 1 total 1 1 1 kernel 1 1", "bench: end"],
            &["bench: begin", "bench: null_syscall 1 total 1 1 1 kernel 1 1 1 wall", "bench: end"],
        ] {
            assert!(hear(wrong).is_err(), "{wrong:?}");
        }
    }
}
