//! The keys of tasks: what they are and what they reach.

use super::running::{HOW_IT_RUNS, WHEN_IT_LIVES};
use super::{Group, Key, Kind, NAME_TO_NAME, NAMES, Table, needed, optional};
use Kind::{AnyOf, Boolean, Choice, Integer, List, Map, Name, Package, Size};

/// The least important.
const MAX_PRIORITY: u64 = abi::PRIORITIES as u64 - 1;

/// A task.
pub(super) static TASK: Table = Table {
    name: "task",
    groups: &[
        Group { name: "what-it-is", keys: &WHAT_IT_IS },
        Group { name: "what-it-reaches", keys: &WHAT_IT_REACHES },
        Group { name: "when-it-lives", keys: &WHEN_IT_LIVES },
        Group { name: "how-it-runs", keys: &HOW_IT_RUNS },
    ],
};

const WHAT_IT_IS: [Key; 10] = [
    needed(
        "crate",
        Package,
        "\"task-ping\"",
        "Package of the app's workspace, or of this project. Several tasks may be instances of one.",
    ),
    optional("features", List(&Package), "`[]`", "[\"trace\"]", "Its cargo features."),
    optional(
        "default-features",
        Boolean,
        "`true`",
        "false",
        "Whether it has those that its package has by default.",
    ),
    optional(
        "config",
        Map(&Kind::Any),
        "`[config]`",
        "{ period-ms = 100 }",
        "What it is told: see below.",
    ),
    needed("priority", Integer(0, MAX_PRIORITY), "5", "0, the most important, to 63."),
    needed("stack", Size, "\"4 KiB\"", "At least 1 KiB, rounded up to whole pages."),
    optional(
        "stack-check",
        Boolean,
        "`true`",
        "false",
        "Whether the build refuses it if it can need more; see [stack.md](stack.md).",
    ),
    optional(
        "stack-calls",
        Kind::Map(&Kind::List(&FUNCTION)),
        "all it can",
        "{ \"menu::run\" = [\"menu::item_\"] }",
        "Functions that call through pointers, and whom: parts of their names.",
    ),
    optional(
        "stack-recursion",
        Kind::List(&FUNCTION),
        "`[]`",
        "[\"tree::walk\"]",
        "Functions that call themselves, by parts of their names: counted once.",
    ),
    optional(
        "max-sizes",
        Kind::Table(&MAX_SIZES),
        "none",
        "{ text = \"64 KiB\" }",
        "Limits for what is built; see below.",
    ),
];

const FUNCTION: Kind = Kind::Text("part of a function's name");

static MAX_SIZES: Table = Table {
    name: "max-sizes",
    groups: &[Group {
        name: "all",
        keys: &[
            optional("text", Size, "no limit", "\"64 KiB\"", "Instructions and constants."),
            optional("ram", Size, "no limit", "\"64 KiB\"", "Variables and stack."),
        ],
    }],
};

const WHAT_IT_REACHES: [Key; 12] = [
    optional(
        "notifications",
        NAMES,
        "`[]`",
        "[\"wake\"]",
        "Names of its 32 notification bits, in this order. Something sets each of them: a timer, an \
         interrupt, a restart, or a task with the right to.",
    ),
    optional(
        "timer",
        Name,
        "it has no timer",
        "\"timer\"",
        "The notification that its own timer sets. A name that is not in `notifications` gets the \
         next free bit.",
    ),
    optional(
        "uses",
        AnyOf(&[NAMES, NAME_TO_NAME]),
        "`[]`",
        "[\"uart0\", \"task-table\"]",
        "Devices of the board, which it owns; `\"task-table\"`, what this file says of every task; \
         `\"region-table\"`, where everything is, for tests. A table, `{ virtio0 = \"virtio1\" }`, where \
         the task calls a device otherwise: so one crate drives several.",
    ),
    optional(
        "interrupts",
        NAME_TO_NAME,
        "`{}`",
        "{ \"uart0.irq\" = \"irq\" }",
        "Interrupts of devices it uses, and the notification each sets. A name that is not in \
         `notifications` gets the next free bit.",
    ),
    optional(
        "task-slots",
        AnyOf(&[NAMES, NAME_TO_NAME]),
        "`[]`",
        "{ out = \"console\" }",
        "Whom it may send to. Every target is more important than the task itself. A list, \
         `[\"console\"]`, where slots and tasks have one name.",
    ),
    optional(
        "mounts",
        Map(&MOUNT_FORM),
        "no files",
        "{ \"/\" = { server = \"fs\", access = \"read\" } }",
        "The file systems in its tree, by their paths, and what it may do there: see below. The \
         resource `mounts`.",
    ),
    optional(
        "receives-from",
        AnyOf(&[NAMES, NAME_TO_NAME]),
        "`[]`",
        "[\"shell\"]",
        "Of whom alone it may at times receive. Each of them can send to it, and none may wait \
         meanwhile for somebody who waits for this task.",
    ),
    optional(
        "dma",
        Size,
        "none",
        "\"64 KiB\"",
        "Memory that its devices reach too, in one physical piece, rounded up to whole pages; the \
         resource `dma`.",
    ),
    optional(
        "regions",
        Map(&SHARE_FORM),
        "`{}`",
        "{ frames = \"r\" }",
        "Shared regions: `\"r\"`, `\"rw\"`, or `\"dma\"`, where devices reach it for the task and the \
         task itself does not. A table where the task calls it otherwise: so one crate can be several \
         tasks.",
    ),
    optional("serves", NAMES, "`[]`", "[\"console\"]", "Interfaces it serves: `idl/NAME.idl`."),
    optional(
        "callers",
        Map(&Map(&NAMES)),
        "everyone with a slot",
        "{ fs = { write = [\"shell\"] } }",
        "By interface and operation, with `-` for `_`: the tasks that may call it. Any other that \
         does is faulted. An operation that is not named is for everyone with a slot.",
    ),
    optional(
        "events",
        NAME_TO_NAME,
        "`{}`",
        "{ \"disk.changed\" = \"disk-changed\" }",
        "Events of servers, by slot, that it hears of, and the notification each sets. The server \
         may post it for that. A name that is not in `notifications` gets the next free bit.",
    ),
];

static MOUNT_FORM: Kind = Kind::Table(&MOUNT);

static MOUNT: Table = Table {
    name: "mounts",
    groups: &[Group {
        name: "all",
        keys: &[
            needed(
                "server",
                Name,
                "\"fs\"",
                "The task that serves it; more important than this one.",
            ),
            needed(
                "access",
                Choice(&["read", "read-write"]),
                "\"read\"",
                "Whether this task may change anything there.",
            ),
            optional(
                "subtree",
                Kind::Text("the path of a directory, such as \"/logs\""),
                "`\"/\"`",
                "\"/logs\"",
                "The directory of the file system that stands there; nothing outside of it is \
                 reached.",
            ),
            optional(
                "open",
                Integer(1, 32),
                "8",
                "2",
                "How many of its files this task can have open.",
            ),
        ],
    }],
};

static SHARE_FORM: Kind = AnyOf(&SHARE_FORMS);

static SHARE_FORMS: [Kind; 2] = [ACCESS, Kind::Table(&SHARE)];

const ACCESS: Kind = Choice(&["r", "rw", "dma"]);

static SHARE: Table = Table {
    name: "share",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("region", Name, "\"files-cache\"", "Which region it is."),
            needed("access", ACCESS, "\"rw\"", "What the task may do there."),
        ],
    }],
};
