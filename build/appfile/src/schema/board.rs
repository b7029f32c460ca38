//! The keys of board files.

use super::{ADDRESS, Group, Kind, Table, needed, optional};
use Kind::{AnyOf, Boolean, Choice, Integer, Map, Name, Size, Text};

/// Interrupt ids from here on are special (Arm GIC architecture).
pub(crate) const FIRST_SPECIAL: u64 = 1020;
/// The ids below are of one core: software-generated and private interrupts.
pub(crate) const FIRST_SHARED: u64 = 32;

/// The whole file.
pub(crate) static BOARD: Table = Table {
    name: "board",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("name", Name, "\"qemu-virt\"", "As the file is called."),
            needed("arch", Choice(&["aarch64"]), "\"aarch64\"", "The processor's architecture."),
            needed("dma-coherent", Boolean, "true", "Whether devices see what caches hold."),
            needed("ram", Kind::Table(&RAM), "[ram]", "Memory."),
            needed(
                "interrupt-controller",
                Kind::Table(&CONTROLLER),
                "[interrupt-controller]",
                "The GIC.",
            ),
            needed("timer", Kind::Table(&TIMER), "[timer]", "The virtual timer."),
            needed("psci", Kind::Table(&PSCI), "[psci]", "How firmware is called."),
            optional(
                "devices",
                Map(&Kind::Table(&DEVICE)),
                "none",
                "[devices.uart0]",
                "Devices that tasks can own, by name.",
            ),
            optional(
                "qemu",
                Kind::Table(&QEMU),
                "QEMU cannot play it",
                "[qemu]",
                "How QEMU plays the board.",
            ),
        ],
    }],
};

static RAM: Table = Table {
    name: "ram",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("base", ADDRESS, "0x4000_0000", "Where memory begins: a multiple of 2 MiB."),
            needed("size", Size, "\"512 MiB\"", "A multiple of 4 KiB."),
            needed("text-offset", ADDRESS, "0x8_0000", "Where in it a boot loader puts the image."),
        ],
    }],
};

static CONTROLLER: Table = Table {
    name: "interrupt-controller",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("version", Integer(2, 3), "3", "Of the GIC: 2 or 3."),
            needed(
                "distributor",
                Kind::Table(&WINDOW),
                "{ address = 0x0800_0000, size = 0x1_0000 }",
                "Its registers.",
            ),
            needed(
                "cpu",
                Kind::Table(&WINDOW),
                "{ address = 0x080a_0000, size = 0x2_0000 }",
                "Registers of one core's redistributor (GICv3) or of the CPU interface (GICv2).",
            ),
            needed(
                "irq-count",
                Integer(FIRST_SHARED, FIRST_SPECIAL),
                "288",
                "Interrupt ids it has.",
            ),
        ],
    }],
};

static WINDOW: Table = Table {
    name: "window",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("address", ADDRESS, "0x0800_0000", "A page."),
            needed("size", Size, "0x1_0000", "Whole pages."),
        ],
    }],
};

static TIMER: Table = Table {
    name: "timer",
    groups: &[Group {
        name: "all",
        keys: &[needed("irq", Integer(16, FIRST_SHARED - 1), "27", "Its interrupt id.")],
    }],
};

static PSCI: Table = Table {
    name: "psci",
    groups: &[Group {
        name: "all",
        keys: &[needed(
            "conduit",
            Choice(&["hvc", "smc"]),
            "\"hvc\"",
            "The instruction, when the image is entered at EL1.",
        )],
    }],
};

static DEVICE: Table = Table {
    name: "device",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("address", ADDRESS, "0x0900_0000", "Of its first register."),
            needed("size", Size, "0x1000", "Bytes of registers."),
            optional(
                "dma",
                Boolean,
                "`true`",
                "false",
                "Whether it reads and writes memory by itself. Without an SMMU its driver must then \
                 be trusted: [audit.md](audit.md).",
            ),
            optional(
                "interrupts",
                Map(&INTERRUPT),
                "`{}`",
                "{ irq = 33 }",
                "Its interrupts by name: an id from 32 on, or a table as below.",
            ),
        ],
    }],
};

static INTERRUPT: Kind = AnyOf(&INTERRUPT_FORMS);
static INTERRUPT_FORMS: [Kind; 2] = [IRQ, Kind::Table(&LINE)];
const IRQ: Kind = Integer(0, FIRST_SPECIAL - 1);

static LINE: Table = Table {
    name: "line",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("id", IRQ, "33", "From 32 on."),
            optional(
                "trigger",
                Choice(&["level", "edge"]),
                "`\"level\"`",
                "\"edge\"",
                "What the controller looks at.",
            ),
        ],
    }],
};

static QEMU: Table = Table {
    name: "qemu",
    groups: &[Group {
        name: "all",
        keys: &[
            needed("machine", TEXT, "\"virt\"", "`-machine`."),
            needed("cpu", TEXT, "\"cortex-a53\"", "`-cpu`."),
            needed("memory", TEXT, "\"512M\"", "`-m`."),
        ],
    }],
};

const TEXT: Kind = Text("an argument of QEMU's");
