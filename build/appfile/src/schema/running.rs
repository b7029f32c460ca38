//! The keys of tasks: when they live and how they run.

use super::{Group, Key, Kind, NAME_TO_NAME, NAMES, Table, needed, optional};
use Kind::{AnyOf, Boolean, Choice, Duration, Integer, List, Map, Name, NameOrAll, Time};

/// When a task lives.
pub(super) const WHEN_IT_LIVES: [Key; 7] = [
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

/// How it runs.
pub(super) const HOW_IT_RUNS: [Key; 3] = [
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
