//! What a change adds and takes away.

use super::{Authority, Right, Task};
use archive::Budget;
use serde::Serialize;
use std::fmt;

/// The difference between two builds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// What is new.
    pub added: Vec<Change>,
    /// What is no more.
    pub removed: Vec<Change>,
}

/// A right that came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whose.
    pub task: String,
    /// The right; `None` if it is about time.
    pub right: Option<Right>,
    /// In words.
    pub words: String,
}

impl Diff {
    /// From one build to another. Tasks are the same if their names are.
    #[must_use]
    pub fn between(old: &Authority, new: &Authority) -> Self {
        let mut diff = Self::default();
        let named = |authority: &Authority, name: &str| {
            authority.tasks.iter().find(|task| task.name == name).cloned()
        };
        for task in &new.tasks {
            match named(old, &task.name) {
                Some(old) => diff.task(&old, task),
                None => diff.whole(task, true),
            }
        }
        for task in old.tasks.iter().filter(|task| named(new, &task.name).is_none()) {
            diff.whole(task, false);
        }
        diff
    }

    fn task(&mut self, old: &Task, new: &Task) {
        let missing = |right: &&Right, from: &Task| !from.rights.contains(right);
        let added = new.rights.iter().filter(|right| missing(right, old));
        let removed = old.rights.iter().filter(|right| missing(right, new));
        self.added.extend(added.map(|right| change(new, right)));
        self.removed.extend(removed.map(|right| change(old, right)));
        self.time(old, new);
    }

    /// Rights of a task that was not there, or is not there any more.
    fn whole(&mut self, task: &Task, added: bool) {
        let list = if added { &mut self.added } else { &mut self.removed };
        list.extend(task.rights.iter().map(|right| change(task, right)));
        let words = format!("runs at priority {}, {}", task.priority, budget(task.budget));
        list.push(Change { task: task.name.clone(), right: None, words });
    }

    fn time(&mut self, old: &Task, new: &Task) {
        if old.priority != new.priority {
            let more = new.priority < old.priority;
            let words = format!("runs at priority {}, was {}", new.priority, old.priority);
            self.about_time(new, more, words);
        }
        if old.budget.map(limits) != new.budget.map(limits) {
            let words = format!("{}, before {}", budget(new.budget), budget(old.budget));
            self.about_time(new, is_looser(old.budget, new.budget), words);
        }
    }

    fn about_time(&mut self, task: &Task, more: bool, words: String) {
        let list = if more { &mut self.added } else { &mut self.removed };
        list.push(Change { task: task.name.clone(), right: None, words });
    }
}

fn change(task: &Task, right: &Right) -> Change {
    Change { task: task.name.clone(), right: Some(right.clone()), words: right.to_string() }
}

const fn limits(budget: Budget) -> (u64, u64) {
    (budget.run_ns, budget.every_ns)
}

/// Whether a budget lets a task have more: a larger share, or as long a run at once.
fn is_looser(old: Option<Budget>, new: Option<Budget>) -> bool {
    match (old, new) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(old), Some(new)) => {
            let share = |a: Budget, b: Budget| u128::from(a.run_ns) * u128::from(b.every_ns);
            share(new, old) > share(old, new) || new.run_ns > old.run_ns
        }
    }
}

pub(super) fn budget(budget: Option<Budget>) -> String {
    let micros = |ns: u64| ns / 1000;
    match budget {
        None => "no budget".into(),
        Some(budget) => {
            let (run, every) = (micros(budget.run_ns), micros(budget.every_ns));
            format!("budget {run} us in {every} us")
        }
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.added.is_empty() && self.removed.is_empty() {
            return writeln!(f, "No right is added or removed.");
        }
        let all = self.added.iter().chain(&self.removed);
        let mut tasks: Vec<&str> = Vec::new();
        for change in all {
            if !tasks.contains(&change.task.as_str()) {
                tasks.push(&change.task);
            }
        }
        for task in tasks {
            writeln!(f, "{task}")?;
            for (sign, list) in [('+', &self.added), ('-', &self.removed)] {
                let mut own = list.iter().filter(|change| change.task == task);
                own.try_for_each(|change| writeln!(f, "  {sign} {}", change.words))?;
            }
        }
        writeln!(f, "\n{} added, {} removed.", self.added.len(), self.removed.len())
    }
}
