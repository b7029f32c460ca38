//! A finished image to be damaged: where its descriptors are, and what the audit says of it.

use archive::{Archive, Manifest, Region};
use audit::{Report, Rule, Subject};
use config::{BootDesc, ImageDesc, RegionDesc, TaskDesc, window};
use std::mem::offset_of;
use std::sync::OnceLock;
use test_system::{cargo, root};
use zerocopy::FromBytes;

/// Of a descriptor (Arm ARM D8.3): valid; page or table.
pub const VALID: u64 = 1;
/// AttrIndx, lowest bit.
pub const ATTRIBUTE: u64 = 1 << 2;
/// AP[1]: EL0 has it, too.
pub const USER: u64 = 1 << 6;
/// AP[2].
pub const READ_ONLY: u64 = 1 << 7;
/// SH, lower bit.
pub const SHARED: u64 = 1 << 8;
/// AF.
pub const ACCESSED: u64 = 1 << 10;
/// nG.
pub const NOT_GLOBAL: u64 = 1 << 11;
/// PXN.
pub const KERNEL_NEVER: u64 = 1 << 53;
/// UXN.
pub const USER_NEVER: u64 = 1 << 54;
/// Output address.
pub const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// An image, and the manifest of its archive.
#[derive(Clone)]
pub struct Specimen {
    /// `image.bin`.
    pub image: Vec<u8>,
    /// `manifest.json`.
    pub manifest: Manifest,
}

impl Specimen {
    /// Builds an app.
    pub fn of(app: &str, name: &str) -> Self {
        let _ = cargo(&["xtask", "dist", app]).expect_success();
        let path = root().join(format!("target/{name}/dist/{name}.zip"));
        let mut archive = Archive::open(&path).expect("an archive");
        let image = archive.read("image.bin").expect("an image");
        Self { image, manifest: archive.manifest }
    }

    /// Where a physical address is in the file.
    pub fn at(&self, physical: u64) -> usize {
        let offset = physical.checked_sub(self.boot().load_address).expect("in the image");
        assert!(offset < self.image.len() as u64, "{physical:#x} is not in the image");
        offset as usize
    }

    /// Reads a number of the file.
    pub fn get(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.image[at..at + 8].try_into().expect("eight bytes"))
    }

    /// Writes one.
    pub fn set(&mut self, at: usize, value: u64) {
        self.image[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    /// The boot parameters.
    pub fn boot(&self) -> BootDesc {
        BootDesc::read_from_prefix(&self.image).expect("long enough").0
    }

    /// Physical address of the kernel's descriptors.
    pub fn descriptors(&self) -> u64 {
        let regions = &self.manifest.kernel.regions;
        let found = regions.iter().find(|region| region.base == window::DESCRIPTORS);
        found.expect("descriptors").physical
    }

    /// Their head.
    pub fn head(&self) -> ImageDesc {
        let at = self.at(self.descriptors());
        ImageDesc::read_from_prefix(&self.image[at..]).expect("long enough").0
    }

    /// Index of a task.
    pub fn index(&self, task: &str) -> usize {
        let tasks = &self.manifest.tasks;
        tasks.iter().position(|other| other.name == task).expect("a task")
    }

    /// Where a task's record is.
    pub fn record(&self, task: &str) -> usize {
        let table = self.descriptors() + u64::from(self.head().tasks.offset);
        self.at(table) + self.index(task) * size_of::<TaskDesc>()
    }

    /// A task's record.
    pub fn task(&self, task: &str) -> TaskDesc {
        TaskDesc::read_from_prefix(&self.image[self.record(task)..]).expect("long enough").0
    }

    /// Where the record of a task's nth region is.
    pub fn region_record(&self, task: &str, n: usize) -> usize {
        let table = self.descriptors() + u64::from(self.head().regions.offset);
        self.at(table) + (self.task(task).regions[0] as usize + n) * size_of::<RegionDesc>()
    }

    /// A region of a task's or of the kernel's.
    pub fn region(&self, who: &str, name: &str) -> Region {
        let regions = match who {
            "kernel" => &self.manifest.kernel.regions,
            task => &self.manifest.tasks[self.index(task)].regions,
        };
        let found = regions.iter().find(|region| region.name == name);
        found.unwrap_or_else(|| panic!("{who} has no {name}")).clone()
    }

    /// The root of a table: `boot`, `kernel`, or a task's.
    pub fn root(&self, who: &str) -> u64 {
        match who {
            "boot" => self.boot().boot_table,
            "kernel" => self.boot().kernel_table,
            task => self.task(task).ttbr0 & ADDRESS,
        }
    }

    /// Where the descriptor of each level is, down to the one that decides about an address.
    pub fn way(&self, who: &str, address: u64) -> Vec<usize> {
        let mut way = Vec::new();
        let mut table = self.root(who);
        for shift in [30, 21, 12] {
            let slot = self.at(table) + (address >> shift & 511) as usize * 8;
            way.push(slot);
            let descriptor = self.get(slot);
            if descriptor & 3 != 3 {
                break;
            }
            table = descriptor & ADDRESS;
        }
        way
    }

    /// The last of them.
    pub fn slot(&self, who: &str, address: u64) -> usize {
        *self.way(who, address).last().expect("at least the root's")
    }

    /// The descriptor of a region's first page.
    pub fn page_of(&self, who: &str, region: &str) -> usize {
        self.slot(who, self.region(who, region).base)
    }

    /// Sets and clears bits.
    pub fn change(&mut self, at: usize, clear: u64, set: u64) {
        let value = self.get(at) & !clear | set;
        assert_ne!(value, self.get(at), "nothing changes");
        self.set(at, value);
    }

    /// Points a page elsewhere.
    pub fn point(&mut self, at: usize, physical: u64) {
        self.change(at, ADDRESS, physical);
    }

    /// What the audit says.
    pub fn audit(&self) -> Report {
        let (image_bin, manifest) = (&*self.image, &self.manifest);
        audit::audit(&Subject { image_bin, image_elf: None, manifest })
    }

    /// Fails unless the audit has a violation of this rule with all of these words.
    #[track_caller]
    pub fn must_break(&self, rule: Rule, words: &[&str]) {
        let report = self.audit();
        let all = |message: &str| words.iter().all(|word| message.contains(word));
        let found = report.of(rule).any(|violation| all(&violation.message));
        assert!(found, "no {} with {words:?}:\n{report}", rule.name());
    }
}

/// Where a task's record has its root.
pub const TTBR0: usize = offset_of!(TaskDesc, ttbr0);

/// The demo, built once.
pub fn demo() -> Specimen {
    static DEMO: OnceLock<Specimen> = OnceLock::new();
    DEMO.get_or_init(|| Specimen::of("app.toml", "demo")).clone()
}

/// An app with regions that tasks share.
pub fn sharers() -> Specimen {
    static SHARERS: OnceLock<Specimen> = OnceLock::new();
    SHARERS.get_or_init(|| Specimen::of("tests/apps/fuzz.toml", "test-fuzz")).clone()
}

/// A copy of the demo with a change.
pub fn damaged(change: impl FnOnce(&mut Specimen)) -> Specimen {
    let mut image = demo();
    change(&mut image);
    image
}
