//! The map of an image made by hand.

use super::Map;
use archive::Manifest;
use serde_json::{Value, json};

fn region(name: &str, base: u64, physical: u64, size: u64, access: &str) -> Value {
    json!({ "name": name, "base": base, "physical": physical, "size": size, "access": access })
}

fn manifest() -> Manifest {
    let kernel = region("text", 0xffff_0000_0000, 0x8_0000, 0x2000, "r-x");
    let text = region("text", 0x20_0000, 0x8_2000, 0x1000, "r-x");
    let data = region("data", 0x20_1000, 0x9_0000, 0x1000, "rw-");
    let stack = region("stack", 0x20_3000, 0x9_1000, 0x2000, "rw-");
    let device = region("uart0", 0x20_6000, 0xffff_0000, 0x1000, "rw-d");
    let memory = |name, physical, size, access| region(name, physical, physical, size, access);
    serde_json::from_value(json!({
        "format": 1,
        "app": "small",
        "board": "toy",
        "image_id": 0,
        "built": { "version": "", "revision": "", "dirty": false, "rustc": "", "linker": "" },
        "load_address": 0x8_0000,
        "entry": 0x8_0000,
        "ram": { "base": 0, "size": 0x10_0000 },
        "kernel": {
            "elf": "",
            "regions": [kernel],
            "task_array": { "address": 0, "physical": 0, "stride": 0, "count": 1 },
            "linear_base": 0,
            "epitaph": { "base": 0, "size": 0 },
            "writable": { "base": 0x9_0000, "size": 0x3000 },
            "retained": null,
            "on_supervisor_fault": "reset",
        },
        "tasks": [{
            "name": "page",
            "index": 0,
            "crate": "",
            "elf": "",
            "priority": 3,
            "entry": 0,
            "regions": [device, stack, data, text],
            "stack_bottom": 0,
            "stack_top": 0,
            "notifications": [],
            "interrupts": [],
            "slots": [],
            "serves": [],
            "restart": "always",
        }],
        "shared": [],
        "memory": [
            memory("kernel text", 0x8_0000, 0x2000, "r-x"),
            memory("page text", 0x8_2000, 0x1000, "r-x"),
            memory("page tables", 0x8_3000, 0x1000, "r--"),
            memory("page data", 0x9_0000, 0x1000, "rw-"),
            memory("page stack", 0x9_1000, 0x2000, "rw-"),
        ],
    }))
    .expect("a manifest")
}

#[test]
fn a_small_image_in_text() {
    insta::assert_snapshot!(Map::new(&manifest()).text());
}

#[test]
fn a_small_image_in_svg() {
    insta::assert_snapshot!(Map::new(&manifest()).svg());
}

#[test]
fn every_byte_of_ram_is_told_once() {
    let map = Map::new(&manifest());
    let mut at = 0;
    for piece in &map.pieces {
        assert_eq!(piece.base, at, "{piece:?}");
        at = piece.end();
    }
    assert_eq!(at, 0x10_0000);
    assert_eq!(map.ram(), (0x10_0000, 0x7000));
}

#[test]
fn a_task_with_the_name_of_a_thing_does_not_own_it() {
    let map = Map::new(&manifest());
    let tables = map.pieces.iter().find(|piece| piece.what == "page tables");
    assert_eq!(tables.expect("they are there").owner, "");
}

#[test]
fn a_manifest_of_nonsense_is_no_panic() {
    let mut manifest = manifest();
    manifest.ram.base = u64::MAX - 5;
    manifest.load_address = u64::MAX;
    manifest.memory[1].physical = u64::MAX;
    manifest.memory[2].access = "é".into();
    manifest.tasks[0].regions[0].size = u64::MAX;
    let map = Map::new(&manifest);
    assert!(map.svg().ends_with("</svg>\n") && !map.text().is_empty());
}
