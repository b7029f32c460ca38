//! `inherit`: a file put over others.
//!
//! What comes of it is one tree, in which every value remembers the file it stands in. Only that
//! tree is read and checked, so an inherited file may be less than an app.

use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log, Source};
use crate::files::Files;
use crate::paths::beside;
use crate::reader::Value;
use crate::schema::APP;
use crate::suggest;
use crate::tree::{self, Entry, Item, parse, split_path};

/// Keys that are about files, not about the system: they do not reach the tree.
pub(crate) const ABOUT_FILES: [&str; 2] = ["inherit", "without"];

/// The files of an app, as they are read.
pub(crate) struct Reading<'a> {
    pub files: &'a dyn Files,
    pub log: &'a Log,
    /// The app file is the first.
    pub sources: Vec<Source>,
    /// Paths of the sources, counted from the app file's folder.
    pub paths: Vec<String>,
}

impl Reading<'_> {
    /// The entries of source number `file`, over those it inherits. `None` if some are missing:
    /// what is missing with them is no further mistake.
    pub fn resolve(&mut self, file: usize) -> Option<Vec<Entry>> {
        let mut own = parse(&self.sources[file].text, file, self.log)?;
        let [inherit, without] = ABOUT_FILES.map(|key| tree::remove(&mut own, &[key.to_owned()]));
        let (mut all, mut whole) = (Vec::new(), true);
        for base in inherit.map_or_else(Vec::new, |entry| texts(&entry, self.log)) {
            let inherited = self.open(file, &base).and_then(|number| self.resolve(number));
            whole &= inherited.is_some();
            tree::overlay(&mut all, inherited.unwrap_or_default());
        }
        for path in without.map_or_else(Vec::new, |entry| texts(&entry, self.log)) {
            if whole {
                leave_out(&mut all, &path, self.log);
            }
        }
        tree::overlay(&mut all, own);
        whole.then_some(all)
    }

    /// Reads a file that another one inherits; its number.
    fn open(&mut self, from: usize, name: &At<String>) -> Option<usize> {
        let path = beside(&self.paths[from], &name.value);
        if let Some(earlier) = self.paths.iter().position(|other| *other == path) {
            self.again(earlier, name);
            return None;
        }
        match self.files.beside(&path) {
            Ok(text) => {
                self.sources.push(Source { path: beside(&self.sources[0].path, &path), text });
                self.paths.push(path);
                Some(self.paths.len() - 1)
            }
            Err(error) => {
                let message = format!("the inherited file `{}` cannot be read", name.value);
                let mistake = Diagnostic::new(Code::NoBase, message, name.place, error.to_string());
                self.log.add(mistake.help("paths are counted from the file that says them"));
                None
            }
        }
    }

    /// Which of two ways to a file would count is not for anyone to guess.
    fn again(&self, earlier: usize, name: &At<String>) {
        let (message, help) = if earlier == 0 {
            let message = format!("`{}` is the app file itself", name.value);
            (message, "a file cannot inherit from what inherits from it")
        } else {
            let message = format!("`{}` is inherited twice", name.value);
            (message, "let only one of the files inherit it")
        };
        let mistake = Diagnostic::new(Code::BaseTwice, message, name.place, "again here");
        self.log.add(mistake.help(help));
    }
}

/// The strings of `inherit` or `without`.
fn texts(entry: &Entry, log: &Log) -> Vec<At<String>> {
    let Some(key) = APP.key(&entry.key.value) else { return Vec::new() };
    let value = Value::new(&entry.node, format!("`{}`", key.name), &key.kind, log);
    if matches!(entry.node.item, Item::String(_)) && key.name == ABOUT_FILES[0] {
        return value.text().into_iter().collect();
    }
    value.list().iter().filter_map(Value::text).collect()
}

/// Takes what a path of `without` names out of what is inherited.
fn leave_out(inherited: &mut Vec<Entry>, path: &At<String>, log: &Log) {
    let keys = split_path(&path.value);
    if keys.as_ref().is_some_and(|keys| tree::remove(inherited, keys).is_some()) {
        return;
    }
    let (message, label) = match keys {
        None => (format!("`{}` is no path of keys", path.value), "keys with dots between them"),
        Some(_) => (format!("nothing inherited is called `{}`", path.value), "no such key"),
    };
    let mut known = Vec::new();
    all_paths(inherited, "", &mut known);
    let near = suggest::closest(&path.value, &known.iter().map(String::as_str).collect::<Vec<_>>());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a path such as \"tasks.ping\" or 'tasks.ping.interrupts.\"rtc.irq\"'".into(),
    };
    log.add(Diagnostic::new(Code::NothingToLeaveOut, message, path.place, label).help(help));
}

fn all_paths(entries: &[Entry], before: &str, paths: &mut Vec<String>) {
    for entry in entries {
        let key = &entry.key.value;
        let key = if key.contains('.') { format!("\"{key}\"") } else { key.clone() };
        let path = format!("{before}{key}");
        if let Item::Table(inner) = &entry.node.item {
            all_paths(inner, &format!("{path}."), paths);
        }
        paths.push(path);
    }
}
