//! Settings that a server has for each of its clients, by their names.

use super::description::Shape;
use super::settings::Record;
use crate::code::Code;
use crate::suggest;
use crate::tree::{Entry, Node};

/// The index that stands for nobody.
const NOBODY: u16 = u16::MAX;

impl Shape {
    /// Whether a key with this may be missing.
    pub fn may_be_left_out(&self) -> bool {
        matches!(self, Self::Optional(_) | Self::Clients(..))
    }
}

impl Record<'_> {
    /// The record of a key that is left out.
    pub fn nothing(&mut self, shape: &Shape) {
        match shape {
            Shape::Clients(value, most) => (0..*most).for_each(|_| self.no_client(value)),
            _ => self.bytes.extend(vec![0; shape.size().unwrap_or(0)]),
        }
    }

    fn no_client(&mut self, value: &Shape) {
        self.bytes.extend(NOBODY.to_le_bytes());
        self.bytes.extend(vec![0; value.size().unwrap_or(0)]);
    }

    pub fn clients(
        &mut self,
        what: &str,
        node: &Node,
        entries: &[Entry],
        value: &Shape,
        most: usize,
    ) {
        if entries.len() > most {
            let message = format!("{what} names {} clients", entries.len());
            let label = format!("its task has room for {most}");
            self.wrong(Code::ConfigLength, message, node.place, &label, None);
        }
        for entry in entries {
            let client = self.client(what, entry);
            // A mistake leaves the record without meaning, but what follows is to be looked at.
            self.bytes.extend(client.unwrap_or(NOBODY).to_le_bytes());
            self.value(&format!("`{}` of {what}", entry.key.value), &entry.node, value);
        }
        (entries.len()..most).for_each(|_| self.no_client(value));
    }

    /// The index of the task that a key names, if it can send to this one.
    fn client(&self, what: &str, entry: &Entry) -> Option<u16> {
        let (name, place) = (&entry.key.value, entry.key.place);
        let (app, server) = (self.app, &self.task.name);
        let Some(index) = app.tasks.iter().position(|task| task.name == *name) else {
            let known = app.tasks.iter().map(|task| task.name.as_str());
            let help = suggest::help(name, "the tasks are", known);
            let message = format!("{what} names task `{name}`, which does not exist");
            self.wrong(Code::UnknownTask, message, place, "no such task", help);
            return None;
        };
        let is_it = |target: usize| app.tasks.get(target).is_some_and(|task| task.name == *server);
        if !app.tasks.get(index).is_some_and(|task| task.targets().any(is_it)) {
            let message = format!("{what} names `{name}`, which is no client of `{server}`");
            let help = format!("give `{name}` a slot to `{server}` in `task-slots`, or remove it");
            self.wrong(Code::ClientWithoutSlot, message, place, "cannot send to it", Some(help));
        }
        index.try_into().ok()
    }
}
