//! An SError: an error that the processor reports when it likes, here while a task runs.
//!
//! QEMU makes none by itself. But a hypervisor can: this one lets the kernel run at EL1, takes the
//! first WFI, and has an SError delivered instead (Arm ARM D13.2.47, HCR_EL2.VSE). As a rule it is
//! the idle task that executes the WFI; but an interrupt that is pending by then comes first, and
//! so the SError may arrive in the task which that one woke.

use std::path::Path;
use test_system::{cargo, qemu};

/// Where QEMU puts the image by itself; and where it puts the hypervisor.
const IMAGE: u64 = 0x4008_0000;
const OFFSET: u64 = 0x1000_0000;

/// The boot header of an arm64 image: its size, and how far from the beginning of RAM it goes.
const HEADER: [u32; 16] = [
    0x1400_0010, // b start
    0,
    OFFSET as u32,
    0,
    0x1000,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0x644d_5241, // "ARM\x64"
    0,
];

const START: [u32; 26] = [
    0xd284_0414, // mov x20, #0x2020: TWI, AMO
    0xf2b0_0014, // movk x20, #0x8000, lsl #16: RW
    0xd51c_1114, // msr hcr_el2, x20
    0x1000_3da1, // adr x1, vectors
    0xd51c_c001, // msr vbar_el2, x1
    0xd280_0061, // mov x1, #3
    0xd51c_e101, // msr cnthctl_el2, x1
    0xd51c_e07f, // msr cntvoff_el2, xzr
    0xd286_7fe1, // mov x1, #0x33ff
    0xd51c_1141, // msr cptr_el2, x1
    0xd538_0001, // mrs x1, midr_el1
    0xd51c_0001, // msr vpidr_el2, x1
    0xd538_00a1, // mrs x1, mpidr_el1
    0xd51c_00a1, // msr vmpidr_el2, x1
    0xd280_0121, // mov x1, #9
    0xd51c_c9a1, // msr icc_sre_el2, x1
    0xd503_3fdf, // isb
    0xd51c_cb1f, // msr ich_hcr_el2, xzr
    0xd281_0001, // mov x1, #0x800
    0xf2a6_1a01, // movk x1, #0x30d0, lsl #16
    0xd518_1001, // msr sctlr_el1, x1
    0xd280_78a1, // mov x1, #0x3c5: EL1h, all masked
    0xd51c_4001, // msr spsr_el2, x1
    0xd2a8_0101, // mov x1, #0x40080000
    0xd51c_4021, // msr elr_el2, x1
    0xd69f_03e0, // eret
];

/// Where the vectors begin, and the one for what comes from below.
const VECTORS: usize = 0x800;
const LOWER: usize = VECTORS + 0x400;

const TRAP: [u32; 10] = [
    0xd51c_d040, // msr tpidr_el2, x0
    0xd53c_1100, // mrs x0, hcr_el2
    0xd273_0000, // eor x0, x0, #0x2000: TWI, no more
    0xb278_0000, // orr x0, x0, #0x100: VSE
    0xd51c_1100, // msr hcr_el2, x0
    0xd53c_4020, // mrs x0, elr_el2
    0x9100_1000, // add x0, x0, #4
    0xd51c_4020, // msr elr_el2, x0
    0xd53c_d040, // mrs x0, tpidr_el2
    0xd69f_03e0, // eret
];

fn hypervisor() -> Vec<u8> {
    let bytes = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut image: Vec<u8> = bytes(&[&HEADER[..], &START].concat());
    image.resize(LOWER, 0);
    image.extend::<Vec<u8>>(bytes(&TRAP));
    image
}

fn escaped(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[test]
fn an_serror_kills_the_task_that_runs_and_nobody_else() {
    let _ = cargo(&["xtask", "dist", "app.toml"]).expect_success();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let hypervisor_file = folder.path().join("hypervisor.bin");
    std::fs::write(&hypervisor_file, hypervisor()).expect("room for a file");
    let image = test_system::root().join("target/demo/dist/image.bin");
    let disk = test_system::demo_disk(folder.path());
    let outcome = qemu(&[
        "--disk",
        &disk.display().to_string(),
        "--qemu-arg=-machine",
        "--qemu-arg=virtualization=on",
        "--qemu-arg=-kernel",
        &format!("--qemu-arg={}", hypervisor_file.display()),
        "--qemu-arg=-device",
        &format!("--qemu-arg=loader,file={},addr={IMAGE:#x},force-raw=on", escaped(&image)),
        // Everyone waits while the supervisor takes its time to restart that one.
        "--send",
        "crash ping",
        "--send",
        "cat hello.txt",
        "--send",
        "tasks",
        "--until",
        r"\d+ idle ",
    ]);
    let outcome = outcome.expect_success();
    assert!(outcome.stdout.contains("hello from the disk"), "{}", outcome.stdout);
    let tasks: Vec<&str> =
        outcome.stdout.lines().skip_while(|line| !line.contains("prio")).collect();
    // ESR_EL1.EC 0x2f: SError.
    let died = tasks.iter().filter(|line| line.contains("bus error (0xbe")).count();
    assert_eq!(died, 1, "{}", outcome.stdout);
}
