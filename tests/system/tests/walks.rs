//! Random operations on files on the target, each of which must be answered as by memory.
//!
//! The walk of `drv/fs-model` is done here, on files in memory, and written down with its answers;
//! `tests/walker` does the same through client, server, cache and driver. Afterwards
//! the host's own tools look at the volumes, and every byte is compared.

use disk::Named;
use disk::files::{self, Format, Source};
use drv_fs_core::{Create, Entry, Error, FileSystem, Info, Kind, Open, Path, Space};
use drv_fs_model::{Model, Node, Rules, Walk, below};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path as File, PathBuf};
use test_system::{cargo, crc32, first_partition, root, tool};
use test_walker::Operation;

const APP: &str = "tests/storage/walk.toml";
/// Lives of the server in one script.
const LIVES: usize = 4;

/// A file that is open, perhaps several times.
struct Opened {
    id: usize,
    key: String,
    /// The places of its handles on the target.
    handles: Vec<u32>,
}

/// Files in memory, and what was done to them.
struct Script {
    model: Model,
    open: Vec<Opened>,
    next: usize,
    bytes: Vec<u8>,
    calls: usize,
}

/// Why something was refused: the bit of its number in `idl/fs.idl`.
fn bits(reasons: &[Error]) -> u32 {
    let number = |reason: &Error| match reason {
        Error::NotFound => 5,
        Error::NotADirectory => 6,
        Error::IsADirectory => 7,
        Error::AlreadyExists => 12,
        Error::NotEmpty => 13,
        Error::Busy => 17,
        other => panic!("{other:?} is no answer of memory"),
    };
    reasons.iter().map(|reason| 1 << number(reason)).sum()
}

fn about(node: &Node) -> Info {
    match node {
        Node::Directory => Info::DIRECTORY,
        Node::File(content) => {
            Info { kind: Kind::File, size: content.len() as u64, ..Info::DIRECTORY }
        }
    }
}

impl Script {
    fn new(seed: u32, fold: fn(&str) -> String) -> Self {
        let bytes = seed.to_le_bytes().to_vec();
        Self { model: Model::new(fold), open: Vec::new(), next: 0, bytes, calls: 0 }
    }

    fn operation(&mut self, operation: Operation, numbers: &[u32]) {
        self.calls += 1;
        self.numbers(&[operation.number()]);
        self.numbers(numbers);
    }

    fn numbers(&mut self, numbers: &[u32]) {
        self.bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }

