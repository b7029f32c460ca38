//! What should be there.

use drv_fs_core::{Create, Error, Open};
use std::collections::BTreeMap;

/// A file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A file and what it holds.
    File(Vec<u8>),
}

/// A name as it was given, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// What has it.
    pub node: Node,
}

/// What should be there: by path, each name folded to what the format takes for equal.
#[derive(Clone, Debug)]
pub struct Model {
    fold: fn(&str) -> String,
    nodes: BTreeMap<String, Named>,
}

/// Why something may be refused: nothing, if it must succeed.
pub type Reasons = Vec<Error>;

impl Model {
    /// An empty file system, in which names with the same `fold` are one.
    #[must_use]
    pub const fn new(fold: fn(&str) -> String) -> Self {
        Self { fold, nodes: BTreeMap::new() }
    }

    /// All there is, by path.
    pub fn all(&self) -> impl Iterator<Item = (String, &Node)> {
        self.nodes.keys().filter_map(|key| Some((self.shown(key)?, self.get(key)?)))
    }

    /// The path as it was given.
    fn shown(&self, key: &str) -> Option<String> {
        let mut shown = Vec::new();
        for (end, _) in key.match_indices('/').chain([(key.len(), "")]) {
            shown.push(self.nodes.get(&key[..end])?.name.clone());
        }
        Some(shown.join("/"))
    }

    /// The path that all that mean the same have in common.
    #[must_use]
    pub fn key(&self, path: &str) -> String {
        (self.fold)(path)
    }

    /// What a path leads to; the root is `Directory`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Node> {
        if path.is_empty() {
            return Some(&Node::Directory);
        }
        self.nodes.get(&self.key(path)).map(|named| &named.node)
    }

    /// What a file holds.
    pub fn content(&mut self, path: &str) -> Option<&mut Vec<u8>> {
        match &mut self.nodes.get_mut(&self.key(path))?.node {
            Node::File(content) => Some(content),
            Node::Directory => None,
        }
    }

    /// The names in a directory.
    #[must_use]
    pub fn list(&self, path: &str) -> Vec<Named> {
        let key = self.key(path);
        let inside = self.nodes.iter().filter(|(other, _)| parent(other) == key);
        inside.map(|(_, named)| named.clone()).collect()
    }

    /// Why the way to the last name may be refused.
    fn way(&self, path: &str) -> Reasons {
        let mut reasons = Reasons::new();
        for (end, _) in path.match_indices('/') {
            match self.get(&path[..end]) {
                None => reasons.push(Error::NotFound),
                Some(Node::File(_)) => reasons.push(Error::NotADirectory),
                Some(Node::Directory) => {}
            }
        }
        reasons.truncate(1);
        reasons
    }

    /// Why `stat`, `list` and the like may be refused.
    #[must_use]
    pub fn may_find(&self, path: &str) -> Reasons {
        let mut reasons = self.way(path);
        if self.get(path).is_none() && reasons.is_empty() {
            reasons.push(Error::NotFound);
        }
        reasons
    }

    /// Opens a file, which may make or empty it.
    pub fn open(&mut self, path: &str, how: Open) -> Reasons {
        let mut reasons = self.way(path);
        if reasons.is_empty() {
            match self.get(path) {
                Some(_) if how.create == Create::New => reasons.push(Error::AlreadyExists),
                Some(Node::Directory) => reasons.push(Error::IsADirectory),
                None if how.create == Create::Never => reasons.push(Error::NotFound),
                _ => {}
            }
            if path.is_empty() {
                reasons.push(Error::IsADirectory);
            }
        }
        if reasons.is_empty() {
            if self.get(path).is_none() {
                self.put(path, Node::File(Vec::new()));
            }
            if let (true, Some(content)) = (how.truncate, self.content(path)) {
                content.clear();
            }
        }
        reasons
    }

    /// Makes a directory.
    pub fn make_directory(&mut self, path: &str) -> Reasons {
        let mut reasons = self.way(path);
        if reasons.is_empty() && self.get(path).is_some() {
            reasons.push(Error::AlreadyExists);
        }
        if reasons.is_empty() {
            self.put(path, Node::Directory);
        }
        reasons
    }

    /// Removes a directory.
    pub fn remove_directory(&mut self, path: &str) -> Reasons {
        let mut reasons = self.may_find(path);
        if path.is_empty() {
            reasons.push(Error::Busy);
        }
        if matches!(self.get(path), Some(Node::File(_))) {
            reasons.push(Error::NotADirectory);
        }
        if !self.list(path).is_empty() {
            reasons.push(Error::NotEmpty);
        }
        self.remove_if(path, reasons)
    }

    /// Removes a file; `open` says which are.
    pub fn remove(&mut self, path: &str, open: impl Fn(&str) -> bool) -> Reasons {
        let mut reasons = self.may_find(path);
        if self.get(path) == Some(&Node::Directory) {
            reasons.push(Error::IsADirectory);
        }
        if open(&self.key(path)) {
            reasons.push(Error::Busy);
        }
        self.remove_if(path, reasons)
    }

    fn remove_if(&mut self, path: &str, reasons: Reasons) -> Reasons {
        if reasons.is_empty() {
            self.nodes.remove(&self.key(path));
        }
        reasons
    }

    /// Moves something; `open` says which files are open.
    pub fn rename(&mut self, from: &str, to: &str, open: impl Fn(&str) -> bool) -> Reasons {
        let mut reasons = self.may_find(from);
        reasons.extend(self.way(to));
        let (old, new) = (self.key(from), self.key(to));
        if from.is_empty()
            || to.is_empty()
            || below(&new, &old).is_some_and(|rest| !rest.is_empty())
        {
            reasons.push(Error::Busy);
        }
        if old != new {
            match (self.get(from), self.get(to)) {
                (Some(Node::File(_)), Some(Node::Directory)) => reasons.push(Error::IsADirectory),
                (Some(Node::Directory), Some(Node::File(_))) => reasons.push(Error::NotADirectory),
                _ => {}
            }
            if self.get(to) == Some(&Node::Directory) && !self.list(to).is_empty() {
                reasons.push(Error::NotEmpty);
            }
            if open(&new) {
                reasons.push(Error::Busy);
            }
        }
        if reasons.is_empty() {
            self.move_all(&old, &new, to);
        }
        reasons
    }

    fn move_all(&mut self, old: &str, new: &str, to: &str) {
        if old != new {
            self.nodes.remove(new);
        }
        let moved: Vec<_> =
            self.nodes.keys().filter(|key| below(key, old).is_some()).cloned().collect();
        let moved: Vec<_> =
            moved.into_iter().filter_map(|key| self.nodes.remove_entry(&key)).collect();
        for (key, mut named) in moved {
            if key == old {
                named.name = last(to).into();
            }
            self.nodes.insert(format!("{new}{}", &key[old.len()..]), named);
        }
    }

    fn put(&mut self, path: &str, node: Node) {
        self.nodes.insert(self.key(path), Named { name: last(path).into(), node });
    }

    /// Takes back what an operation did that turned out to have failed.
    pub fn undo(&mut self, before: Self) {
        *self = before;
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// What is left of a path below another: `""` of the same, `/…` of what is inside.
#[must_use]
pub fn below<'p>(path: &'p str, outer: &str) -> Option<&'p str> {
    path.strip_prefix(outer).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}
