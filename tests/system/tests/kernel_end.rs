//! The kernel's own end: what a broken kernel, or a broken image, leaves behind.
//!
//! No task can bring these about, so the image is broken before it boots.

use config::{ImageDesc, window};
use object::{Object, ObjectSymbol};
use std::path::Path;
use test_system::{Outcome, cargo, qemu, root};

const DIST: &str = "target/demo/dist";

/// The demo's image, changed, in a folder of its own.
struct Broken {
    folder: tempfile::TempDir,
}

impl Broken {
    fn image(change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let _ = cargo(&["xtask", "dist", "app.toml"]).expect_success();
        let mut image = read("image.bin");
        change(&mut image);
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("image.bin"), image).expect("room for a file");
        Self { folder }
    }

    /// Boots it, which must end with these words; everything that was said.
    fn ends(&self, words: &str) -> String {
        let (image, dump) = (self.path("image.bin"), self.path("core.elf"));
        let outcome = qemu(&[
            "--disk",
            "none",
            "--until",
            "no such line",
            "--dump",
            &dump,
            "--qemu-arg=-kernel",
            &format!("--qemu-arg={image}"),
        ]);
        assert!(!outcome.success);
        let stopped = format!("the machine stopped: {words}");
        assert!(outcome.stderr.contains(&stopped), "{}", outcome.stderr);
        outcome.stderr
    }

    /// What the debugger says of it.
    fn epitaph(&self) -> Outcome {
        let (archive, dump) = (format!("{DIST}/demo.zip"), self.path("core.elf"));
        cargo(&["humility-lite", "-a", &archive, "-d", &dump, "epitaph"]).expect_success()
    }

    fn path(&self, file: &str) -> String {
        self.folder.path().join(file).display().to_string()
    }
}

fn read(file: &str) -> Vec<u8> {
    let path = root().join(DIST).join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Puts instructions at the beginning of one of the kernel's functions.
fn patch(image: &mut [u8], function: &str, instructions: &[u32]) {
    let kernel = read(&Path::new("link").join("kernel.elf").display().to_string());
    let kernel = object::File::parse(&*kernel).expect("an ELF file");
    let symbol = kernel.symbols().find(|symbol| symbol.name() == Ok(function));
    let address = symbol.unwrap_or_else(|| panic!("the kernel has no `{function}`")).address();
    // The image begins with the kernel.
    let offset = (address - window::KERNEL) as usize;
    for (instruction, at) in instructions.iter().zip((offset..).step_by(4)) {
        image[at..at + 4].copy_from_slice(&instruction.to_le_bytes());
    }
}

#[test]
fn a_kernel_that_faults_stops_with_an_epitaph() {
    let broken = Broken::image(|image| {
        patch(image, "aidos_system_call", &[0xd420_0000]); // brk #0
    });
    broken.ends("the kernel faulted: kernel exception 0xf2000000");
    let epitaph = broken.epitaph().stdout;
    assert!(epitaph.contains("aidos_system_call"), "{epitaph}");
}

#[test]
fn so_does_one_without_a_stack() {
    let broken = Broken::image(|image| {
        let instructions = [
            0xd280_0000, // mov x0, #0
            0x9100_001f, // mov sp, x0
            0xf81f_0fe0, // str x0, [sp, #-16]!
        ];
        patch(image, "aidos_system_call", &instructions);
    });
    broken.ends("the kernel faulted: kernel exception 0x9600");
}

#[test]
fn a_kernel_that_panics_says_so() {
    let broken = Broken::image(|image| {
        let magic = ImageDesc::MAGIC.to_le_bytes();
        let places = (0..image.len() - 8).step_by(8).filter(|&at| image[at..at + 8] == magic);
        let places: Vec<usize> = places.collect();
        assert!(!places.is_empty());
        places.into_iter().for_each(|at| image[at] ^= 1);
    });
    let said = broken.ends("the kernel panicked: ");
    assert!(said.contains("no descriptors in the image"), "{said}");
}

#[test]
fn an_image_at_another_address_does_not_begin() {
    let broken = Broken::image(|image| {
        // `text_offset` of the arm64 boot header.
        image[8..16].copy_from_slice(&0x28_0000_u64.to_le_bytes());
    });
    broken.ends("the image was loaded at another address than it is linked for");
}
