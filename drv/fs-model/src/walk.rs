//! Random operations on a file system and its model.

mod content;

use crate::model::{Model, Node, Reasons, below};
use crate::random::Random;
use core::ops::ControlFlow;
use drv_fs_core::{Create, Error, FileSystem, Kind, Open, Path};
use std::collections::BTreeMap;

/// What the format is like.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Makes names that the format takes for one the same.
    pub fold: fn(&str) -> String,
    /// A file grows to about this many bytes.
    pub largest: usize,
    /// So many files are open at most.
    pub max_open: usize,
}

/// Names of every kind: short and long, not only ASCII, and some that differ in their case.
const NAMES: [&str; 12] = [
    "a",
    "b",
    "file.txt",
    "FILE.TXT",
    "Directory",
    "directory",
    "a rather long name that takes several entries, number 1.data",
    "A rather long name that takes several entries, number 2.data",
    "Ümläut – 日本語.txt",
    "x.y.z",
    "noext",
    "UPPER~1",
];

/// Something open: as the file system calls it, and where it is.
struct Opened<F> {
    file: F,
    key: String,
}

/// A walk: what was done so far, and what should be there.
pub struct Walk<F> {
    /// What should be there.
    pub model: Model,
    /// How often the disk was full.
    pub full: usize,
    /// Operations that succeeded, by name.
    pub done: BTreeMap<&'static str, usize>,
    random: Random,
    rules: Rules,
    open: Vec<Opened<F>>,
}

fn path(text: &str) -> Path<'_> {
    Path::new(text).expect("the walk makes plain paths")
}

impl<F: Copy + Eq + std::fmt::Debug> Walk<F> {
    /// A walk that begins on an empty file system.
    #[must_use]
    pub fn new(seed: u64, rules: Rules) -> Self {
        let (model, random) = (Model::new(rules.fold), Random::new(seed));
        Self { model, full: 0, done: BTreeMap::new(), random, rules, open: Vec::new() }
    }

    /// So many operations.
    ///
    /// # Panics
    /// When the file system does not do as the model.
    pub fn run<S: FileSystem<File = F>>(&mut self, fs: &mut S, steps: usize) {
        for _ in 0..steps {
            self.step(fs);
        }
    }

