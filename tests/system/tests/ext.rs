//! What Linux' own tools put on a disk, as a task on the target reads it: every name and byte.
//!
//! `tests/tree/ext.toml` prints what it finds, in lines that these tests compute for themselves.

use gptman::{GPT, GPTPartitionEntry};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use test_system::{cargo, crc32};

const APP: &str = "tests/tree/ext.toml";
/// Bytes of a file system.
const SIZE: u64 = 40 << 20;
/// Where the partition begins, in bytes.
const BEGIN: u64 = 1 << 20;

/// What a program says that must succeed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} (package e2fsprogs): {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A tree with one of each kind, in a folder of its own.
struct Tree {
    folder: TempDir,
    /// What the target should say of it.
    lines: BTreeSet<String>,
}

impl Tree {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fill(folder.path()).expect("room for a tree");
        let lines = expected(folder.path());
        assert!(lines.len() > 1120);
        Self { folder, lines }
    }
}

fn fill(folder: &Path) -> std::io::Result<()> {
    let at = |name: &str| folder.join(name);
    fs::write(at("empty"), [])?;
    fs::write(at("plain"), disk::pattern(5000))?;
    fs::write(at("large"), disk::pattern(1_000_001))?;
    fs::write(at(&"long name ".repeat(25)), "x")?;
    fs::write(at("Käse, 乾酪"), "unicode")?;
    let deep = at("a/b/c/d/e");
    fs::create_dir_all(&deep)?;
    fs::write(deep.join("leaf"), disk::pattern(100_000))?;
    // Names so long that the hash tree has two levels, where blocks are small.
    fs::create_dir(at("many"))?;
    for number in 0..1100 {
        let name = format!("many/{number:04} {}", "of many names ".repeat(7));
        fs::write(at(name.trim_end()), format!("{number}"))?;
    }
    // Pieces with holes in between: an extent tree with more than its root.
    let mut holes = File::create(at("holes"))?;
    for piece in 0..400 {
        holes.seek(SeekFrom::Start(piece * 8192))?;
        holes.write_all(&disk::pattern(4000 + piece as usize % 96))?;
    }
    holes.set_len(400 * 8192 + 100_000)?;
    File::create(at("nothing but a hole"))?.set_len(2 << 20)?;
    symlink("plain", at("short link"))?;
    symlink("a/b/../../a/b/c", at("link to directory"))?;
    symlink(format!("{}plain", "many/../".repeat(20)), at("long link"))?;
    symlink("/plain", at("absolute link"))?;
    symlink("nowhere", at("dangling link"))?;
    symlink("ring", at("ring"))
}

/// An image of a tree, made by `mke2fs`, with extended attributes, its directories hashed.
fn image(tree: &Path, options: &[&str]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.as_file().set_len(SIZE).expect("room for an image");
    let (tree, path) = (text(tree), text(file.path()));
    let all = [&["-q", "-F", "-N", "2048", "-d", &tree][..], options, &[&path]].concat();
    run("/sbin/mke2fs", &all);
    for (name, value) in ATTRIBUTES {
        debugfs(&path, &format!("ea_set plain {name} {}", value.repeat(LONG)));
    }
    run("/sbin/e2fsck", &["-f", "-y", "-D", &path]);
    file
}

fn debugfs(image: &str, request: &str) -> String {
    run("/sbin/debugfs", &["-w", "-R", request, image])
}

/// Of `plain`: too much for the inode, so one is in a block.
const ATTRIBUTES: [(&str, &str); 3] =
    [("user.colour", "g"), ("user.long", "0123456789"), ("security.label", "s")];
/// How often the value is repeated.
const LONG: usize = 40;

fn text(path: &Path) -> String {
    path.to_str().expect("a name in UTF-8").to_owned()
}

/// A disk with one partition, `linux`, that holds an image.
fn disk_with(image: &Path, sector: u64) -> tempfile::NamedTempFile {
    let disk = tempfile::NamedTempFile::new().expect("a temporary file");
    disk.as_file().set_len(SIZE + 2 * BEGIN).expect("room for a disk");
    let mut file = disk.as_file();
    let mut table = GPT::new_from(&mut file, sector, [7; 16]).expect("it fits");
    table[1] = GPTPartitionEntry {
        partition_type_guid: [1; 16],
        unique_partition_guid: [2; 16],
        starting_lba: BEGIN / sector,
        ending_lba: (BEGIN + SIZE) / sector - 1,
        attribute_bits: 0,
        partition_name: "linux".into(),
    };
    GPT::write_protective_mbr_into(&mut file, sector).expect("it fits");
    table.write_into(&mut file).expect("it fits");
    let bytes = fs::read(image).expect("the image is there");
    file.write_all_at(&bytes, BEGIN).expect("room for a disk");
    disk
}

/// What the target says of a disk.
fn read(disk: &Path, sector: u64) -> Vec<String> {
    let disk = text(disk);
    let size =
        ["logical", "physical"].map(|key| format!("virtio-blk-device.{key}_block_size={sector}"));
    let arguments =
        ["xtask", "qemu", APP, "--disk", &disk, "--until", "tree: end", "--timeout", "120"];
    let globals = size.iter().flat_map(|size| ["--qemu-arg", "-global", "--qemu-arg", size]);
    let arguments: Vec<&str> = arguments.into_iter().chain(globals).collect();
    let outcome = cargo(&arguments).expect_success();
    let lines = outcome.stdout.lines().skip_while(|line| !line.starts_with("tree: "));
    lines.map(str::to_owned).collect()
}

