//! What to do about each task, and when.

use crate::Milliseconds;
use crate::record::{Mode, Record, Verdict};
use crate::startup::Startup;
use abi::{FaultRecord, MAX_TASKS, SUPERVISOR};
use config::TaskInfo;

/// What is to be done. The policy takes it as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start this task for the first time.
    Start(usize),
    /// Start this dead or running task afresh, and tell those who want to know.
    Restart(usize),
    /// Stop this task for good, and tell those who want to know.
    Hold(usize),
    /// Fault this task: it has not checked in.
    Fault(usize),
    /// Nothing but a note: start-up goes on without this task being ready.
    GoOnWithout(usize),
    /// Reset the machine.
    Reset,
}

/// The supervisor's mind.
pub struct Policy<'t> {
    tasks: &'t [TaskInfo],
    records: &'t mut [Record],
    startup: Startup,
}

impl<'t> Policy<'t> {
    /// Takes charge. The kernel has started those of phase 0 that start by themselves.
    pub fn new(
        tasks: &'t [TaskInfo],
        records: &'t mut [Record; MAX_TASKS],
        now: Milliseconds,
    ) -> Self {
        let count = tasks.len().min(MAX_TASKS);
        let (tasks, records) = (&tasks[..count], &mut records[..count]);
        for (task, record) in tasks.iter().zip(records.iter_mut()) {
            if task.phase == 0 && task.flags & TaskInfo::MANUAL == 0 {
                record.begin(task, now);
            }
        }
        Self { tasks, records, startup: Startup::new(now) }
    }

