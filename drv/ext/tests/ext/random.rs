//! Images that `debugfs` changed at random, from a seed, are read as it reads them itself.

use crate::KINDS;
use crate::common::{Image, Kept, mounted, noise, read_all};
use drv_fs_core::{FileSystem, Open, Path};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;

/// Changes of one image, unless the environment wants another number (`EXT_WALK_STEPS`), and where
/// chance begins (`EXT_WALK_SEED`).
const STEPS: u64 = 120;
/// Files of the host that are copied in.
const SIZES: [usize; 6] = [0, 40, 1024, 5000, 70_000, 400_000];

fn setting(name: &str, default: u64) -> u64 {
    let wanted = std::env::var(name).ok();
    wanted.map_or(default, |wanted| wanted.parse().expect("a number"))
}

/// Numbers by chance, the same for the same seed.
struct Dice(Vec<u8>, usize);

impl Dice {
    fn new(seed: u64, steps: u64) -> Self {
        Self(noise(seed, steps as usize * 64), 0)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.1 += 2;
        usize::from(u16::from_le_bytes([self.0[self.1 - 2], self.0[self.1 - 1]])) % limit
    }

    fn directory(&mut self) -> String {
        ["", "/one", "/two", "/one/inner", "/one/inner/most"][self.below(5)].to_owned()
    }

    fn name(&mut self) -> String {
        let name = ["a", "file", "Käse", "a name that is long enough for a tree of them"];
        format!("{} {}", name[self.below(4)], self.below(9))
    }
}

/// A script for `debugfs`. What it cannot do, it says, and goes on.
fn script(dice: &mut Dice, steps: u64, folder: &std::path::Path) -> String {
    let mut text = String::new();
    for directory in ["/one", "/two", "/one/inner", "/one/inner/most"] {
        writeln!(text, "mkdir {directory}").unwrap();
    }
    for _ in 0..steps {
        let (directory, name) = (dice.directory(), dice.name());
        let path = format!("\"{directory}/{name}\"");
        let (begin, end) = (dice.below(80), dice.below(80));
        match dice.below(12) {
            // Files alone are cut, filled and changed: directories would be damaged.
            0 => writeln!(text, "mkdir \"{directory}/folder of {name}\""),
            1 => writeln!(text, "rm {path}"),
            2 => {
                let target = dice.name().repeat(1 + dice.below(20));
                writeln!(text, "symlink \"{directory}/link {name}\" \"{target}\"")
            }
            3 => writeln!(text, "punch {path} {begin} {}", begin + end),
            4 => writeln!(text, "fallocate {path} {begin} {}", begin + end),
            5 => writeln!(text, "sif {path} mode 0100{:03o}", dice.below(0o1000)),
            6 => writeln!(text, "sif {path} uid {}", dice.below(60_000) * 40_000),
            7 => writeln!(text, "sif {path} mtime @{}", dice.below(60_000) * 70_000),
            8 => {
                let value = "value ".repeat(1 + dice.below(40));
                writeln!(text, "ea_set {path} user.number{} \"{value}\"", dice.below(4))
            }
            9 => writeln!(text, "ea_rm {path} user.number{}", dice.below(4)),
            _ => {
                let source = folder.join(format!("{}", dice.below(SIZES.len())));
                let cd = if directory.is_empty() { "/" } else { &directory };
                writeln!(text, "cd {cd}\nwrite {} \"{name}\"\ncd /", source.display())
            }
        }
        .unwrap();
    }
    text
}

/// What is known of one path.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    mode: u16,
    user: u32,
    group: u32,
    modified: u64,
    /// Names of extended attributes, and bytes of each.
    attributes: BTreeMap<String, usize>,
}

