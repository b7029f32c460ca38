//! The keys of app files but those of tasks.

use super::task::TASK;
use super::{ADDRESS, Group, Kind, NAMES, Table, needed, optional};
use Kind::{AnyOf, Boolean, Choice, List, Map, Name, Size, Text, Time};

const FILE: Kind = Text("the path of a file");

/// The whole file.
pub(crate) static APP: Table = Table {
    name: "app",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("name", Name, "\"demo\"", "Names the folder `target/NAME` and the archive."),
            needed(
                "board",
                Text("the name of a board, or the path of its file"),
                "\"qemu-virt\"",
                "A board in `build/boards`, or the path of a board file, ending in `.toml`, counted \
                 from the file that says so.",
            ),
            optional(
                "inherit",
                AnyOf(&[FILE, List(&FILE)]),
                "none",
                "\"base.toml\"",
                "Files that this one adds to and changes; see below.",
            ),
            optional(
                "without",
                List(&Text("a path of keys, such as \"tasks.ping\"")),
                "`[]`",
                "[\"tasks.ping\"]",
                "What of the inherited files is left out; see below.",
            ),
            optional(
                "config",
                Map(&Kind::Any),
                "none",
                "[config]",
                "What every task is told that takes it and does not have it in a `config` of its \
                 own.",
            ),
            optional(
                "version",
                Text("a version"),
                "none",
                "\"1.0\"",
                "What you call this state of it; the archive says so.",
            ),
            optional(
                "archive",
                List(&FILE),
                "`[]`",
                "[\"notes.txt\"]",
                "Further files for the archive, there in `files/`.",
            ),
            optional(
                "lints",
                Map(&Choice(&["allow", "warn", "deny"])),
                "`{}`",
                "{ W0003 = \"allow\" }",
                "What a warning is taken for, by its code, or by `all` for the others.",
            ),
            optional("kernel", Kind::Table(&KERNEL), "as below", "[kernel]", "See below."),
            optional(
                "regions",
                Map(&Kind::Table(&REGION)),
                "none",
                "[regions.frames]",
                "Memory that tasks share, by name.",
            ),
            needed(
                "tasks",
                Map(&Kind::Table(&TASK)),
                "[tasks.supervisor]",
                "The tasks by name. Their order is their index: the first is the supervisor.",
            ),
        ],
    }],
};

static KERNEL: Table = Table {
    name: "kernel",
    groups: &[Group {
        name: "all",
        keys: &[
            optional(
                "on-supervisor-fault",
                Choice(&["reset", "stop"]),
                "`\"reset\"`",
                "\"stop\"",
                "`\"reset\"` the machine, or `\"stop\"` for good, when the supervisor dies.",
            ),
            optional(
                "retain",
                Boolean,
                "`true`",
                "false",
                "Keep a copy of the previous boot's writable memory for the debugger. Costs as much \
                 memory again.",
            ),
            optional(
                "trace",
                Boolean,
                "`false`",
                "true",
                "Keep a trace of the kernel's latest decisions: switches, calls, interrupts, faults. \
                 It costs memory for the ring and a few instructions at each of them.",
            ),
            optional(
                "counters",
                Boolean,
                "`false`",
                "true",
                "Tasks may read the processor's event counters. They tell a task how long others ran.",
            ),
            optional(
                "time-slices",
                Map(&Time),
                "until it waits",
                "{ 10 = \"5ms\" }",
                "How long a task of a priority runs before its equals have their turn.",
            ),
        ],
    }],
};

static REGION: Table = Table {
    name: "region",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("size", Size, "\"64 KiB\"", "Rounded up to whole pages of 4 KiB."),
            optional(
                "address",
                ADDRESS,
                "the build tool chooses",
                "0x4800_0000",
                "A fixed physical address: a page in RAM that nothing else has.",
            ),
            optional(
                "dma",
                NAMES,
                "`[]`",
                "[\"virtio1\"]",
                "Devices that reach it too. The owner of each has the region.",
            ),
            optional(
                "file",
                FILE,
                "zeros, or what was there",
                "\"disk.img\"",
                "What is in it: the file's bytes, then zeros. They are part of the image, so every \
                 task has the region as `\"r\"`.",
            ),
        ],
    }],
};
