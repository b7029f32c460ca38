//! `tasks`, `crash` and `restart`: what tasks do, and doing something to them.

use crate::terminal::Terminal;
use abi::kipc::{TaskStatus, state};
use abi::{FaultRecord, TaskId};
use config::TaskInfo;
use core::fmt::{self, Write};
use supervisor_api::client::Supervisor;
use supervisor_api::{Mode, Report, SupervisorError};
use task_shell::fault::Explained;
use userlib::ipc::ClientError;
use userlib::{Slot, kipc};

/// How long an injected fault is followed, in milliseconds: longer than the longest back-off.
const PATIENCE: u64 = 10_000;
/// How often, in milliseconds.
const STEP: u64 = 10;

/// All tasks, and the supervisor who knows about them.
pub struct Tasks {
    infos: &'static [TaskInfo],
    supervisor: Supervisor,
}

impl Tasks {
    /// From the task table.
    pub fn new(infos: &'static [TaskInfo], supervisor: Slot) -> Self {
        Self { infos, supervisor: Supervisor::new(supervisor) }
    }

    /// One line for each task.
    pub fn list(&self, out: &mut Terminal) -> fmt::Result {
        let widest = self.infos.iter().map(|info| info.name().len()).max().unwrap_or(0).max(4);
        writeln!(
            out,
            "{:>3} {:widest$} {:>4} {:<12} {:widest$} {:>8} last fault",
            "#", "task", "prio", "state", "peer", "restarts"
        )?;
        for (index, info) in self.infos.iter().enumerate() {
            let status = kipc::read_status(index);
            let report = self.supervisor.status(index as u32);
            let (mode, restarts, fault) = match &report {
                Ok(report) => (report.mode, report.restarts, record(report)),
                Err(_) => (Mode::Running, status.restarts, status.fault),
            };
            writeln!(
                out,
                "{index:>3} {:widest$} {:>4} {:<12} {:widest$} {restarts:>8} {}",
                info.name(),
                info.priority,
                state_name(&status, mode),
                self.peer(status.peer),
                self.explain(&fault),
            )?;
        }
        Ok(())
    }

    /// Faults a task and tells what becomes of it.
    pub fn crash(&self, name: &str, out: &mut Terminal) -> fmt::Result {
        let Some(task) = self.find(name) else { return no_such_task(name, out) };
        let before = self.supervisor.status(task).map_or(0, |report| report.restarts);
        match self.supervisor.crash(task) {
            Ok(()) => self.follow(task, before, out),
            Err(error) => refused(name, error, out),
        }
    }

    /// Starts a task afresh.
    pub fn restart(&self, name: &str, out: &mut Terminal) -> fmt::Result {
        let Some(task) = self.find(name) else { return no_such_task(name, out) };
        match self.supervisor.restart(task) {
            Ok(()) => writeln!(out, "{name}: restarted"),
            Err(error) => refused(name, error, out),
        }
    }

    /// Starts a task that does not run.
    pub fn start(&self, name: &str, out: &mut Terminal) -> fmt::Result {
        let Some(task) = self.find(name) else { return no_such_task(name, out) };
        let report = self.supervisor.status(task);
        if report.is_ok_and(|report| report.mode == Mode::Running) {
            return writeln!(out, "{name}: it runs; `restart {name}` starts it afresh");
        }
        match self.supervisor.restart(task) {
            Ok(()) => writeln!(out, "{name}: started"),
            Err(error) => refused(name, error, out),
        }
    }

    /// Stops a task.
    pub fn stop(&self, name: &str, out: &mut Terminal) -> fmt::Result {
        let Some(task) = self.find(name) else { return no_such_task(name, out) };
        match self.supervisor.stop(task) {
            Ok(()) => writeln!(out, "{name}: stopped; whoever asks it hears that it is gone"),
            Err(error) => refused(name, error, out),
        }
    }

