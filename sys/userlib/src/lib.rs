//! What a task links: entry, system calls, resources, time.
//!
//! A task is a `no_std` program that names what it needs and where it begins:
//!
//! ```text
//! userlib::resources! {
//!     struct Resources {
//!         uart0: Device,      // uses = ["uart0"]
//!         irq: Notification,  // interrupts = { "uart0.irq" = "irq" }
//!     }
//! }
//! userlib::task!(start);
//!
//! fn start(resources: Resources) -> ! { … }
//! ```
//!
//! The build tool compares the names with `app.toml` and fills in the values when it links the
//! task, so one crate can be several tasks. [`config!`] does the same for values that the task
//! wants to be told.

#![no_std]

// Compiled code calls what is in it by name.
use mem as _;

pub mod fast;
pub mod ipc;
pub mod kipc;
pub mod mounts;
#[cfg(target_os = "none")]
mod panic;
pub mod resources;
pub mod ringbuf;
pub mod settings;
#[cfg(target_os = "none")]
mod start;
pub mod svc;
pub mod sys;
mod text;
pub mod time;

pub use mounts::{Mounted, Mounts};
pub use resources::{
    Bytes, Device, Dma, Memory, Notification, Place, Region, Sender, Shares, Slot, Table,
};
pub use settings::Clients;
pub use text::Text;

/// Sleeps until the processor takes an interrupt. Only for the idle task: everyone else waits in
/// a receive.
pub fn wait_for_interrupt() {
    #[cfg(target_os = "none")]
    // SAFETY: WFI changes nothing but time.
    unsafe {
        core::arch::asm!("wfi", options(nomem, nostack));
    }
}
