//! Single bits of the distributor: the same in GICv2 and GICv3 (IHI 0069 section 12.9).

const SET_ENABLE: u64 = 0x100;
const CLEAR_ENABLE: u64 = 0x180;
const SET_PENDING: u64 = 0x200;
const CLEAR_PENDING: u64 = 0x280;

/// Private interrupts are not in the distributor.
const FIRST_SHARED: u32 = 32;

/// The distributor's bit arrays.
#[derive(Debug)]
pub struct Distributor {
    base: u64,
    count: u32,
}

impl Distributor {
    /// A distributor at `base` with interrupts up to `count`.
    ///
    /// # Safety
    ///
    /// The registers must be mapped there as device memory for as long as the value lives.
    pub const unsafe fn new(base: u64, count: u32) -> Self {
        Self { base, count }
    }

    fn register(&self, array: u64, irq: u32) -> Option<(*mut u32, u32)> {
        if irq < FIRST_SHARED || irq >= self.count {
            return None;
        }
        let address = self.base + array + u64::from(irq / 32 * 4);
        Some((address as *mut u32, 1 << (irq % 32)))
    }

    fn write(&mut self, array: u64, irq: u32) {
        if let Some((register, bit)) = self.register(array, irq) {
            // SAFETY: `register` lies in one of the arrays; writing a one there acts on one
            // interrupt only.
            unsafe { register.write_volatile(bit) }
        }
    }

    fn read(&self, array: u64, irq: u32) -> bool {
        // SAFETY: `register` lies in one of the arrays, which are plain to read.
        self.register(array, irq)
            .is_some_and(|(register, bit)| unsafe { register.read_volatile() & bit != 0 })
    }

    /// Lets an interrupt come or holds it back.
    #[inline]
    pub fn enable(&mut self, irq: u32, enable: bool) {
        self.write(if enable { SET_ENABLE } else { CLEAR_ENABLE }, irq);
    }

    /// Whether it is let come.
    pub fn is_enabled(&self, irq: u32) -> bool {
        self.read(SET_ENABLE, irq)
    }

    /// Makes it pending, or not.
    pub fn set_pending(&mut self, irq: u32, pending: bool) {
        self.write(if pending { SET_PENDING } else { CLEAR_PENDING }, irq);
    }

    /// Whether it is pending.
    pub fn is_pending(&self, irq: u32) -> bool {
        self.read(SET_PENDING, irq)
    }
}
