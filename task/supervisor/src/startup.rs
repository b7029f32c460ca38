//! Start-up in phases: which task of which phase is to be started, and who is waited for.

use crate::record::{Mode, Record};
use crate::{Action, Milliseconds};
use config::TaskInfo;

/// How far start-up has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Startup {
    /// `None` when all phases have begun and been waited for.
    phase: Option<u32>,
    began: Milliseconds,
}

impl Startup {
    /// The kernel has just started the tasks of phase 0.
    pub fn new(now: Milliseconds) -> Self {
        Self { phase: Some(0), began: now }
    }

    /// The next thing to do, if it can be done now.
    pub fn next(
        &mut self,
        tasks: &[TaskInfo],
        records: &mut [Record],
        now: Milliseconds,
    ) -> Option<Action> {
        while let Some(phase) = self.phase {
            if let Some(task) = next_to_start(tasks, records, phase) {
                records[task].begin(&tasks[task], now);
                return Some(Action::Start(task));
            }
            let late = self.awaited(tasks, records).find(|&(_, until)| now >= until);
            if let Some((task, _)) = late {
                records[task].late = true;
                return Some(Action::GoOnWithout(task));
            }
            if self.awaited(tasks, records).next().is_some() {
                return None;
            }
            self.phase = tasks.iter().map(|task| task.phase).filter(|&p| p > phase).min();
            self.began = now;
        }
        None
    }

    /// By when something is to be done.
    pub fn deadline(&self, tasks: &[TaskInfo], records: &[Record]) -> Option<Milliseconds> {
        self.awaited(tasks, records).map(|(_, until)| until).min()
    }

    /// Whom the phase waits for, and until when each.
    fn awaited<'a>(
        &self,
        tasks: &'a [TaskInfo],
        records: &'a [Record],
    ) -> impl Iterator<Item = (usize, Milliseconds)> + use<'a> {
        let Self { phase, began } = *self;
        tasks.iter().zip(records).enumerate().filter_map(move |(index, (task, record))| {
            let may_come = matches!(record.mode, Mode::Running | Mode::BackingOff(_));
            let awaited = Some(task.phase) == phase
                && task.ready_within_ms > 0
                && may_come
                && !record.ready
                && !record.late;
            awaited.then_some((index, began.saturating_add(task.ready_within_ms.into())))
        })
    }
}

fn next_to_start(tasks: &[TaskInfo], records: &[Record], phase: u32) -> Option<usize> {
    tasks.iter().zip(records).position(|(task, record)| {
        task.phase == phase && task.flags & TaskInfo::MANUAL == 0 && record.mode == Mode::NotStarted
    })
}
