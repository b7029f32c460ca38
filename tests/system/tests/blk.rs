//! The block server against disks that fail, stall and are written into, and against its own death.
//!
//! `tests/storage/blk.toml` is one image for all of it. Eight tasks write, flush and read back;
//! what is done to the first disk, its serial tells the image.

use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use test_system::{Outcome, cargo, root};

const APP: &str = "tests/storage/blk.toml";
const BLOCK: usize = 4096;
/// The blocks that all workers read.
const SHARED: std::ops::Range<u64> = 1024..1536;

/// As `tests/disk-worker` knows it.
fn block(seed: u64) -> Vec<u8> {
    let word = |index: u64| (seed.wrapping_mul(512) + index).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..512).flat_map(|index| u64::to_le_bytes(word(index))).collect()
}

/// The three disks' files.
struct Disks {
    folder: tempfile::TempDir,
    app: String,
}

impl Disks {
    fn new() -> Self {
        let disks = Self { folder: tempfile::tempdir().expect("a folder"), app: APP.into() };
        for (name, size) in [("first", 64 << 20), ("second", 1 << 20), ("third", 1 << 20)] {
            let file = File::create(disks.path(name)).expect("a file");
            file.set_len(size).expect("room");
            if name == "first" {
                for number in SHARED {
                    let at = number * BLOCK as u64;
                    file.write_all_at(&block(number), at).expect("room");
                }
            }
        }
        disks
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the image; `first` is added to what the first disk's drive is.
    fn run(&self, serial: &str, first: &str, more: &[&str]) -> Outcome {
        let file = |name: &str| self.path(name).display().to_string();
        let second = "logical_block_size=4096,physical_block_size=4096,serial=second";
        let arguments = [
            format!("-drive=if=none,id=first,cache=unsafe,rerror=report,werror=report,{first}"),
            format!("-device=virtio-blk-device,drive=first,serial={serial},bus=virtio-mmio-bus.0"),
            format!("-drive=if=none,id=second,cache=unsafe,format=raw,file={}", file("second")),
            format!("-device=virtio-blk-device,drive=second,{second},bus=virtio-mmio-bus.8"),
            format!("-drive=if=none,id=third,format=raw,readonly=on,file={}", file("third")),
            "-device=virtio-blk-device,drive=third,serial=third,bus=virtio-mmio-bus.16".to_owned(),
        ];
        let mut all = vec!["xtask", "qemu", &self.app, "--disk", "none", "--timeout", "500"];
        all.extend(["--until", "suite: end"]);
        let words = arguments.iter().flat_map(|pair| {
            let (option, value) = pair.split_once('=').expect("an option and its value");
            [option, value]
        });
        let words: Vec<String> = words.map(|word| format!("--qemu-arg={word}")).collect();
        all.extend(words.iter().map(String::as_str));
        all.extend(more);
        cargo(&all)
    }

    /// Runs the image, and calls `act` again and again with QEMU's monitor.
    fn run_with_monitor(
        &self,
        serial: &str,
        first: &str,
        mut act: impl FnMut(&mut Monitor) + Send,
    ) -> Outcome {
        let socket = self.path("monitor");
        let monitor = format!("--qemu-arg=unix:{},server=on,wait=off", socket.display());
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut monitor = None;
                while !over.load(Relaxed) {
                    match &mut monitor {
                        None => monitor = Monitor::open(&socket),
                        Some(monitor) => act(monitor),
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            let outcome = self.run(serial, first, &["--qemu-arg=-qmp", &monitor]);
            over.store(true, Relaxed);
            outcome
        })
    }

    fn raw(&self) -> String {
        format!("format=raw,discard=unmap,file={}", self.path("first").display())
    }
}

/// QEMU's monitor.
struct Monitor(BufReader<UnixStream>);

impl Monitor {
    fn open(path: &Path) -> Option<Self> {
        let mut monitor = Self(BufReader::new(UnixStream::connect(path).ok()?));
        monitor.command("qmp_capabilities", json!({}));
        Some(monitor)
    }

