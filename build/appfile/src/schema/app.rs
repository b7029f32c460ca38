//! The keys of app files.

use super::{ADDRESS, Group, Key, Kind, NAME_TO_NAME, NAMES, Table, needed, optional};
use Kind::{
    AnyOf, Boolean, Choice, Duration, Integer, List, Map, Name, NameOrAll, Package, Size, Text,
    Time,
};

/// The least important.
const MAX_PRIORITY: u64 = abi::PRIORITIES as u64 - 1;
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

static TASK: Table = Table {
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

const WHEN_IT_LIVES: [Key; 7] = [
    optional(
        "start",
        Boolean,
        "`true`",
        "false",
        "Whether it starts by itself; otherwise only when somebody asks the supervisor.",
    ),
    optional(
        "phase",
        Integer(0, 255),
        "`0`",
        "1",
        "Start-up phase, 0 to 255. One begins when everyone of the one before is ready.",
    ),
    optional(
        "ready-within",
        Duration,
        "not at all",
        "\"2s\"",
        "How long its phase waits for it to tell the supervisor that it is ready. Start-up goes on \
         without it then. Needs a slot to the supervisor.",
    ),
    optional(
        "check-in",
        Duration,
        "need not",
        "\"1s\"",
        "It must tell the supervisor again and again, at least this often, that it is well, or it \
         is faulted. Needs a slot to the supervisor.",
    ),
    optional(
        "restart",
        AnyOf(&RESTART_FORMS),
        "`\"always\"`",
        "\"never\"",
        "What happens after a fault; see below.",
    ),
    optional("dump", Boolean, "`false`", "true", "Keep its memory when it faults."),
    optional(
        "on-restart",
        NAME_TO_NAME,
        "`{}`",
        "{ shell = \"client-restarted\" }",
        "Tasks whose restart it hears of, and the notification each sets. A name that is not in \
         `notifications` gets the next free bit.",
    ),
];

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

static RESTART_FORMS: [Kind; 2] = [Choice(&["always", "never"]), Kind::Table(&RESTART)];

static RESTART: Table = Table {
    name: "restart",
    groups: &[Group {
        name: "all",
        keys: &[
            optional(
                "backoff",
                Duration,
                "the supervisor's least",
                "\"100ms\"",
                "Wait before the first restart; doubles with each further one.",
            ),
            optional(
                "within",
                Duration,
                "the supervisor's; needed with `max`",
                "\"10s\"",
                "The window in which restarts are counted.",
            ),
            optional(
                "max",
                Integer(1, 1_000_000),
                "no limit",
                "3",
                "At most so many restarts in the window.",
            ),
            optional(
                "then",
                Choice(&["hold", "reset"]),
                "`\"hold\"`",
                "\"reset\"",
                "When they are spent: `\"hold\"` the task for inspection, or `\"reset\"` the system.",
            ),
        ],
    }],
};

const HOW_IT_RUNS: [Key; 3] = [
    optional("fpu", Boolean, "`false`", "true", "It has floating-point registers."),
    optional(
        "budget",
        Kind::Table(&BUDGET),
        "no limit",
        "{ run = \"2ms\", every = \"10ms\" }",
        "How long it may run; see below.",
    ),
    optional(
        "rights",
        Kind::Table(&RIGHTS),
        "none",
        "{ status = [\"*\"] }",
        "What it may ask of kernel and supervisor; see below.",
    ),
];

static BUDGET: Table = Table {
    name: "budget",
    groups: &[Group {
        name: "all",
        keys: &[
            needed(
                "run",
                Time,
                "\"2ms\"",
                "It may run so long in each period: from 10us up to `every`.",
            ),
            needed("every", Time, "\"10ms\"", "The period."),
            optional(
                "notify",
                Name,
                "nobody is told",
                "\"overrun\"",
                "A notification of the supervisor, set each time the task must wait because its \
                 budget is spent. It is one of those in the supervisor's `notifications`.",
            ),
        ],
    }],
};

const WHOM: Kind = List(&NameOrAll);

static RIGHTS: Table = Table {
    name: "rights",
    groups: &[Group {
        name: "all",
        keys: &[
            optional("status", WHOM, "`[]`", "[\"*\"]", "Whose state it may read."),
            optional("restart", WHOM, "`[]`", "[\"ping\"]", "Whom it may restart and stop."),
            optional("fault", WHOM, "`[]`", "[\"ping\"]", "Whom it may fault."),
            optional("dump", WHOM, "`[]`", "[\"ping\"]", "Whose memory it may read after a fault."),
            optional("reset", Boolean, "`false`", "true", "Whether it may reset the system."),
            optional(
                "post",
                Map(&NAMES),
                "`{}`",
                "{ supervisor = [\"wake\"] }",
                "Whose notification bits it may set, and which.",
            ),
        ],
    }],
};