/// What it should say of everything below a folder of the host.
fn expected(folder: &Path) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(folder.join(&below)).expect("a folder").flatten() {
            let path = below.join(entry.file_name());
            let (name, known) = (text(&path), entry.metadata().expect("it is there"));
            let kind = known.file_type();
            let owner = format!(
                "{:o} {} {} {}",
                known.mode() & 0o7777,
                known.uid(),
                known.gid(),
                known.mtime()
            );
            lines.insert(if kind.is_dir() {
                open.push(path);
                format!("{name} | Directory {owner}")
            } else if kind.is_symlink() {
                let target = text(&fs::read_link(entry.path()).expect("a link"));
                format!("{name} | Link {owner} {target} -> {}", leads(folder, &target))
            } else {
                let bytes = fs::read(entry.path()).expect("a file");
                format!("{name} | File {owner} {} {:08x}", bytes.len(), crc32(&bytes))
            });
        }
    }
    for (name, value) in ATTRIBUTES {
        let value = value.repeat(LONG);
        let sum = crc32(value.as_bytes());
        lines.insert(format!("plain | attribute {name} {} {sum:08x}", value.len()));
    }
    lines
}

/// What is at the end of a link in the tree's root.
fn leads(folder: &Path, target: &str) -> String {
    match target {
        "ring" => "Server(TooManyLinks)".into(),
        absolute if absolute.starts_with('/') => "Server(Redirect)".into(),
        _ => match fs::metadata(folder.join(target)) {
            Err(_) => "Server(NotFound)".into(),
            Ok(known) if known.is_dir() => "Directory 0".into(),
            Ok(known) => format!("File {}", known.len()),
        },
    }
}

/// What the target says to every attempt to change something.
const CHANGES: [&str; 11] = [
    "create",
    "cut",
    "write",
    "change",
    "make link",
    "set attribute",
    "remove attribute",
    "make directory",
    "remove directory",
    "rename",
    "remove",
];

fn compare(tree: &Tree, format: &str, options: &[&str], sector: u64, levels: u32) {
    let Tree { folder, lines: theirs } = tree;
    let image = image(folder.path(), options);
    let levels = format!("Indirect levels: {levels}");
    let path = text(image.path());
    assert!(debugfs(&path, "htree_dump many").contains(&levels), "{options:?}");
    let number = |name: &str| {
        let said = run("/sbin/dumpe2fs", &["-h", &path]);
        let found = said.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        found.map(str::to_owned).expect("dumpe2fs says it")
    };
    let space = ["Block size:", "Block count:", "Free blocks:"].map(number).join(" ");
    let disk = disk_with(image.path(), sector);
    let before = fs::read(disk.path()).expect("the disk is there");
    let lines = read(disk.path(), sector);
    assert!(fs::read(disk.path()).expect("the disk is there") == before, "{options:?}: written");
    let (head, rest) = lines.split_first().expect("lines");
    assert_eq!(*head, format!("tree: {format} {space} 1"), "{options:?}");
    let refused = rest.len() - 1 - CHANGES.len();
    let (found, refused) = (&rest[..refused], &rest[refused..]);
    let ours: BTreeSet<String> =
        found.iter().filter(|line| !line.starts_with("lost+found |")).cloned().collect();
    assert_eq!(ours.len() + 1, found.len(), "{options:?}: no line twice");
    let missing: Vec<_> = theirs.difference(&ours).take(5).collect();
    let more: Vec<_> = ours.difference(theirs).take(5).collect();
    assert!(missing.is_empty() && more.is_empty(), "{options:?}: {missing:#?} {more:#?}");
    for (change, line) in CHANGES.iter().zip(refused) {
        assert_eq!(*line, format!("{change}: Err(Server(ReadOnly))"), "{options:?}");
    }
}

#[test]
fn the_target_reads_what_linux_tools_wrote_whatever_the_format() {
    let tree = Tree::new();
    // In the last column, whether the directory is so large that its hash tree has two levels.
    compare(&tree, "ext4", &["-t", "ext4", "-b", "4096"], 4096, 0);
    compare(&tree, "ext4", &["-t", "ext4", "-b", "1024"], 512, 1);
    compare(&tree, "ext3", &["-t", "ext3", "-b", "1024"], 512, 1);
    compare(&tree, "ext2", &["-t", "ext2", "-b", "2048"], 512, 0);
}

#[test]
fn what_cannot_be_read_rightly_is_refused() {
    let tree = tempfile::tempdir().expect("a temporary folder");
    let mut file = image_of_plain(tree.path());
    let refusal = |file: &tempfile::NamedTempFile| {
        read(disk_with(file.path(), 512).path(), 512).first().cloned().unwrap_or_default()
    };
    debugfs(&text(file.path()), "feature needs_recovery");
    assert_eq!(refusal(&file), "tree: Server(Unsupported)");
    debugfs(&text(file.path()), "feature -needs_recovery");
    assert!(refusal(&file).starts_with("tree: ext4 "));
    // In the superblock, what it calls itself.
    file.seek(SeekFrom::Start(1024 + 0x78)).and_then(|_| file.write_all(b"x")).expect("a write");
    assert_eq!(refusal(&file), "tree: Server(Corrupt)");
    fs::write(file.path(), vec![0; SIZE as usize]).expect("a write");
    assert_eq!(refusal(&file), "tree: Server(NotRecognized)");
}

fn image_of_plain(tree: &Path) -> tempfile::NamedTempFile {
    fs::write(tree.join("plain"), "x").expect("room");
    fs::create_dir(tree.join("many")).expect("room");
    image(tree, &["-t", "ext4"])
}
