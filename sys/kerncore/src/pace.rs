//! Tasks that do not run just as they like: budgets, time slices, floating-point registers.
//!
//! Such a task is `attended`: the kernel acts when it begins to run and when it stops. Nobody else
//! pays more than the question whether a task is one.
//!
//! A budget is so much time in each period. Periods begin at multiples of their length, so a
//! restart brings no new budget. Unused time is lost. A task that would run and has none left is
//! [`State::Spent`] until its next period. What a server does for its callers is on its own budget.

use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::task::{NOBODY, State, TaskIndex};
use crate::timer_queue::TIMERS_PER_TASK;
use config::TaskDesc;

const PACE: usize = 2;

/// How long a task may run. Times are in ticks of the counter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Of the budget in each period.
    run: u64,
    /// The period; 0: no budget.
    every: u64,
    /// Left of the budget in this period.
    left: u64,
    /// When the period ends.
    period_end: u64,
    /// Its turn among its equals; 0: until it blocks.
    slice: u64,
    /// Left of its turn.
    turn: u64,
}

impl Pace {
    /// What the descriptor says, at `frequency` ticks a second.
    pub(crate) fn new(desc: &TaskDesc, frequency: u64) -> Self {
        let slice = ticks(desc.slice_ns, frequency);
        Self {
            run: ticks(desc.budget_run_ns, frequency),
            every: ticks(desc.budget_every_ns, frequency),
            left: 0,
            period_end: 0,
            slice,
            turn: slice,
        }
    }

    const fn is_limited(&self) -> bool {
        self.every != 0 || self.slice != 0
    }

    const fn is_spent(&self) -> bool {
        self.every != 0 && self.left == 0
    }

    /// Whether its turn or its budget is.
    const fn is_over(&self) -> bool {
        self.is_spent() || self.slice != 0 && self.turn == 0
    }

    /// It ran for `ran` ticks up to now.
    fn charge(&mut self, ran: u64, now: u64) {
        self.turn = self.turn.saturating_sub(ran);
        if self.every == 0 {
            return;
        }
        if now < self.period_end {
            self.left = self.left.saturating_sub(ran);
            return;
        }
        // A new period has begun; what was used before it does not count.
        let into = (now - self.period_end) % self.every;
        self.left = self.run.saturating_sub(ran.min(into));
        self.period_end = (now - into).saturating_add(self.every);
    }

    /// When it has to stop if it runs from now on.
    fn limit(&self, now: u64) -> u64 {
        let budget = if self.every == 0 { u64::MAX } else { self.left };
        let turn = if self.slice == 0 { u64::MAX } else { self.turn };
        now.saturating_add(budget.min(turn))
    }
}

/// Nanoseconds in ticks, at least one unless there are none.
fn ticks(nanoseconds: u64, frequency: u64) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    let (seconds, rest) = (nanoseconds / SECOND, nanoseconds % SECOND);
    let ticks = seconds.saturating_mul(frequency).saturating_add(rest * frequency / SECOND);
    if nanoseconds == 0 { 0 } else { ticks.max(1) }
}