    /// How many run, who does not, and how often any was started again.
    pub fn summary(&self, out: &mut Terminal) -> fmt::Result {
        let (mut running, mut restarts) = (0, 0);
        for index in 0..self.infos.len() {
            if let Ok(report) = self.supervisor.status(index as u32) {
                running += u32::from(report.mode == Mode::Running);
                restarts += report.restarts;
            }
        }
        writeln!(out, "tasks     {running} of {} run, {restarts} restarts", self.infos.len())?;
        for (index, info) in self.infos.iter().enumerate() {
            let Ok(report) = self.supervisor.status(index as u32) else { continue };
            let how = match report.mode {
                Mode::Running => continue,
                Mode::NotStarted => "was not started",
                Mode::BackingOff => "died, and is about to start again",
                Mode::Held => "is held until `start`",
            };
            writeln!(out, "          {} {how}", info.name())?;
        }
        Ok(())
    }

    /// How often this task was started again since the machine started.
    pub fn own_restarts(&self) -> u32 {
        self.supervisor.lives().unwrap_or(0)
    }

    /// Waits until the supervisor has done something about a task that was faulted.
    fn follow(&self, task: u32, before: u32, out: &mut Terminal) -> fmt::Result {
        let name = self.name(task as usize);
        for _ in 0..PATIENCE / STEP {
            match self.supervisor.status(task) {
                Ok(report) if report.mode == Mode::Held => {
                    let fault = record(&report);
                    return writeln!(out, "{name}: held ({})", self.explain(&fault));
                }
                Ok(report) if report.mode == Mode::Running && report.restarts != before => {
                    return writeln!(out, "{name}: restarted");
                }
                Ok(_) => out.pause(STEP)?,
                Err(error) => return refused(name, error, out),
            }
        }
        writeln!(out, "{name}: the supervisor has not decided yet; see `tasks`")
    }

    /// A task by name or index.
    fn find(&self, name: &str) -> Option<u32> {
        let index = match self.infos.iter().position(|info| info.name() == name) {
            Some(index) => index,
            None => name.parse().ok()?,
        };
        (index < self.infos.len()).then_some(index as u32)
    }

    fn name(&self, index: usize) -> &'static str {
        self.infos.get(index).map_or("?", TaskInfo::name)
    }

    fn peer(&self, peer: u32) -> &'static str {
        match peer {
            u32::MAX => "-",
            kernel if kernel as usize == TaskId::KERNEL.index() => "kernel",
            index => self.name(index as usize),
        }
    }

    fn explain<'a>(&self, fault: &'a FaultRecord) -> impl fmt::Display + use<'a> {
        let infos = self.infos;
        Explained { fault, name: move |index| infos.get(index).map_or("?", TaskInfo::name) }
    }
}

fn state_name(status: &TaskStatus, mode: Mode) -> &'static str {
    match (status.state, mode) {
        (state::STOPPED, Mode::Held) => "held",
        (state::STOPPED, _) => "not started",
        (state::READY, _) => "ready",
        (state::IN_RECV, _) => "receiving",
        (state::IN_SEND, _) => "sending",
        (state::IN_REPLY, _) => "calling",
        (state::FAULTED, Mode::BackingOff) => "backing off",
        (state::FAULTED, _) => "faulted",
        _ => "?",
    }
}

fn record(report: &Report) -> FaultRecord {
    FaultRecord {
        kind: report.fault_kind,
        detail: report.fault_detail,
        address: report.fault_address,
        pc: report.fault_pc,
        from: report.fault_from,
        original_state: 0,
    }
}

fn no_such_task(name: &str, out: &mut Terminal) -> fmt::Result {
    writeln!(out, "there is no task `{name}`; `tasks` lists them")
}

fn refused(name: &str, error: ClientError<SupervisorError>, out: &mut Terminal) -> fmt::Result {
    let why = match error {
        ClientError::Server(SupervisorError::NotPermitted) => {
            "app.toml does not permit the shell to do this"
        }
        ClientError::Server(SupervisorError::NoSuchTask) => "there is no such task",
        ClientError::Server(SupervisorError::NotRunning) => "it is not running",
        _ => "the supervisor does not answer",
    };
    writeln!(out, "{name}: {why}")
}
