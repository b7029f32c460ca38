//! Does to the machine what the policy says.

use abi::FaultKind;
use abi::kipc::TaskStatus;
use config::{PostRight, TaskInfo};
use task_supervisor::dumps::{Corpse, DumpHeader};
use task_supervisor::{Action, DumpArea, Milliseconds, Policy};
use userlib::{Notification, Region, kipc, sys, time};

/// The notable things that happened, for the debugger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A task died of a fault of this kind.
    Died {
        /// Its index.
        task: usize,
        /// [`abi::FaultKind`].
        kind: u32,
    },
    /// This was done.
    Done(Action),
}

userlib::ringbuf!(EVENTS, Event, 32);

/// The supervisor at work.
pub struct Hands {
    /// What it thinks.
    pub policy: Policy<'static>,
    told: &'static [PostRight],
    dumps: Option<DumpArea<Region>>,
    timer: Notification,
}

impl Hands {
    /// Ready to work.
    pub fn new(
        policy: Policy<'static>,
        told: &'static [PostRight],
        dumps: Region,
        timer: Notification,
    ) -> Self {
        Self { policy, told, dumps: DumpArea::new(dumps), timer }
    }

    /// Some task has faulted: finds out which, and why.
    pub fn see_faults(&mut self) {
        let mut from = 0;
        while let Some(task) = kipc::find_faulted(from) {
            from = task + 1;
            // A task that waits for its restart is found again and again.
            if self.policy.believes_alive(task) {
                self.bury(task, kipc::read_status(task));
            }
        }
    }

    /// Faults a living task because task `whose` wishes so, and remembers that.
    pub fn crash(&mut self, task: usize, whose: usize) {
        kipc::fault(task);
        let mut status = kipc::read_status(task);
        if status.fault.kind == FaultKind::Injected as u32 {
            status.fault.from = whose as u32;
        }
        self.bury(task, status);
    }

    fn bury(&mut self, task: usize, status: TaskStatus) {
        EVENTS.record(Event::Died { task, kind: status.fault.kind });
        let now = now();
        if self.policy.tasks()[task].flags & TaskInfo::DUMP != 0
            && let Some(dumps) = &mut self.dumps
        {
            let about = DumpHeader {
                image_id: kipc::image_id(),
                time: now,
                fault: status.fault,
                task: task as u32,
                generation: status.generation,
                ..DumpHeader::default()
            };
            dumps.save(about, &Dead(task));
        }
        if let Some(action) = self.policy.died(task, status.fault, now) {
            self.act(action);
        }
    }

    /// Does everything that is due, and asks to be woken for what will be.
    pub fn settle(&mut self) {
        while let Some(action) = self.policy.due(now()) {
            self.act(action);
        }
        // One more, because a millisecond that has begun does not count as passed.
        let deadline = self.policy.deadline().map_or(abi::NO_DEADLINE, |at| time::from_ms(at + 1));
        sys::set_timer(deadline, self.timer.bits());
    }

    /// Does one thing.
    pub fn act(&mut self, action: Action) {
        EVENTS.record(Event::Done(action));
        match action {
            Action::Start(task) => kipc::restart(task, true),
            Action::Restart(task) => {
                kipc::restart(task, true);
                self.tell_of(task);
            }
            Action::Hold(task) => {
                kipc::stop(task);
                self.tell_of(task);
            }
            Action::Fault(task) => kipc::fault(task),
            Action::GoOnWithout(_) => {}
            Action::Reset => kipc::reset(),
        }
    }

    /// Tells those whom `app.toml` names that this task's life has ended.
    fn tell_of(&self, task: usize) {
        let [first, count] = self.policy.tasks()[task].told.map(|value| value as usize);
        for right in self.told.iter().skip(first).take(count) {
            let whom = abi::TaskId::new(right.task as usize, abi::Generation(0));
            // Someone who is dead will find out when it starts.
            let _ = sys::post(sys::refresh_task_id(whom), right.bits);
        }
    }
}

/// The time the policy counts in.
pub fn now() -> Milliseconds {
    time::uptime_ms()
}

/// A dead task, by index.
struct Dead(usize);

impl Corpse for Dead {
    fn section(&self, number: u32) -> Option<(u64, u64)> {
        kipc::dump_region(self.0, number).map(|region| (region.address, region.length))
    }

    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        kipc::read_dump(self.0, address, into)
    }
}
