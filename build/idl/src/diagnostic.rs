//! What is wrong with a file, and how that is shown.

use crate::code::Code;
use std::fmt;
use std::ops::Range;

/// Bytes of the text, from where to where.
pub type Span = Range<usize>;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule is broken.
    pub code: Code,
    /// Which words are meant.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// All mistakes of a file, in the order of their places. Printing shows each with its line.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    file: String,
    text: String,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(file: &str, text: &str, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(|diagnostic| diagnostic.span.start);
        list.dedup();
        Self { file: file.into(), text: text.into(), list }
    }

    /// Each of them.
    #[must_use]
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// Line and column of a byte, counted from 1; columns in characters.
    #[must_use]
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let line_start = self.line_start(byte);
        let line = self.text[..line_start].matches('\n').count() + 1;
        (
            line,
            self.text[line_start..].char_indices().filter(|(i, _)| line_start + i < byte).count()
                + 1,
        )
    }

    fn line_start(&self, byte: usize) -> usize {
        let end = byte.min(self.text.len());
        self.text.as_bytes()[..end].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1)
    }

    fn show(&self, diagnostic: &Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { start, end } = diagnostic.span.clone();
        let (line, column) = self.position(start);
        let line_text = self.text[self.line_start(start)..].lines().next().unwrap_or("");
        // Tabs stay tabs, so that the caret stands under its word however wide they are shown.
        let before: String = line_text
            .chars()
            .take(column - 1)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let marked = line_text
            .char_indices()
            .filter(|(i, _)| (start..end).contains(&(self.line_start(start) + i)))
            .count();
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "error[{}]: {}", diagnostic.code, diagnostic.message)?;
        writeln!(f, "{margin}--> {}:{line}:{column}", self.file)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {line_text}")?;
        writeln!(f, "{margin} | {before}{}", "^".repeat(marked.max(1)))?;
        writeln!(f, "{margin} = {}", diagnostic.help)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.list.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            self.show(diagnostic, f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// Where mistakes are collected.
#[derive(Default)]
pub(crate) struct Log(pub Vec<Diagnostic>);

impl Log {
    pub fn error(
        &mut self,
        code: Code,
        span: &Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (span, message, help) = (span.clone(), message.into(), help.into());
        self.0.push(Diagnostic { code, span, message, help });
    }
}