/// What `debugfs` says of a path after `stat`.
fn parse(said: &str) -> Known {
    let after = |key: &str| {
        let rest = said.split_once(key).unwrap_or_else(|| panic!("no {key} in {said}")).1;
        rest.split_whitespace().next().unwrap().to_owned()
    };
    // It prints them as if they could be less than 0.
    let signed = |key: &str| after(key).parse::<i64>().unwrap() as u32;
    let time = after("mtime:");
    let (low, extra) = time.split_once(':').unwrap_or((&time, "0"));
    let number = |text: &str| {
        u32::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_else(|_| panic!("{said}"))
    };
    let seconds = i64::from(number(low) as i32) + (i64::from(number(extra) & 3) << 32);
    let attributes = said.split_once("Extended attributes:").map_or("", |(_, rest)| rest);
    let attribute = |line: &str| {
        let (name, rest) =
            line.trim().split_once(" (").filter(|(name, _)| name.starts_with("user."))?;
        Some((name.to_owned(), rest.split_once(')')?.0.parse().ok()?))
    };
    Known {
        mode: u16::from_str_radix(&after("Mode:"), 8).unwrap(),
        user: signed("User:"),
        group: signed("Group:"),
        modified: u64::try_from(seconds).unwrap_or(0),
        attributes: attributes.lines().filter_map(attribute).collect(),
    }
}

/// Says how many names there are.
fn compare(image: &Image, what: &str) -> usize {
    let out = tempfile::tempdir().unwrap();
    image.debugfs(&format!("rdump / {}", out.path().display()));
    let mut fs = mounted(image);
    let (ours, theirs) = (read_all(&mut fs), Kept::of(out.path()));
    let names = |tree: &BTreeMap<String, Kept>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs), "{what}");
    let stats: String = ours.keys().map(|path| format!("stat \"/{path}\"\n")).collect();
    let said = image.script(&stats);
    let said: Vec<&str> = said.split("debugfs: stat").skip(1).collect();
    assert_eq!(said.len(), ours.len(), "{what}");
    for ((name, kept), said) in ours.iter().zip(said) {
        assert!(theirs[name] == *kept, "{what}: {name}: {kept:?} {:?}", theirs[name]);
        let path = Path::new(name).unwrap();
        let info = fs.stat(path).unwrap();
        let owner = info.owner.unwrap();
        let (mode, user, group) = (owner.mode, owner.user, owner.group);
        let mut attributes = Vec::new();
        fs.attributes(path, |name| {
            attributes.push(name.to_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
        let length = |name: String| {
            let length = fs.attribute(path, &name, &mut [0; 4096]).unwrap();
            (name, length)
        };
        let attributes = attributes.into_iter().map(length).collect();
        let known = Known { mode, user, group, modified: info.modified, attributes };
        assert_eq!(known, parse(said), "{what}: {name}");
    }
    ours.len()
}

/// Reads pieces of all files at random, and at their ends.
fn read_anywhere(image: &Image, dice: &mut Dice, what: &str) {
    let mut fs = mounted(image);
    for (name, kept) in read_all(&mut fs) {
        let Kept::File(bytes) = kept else { continue };
        let (file, _) = fs.open(Path::new(&name).unwrap(), Open::default()).unwrap();
        for _ in 0..4 {
            let from = dice.below(bytes.len() + 5);
            let mut piece = vec![0xaa; dice.below(9000)];
            let count = fs.read(file, from as u64, &mut piece).unwrap();
            let end = bytes.len().min(from + piece.len());
            assert!(piece[..count] == bytes[from.min(end)..end], "{what}: {name} from {from}");
        }
    }
}

#[test]
fn images_changed_at_random_are_read_as_debugfs_reads_them() {
    let (steps, first) = (setting("EXT_WALK_STEPS", STEPS), setting("EXT_WALK_SEED", 1));
    let folder = tempfile::tempdir().unwrap();
    for (number, size) in SIZES.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}")), noise(9, *size)).unwrap();
    }
    let empty = tempfile::tempdir().unwrap();
    for (seed, (_, options)) in (first..).zip(KINDS) {
        let what = format!("seed {seed}, {options:?}");
        let image = Image::new(empty.path(), options);
        let mut dice = Dice::new(seed, steps.max(200));
        image.script(&script(&mut dice, steps, folder.path()));
        image.repair(&what);
        let names = compare(&image, &what);
        assert!(names > 30, "{what}: {names} names");
        read_anywhere(&image, &mut Dice::new(seed + 1000, 9000), &what);
    }
}
