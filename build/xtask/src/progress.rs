//! How far a build is: a line that moves on a terminal, one line for each package elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use toolchain::Progress;

/// How often the sign of life moves.
const TICK: Duration = Duration::from_millis(120);

/// Shows it on standard error until dropped.
pub struct Display {
    bar: ProgressBar,
}

impl Display {
    /// Begins.
    pub fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}{wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// Something was compiled, or was there.
    pub fn compiled(&self, progress: Progress<'_>) {
        match progress {
            Progress::Library(name) => self.bar.set_message(format!("library {name}")),
            Progress::Package { done, all, name, fresh } => {
                self.bar.set_prefix(format!("[{done}/{all}] "));
                self.say(name, !fresh, &format!("[{done}/{all}] {name}"));
            }
        }
    }

    /// Another step begins.
    pub fn step(&self, name: &str) {
        self.bar.set_prefix("");
        self.say(name, true, name);
    }

    /// A step is done by so many of a hundred parts.
    pub fn share(&self, name: &str, percent: u64) {
        match percent {
            0 => self.step(name),
            _ => self.bar.set_message(format!("{name} {percent} %")),
        }
    }

    /// `message` for a terminal, `line` elsewhere if it is worth one.
    fn say(&self, message: &str, worth_a_line: bool, line: &str) {
        if !self.bar.is_hidden() {
            self.bar.set_message(message.to_owned());
        } else if worth_a_line {
            eprintln!("{line}");
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
