//! `dist`: from an app file to the image and its archive.

use crate::home::Home;
use crate::progress::Display;
use crate::{audit, interfaces, provenance};
use anyhow::{Context, Result};
use appfile::{App, Folders};
use archive::{Built, Entry};
use image::{Inputs, Linker};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use toolchain::{Compiled, Package, Target, Toolchain};

/// The crate of the kernel.
const KERNEL: &str = "kern";

/// What `dist` leaves behind.
pub struct Dist {
    /// The checked app.
    pub app: App,
    /// Folder of the products.
    pub folder: PathBuf,
    /// For QEMU's `-kernel` and boot loaders.
    pub image_bin: PathBuf,
    /// The archive.
    pub archive: PathBuf,
}

impl Dist {
    /// What the archive says of the image.
    pub fn manifest(&self) -> Result<archive::Manifest> {
        Ok(archive::Archive::open(&self.archive)?.manifest)
    }

    /// Says what there is.
    pub fn summarise(&self) {
        for path in [self.folder.join("image.elf"), self.image_bin.clone(), self.archive.clone()] {
            let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            let path = path.strip_prefix(root()).unwrap_or(&path);
            eprintln!("{:>10} {}", format!("{} KiB", size.div_ceil(1024)), path.display());
        }
    }
}

/// The workspace this tool is run in, else the one it was built in. They differ when two checkouts
/// share a target folder: cargo sees no reason to build this tool twice.
pub fn root() -> PathBuf {
    let from_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = from_cargo
        .filter(|folder| folder.ends_with("build/xtask"))
        .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    here.ancestors().nth(2).unwrap_or(&here).to_owned()
}

/// Reads and checks an app file.
pub fn load(path: &Path) -> Result<App> {
    let (text, folders) = read(path)?;
    let app = appfile::load(&path.display().to_string(), &text, &folders);
    let app = app.map_err(|report| if denied() { report.strict() } else { report })?;
    warn(app.report())?;
    Ok(app)
}

/// An app file, and where others are that it may name.
pub fn read(path: &Path) -> Result<(String, Folders)> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let folders = Folders {
        boards: root().join("build/boards"),
        app: path.parent().unwrap_or(Path::new(".")).to_owned(),
    };
    Ok((text, folders))
}

/// Whether warnings are mistakes.
static DENY_WARNINGS: AtomicBool = AtomicBool::new(false);

/// Takes every warning for a mistake from now on.
pub fn deny_warnings() {
    DENY_WARNINGS.store(true, Ordering::Relaxed);
}

fn denied() -> bool {
    DENY_WARNINGS.load(Ordering::Relaxed)
}

/// Shows warnings, if there are any.
///
/// # Errors
/// If they are mistakes.
fn warn(report: appfile::Report) -> Result<()> {
    match report.diagnostics.is_empty() {
        true => Ok(()),
        false if denied() => Err(report.strict().into()),
        false => {
            eprintln!("{}\n", report.render(std::io::stderr().is_terminal()));
            Ok(())
        }
    }
}

/// How the kernel is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// As it is shipped.
    Plain,
    /// Measuring its longest way.
    Metered,
}

/// Builds everything.
pub fn dist(path: &Path) -> Result<Dist> {
    dist_with(path, Kernel::Plain)
}

/// The same, with a kernel built for a purpose.
pub fn dist_with(path: &Path, kernel: Kernel) -> Result<Dist> {
    let app = load(path)?;
    let packages = packages(&app, kernel);
    let targets: Vec<Target> = packages.iter().map(|package| package.target).collect();
    let toolchain = toolchain::require(|| toolchain::find_for(&targets))?;
    let home = Home::of(path)?;
    let _turn = turn(home.build_folder())?;
    let display = Display::new();
    let compiled = home.compile(&toolchain, &packages, &mut |step| display.compiled(step))?;
    let folder = home.products(&app.name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let dist = Dist {
        image_bin: folder.join("image.bin"),
        archive: folder.join(format!("{}.zip", app.name)),
        folder,
        app,
    };
    let built = provenance::built(&toolchain);
    let interfaces = interfaces::entries(&dist.app, &home.interfaces())?;
    let stamp = stamp(&dist.app, &compiled, &built, &interfaces)?;
    let stamp_path = dist.folder.join("stamp");
    let there = dist.image_bin.is_file() && dist.archive.is_file();
    if there && std::fs::read_to_string(&stamp_path).is_ok_and(|old| old == stamp) {
        return Ok(dist);
    }
    display.step("linking");
    // What has warnings is linked anew, so that they are shown again.
    let (built, sbom) = provenance::sbom(&dist.app, &home, &toolchain, &compiled, built)?;
    let extra = [vec![sbom], interfaces].concat();
    if link(&dist, &toolchain, compiled.objects, built, extra)? {
        std::fs::write(stamp_path, stamp).context("cannot write the stamp")?;
    }
    Ok(dist)
}

/// Waits until nobody else builds in this folder, and keeps others out until dropped.
pub fn turn(path: &Path) -> Result<File> {
    std::fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
    let path = path.join("turn");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// The kernel, then the tasks by index.
pub fn packages(app: &App, kernel: Kernel) -> Vec<Package> {
    let features = if kernel == Kernel::Metered { vec!["meter".into()] } else { Vec::new() };
    let (name, default_features) = (KERNEL.into(), true);
    let kernel = Package { name, features, default_features, target: Target::Soft };
    let tasks = app.tasks.iter().map(|task| Package {
        name: task.krate.clone(),
        features: task.features.clone(),
        default_features: task.default_features,
        target: if task.fpu { Target::Hard } else { Target::Soft },
    });
    [kernel].into_iter().chain(tasks).collect()
}

/// False if there were warnings.
fn link(
    dist: &Dist,
    toolchain: &Toolchain,
    mut objects: Vec<PathBuf>,
    built: Built,
    extra: Vec<Entry>,
) -> Result<bool> {
    let kernel = objects.remove(0);
    let inputs = Inputs {
        kernel,
        tasks: objects,
        linker: Linker {
            program: toolchain.linker.clone(),
            arguments: toolchain.linker_arguments.clone(),
        },
        work: dist.folder.join("link"),
        built,
        extra,
    };
    let products = image::build(&dist.app, &inputs)?;
    audit::refuse_violations(&products)?;
    let is_clean = products.warnings.diagnostics.is_empty();
    warn(products.warnings.clone())?;
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    write(&dist.folder.join("image.elf"), &products.image_elf)?;
    write(&dist.image_bin, &products.image_bin)?;
    write(&dist.archive, &products.archive)?;
    Ok(is_clean)
}

/// Changes whenever the products would.
fn stamp(app: &App, compiled: &Compiled, built: &Built, interfaces: &[Entry]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    (&app.archive, &app.text, &app.board.text, &built.rustc, &built.linker).hash(&mut hasher);
    (&built.revision, built.dirty, &compiled.linked, std::env::current_exe().ok())
        .hash(&mut hasher);
    let modified = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    std::env::current_exe().ok().as_deref().and_then(modified).hash(&mut hasher);
    interfaces.iter().for_each(|interface| interface.bytes.hash(&mut hasher));
    for object in &compiled.objects {
        let bytes =
            std::fs::read(object).with_context(|| format!("cannot read {}", object.display()))?;
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}
