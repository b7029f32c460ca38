//! Mistakes, where they are, and how they are shown.

use crate::code::Code;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::cell::RefCell;
use std::fmt;

/// Bytes of one of the files that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index into the sources of the [`Report`].
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A value and the words it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At<T> {
    pub value: T,
    pub place: Place,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As messages call it.
    pub path: String,
    /// Its text.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    place: Place,
    label: String,
}

/// One mistake or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    code: Code,
    message: String,
    /// The first is where the mistake is; the others are why it is one.
    marks: Vec<Mark>,
    help: Option<String>,
    /// Whether it stops the build.
    is_mistake: bool,
}

impl Diagnostic {
    /// A mistake: what is wrong, where, and a few words under the caret.
    pub(crate) fn new(
        code: Code,
        message: impl Into<String>,
        place: Place,
        label: impl Into<String>,
    ) -> Self {
        let marks = vec![Mark { place, label: label.into() }];
        Self { code, message: message.into(), marks, help: None, is_mistake: !code.is_warning() }
    }

    /// Another place that explains it.
    pub(crate) fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.marks.push(Mark { place, label: label.into() });
        self
    }

    /// What to write instead.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to write instead, if there is an idea.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// The same, taken for a mistake or for a warning.
    pub(crate) fn taken_for_mistake(self, is_mistake: bool) -> Self {
        Self { is_mistake, ..self }
    }

    /// Whether it stops the build.
    #[must_use]
    pub const fn is_mistake(&self) -> bool {
        self.is_mistake
    }

    /// Which rule is broken.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.marks[0].place
    }

    fn render(&self, sources: &[Source], renderer: &Renderer) -> String {
        let code = self.code.to_string();
        let level = if self.is_mistake { Level::ERROR } else { Level::WARNING };
        let mut group = Group::with_title(level.primary_title(&self.message).id(&code));
        // The file with the mistake first.
        let mut files: Vec<usize> = Vec::new();
        for mark in &self.marks {
            if !files.contains(&mark.place.file) {
                files.push(mark.place.file);
            }
        }
        for file in files {
            if let Some(source) = sources.get(file) {
                group = group.element(self.snippet(source, file));
            }
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        renderer.render(&[group])
    }

    fn snippet<'a>(
        &'a self,
        source: &'a Source,
        file: usize,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let marks = self.marks.iter().enumerate().filter(|(_, mark)| mark.place.file == file);
        let marks = marks.map(|(number, mark)| {
            let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            kind.span(on_characters(&source.text, mark.place)).label(&mark.label)
        });
        Snippet::source(&source.text).path(&source.path).annotations(marks)
    }
}

/// The place as a range that begins and ends between characters of the text.
fn on_characters(text: &str, place: Place) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(place.start);
    start..text.ceil_char_boundary(place.end).max(start)
}

/// Where mistakes are noted while reading goes on.
#[derive(Debug, Default)]
pub(crate) struct Log(RefCell<Vec<Diagnostic>>);

impl Log {
    /// Notes one.
    pub fn add(&self, diagnostic: Diagnostic) {
        self.0.borrow_mut().push(diagnostic);
    }

    /// Whether there are no mistakes so far.
    pub fn is_good(&self) -> bool {
        self.0.borrow().iter().all(|diagnostic| !diagnostic.is_mistake)
    }

    /// All of them, in the order of the files.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut all = self.0.into_inner();
        all.sort_by_key(Diagnostic::place);
        all
    }
}

/// All mistakes and warnings of one run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The app file, those it inherits from, the board file, as far as they could be read.
    pub sources: Vec<Source>,
    /// By place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// For people: every mistake with its line and a caret, and a last line that counts them.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let each =
            self.diagnostics.iter().map(|each| each.render(&self.sources, &renderer) + "\n\n");
        each.collect::<String>() + &self.summary()
    }

    /// Whether something stops the build.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_mistake)
    }

    /// The same with every warning taken for a mistake.
    #[must_use]
    pub fn strict(self) -> Self {
        let diagnostics = self.diagnostics.into_iter().map(|one| one.taken_for_mistake(true));
        Self { diagnostics: diagnostics.collect(), ..self }
    }

    /// How many mistakes and warnings there are.
    #[must_use]
    pub fn summary(&self) -> String {
        let path = self.sources.first().map_or("app file", |source| &source.path);
        let mistakes = self.diagnostics.iter().filter(|one| one.is_mistake).count();
        let warnings = self.diagnostics.len() - mistakes;
        let count = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            more => Some(format!("{more} {what}s")),
        };
        let counts = [count(mistakes, "mistake"), count(warnings, "warning")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        let end = if mistakes > 0 { "; nothing is built" } else { "" };
        format!("{path}: {}{end}", counts.join(", "))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}
