//! The records of settings, byte by byte.

use appfile::{Declared, Folders};
use std::path::{Path, PathBuf};

const APP: &str = r#"
name = "good"
board = "qemu-virt"

[tasks.supervisor]
crate = "task-supervisor"
priority = 0
stack = "4 KiB"
notifications = ["fault"]

[tasks.blk]
crate = "drv-blk"
priority = 1
stack = "4 KiB"
config = { serial = "ab", partitions = { shell = "index:2" } }

[tasks.fs]
crate = "task-fs"
priority = 2
stack = "4 KiB"
config = { serial = "x" }
task-slots = { disk = "blk" }

[tasks.shell]
crate = "task-shell"
priority = 3
stack = "4 KiB"
task-slots = ["blk", "fs"]

[tasks.idle]
crate = "task-idle"
priority = 63
stack = "1 KiB"
"#;

/// What a server with these settings leaves in its object.
const CONFIG: &str = "{serial:?text(3),partitions:clients[form(8;disk|index:#);2],limit:?u16}";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn what_may_be_left_out_has_a_place_in_the_record() {
    let files = Folders { boards: root().join("build/boards"), app: root() };
    let app = appfile::load("good.toml", APP, &files).expect("it is an app");
    let of = |resources, config| Declared::read(resources, config).expect("it is readable");
    let declared = [
        of("", ""),
        of("", CONFIG),
        of("slot disk", CONFIG),
        of("slot blk\nslot fs", ""),
        of("", ""),
    ];
    let agreement = appfile::agree(&app, &declared).expect("they agree");
    let nobody = [0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let shell = [3, 0, 7, 0, b'i', b'n', b'd', b'e', b'x', b':', b'2', 0];
    let blk = [&[1, 2, 0, b'a', b'b', 0][..], &shell, &nobody, &[0, 0, 0]].concat();
    assert_eq!(agreement.settings[1], blk);
    let fs = [&[1, 1, 0, b'x', 0, 0][..], &nobody, &nobody, &[0, 0, 0]].concat();
    assert_eq!(agreement.settings[2], fs);
}