    /// Every task there is.
    #[must_use]
    pub const fn tasks(&self) -> &'t [TaskInfo] {
        self.tasks
    }

    /// What is known about a task.
    #[must_use]
    pub fn record(&self, task: usize) -> Option<&Record> {
        self.records.get(task)
    }

    /// Whether the task's death is news.
    #[must_use]
    pub fn believes_alive(&self, task: usize) -> bool {
        task != SUPERVISOR && self.record(task).is_some_and(|record| record.mode == Mode::Running)
    }

    /// A task died. If it is to be started again, [`due`](Self::due) will say so.
    pub fn died(&mut self, task: usize, fault: FaultRecord, now: Milliseconds) -> Option<Action> {
        if !self.believes_alive(task) {
            return None;
        }
        let (info, record) = (&self.tasks[task], &mut self.records[task]);
        record.fault = fault;
        record.faulted_at = now;
        record.check_in_by = None;
        match record.judge(info, now) {
            Verdict::RestartAt(time) => {
                record.mode = Mode::BackingOff(time);
                None
            }
            Verdict::Hold => {
                record.mode = Mode::Held;
                Some(Action::Hold(task))
            }
            Verdict::Reset => Some(Action::Reset),
        }
    }

    /// Somebody who may wants this task started, or started afresh.
    pub fn restart(&mut self, task: usize, now: Milliseconds) -> Option<Action> {
        let info = self.tasks.get(task).filter(|_| task != SUPERVISOR)?;
        let record = &mut self.records[task];
        record.forgive();
        let action = match record.mode {
            Mode::NotStarted => Action::Start(task),
            Mode::Running | Mode::BackingOff(_) | Mode::Held => {
                record.restarts += 1;
                Action::Restart(task)
            }
        };
        record.begin(info, now);
        Some(action)
    }

    /// Somebody who may wants this task stopped, until somebody wants it started.
    pub fn stop(&mut self, task: usize) -> Option<Action> {
        let record = self.records.get_mut(task).filter(|_| task != SUPERVISOR)?;
        record.mode = Mode::Held;
        record.check_in_by = None;
        record.ready = false;
        Some(Action::Hold(task))
    }

    /// A task says that it is ready.
    pub fn ready(&mut self, task: usize, now: Milliseconds) {
        self.check_in(task, now);
        if self.believes_alive(task) {
            self.records[task].ready = true;
        }
    }

    /// A task says that it is well.
    pub fn check_in(&mut self, task: usize, now: Milliseconds) {
        if self.believes_alive(task) {
            self.records[task].checked_in(&self.tasks[task], now);
        }
    }

    /// What is to be done now. To be asked until there is nothing more.
    #[must_use]
    pub fn due(&mut self, now: Milliseconds) -> Option<Action> {
        self.overdue(now).or_else(|| self.startup.next(self.tasks, self.records, now))
    }

    /// When something will be due, if nothing happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<Milliseconds> {
        let tasks = self.records.iter().filter_map(Record::deadline).min();
        let startup = self.startup.deadline(self.tasks, self.records);
        tasks.into_iter().chain(startup).min()
    }

    fn overdue(&mut self, now: Milliseconds) -> Option<Action> {
        let passed = |record: &Record| record.deadline().is_some_and(|deadline| deadline <= now);
        let task = self.records.iter().position(passed)?;
        let record = &mut self.records[task];
        if record.mode == Mode::Running {
            // The fault will be reported like any other.
            record.check_in_by = None;
            return Some(Action::Fault(task));
        }
        record.restarts += 1;
        record.begin(&self.tasks[task], now);
        Some(Action::Restart(task))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;
    use zerocopy::FromZeros;

    /// Tasks 0 (the supervisor), 1, 2 …, each changed by `edit`, and what they lead to.
    struct World {
        policy: Policy<'static>,
    }

    fn world<const N: usize>(edit: [fn(&mut TaskInfo); N]) -> World {
        let mut tasks = std::vec![TaskInfo::new_zeroed()];
        for edit in edit {
            let mut info = TaskInfo { restart: TaskInfo::RESTART_ALWAYS, ..TaskInfo::new_zeroed() };
            edit(&mut info);
            tasks.push(info);
        }
        let records = std::boxed::Box::leak(std::boxed::Box::new([Record::NEW; MAX_TASKS]));
        World { policy: Policy::new(tasks.leak(), records, 0) }
    }

    impl World {
        fn all_due(&mut self, now: Milliseconds) -> Vec<Action> {
            core::iter::from_fn(|| self.policy.due(now)).take(100).collect()
        }

        fn dies(&mut self, task: usize, now: Milliseconds) -> Option<Action> {
            let fault = FaultRecord { kind: 10, ..FaultRecord::default() };
            self.policy.died(task, fault, now)
        }

        /// Lets the task die at once whenever it is started; returns how long each wait was.
        fn waits(&mut self, task: usize, times: usize) -> Vec<Milliseconds> {
            let mut now = 0;
            let mut waits = Vec::new();
            for _ in 0..times {
                assert_eq!(self.dies(task, now), None);
                let deadline = self.policy.deadline().unwrap();
                waits.push(deadline - now);
                now = deadline;
                assert_eq!(self.all_due(now), [Action::Restart(task)]);
            }
            waits
        }
    }

    #[test]
    fn back_off_doubles_up_to_a_limit() {
        let mut world = world([|t| {
            t.backoff_ms = 100;
            t.restart_window_ms = 1_000_000;
        }]);
        assert_eq!(world.waits(1, 8), [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(world.policy.record(1).unwrap().restarts, 8);
    }

    #[test]
    fn without_a_back_off_only_the_first_restart_is_immediate() {
        let mut world = world([|_| {}]);
        assert_eq!(world.waits(1, 4), [0, 2, 4, 8]);
    }

    #[test]
    fn a_quiet_window_forgives() {
        let mut world = world([|t| {
            t.backoff_ms = 100;
            t.restart_window_ms = 10_000;
        }]);
        world.waits(1, 3);
        world.dies(1, 20_000);
        assert_eq!(world.policy.deadline(), Some(20_100));
    }

    #[test]
    fn nothing_happens_before_its_time_or_twice() {
        let mut world = world([|t| t.backoff_ms = 100]);
        world.dies(1, 50);
        assert_eq!(world.dies(1, 60), None);
        assert_eq!(world.all_due(149), []);
        assert_eq!(world.all_due(150), [Action::Restart(1)]);
        assert_eq!(world.policy.deadline(), None);
        assert_eq!(world.all_due(10_000), []);
    }

    #[test]
    fn never_means_held() {
        let mut world = world([|t| t.restart = TaskInfo::RESTART_NEVER]);
        assert_eq!(world.dies(1, 5), Some(Action::Hold(1)));
        let record = world.policy.record(1).unwrap();
        assert_eq!((record.mode, record.fault.kind, record.faulted_at), (Mode::Held, 10, 5));
        assert_eq!(world.all_due(100_000), []);
    }

    fn limited(t: &mut TaskInfo) {
        t.restart = TaskInfo::RESTART_LIMITED;
        t.restart_max = 3;
        t.restart_window_ms = 10_000;
    }

    #[test]
    fn a_limit_holds_the_task_when_spent_and_a_request_frees_it() {
        let mut world = world([limited]);
        world.waits(1, 3);
        assert_eq!(world.dies(1, 1000), Some(Action::Hold(1)));
        assert_eq!(world.policy.restart(1, 2000), Some(Action::Restart(1)));
        assert_eq!(world.dies(1, 2001), None);
        assert_eq!(world.all_due(2001), [Action::Restart(1)]);
    }

    #[test]
    fn a_limit_can_reset_the_machine_instead() {
        let mut world = world([|t| {
            limited(t);
            t.flags = TaskInfo::RESET_WHEN_SPENT;
        }]);
        world.waits(1, 3);
        assert_eq!(world.dies(1, 1000), Some(Action::Reset));
    }

    #[test]
    fn phases_wait_for_everyone_who_is_to_be_ready() {
        let mut world = world([
            |t| t.ready_within_ms = 2000,
            |t| t.ready_within_ms = 1000,
            |t| t.phase = 3,
            |t| t.phase = 5,
        ]);
        assert_eq!(world.all_due(10), []);
        assert_eq!(world.policy.deadline(), Some(1000));
        world.policy.ready(2, 20);
        assert_eq!(world.all_due(20), []);
        world.policy.ready(1, 30);
        assert_eq!(world.all_due(30), [Action::Start(3), Action::Start(4)]);
        assert_eq!(world.policy.deadline(), None);
    }

    #[test]
    fn a_task_that_is_never_ready_delays_its_phase_only_so_long() {
        let mut world =
            world([|t| t.ready_within_ms = 2000, |t| t.ready_within_ms = 1000, |t| t.phase = 1]);
        assert_eq!(world.all_due(1000), [Action::GoOnWithout(2)]);
        assert_eq!(world.all_due(2000), [Action::GoOnWithout(1), Action::Start(3)]);
    }

    #[test]
    fn a_held_task_is_not_waited_for() {
        let mut world = world([
            |t| {
                t.ready_within_ms = 2000;
                t.restart = TaskInfo::RESTART_NEVER;
            },
            |t| t.phase = 1,
        ]);
        world.dies(1, 10);
        assert_eq!(world.all_due(10), [Action::Start(2)]);
    }

    #[test]
    fn who_is_stopped_stays_so_until_somebody_starts_it() {
        let mut world = world([|t| t.check_in_ms = 100, |t| t.phase = 1]);
        assert_eq!(world.all_due(1), [Action::Start(2)]);
        assert_eq!(world.policy.stop(1), Some(Action::Hold(1)));
        assert_eq!(world.policy.stop(2), Some(Action::Hold(2)));
        assert_eq!((world.all_due(100_000), world.policy.deadline()), (Vec::new(), None));
        assert_eq!(world.dies(1, 100_000), None, "it is dead already");
        assert_eq!(world.policy.restart(1, 100_000), Some(Action::Restart(1)));
        assert_eq!(world.policy.deadline(), Some(100_100));
        assert_eq!(world.policy.stop(0), None);
    }

    #[test]
    fn a_task_started_by_hand_is_started_by_nobody_else() {
        let mut world = world([|t| t.flags = TaskInfo::MANUAL]);
        assert_eq!(world.all_due(10_000), []);
        assert_eq!(world.policy.restart(1, 10_000), Some(Action::Start(1)));
        assert_eq!(world.policy.record(1).unwrap().restarts, 0);
    }

    #[test]
    fn who_does_not_check_in_is_faulted_once() {
        let mut world = world([|t| t.check_in_ms = 100]);
        world.policy.check_in(1, 90);
        assert_eq!(world.all_due(189), []);
        assert_eq!(world.all_due(190), [Action::Fault(1)]);
        assert_eq!(world.dies(1, 191), None);
        assert_eq!(world.all_due(191), [Action::Restart(1)]);
        assert_eq!(world.policy.deadline(), Some(291), "it has a whole period again");
    }

    #[test]
    fn the_supervisor_is_not_its_own_patient() {
        let mut world = world([|_| {}]);
        assert_eq!(world.policy.restart(0, 1), None);
        assert_eq!(world.dies(0, 1), None);
        assert_eq!(world.policy.restart(99, 1), None);
    }
}
