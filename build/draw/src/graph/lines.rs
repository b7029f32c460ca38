//! What a task has of its own: the lines in its box.

use appfile::{SketchTask, Word};

/// Letters in a line, about.
const WIDTH: usize = 36;

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    pub text: String,
    pub kind: LineKind,
    pub wrong: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Plain,
    /// Devices and interrupts.
    Device,
    /// Interfaces.
    Serves,
}

impl Line {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: LineKind::Plain, wrong: None }
    }
}

/// The lines of a task.
pub fn of(task: &SketchTask) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |kind, wrong: Option<String>, text: String| {
        lines.push(Line { text, kind, wrong });
    };
    let plain = LineKind::Plain;
    if !task.krate.is_empty() {
        let waits = if task.start { "" } else { ", does not start by itself" };
        add(plain, None, format!("{}{waits}", task.krate));
    }
    for (slot, target) in task.slots.iter().filter(|(slot, target)| *slot != target.text) {
        add(plain, target.wrong.clone(), format!("slot {slot} = {}", target.text));
    }
    for (path, server) in &task.mounts {
        add(plain, server.wrong.clone(), format!("{path} = {}", server.text));
    }
    for (source, bit) in &task.on_restart {
        add(plain, source.wrong.clone(), format!("{} restarts: {bit}", source.text));
    }
    for (kind, whom) in &task.rights {
        wrapped(&format!("may {kind}"), whom, |wrong, text| add(plain, wrong, text));
    }
    for (target, bits) in &task.posts {
        wrapped(&format!("may post {}:", target.text), bits, |wrong, text| {
            add(plain, wrong.or_else(|| target.wrong.clone()), text);
        });
    }
    if task.reset {
        add(plain, None, "may reset the system".into());
    }
    for used in &task.uses {
        add(LineKind::Device, used.wrong.clone(), format!("uses {}", used.text));
    }
    for (source, bit) in &task.interrupts {
        let text = format!("irq {}: {bit}", source.text);
        add(LineKind::Device, source.wrong.clone(), text);
    }
    if let Some(bytes) = task.dma {
        add(LineKind::Device, None, format!("dma {}", crate::size(bytes)));
    }
    wrapped("serves", &task.serves, |wrong, text| add(LineKind::Serves, wrong, text));
    lines
}

/// A list in as many lines as it needs.
fn wrapped(verb: &str, words: &[Word], mut add: impl FnMut(Option<String>, String)) {
    let mut line = verb.to_owned();
    let mut wrong = None;
    for (index, word) in words.iter().enumerate() {
        let comma = if index + 1 < words.len() { "," } else { "" };
        let next = format!(" {}{comma}", word.text);
        if index > 0 && line.chars().count() + next.chars().count() > WIDTH {
            add(wrong.take(), std::mem::replace(&mut line, " ".into()));
        }
        line.push_str(&next);
        wrong = wrong.or_else(|| word.wrong.clone());
    }
    if !words.is_empty() {
        add(wrong, line);
    }
}
