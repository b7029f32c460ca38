//! The kernel's hands: boot, vectors, MMU, interrupt controller, timer.
