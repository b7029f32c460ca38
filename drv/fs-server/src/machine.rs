//! What a server needs of the world besides its clients and its disk.

use crate::handles::Client;
use drv_fs_core::Error;
use userlib::ipc::Bits;
use userlib::{sys, time};

/// What a debugger may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The volume is mounted.
    Mounted,
    /// So many things were half changed there, and were repaired first.
    Repaired(u32),
    /// It cannot be, for this reason.
    NotMounted(Error),
    /// A request failed for a reason that is not the client's.
    Failed(Error),
    /// A client was restarted; what it had open is closed.
    ClientRestarted,
    /// What was written a while ago could not be brought to the medium.
    NotSynced(Error),
}

/// What a server needs of the world besides its clients and its disk.
pub trait World {
    /// What time it is, in seconds since 1970; 0 if nobody knows.
    fn seconds(&mut self) -> u64;
    /// Something was changed: the server wants to be told in a while, to sync it.
    fn changed(&mut self);
    /// Whether these bits tell it so.
    fn is_due(&mut self, bits: Bits) -> bool;
    /// Whether this life of a client is over.
    fn is_gone(&self, client: Client) -> bool;
    /// Notes something for a debugger.
    fn log(&mut self, event: Event);
}

/// How long what was written waits at most before it is brought to the medium, in milliseconds.
const WHILE: u64 = 2000;

/// The machine a task runs on.
pub struct Machine {
    timer: Bits,
    log: fn(Event),
    /// What time it was, in seconds since 1970, when the machine ran for 0 ms; 0 if nobody knows.
    began: u64,
    waits: bool,
}

impl Machine {
    /// With a timer, the time of day now (0 if nobody knows), and a log.
    #[must_use]
    pub fn new(timer: impl Into<Bits>, seconds: u64, log: fn(Event)) -> Self {
        let began = seconds.saturating_sub(time::uptime_ms() / 1000);
        Self { timer: timer.into(), log, began, waits: false }
    }
}

impl World for Machine {
    fn seconds(&mut self) -> u64 {
        if self.began == 0 { 0 } else { self.began + time::uptime_ms() / 1000 }
    }

    fn changed(&mut self) {
        if !self.waits {
            self.waits = true;
            sys::set_timer(time::after_ms(WHILE), self.timer.mask());
        }
    }

    fn is_due(&mut self, bits: Bits) -> bool {
        let due = bits.contains(self.timer);
        self.waits &= !due;
        due
    }

    fn is_gone(&self, client: Client) -> bool {
        let task = abi::TaskId::new(client.task.into(), abi::Generation(client.life));
        sys::refresh_task_id(task) != task
    }

    fn log(&mut self, event: Event) {
        (self.log)(event);
    }
}
