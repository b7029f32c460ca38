//! What of the app goes into records as it is, without addresses that layout decides.

use crate::app::{App, OnSupervisorFault, Restart, Spent, Task};
use config::{BoardDesc, ImageDesc, IrqDesc, PostRight, TaskBitmap, TaskDesc, TaskInfo};

impl App {
    /// The `task-table`: every task, and behind them the post rights that `told` counts in.
    #[must_use]
    pub fn task_table(&self) -> (Vec<TaskInfo>, Vec<PostRight>) {
        let mut told = Vec::new();
        let infos = (0..self.tasks.len())
            .map(|index| {
                let first = told.len();
                told.extend(self.told_of_restart(index));
                TaskInfo {
                    told: [first as u32, (told.len() - first) as u32],
                    ..self.task_info(index)
                }
            })
            .collect();
        (infos, told)
    }

    /// Whom the supervisor tells, and by which bits, when this task restarts.
    #[must_use]
    pub fn told_of_restart(&self, restarted: usize) -> Vec<PostRight> {
        let bits_of = |task: &Task| {
            let heard = task.on_restart.iter().filter(|&&(index, _)| index == restarted);
            heard.fold(0, |bits, &(_, bit)| bits | 1 << bit)
        };
        let rights = self.tasks.iter().enumerate();
        rights
            .map(|(task, of)| PostRight { task: task as u32, bits: bits_of(of) })
            .filter(|right| right.bits != 0)
            .collect()
    }

    fn task_info(&self, index: usize) -> TaskInfo {
        let task = &self.tasks[index];
        let (restart, restart_max, restart_window_ms, backoff_ms) = restart_fields(task.restart);
        TaskInfo {
            name: padded(&task.name),
            priority: task.priority,
            restart,
            restart_max,
            restart_window_ms,
            backoff_ms,
            phase: task.phase,
            ready_within_ms: task.ready_within_ms.unwrap_or(0),
            check_in_ms: task.check_in_ms.unwrap_or(0),
            flags: info_flags(task),
            told: [0; 2],
            table_length: self.tasks.len() as u32,
            may_restart: bitmap(&task.rights.restart),
            may_fault: bitmap(&task.rights.fault),
        }
    }

    /// [`ImageDesc::on_supervisor_fault`].
    #[must_use]
    pub const fn on_supervisor_fault(&self) -> u32 {
        match self.kernel.on_supervisor_fault {
            OnSupervisorFault::Reset => ImageDesc::RESET,
            OnSupervisorFault::Stop => ImageDesc::STOP,
        }
    }

    /// [`ImageDesc::flags`].
    #[must_use]
    pub const fn image_flags(&self) -> u32 {
        if self.kernel.counters { ImageDesc::COUNTERS } else { 0 }
    }

    /// How long a task of this priority runs before its equals have their turn, in nanoseconds;
    /// 0: until it blocks.
    #[must_use]
    pub fn slice_ns(&self, priority: u32) -> u64 {
        let slices = &self.kernel.time_slices;
        slices.iter().find(|(of, _)| *of == priority).map_or(0, |&(_, slice)| slice)
    }

    /// [`BoardDesc`], with the interrupt controller at these virtual addresses.
    #[must_use]
    pub const fn board_desc(&self, gic_distributor: u64, gic_cpu: u64) -> BoardDesc {
        BoardDesc {
            gic_distributor,
            gic_cpu,
            gic_version: self.board.gic.version,
            timer_irq: self.board.timer_irq,
            psci_conduit: match self.board.psci {
                crate::board::Conduit::Hvc => BoardDesc::HVC,
                crate::board::Conduit::Smc => BoardDesc::SMC,
            },
            irq_count: self.board.gic.irq_count,
        }
    }
}

impl Task {
    /// Whom it may send to.
    #[must_use]
    pub fn may_send(&self) -> TaskBitmap {
        bitmap(&self.targets().collect::<Vec<_>>())
    }

    /// Indices of those whom it may send to, by its slots and its mounts.
    pub fn targets(&self) -> impl Iterator<Item = usize> + '_ {
        let mounted = self.mounts.iter().map(|mount| mount.server);
        self.slots.iter().map(|slot| slot.target).chain(mounted)
    }

    /// [`TaskDesc::flags`]. The kernel starts phase 0; what comes later the supervisor starts.
    #[must_use]
    pub const fn flags(&self) -> u32 {
        let start = if self.start && self.phase == 0 { TaskDesc::START } else { 0 };
        let reset = if self.rights.reset { TaskDesc::MAY_RESET } else { 0 };
        start | reset
    }

    /// Its interrupts as the kernel has them.
    pub fn irq_descs(&self, index: usize) -> impl Iterator<Item = IrqDesc> + '_ {
        self.interrupts.iter().map(move |interrupt| IrqDesc {
            irq: interrupt.irq,
            task: index as u32,
            notification: 1 << interrupt.bit,
            flags: if interrupt.edge { IrqDesc::EDGE } else { 0 },
        })
    }

    /// Its post rights as the kernel has them.
    pub fn post_rights(&self) -> impl Iterator<Item = PostRight> + '_ {
        self.rights.post.iter().map(|&(task, bits)| PostRight { task: task as u32, bits })
    }
}

/// The set of these tasks.
#[must_use]
pub fn bitmap(tasks: &[usize]) -> TaskBitmap {
    let mut set = TaskBitmap::EMPTY;
    for &task in tasks {
        set.insert(task);
    }
    set
}

const fn restart_fields(restart: Restart) -> (u32, u32, u32, u32) {
    match restart {
        Restart::Never => (TaskInfo::RESTART_NEVER, 0, 0, 0),
        Restart::Always { backoff_ms, within_ms } => {
            (TaskInfo::RESTART_ALWAYS, 0, within_ms, backoff_ms)
        }
        Restart::Limited { max, within_ms, backoff_ms, .. } => {
            (TaskInfo::RESTART_LIMITED, max, within_ms, backoff_ms)
        }
    }
}

const fn info_flags(task: &Task) -> u32 {
    let spent = match task.restart {
        Restart::Limited { then: Spent::Reset, .. } => TaskInfo::RESET_WHEN_SPENT,
        _ => 0,
    };
    let dump = if task.dump { TaskInfo::DUMP } else { 0 };
    let manual = if task.start { 0 } else { TaskInfo::MANUAL };
    spent | dump | manual
}

fn padded(name: &str) -> [u8; 24] {
    let mut bytes = [0; 24];
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    bytes
}