    fn text(&mut self, bytes: &[u8]) {
        self.numbers(&[bytes.len() as u32]);
        self.bytes.extend(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// An operation with a path, and what it comes to.
    fn done(
        &mut self,
        operation: Operation,
        path: Path<'_>,
        mut reasons: Vec<Error>,
    ) -> Result<(), Error> {
        reasons.dedup();
        self.operation(operation, &[bits(&sorted(&reasons))]);
        self.text(path.as_str().as_bytes());
        reasons.first().map_or(Ok(()), |&reason| Err(reason))
    }

    fn opened(&self, file: usize) -> &Opened {
        self.open.iter().find(|one| one.id == file).expect("it is open")
    }

    /// The place of one of its handles.
    fn handle(&self, file: usize) -> u32 {
        self.opened(file).handles[0]
    }

    fn content(&mut self, file: usize) -> &mut Vec<u8> {
        let key = self.opened(file).key.clone();
        self.model.content(&key).expect("it is open")
    }

    fn is_open(open: &[Opened]) -> impl Fn(&str) -> bool {
        move |key| open.iter().any(|one| one.key == key)
    }
}

/// Each reason once.
fn sorted(reasons: &[Error]) -> Vec<Error> {
    let mut each: Vec<Error> = Vec::new();
    for &reason in reasons {
        if !each.contains(&reason) {
            each.push(reason);
        }
    }
    each
}

impl FileSystem for Script {
    type File = usize;

    fn mount(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn stat(&mut self, path: Path<'_>) -> Result<Info, Error> {
        let reasons = self.model.may_find(path.as_str());
        let found = self.model.get(path.as_str()).map_or(Info::DIRECTORY, about);
        self.operation(Operation::Stat, &[found.kind as u32, found.size as u32]);
        self.numbers(&[bits(&sorted(&reasons))]);
        self.text(path.as_str().as_bytes());
        reasons.first().map_or(Ok(found), |&reason| Err(reason))
    }

    fn open(&mut self, path: Path<'_>, how: Open) -> Result<(usize, Info), Error> {
        let reasons = self.model.open(path.as_str(), how);
        let create = match how.create {
            Create::Never => 0,
            Create::IfMissing => 4,
            Create::New => 4 | 8,
        };
        let used: Vec<u32> = self.open.iter().flat_map(|one| one.handles.clone()).collect();
        let handle = (0..).find(|handle| !used.contains(handle)).expect("some place is free");
        let info = self.model.get(path.as_str()).map_or(Info::DIRECTORY, about);
        let flags = create | if how.truncate { 16 } else { 0 };
        let numbers = [handle, flags, info.size as u32, bits(&sorted(&reasons))];
        self.operation(Operation::Open, &numbers);
        self.text(path.as_str().as_bytes());
        if let Some(&reason) = reasons.first() {
            return Err(reason);
        }
        let key = self.model.key(path.as_str());
        if let Some(one) = self.open.iter_mut().find(|one| one.key == key) {
            one.handles.push(handle);
            return Ok((one.id, info));
        }
        self.next += 1;
        self.open.push(Opened { id: self.next, key, handles: vec![handle] });
        Ok((self.next, info))
    }

    fn close(&mut self, file: usize) -> Result<(), Error> {
        let place = self.open.iter().position(|one| one.id == file).expect("it is open");
        let handle = self.open[place].handles.pop().expect("it is open");
        if self.open[place].handles.is_empty() {
            self.open.remove(place);
        }
        self.operation(Operation::Close, &[handle]);
        Ok(())
    }

    fn info(&mut self, file: usize) -> Result<Info, Error> {
        let size = self.content(file).len();
        self.operation(Operation::Info, &[self.handle(file), size as u32]);
        Ok(Info { kind: Kind::File, size: size as u64, ..Info::DIRECTORY })
    }

    fn read(&mut self, file: usize, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        let content = self.content(file);
        let bytes = content.get(offset as usize..).unwrap_or(&[]);
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        let numbers = [self.handle(file), offset as u32, into.len() as u32, count as u32];
        self.operation(Operation::Read, &numbers);
        self.numbers(&[crc32(&into[..count])]);
        Ok(count)
    }

    fn write(&mut self, file: usize, offset: u64, data: &[u8]) -> Result<(), Error> {
        let (content, offset) = (self.content(file), offset as usize);
        if !data.is_empty() {
            content.resize(content.len().max(offset + data.len()), 0);
            content[offset..offset + data.len()].copy_from_slice(data);
        }
        self.operation(Operation::Write, &[self.handle(file), offset as u32]);
        self.text(data);
        Ok(())
    }

    fn truncate(&mut self, file: usize, size: u64) -> Result<(), Error> {
        self.content(file).resize(size as usize, 0);
        self.operation(Operation::Truncate, &[self.handle(file), size as u32]);
        Ok(())
    }

    fn make_directory(&mut self, path: Path<'_>) -> Result<(), Error> {
        let reasons = self.model.make_directory(path.as_str());
        self.done(Operation::MakeDirectory, path, reasons)
    }

    fn remove_directory(&mut self, path: Path<'_>) -> Result<(), Error> {
        let reasons = self.model.remove_directory(path.as_str());
        self.done(Operation::RemoveDirectory, path, reasons)
    }

    fn remove(&mut self, path: Path<'_>) -> Result<(), Error> {
        let reasons = self.model.remove(path.as_str(), Self::is_open(&self.open));
        self.done(Operation::Remove, path, reasons)
    }

    fn rename(&mut self, from: Path<'_>, to: Path<'_>) -> Result<(), Error> {
        let reasons = self.model.rename(from.as_str(), to.as_str(), Self::is_open(&self.open));
        let done = self.done(Operation::Rename, from, reasons);
        self.text(to.as_str().as_bytes());
        if done.is_ok() {
            let (old, new) = (self.model.key(from.as_str()), self.model.key(to.as_str()));
            for one in &mut self.open {
                if let Some(rest) = below(&one.key, &old) {
                    one.key = format!("{new}{rest}");
                }
            }
        }
        done
    }

    fn list(
        &mut self,
        path: Path<'_>,
        cookie: u64,
        mut each: impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut reasons = self.model.may_find(path.as_str());
        if matches!(self.model.get(path.as_str()), Some(Node::File(_))) {
            reasons.push(Error::NotADirectory);
        }
        let entries = if reasons.is_empty() { self.model.list(path.as_str()) } else { Vec::new() };
        if cookie == 0 {
            let sum = |sum: u32, name: &str, info: Info| {
                let about = crc32(name.as_bytes()).wrapping_add(info.kind as u32);
                sum.wrapping_add(about.wrapping_mul(info.size as u32 | 1))
            };
            let sum = entries.iter().fold(0, |all, one| sum(all, &one.name, about(&one.node)));
            self.operation(Operation::List, &[entries.len() as u32, sum]);
            self.numbers(&[bits(&sorted(&reasons))]);
            self.text(path.as_str().as_bytes());
        }
        if let Some(&reason) = reasons.first() {
            return Err(reason);
        }
        for (next, one) in (1..).zip(&entries).skip(cookie as usize) {
            if each(&Entry { name: &one.name, next, info: about(&one.node) }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.operation(Operation::Sync, &[]);
        Ok(())
    }

    fn sync_file(&mut self, file: usize) -> Result<(), Error> {
        self.operation(Operation::SyncFile, &[self.handle(file)]);
        Ok(())
    }

    fn space(&mut self) -> Result<Space, Error> {
        self.operation(Operation::Space, &[]);
        Ok(Space { format: "memory", block_size: 1, blocks: 0, free: 0, read_only: false })
    }
}

/// What there is in the end, by path; `None` is a directory.
type Tree = BTreeMap<String, Option<Vec<u8>>>;

/// A script of so many operations, and what it leaves.
fn script(seed: u32, steps: usize, fold: fn(&str) -> String) -> (Script, Tree) {
    let mut script = Script::new(seed, fold);
    let rules = Rules { fold, largest: 12_000, max_open: 6 };
    let mut walk = Walk::new(seed.into(), rules);
    for _ in 0..LIVES {
        walk.run(&mut script, steps / LIVES);
        walk.close_all(&mut script);
        script.operation(Operation::Sync, &[]);
        script.operation(Operation::Restart, &[]);
        walk.check(&mut script);
    }
    script.numbers(&[Operation::End.number()]);
    let tree = walk.model.all().map(|(path, node)| match node {
        Node::Directory => (path, None),
        Node::File(content) => (path, Some(content.clone())),
    });
    let tree = tree.collect();
    (script, tree)
}

/// The app with two scripts.
fn app(folder: &File, scripts: [&Script; 2]) -> String {
    let mut text = format!("inherit = \"{}\"\n", root().join(APP).display());
    for (name, script) in ["fat-script", "lfs-script"].iter().zip(scripts) {
        let file = folder.join(name);
        std::fs::write(&file, &script.bytes).expect("room");
        let size = script.bytes.len().next_multiple_of(4096);
        text += &format!("[regions.{name}]\nsize = {size}\nfile = \"{}\"\n", file.display());
    }
    let path = folder.join("walk-app.toml");
    std::fs::write(&path, text).expect("room");
    path.display().to_string()
}

/// Everything on a volume.
fn tree(source: Source<'_>) -> Tree {
    let all = files::list(source, "", true).expect("it can be read");
    let content = |path: &str| files::get(source, path).expect("it can be read");
    let one = |named: files::Named| {
        let content = (named.kind == Kind::File).then(|| content(&named.path));
        (named.path, content)
    };
    all.into_iter().map(one).collect()
}

fn setting(name: &str, usual: u32) -> u32 {
    std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}

/// `WALK_STEPS=10000` makes it longer, `WALK_SEED=7` another.
#[test]
fn random_operations_are_answered_as_by_memory() {
    let (seed, steps) = (setting("WALK_SEED", 1), setting("WALK_STEPS", 6000) as usize);
    let folder = tempfile::tempdir().expect("a folder");
    let disk: PathBuf = folder.path().join("disk.img");
    let named = |text| Named::parse(text).expect("a name");
    let littlefs = Format::Littlefs { block_size: 4096 };
    let partitions = [(named("label:files"), Format::Fat), (named("label:data"), littlefs)];
    disk::make_partitioned(&disk, &partitions, disk::SIZE, &[]).expect("room");
    let (fat, fat_tree) = script(seed, steps, str::to_lowercase);
    let (lfs, lfs_tree) = script(seed, steps, str::to_owned);
    let (app, name) = (app(folder.path(), [&fat, &lfs]), disk.display().to_string());
    let run = ["xtask", "qemu", &app, "--disk", &name, "--timeout", "3000"];
    let outcome = cargo(&[&run[..], &["--until", "suite: end"]].concat()).expect_success();
    println!("{}", outcome.stdout);
    assert_eq!(outcome.stdout.matches(" ... ok").count(), 2, "{}", outcome.stdout);
    tool("fsck.fat", &["-n", first_partition(&disk).to_str().expect("a name in UTF-8")]);
    for (label, expected) in [("label:files", fat_tree), ("label:data", lfs_tree)] {
        let source = Source { partition: Some(label), ..Source::whole(&disk) };
        let found = tree(source);
        let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&found), names(&expected), "{label}");
        assert!(found == expected && found.len() > 5, "{label}: other bytes");
    }
}
