//! The benchmark runs and says what it promises. What it measures is no test's business.

use serde_json::Value;
use test_system::cargo;

/// Checked in; the others are made of it.
const APP: &str = "tests/bench/app.toml";

#[test]
fn the_benchmark_speaks_json() {
    let outcome = cargo(&["xtask", "bench", "--json", APP]).expect_success();
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    for key in [
        "ipc_roundtrip_0b",
        "ipc_roundtrip_32b",
        "ipc_roundtrip_64b",
        "ipc_roundtrip_256b",
        "lease_read_64b",
        "lease_read_4k",
        "idl_call",
        "idl_request",
        "idl_answer",
        "null_syscall",
        "post_wake",
        "irq_to_task",
        "timer_to_task",
        "fault_to_supervisor",
        "fault_with_caller",
        "restart_task",
        "boot_to_first_task",
        "kernel_text",
        "kernel_rodata",
        "kernel_ram",
    ] {
        let figure = &report[key]["images"][APP];
        assert!(figure["median"].as_u64().is_some_and(|median| median > 0), "{key}: {figure}");
    }
    assert!(report["worst_irq_off"].is_object());
}

#[test]
fn one_figure_can_be_asked_for() {
    let outcome = cargo(&["xtask", "bench", "--only", "null_syscall", APP]).expect_success();
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
    let outcome = cargo(&["xtask", "bench", "--only", "null_sysall", APP]);
    assert!(!outcome.success && outcome.stderr.contains("null_syscall"), "{}", outcome.stderr);
}
