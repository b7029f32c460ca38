//! A machine, as its board file describes it.

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// As in its file.
    pub name: String,
    /// Whether devices see what caches hold; otherwise memory for DMA is not cached.
    pub dma_coherent: bool,
    /// Memory.
    pub ram: Ram,
    /// The interrupt controller.
    pub gic: Gic,
    /// Interrupt id of the virtual timer.
    pub timer_irq: u32,
    /// How PSCI is called, when entered at EL1.
    pub psci: Conduit,
    /// In the file's order.
    pub devices: Vec<Device>,
    /// How QEMU plays it, if it can.
    pub qemu: Option<Qemu>,
    /// The text of the board file, as it was read.
    pub text: String,
}

/// Memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ram {
    /// Physical address, a multiple of 2 MiB.
    pub base: u64,
    /// Bytes, a multiple of the page.
    pub size: u64,
    /// Where in it the image is loaded, in bytes from the base.
    pub text_offset: u64,
}

/// A stretch of device registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Physical address.
    pub address: u64,
    /// Bytes.
    pub size: u64,
}

/// The interrupt controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gic {
    /// 2 or 3.
    pub version: u32,
    /// The distributor's registers.
    pub distributor: Window,
    /// GICv3: the redistributors; GICv2: the CPU interface.
    pub cpu: Window,
    /// Interrupt ids the distributor has, the first 32 included.
    pub irq_count: u32,
}

/// How PSCI is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduit {
    /// By hypervisor call.
    Hvc,
    /// By secure monitor call.
    Smc,
}

/// A device that a task can own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The key under `[devices]`.
    pub name: String,
    /// Physical address of the first register.
    pub address: u64,
    /// Bytes of registers.
    pub size: u64,
    /// Whether it can read and write memory by itself. Nothing confines where, unless an SMMU does.
    pub dma: bool,
    /// Its interrupts, in the file's order.
    pub interrupts: Vec<DeviceInterrupt>,
}

/// An interrupt line of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInterrupt {
    /// The key under `interrupts`.
    pub name: String,
    /// GIC interrupt id, 32 or more.
    pub irq: u32,
    /// Edge-triggered; otherwise level.
    pub edge: bool,
}

/// What QEMU is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qemu {
    /// `-machine`.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// `-m`.
    pub memory: String,
}

impl Board {
    /// Where the image is loaded, physical.
    #[must_use]
    pub const fn load_address(&self) -> u64 {
        self.ram.base + self.ram.text_offset
    }

    /// The device with this name.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.name == name)
    }
}