impl<M: Machine> Kernel<'_, M> {
    /// What `choose` said, unless an attended task is about to run or to stop running.
    #[inline(always)]
    pub(crate) fn settle(&mut self, next: Option<TaskIndex>) -> Option<TaskIndex> {
        let attended = next.is_some_and(|task| self.tasks[task].attended);
        if attended || self.core.attended != NOBODY {
            return self.change(next);
        }
        next
    }

    /// The same for a task that [`Kernel::wake`] has made the running one: it is not attended.
    #[inline(always)]
    pub(crate) fn settle_woken(&mut self, task: TaskIndex) -> Option<TaskIndex> {
        if self.core.attended == NOBODY { Some(task) } else { self.change(Some(task)) }
    }

    #[cold]
    fn change(&mut self, mut next: Option<TaskIndex>) -> Option<TaskIndex> {
        if next.is_some_and(|task| task.get() == usize::from(self.core.attended)) {
            return next;
        }
        let now = self.machine.now();
        if self.stop_attending(now) {
            next = self.choose();
        }
        // At most twice: whoever waits in a ready queue has some budget.
        while let Some(task) = next {
            if !self.tasks[task].attended || self.attend(task, now) {
                break;
            }
            next = self.choose();
        }
        self.update_alarm();
        next
    }

    /// The task that was attended has stopped running. True if somebody else may be ready now.
    fn stop_attending(&mut self, now: u64) -> bool {
        let Some(task) = self.index(usize::from(self.core.attended)) else { return false };
        self.core.attended = NOBODY;
        let since = self.core.attended_since;
        let stopped = self.task(task);
        if stopped.desc.fpu_state != 0 {
            self.machine.fp_enable(false);
        }
        let stopped = &mut self.tasks[task];
        if !stopped.pace.is_limited() {
            return false;
        }
        stopped.pace.charge(now.saturating_sub(since), now);
        if !matches!(stopped.state, State::Ready | State::Running) {
            stopped.pace.turn = stopped.pace.slice;
        }
        self.core.timers.cancel(pace_timer(task));
        let stopped = &self.tasks[task];
        if stopped.state != State::Ready || !stopped.pace.is_over() {
            return false;
        }
        // Preempted in the very moment: it shall not come back for a turn without length.
        self.core.ready.remove(self.tasks, task);
        self.end_turn(task);
        true
    }

    /// A task begins to run. False if it must not: it is parked.
    fn attend(&mut self, task: TaskIndex, now: u64) -> bool {
        let begins = self.task(task);
        if begins.pace.is_limited() {
            begins.pace.charge(0, now);
            if begins.pace.is_spent() {
                self.park(task);
                return false;
            }
            let limit = begins.pace.limit(now);
            self.core.timers.arm(pace_timer(task), limit);
        }
        self.core.attended = task.get() as u16;
        self.core.attended_since = now;
        if self.tasks[task].desc.fpu_state != 0 {
            self.give_fp(task);
        }
        true
    }

    /// Makes a task, which is in no queue, wait for its next period.
    fn park(&mut self, task: TaskIndex) {
        let parked = self.task(task);
        parked.state = State::Spent;
        parked.peer = NOBODY;
        parked.pace.turn = parked.pace.slice;
        parked.overruns = parked.overruns.saturating_add(1);
        let (period_end, bits) = (parked.pace.period_end, parked.desc.budget_bits);
        self.core.timers.arm(pace_timer(task), period_end);
        self.update_alarm();
        if bits != 0 {
            self.notify_supervisor(bits);
        }
    }

    /// A task becomes ready, unless its budget is spent; then it is parked, and this is true.
    #[cold]
    pub(crate) fn park_if_spent(&mut self, task: TaskIndex) -> bool {
        let now = self.machine.now();
        let pace = &mut self.task(task).pace;
        pace.charge(0, now);
        let spent = pace.is_spent();
        if spent {
            self.park(task);
        }
        spent
    }

    /// The end of a turn or of a budget, or the beginning of a period.
    pub(crate) fn expire_pace(&mut self, task: TaskIndex, now: u64) {
        match self.tasks[task].state {
            State::Spent => self.make_ready(task),
            State::Running => {
                self.stop_attending(now);
                self.end_turn(task);
            }
            _ => (),
        }
    }

    fn end_turn(&mut self, task: TaskIndex) {
        let running = self.task(task);
        if running.pace.is_spent() {
            self.park(task);
        } else if running.pace.slice != 0 && running.pace.turn == 0 {
            running.pace.turn = running.pace.slice;
            running.state = State::Ready;
            self.core.ready.push_back(self.tasks, task);
        }
    }

    /// A parked task's life ends.
    pub(crate) fn unpark(&mut self, task: TaskIndex) {
        self.core.timers.cancel(pace_timer(task));
        self.update_alarm();
    }

    /// Puts a task's floating-point registers into the processor.
    fn give_fp(&mut self, task: TaskIndex) {
        if self.core.fp_owner != task.get() as u16 {
            self.keep_fp();
            self.machine.fp_load(self.tasks[task].desc.fpu_state);
            self.core.fp_owner = task.get() as u16;
        }
        self.machine.fp_enable(true);
    }

    /// Saves the floating-point registers that are in the processor; they are nobody's then.
    fn keep_fp(&mut self) {
        if let Some(owner) = self.index(usize::from(self.core.fp_owner)) {
            self.machine.fp_save(self.tasks[owner].desc.fpu_state);
        }
        self.core.fp_owner = NOBODY;
    }

    /// A task died: its floating-point registers go to memory, for a debugger.
    pub(crate) fn keep_fp_of_dead(&mut self, task: TaskIndex) {
        if usize::from(self.core.fp_owner) == task.get() {
            self.keep_fp();
        }
    }

    /// A task's next life begins with zeros.
    pub(crate) fn clear_fp(&mut self, task: TaskIndex) {
        let state = self.tasks[task].desc.fpu_state;
        if state != 0 {
            self.keep_fp_of_dead(task);
            self.machine.fp_clear(state);
        }
    }
}

const fn pace_timer(task: TaskIndex) -> usize {
    task.get() * TIMERS_PER_TASK + PACE
}

#[cfg(test)]
impl Pace {
    /// Left of the budget, end of the period, left of the turn.
    pub(crate) const fn account(&self) -> [u64; 3] {
        [self.left, self.period_end, self.turn]
    }

    /// Whether it has a budget, and whether it has turns.
    pub(crate) const fn limits(&self) -> [bool; 2] {
        [self.every != 0, self.slice != 0]
    }
}