    /// What comes back; nothing when QEMU is gone.
    fn command(&mut self, name: &str, arguments: Value) -> Value {
        let line = json!({"execute": name, "arguments": arguments}).to_string();
        let _ = self.0.get_mut().write_all(line.as_bytes());
        let mut answer = String::new();
        while self.0.read_line(&mut answer).is_ok_and(|length| length > 0) {
            let value: Value = serde_json::from_str(&answer).unwrap_or_default();
            assert!(value.get("error").is_none(), "{answer}");
            if let Some(value) = value.get("return") {
                return value.clone();
            }
            answer.clear();
        }
        Value::Null
    }
}

/// A number of the statistics that the image printed.
#[track_caller]
fn count(said: &str, name: &str) -> u64 {
    let start = said.find(&format!("{name}: ")).unwrap_or_else(|| panic!("no {name} in\n{said}"));
    let digits = said[start + name.len() + 2..].split(|c: char| !c.is_ascii_digit());
    digits.into_iter().next().and_then(|digits| digits.parse().ok()).expect("a number")
}

/// Every test the image ran, if all passed and there were so many.
#[track_caller]
fn all_passed(outcome: Outcome, tests: usize) -> String {
    let outcome = outcome.expect_success();
    let lines = outcome.stdout.lines().filter(|line| line.starts_with("test "));
    let (passed, other): (Vec<_>, Vec<_>) = lines.partition(|line| line.ends_with(" ... ok"));
    assert!(other.is_empty() && passed.len() == tests, "{}", outcome.stdout);
    outcome.stdout
}

/// Each block of the workers' parts is one that a worker wrote, whole.
fn whole_blocks(disk: &Path) {
    let disk = File::open(disk).expect("the disk is there");
    let mut bytes = vec![0; BLOCK];
    for number in 0..8 * 32 {
        disk.read_exact_at(&mut bytes, number * BLOCK as u64).expect("it has that block");
        if bytes.iter().all(|&byte| byte == 0) {
            continue;
        }
        let first = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes"));
        // The inverse of the factor, modulo 2^64.
        let seed = first.wrapping_mul(0xf1de_83e1_9937_733d) / 512;
        let place = (number / 32 + 1) << 48 | (number % 32) << 40;
        assert_eq!(seed & !0xffff_ffff, place, "block {number} is another's");
        assert!(bytes == block(seed), "block {number} is torn");
    }
}

#[test]
fn three_disks_by_three_tasks_of_one_crate() {
    let disks = Disks::new();
    let said = all_passed(disks.run("work", &disks.raw(), &[]), 12);
    whole_blocks(&disks.path("first"));
    assert!(count(&said, "features") & 3 << 28 == 3 << 28, "indirect descriptors, event index");
}

#[test]
fn a_device_without_indirect_descriptors_and_event_index_will_do() {
    let disks = Disks::new();
    let serial = "work,event_idx=off,indirect_desc=off";
    let said = all_passed(disks.run(serial, &disks.raw(), &[]), 12);
    assert_eq!(count(&said, "features") & 3 << 28, 0);
}

#[test]
fn the_host_sees_fewer_requests_than_the_clients_made() {
    let disks = Disks::new();
    let mut seen = 0;
    // Faster, it would be done with each before the next comes.
    let slow = format!("{},throttling.iops-total=1000", disks.raw());
    let outcome = disks.run_with_monitor("work", &slow, |monitor| {
        let all = monitor.command("query-blockstats", json!({}));
        let first = all.as_array().and_then(|all| all.iter().find(|one| one["device"] == "first"));
        let Some(first) = first else { return };
        let count = |name: &str| first["stats"][name].as_u64().unwrap_or(0);
        seen = count("rd_operations") + count("wr_operations");
    });
    let said = all_passed(outcome, 12);
    let made = count(&said, "reads") + count(&said, "writes");
    let coalesced = count(&said, "coalesced");
    println!("{made} reads and writes, {coalesced} went along with others, {seen} on the host");
    assert!(coalesced > 1 && seen < made && seen >= made - coalesced, "{seen}\n{said}");
}

#[test]
fn bad_sectors_fail_their_requests_and_no_others() {
    let disks = Disks::new();
    let fault = |number: u32, event: &str, sector: u32| {
        let name = format!("inject-error.{number}");
        format!("{name}.event={event},{name}.errno=5,{name}.sector={sector},{name}.once=off")
    };
    let (read, write) = (fault(0, "read_aio", 32_768), fault(1, "write_aio", 32_832));
    // The filter must stand below a format that says where it reads: raw does.
    let file = format!(
        "file.driver=blkdebug,file.image.driver=file,file.image.filename={}",
        disks.path("first").display()
    );
    let faults = [read, write].map(|fault| fault.replace("inject-error", "file.inject-error"));
    let first = format!("driver=raw,{file},{},{}", faults[0], faults[1]);
    all_passed(disks.run("bad", &first, &[]), 12);
}

/// The app file with so many killings.
fn longer(app: &str, kills: &str) -> String {
    let name = app.rsplit('/').next().and_then(|file| file.strip_suffix(".toml"));
    let name = format!("test-{}-long", name.expect("an app file"));
    let folder = root().join("target").join(&name);
    let (base, path) = (root().join(app), folder.join("app.toml"));
    let text = format!(
        "inherit = \"{}\"\nname = \"{name}\"\n[tasks.runner.config]\nkills = {kills}\n",
        base.display()
    );
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(&path, text).expect("room");
    path.display().to_string()
}

/// Runs the image of an app whose runner kills something, 20 times; `BLK_KILLS=1000` as often.
fn killed(app: &str) -> String {
    let mut disks = Disks::new();
    disks.app = match std::env::var("BLK_KILLS") {
        Ok(kills) => longer(app, &kills),
        Err(_) => app.into(),
    };
    let first = format!("{},throttling.iops-total=3000", disks.raw());
    let said = all_passed(disks.run("kill", &first, &[]), 6);
    whole_blocks(&disks.path("first"));
    let recovery = said.lines().find(|line| line.starts_with("recovery")).expect("it says so");
    println!("{recovery}");
    said
}

#[test]
fn a_killed_driver_is_not_noticed_by_those_who_wait_for_it() {
    killed(APP);
}

/// While the driver below it is killed, too.
#[test]
fn a_killed_cache_loses_nothing_that_it_answered() {
    let said = killed("tests/storage/cache.toml");
    // Its last life may be too short for a hit.
    assert!(said.contains("CacheStatistics"), "{said}");
}

#[test]
fn a_device_that_is_too_slow_is_given_up_and_comes_back() {
    let disks = Disks::new();
    let (mut start, mut slow) = (None, None);
    let outcome = disks.run_with_monitor("late", &disks.raw(), |monitor| {
        // Slow for a while, longer than the driver is patient.
        let start = *start.get_or_insert_with(Instant::now);
        let wanted = (1..8).contains(&start.elapsed().as_secs());
        if slow.replace(wanted) != Some(wanted) {
            let mut limits = json!({"device": "first", "iops": u32::from(wanted)});
            for other in ["bps", "bps_rd", "bps_wr", "iops_rd", "iops_wr"] {
                limits[other] = 0.into();
            }
            monitor.command("block_set_io_throttle", limits);
        }
    });
    all_passed(outcome, 7);
    whole_blocks(&disks.path("first"));
}

/// Where the first driver's DMA memory is, in bytes from the beginning of RAM.
fn dma() -> u64 {
    let map = cargo(&["xtask", "map", APP]).expect_success().stdout;
    let line = map.lines().find(|line| line.contains("blk0") && line.contains("dma"));
    let line = line.unwrap_or_else(|| panic!("no DMA memory of blk0 in\n{map}"));
    let first = line.split_whitespace().find_map(|word| {
        let digits = word.trim_start_matches("0x").replace('_', "");
        u64::from_str_radix(&digits, 16).ok().filter(|&address| address >= 0x4000_0000)
    });
    first.expect("an address") - 0x4000_0000
}

/// Runs the image while somebody writes into its memory.
fn vandalised(write: impl Fn(&File, u64) + Send + Sync) {
    let disks = Disks::new();
    let (ram, dma) = (disks.path("ram"), dma());
    let over = AtomicBool::new(false);
    let argument = ["--ram", ram.to_str().expect("a name in UTF-8")];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Relaxed) {
                // QEMU makes the file as long as the memory is.
                let file = File::options().read(true).write(true).open(&ram).ok();
                if let Some(file) = file.filter(|file| file.metadata().is_ok_and(|m| m.len() > dma))
                {
                    write(&file, dma);
                }
                std::thread::sleep(Duration::from_millis(30));
            }
        });
        let outcome = disks.run("vandal", &disks.raw(), &argument);
        over.store(true, Relaxed);
        all_passed(outcome, 7);
    });
    whole_blocks(&disks.path("first"));
}

#[test]
fn a_device_that_asks_for_a_reset_gets_it() {
    // The table of a request that has no whole number of entries: the device is then broken, and
    // says so (virtio 1.2, section 2.1.1).
    vandalised(|ram, dma| {
        for descriptor in 0..4 {
            let _ = ram.write_all_at(&7u32.to_le_bytes(), dma + 16 * descriptor + 8);
        }
    });
}

#[test]
fn answers_to_nothing_are_found_out() {
    // Numbers of requests in the ring of answers that are none.
    vandalised(|ram, dma| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(3) {
            for entry in 0..4 {
                let _ = ram.write_all_at(&0xffff_fff0u32.to_le_bytes(), dma + 4096 + 4 + 8 * entry);
            }
        }
    });
}