    fn step<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        match self.random.below(100) {
            0..=17 => self.open(fs),
            18..=27 => self.close_one(fs),
            28..=47 => self.write(fs),
            48..=59 => self.read(fs),
            60..=63 => self.truncate(fs),
            64..=70 => self.make_directory(fs),
            71..=74 => self.remove_directory(fs),
            75..=80 => self.remove(fs),
            81..=88 => self.rename(fs),
            89..=92 => self.list(fs),
            93..=96 => self.stat(fs),
            97 => fs.sync().expect("a sync"),
            98 => _ = self.sync_one(fs),
            _ => _ = fs.space().expect("a size"),
        }
    }

    /// A path: often of something that is there.
    fn some_path(&mut self) -> String {
        let all: Vec<String> = self.model.all().map(|(path, _)| path).collect();
        let known = !all.is_empty() && !self.random.one_in(3);
        if known {
            return all[self.random.below(all.len())].clone();
        }
        let parent = if all.is_empty() || self.random.one_in(3) {
            String::new()
        } else {
            all[self.random.below(all.len())].clone()
        };
        let name = NAMES[self.random.below(NAMES.len())];
        if parent.is_empty() || parent.matches('/').count() > 4 {
            name.into()
        } else {
            format!("{parent}/{name}")
        }
    }

    /// The answer must be one that the model allows; true if it was done.
    fn judge<T>(
        &mut self,
        what: &'static str,
        of: &str,
        answer: &Result<T, Error>,
        reasons: &Reasons,
        before: Model,
    ) -> bool {
        match answer {
            Ok(_) => {
                assert!(reasons.is_empty(), "{what} {of:?} was done in spite of {reasons:?}");
                *self.done.entry(what).or_default() += 1;
                true
            }
            Err(Error::NoSpace) => {
                self.full += 1;
                self.model.undo(before);
                false
            }
            Err(error) => {
                assert!(reasons.contains(error), "{what} {of:?}: {error:?} instead of {reasons:?}");
                self.model.undo(before);
                false
            }
        }
    }

    fn open<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let of = self.some_path();
        let create = [Create::Never, Create::IfMissing, Create::IfMissing, Create::New];
        let how = Open { create: create[self.random.below(4)], truncate: self.random.one_in(5) };
        if self.open.len() >= self.rules.max_open {
            return;
        }
        let before = self.model.clone();
        let reasons = self.model.open(&of, how);
        let answer = fs.open(path(&of), how);
        if self.judge("open", &of, &answer, &reasons, before)
            && let Ok((file, info)) = answer
        {
            let key = self.model.key(&of);
            let size = self.model.content(&of).map(|content| content.len() as u64);
            assert_eq!((info.kind, Some(info.size)), (Kind::File, size), "{of:?}");
            for other in &self.open {
                assert_eq!(other.file == file, other.key == key, "{of:?} and {:?}", other.key);
            }
            self.open.push(Opened { file, key });
        }
    }

    fn some_open(&mut self) -> Option<(F, String)> {
        let count = self.open.len();
        let one = &self.open[(count > 0).then(|| self.random.below(count))?];
        Some((one.file, one.key.clone()))
    }

    fn close_one<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        if let Some((file, _)) = self.some_open() {
            fs.close(file).expect("it is open");
            let place = self.open.iter().position(|one| one.file == file);
            place.map(|place| self.open.swap_remove(place));
        }
    }

    /// Closes all that is open.
    ///
    /// # Panics
    /// When that fails.
    pub fn close_all<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        for one in self.open.drain(..) {
            fs.close(one.file).expect("it is open");
        }
    }

    fn make_directory<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let of = self.some_path();
        let before = self.model.clone();
        let reasons = self.model.make_directory(&of);
        let answer = fs.make_directory(path(&of));
        self.judge("make_directory", &of, &answer, &reasons, before);
    }

    fn remove_directory<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let of = self.some_path();
        let before = self.model.clone();
        let reasons = self.model.remove_directory(&of);
        let answer = fs.remove_directory(path(&of));
        self.judge("remove_directory", &of, &answer, &reasons, before);
    }

    fn remove<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let of = self.some_path();
        let before = self.model.clone();
        let open = &self.open;
        let reasons = self.model.remove(&of, |key| open.iter().any(|one| one.key == key));
        let answer = fs.remove(path(&of));
        self.judge("remove", &of, &answer, &reasons, before);
    }

    fn rename<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let (from, to) = (self.some_path(), self.some_path());
        let before = self.model.clone();
        let open = &self.open;
        let is_open = |key: &str| open.iter().any(|one| one.key == key);
        let reasons = self.model.rename(&from, &to, is_open);
        let answer = fs.rename(path(&from), path(&to));
        let both = format!("{from} -> {to}");
        if self.judge("rename", &both, &answer, &reasons, before) {
            let (old, new) = (self.model.key(&from), self.model.key(&to));
            for one in &mut self.open {
                if let Some(rest) = below(&one.key, &old) {
                    one.key = format!("{new}{rest}");
                }
            }
        }
    }

    fn stat<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let of = self.some_path();
        let reasons = self.model.may_find(&of);
        let answer = fs.stat(path(&of));
        let before = self.model.clone();
        if self.judge("stat", &of, &answer, &reasons, before)
            && let (Ok(info), Some(node)) = (answer, self.model.get(&of))
        {
            assert_eq!((info.kind, info.size), known(node), "{of:?}");
        }
    }

    fn list<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let of = self.some_path();
        let mut reasons = self.model.may_find(&of);
        if matches!(self.model.get(&of), Some(Node::File(_))) {
            reasons.push(Error::NotADirectory);
        }
        let answer = self.listing(fs, &of);
        let before = self.model.clone();
        if self.judge("list", &of, &answer, &reasons, before) {
            assert_eq!(answer, Ok(self.expected(&of)), "{of:?}");
        }
    }

    fn expected(&self, of: &str) -> Vec<(String, Kind, u64)> {
        let inside = self.model.list(of);
        let mut all: Vec<_> = inside
            .into_iter()
            .map(|named| {
                let (kind, size) = known(&named.node);
                (named.name, kind, size)
            })
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Lists a directory, some names at a time.
    fn listing<S: FileSystem<File = F>>(
        &mut self,
        fs: &mut S,
        of: &str,
    ) -> Result<Vec<(String, Kind, u64)>, Error> {
        let (mut all, mut cookie) = (Vec::new(), 0);
        loop {
            let mut left = 1 + self.random.below(5);
            let mut more = false;
            fs.list(path(of), cookie, |entry| {
                if left == 0 {
                    more = true;
                    return ControlFlow::Break(());
                }
                left -= 1;
                assert_ne!(entry.next, 0, "a cookie is never 0");
                cookie = entry.next;
                all.push((entry.name.to_owned(), entry.info.kind, entry.info.size));
                ControlFlow::Continue(())
            })?;
            if !more {
                all.sort_by(|a, b| a.0.cmp(&b.0));
                return Ok(all);
            }
            assert!(all.len() < 10_000, "no end to {of:?}");
        }
    }

    fn sync_one<S: FileSystem<File = F>>(&mut self, fs: &mut S) -> Option<()> {
        let (file, _) = self.some_open()?;
        fs.sync_file(file).expect("a sync");
        Some(())
    }

    /// Compares everything with what should be there.
    ///
    /// # Panics
    /// When something differs.
    pub fn check<S: FileSystem<File = F>>(&mut self, fs: &mut S) {
        let all: Vec<(String, Node)> =
            self.model.all().map(|(path, node)| (path, node.clone())).collect();
        let root = [(String::new(), Node::Directory)];
        for (of, node) in root.into_iter().chain(all) {
            match node {
                Node::Directory => {
                    assert_eq!(self.listing(fs, &of), Ok(self.expected(&of)), "{of:?}")
                }
                Node::File(content) => {
                    let (file, info) = fs
                        .open(path(&of), Open::default())
                        .unwrap_or_else(|error| panic!("{of:?}: {error}"));
                    assert_eq!(info.size, content.len() as u64, "{of:?}");
                    let mut all = vec![0; content.len() + 1];
                    assert_eq!(fs.read(file, 0, &mut all), Ok(content.len()), "{of:?}");
                    assert!(all[..content.len()] == content, "{of:?} holds something else");
                    fs.close(file).expect("it is open");
                }
            }
        }
    }
}

/// What is known of a node.
fn known(node: &Node) -> (Kind, u64) {
    match node {
        Node::Directory => (Kind::Directory, 0),
        Node::File(content) => (Kind::File, content.len() as u64),
    }
}
