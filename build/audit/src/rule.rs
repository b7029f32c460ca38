//! The rules: what each is called and what an image that keeps it is known to do.

use serde::{Serialize, Serializer};

/// A rule. `doc/audit.md` has a paragraph for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// See [`Rule::promise`]; likewise all others.
    Image,
    /// See [`Rule::promise`].
    Registers,
    /// See [`Rule::promise`].
    Descriptor,
    /// See [`Rule::promise`].
    TablePlace,
    /// See [`Rule::promise`].
    TableWrite,
    /// See [`Rule::promise`].
    WriteExecute,
    /// See [`Rule::promise`].
    TwoTasks,
    /// See [`Rule::promise`].
    KernelMemory,
    /// See [`Rule::promise`].
    KernelExecute,
    /// See [`Rule::promise`].
    Device,
    /// See [`Rule::promise`].
    Alias,
    /// See [`Rule::promise`].
    Guard,
    /// See [`Rule::promise`].
    AddressSpace,
    /// See [`Rule::promise`].
    Place,
    /// See [`Rule::promise`].
    BootWrites,
    /// See [`Rule::promise`].
    LinearMap,
    /// See [`Rule::promise`].
    RegionTable,
    /// See [`Rule::promise`].
    Described,
}

impl Rule {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 18] = [
        Self::WriteExecute,
        Self::TwoTasks,
        Self::KernelMemory,
        Self::TableWrite,
        Self::Device,
        Self::Alias,
        Self::Guard,
        Self::KernelExecute,
        Self::AddressSpace,
        Self::LinearMap,
        Self::RegionTable,
        Self::Place,
        Self::BootWrites,
        Self::TablePlace,
        Self::Descriptor,
        Self::Registers,
        Self::Described,
        Self::Image,
    ];

    /// One word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// What holds when it is kept.
    #[must_use]
    pub const fn promise(self) -> &'static str {
        self.words().1
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Image => ("image", "archive, image.bin and image.elf are of one build"),
            Self::Registers => {
                ("registers", "the boot code has the register values that the decoder assumes")
            }
            Self::Descriptor => {
                ("descriptor", "every descriptor is well formed, no reserved or ignored bit is set")
            }
            Self::TablePlace => {
                ("table-place", "every table is in the image and has one place in one tree")
            }
            Self::TableWrite => {
                ("table-write", "nobody can write a page table or the kernel's descriptors")
            }
            Self::WriteExecute => {
                ("write-execute", "no memory is writable and executable, by whatever address")
            }
            Self::TwoTasks => {
                ("two-tasks", "two tasks reach the same memory only where app.toml shares it")
            }
            Self::KernelMemory => ("kernel-memory", "no task reaches memory of the kernel's"),
            Self::KernelExecute => ("kernel-execute", "the kernel can execute its own text only"),
            Self::Device => ("device", "every page of a device has the one owner that it is given"),
            Self::Alias => ("alias", "all mappings of the same memory agree what kind it is"),
            Self::Guard => ("guard", "below and above every stack nothing is mapped"),
            Self::AddressSpace => {
                ("address-space", "no translation of one task can serve another: nG, ASIDs")
            }
            Self::Place => {
                ("place", "what runs or is constant was loaded, what is written was not")
            }
            Self::BootWrites => {
                ("boot-writes", "what the boot code writes is variables, epitaph or retained copy")
            }
            Self::LinearMap => {
                ("linear-map", "the kernel's copies go where the linear map's address says")
            }
            Self::RegionTable => {
                ("region-table", "what the kernel checks copies against is what is mapped")
            }
            Self::Described => {
                ("described", "everything is mapped that the archive describes, and nothing else")
            }
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
