//! What the supervisor remembers about one task.

use crate::Milliseconds;
use abi::FaultRecord;
use config::TaskInfo;

/// The longest wait before a restart.
pub const LONGEST_BACKOFF: Milliseconds = 5_000;
/// The window of a task whose policy names none.
pub const DEFAULT_WINDOW: Milliseconds = 10_000;

/// What the supervisor is doing about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Its phase has not begun, or it is only started on request.
    NotStarted,
    /// Nothing: it runs.
    Running,
    /// It died, and is started again at this time.
    BackingOff(Milliseconds),
    /// It died, and stays so.
    Held,
}

/// One task.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// What is being done about it.
    pub mode: Mode,
    /// Whether it said, in this life, that it is ready.
    pub ready: bool,
    /// How often it was started again, since the machine started.
    pub restarts: u32,
    /// Its last fault; all zero if it never had one.
    pub fault: FaultRecord,
    /// When that was.
    pub faulted_at: Milliseconds,
    /// By when it must check in, if it must.
    pub(crate) check_in_by: Option<Milliseconds>,
    /// Whether its phase went on without it.
    pub(crate) late: bool,
    window_opened: Milliseconds,
    in_window: u32,
}

/// What a policy says about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    RestartAt(Milliseconds),
    Hold,
    Reset,
}

impl Record {
    /// Of a task nobody has started.
    pub const NEW: Self = Self {
        mode: Mode::NotStarted,
        ready: false,
        restarts: 0,
        fault: FaultRecord { kind: 0, detail: 0, address: 0, pc: 0, from: 0, original_state: 0 },
        faulted_at: 0,
        check_in_by: None,
        late: false,
        window_opened: 0,
        in_window: 0,
    };

    /// A life begins.
    pub(crate) fn begin(&mut self, info: &TaskInfo, now: Milliseconds) {
        self.mode = Mode::Running;
        self.ready = false;
        self.late = false;
        self.checked_in(info, now);
    }

    /// It is alive and well now.
    pub(crate) fn checked_in(&mut self, info: &TaskInfo, now: Milliseconds) {
        let period = Milliseconds::from(info.check_in_ms);
        self.check_in_by = (period > 0).then_some(now.saturating_add(period));
    }

    /// When something is to be done about it.
    pub(crate) fn deadline(&self) -> Option<Milliseconds> {
        match self.mode {
            Mode::Running => self.check_in_by,
            Mode::BackingOff(time) => Some(time),
            Mode::NotStarted | Mode::Held => None,
        }
    }

    /// Somebody wants it to begin anew: what happened before counts no longer against it.
    pub(crate) fn forgive(&mut self) {
        self.in_window = 0;
    }

    /// It died; what its policy says. A restart counts from here, not from when it is done.
    pub(crate) fn judge(&mut self, info: &TaskInfo, now: Milliseconds) -> Verdict {
        // The window opens with the first restart in it.
        if self.in_window == 0 || now.saturating_sub(self.window_opened) >= window(info) {
            self.window_opened = now;
            self.in_window = 0;
        }
        let spent = match info.restart {
            TaskInfo::RESTART_ALWAYS => false,
            TaskInfo::RESTART_LIMITED => self.in_window >= info.restart_max,
            _ => return Verdict::Hold,
        };
        if spent && info.flags & TaskInfo::RESET_WHEN_SPENT != 0 {
            return Verdict::Reset;
        }
        if spent {
            return Verdict::Hold;
        }
        let wait = backoff(info, self.in_window);
        self.in_window += 1;
        Verdict::RestartAt(now.saturating_add(wait))
    }
}

fn window(info: &TaskInfo) -> Milliseconds {
    match info.restart_window_ms {
        0 => DEFAULT_WINDOW,
        some => some.into(),
    }
}

/// The wait after `earlier` restarts in the window: what `app.toml` says, doubled each time. A
/// task without a back-off is started again at once the first time only, so that one that dies at
/// its first instruction cannot keep the machine busy with nothing else.
fn backoff(info: &TaskInfo, earlier: u32) -> Milliseconds {
    let first = Milliseconds::from(info.backoff_ms);
    match earlier {
        0 => first,
        _ => (first.max(1) << earlier.min(31)).min(LONGEST_BACKOFF.max(first)),
    }
}
