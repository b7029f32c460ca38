//! Answers `idl/supervisor.idl`.

use crate::hands::{Hands, now};
use abi::SUPERVISOR;
use supervisor_api::server::{self, Refuse};
use supervisor_api::{Mode, Report, SupervisorError};
use task_supervisor::Record;
use userlib::ipc::{Bits, Caller, InOrder};

/// The supervisor as others see it.
pub struct Server(pub Hands);

impl server::Supervisor for Server {
    type Order = InOrder;

    fn ready(&mut self, caller: Caller) -> Result<(), Refuse> {
        self.0.policy.ready(caller.task().index(), now());
        self.0.settle();
        Ok(())
    }

    fn check_in(&mut self, caller: Caller) -> Result<(), Refuse> {
        self.0.policy.check_in(caller.task().index(), now());
        self.0.settle();
        Ok(())
    }

    fn status(&mut self, _: Caller, task: u32) -> Result<Report, Refuse<SupervisorError>> {
        let record = self.0.policy.record(task as usize).ok_or(SupervisorError::NoSuchTask)?;
        Ok(report(record))
    }

    fn restart(&mut self, caller: Caller, task: u32) -> Result<(), Refuse<SupervisorError>> {
        let task = self.known(task)?;
        if !self.0.policy.tasks()[caller.task().index()].may_restart.contains(task) {
            return Err(SupervisorError::NotPermitted.into());
        }
        // None only for the supervisor, whom nobody restarts.
        let action = self.0.policy.restart(task, now()).ok_or(SupervisorError::NotPermitted)?;
        self.0.act(action);
        self.0.settle();
        Ok(())
    }

    fn crash(&mut self, caller: Caller, task: u32) -> Result<(), Refuse<SupervisorError>> {
        let task = self.known(task)?;
        if !self.0.policy.tasks()[caller.task().index()].may_fault.contains(task) {
            return Err(SupervisorError::NotPermitted.into());
        }
        if task == SUPERVISOR {
            panic!("task {} asked for this crash", caller.task().index());
        }
        if !self.0.policy.believes_alive(task) {
            return Err(SupervisorError::NotRunning.into());
        }
        self.0.crash(task, caller.task().index());
        self.0.settle();
        Ok(())
    }

    fn stop(&mut self, caller: Caller, task: u32) -> Result<(), Refuse<SupervisorError>> {
        let task = self.known(task)?;
        if !self.0.policy.tasks()[caller.task().index()].may_restart.contains(task) {
            return Err(SupervisorError::NotPermitted.into());
        }
        let action = self.0.policy.stop(task).ok_or(SupervisorError::NotPermitted)?;
        self.0.act(action);
        self.0.settle();
        Ok(())
    }

    fn lives(&mut self, caller: Caller) -> Result<u32, Refuse> {
        let record = self.0.policy.record(caller.task().index());
        Ok(record.map_or(0, |record| record.restarts))
    }

    fn notified(&mut self, bits: Bits) {
        if bits.contains(Bits::new(abi::FAULT_NOTIFICATION)) {
            self.0.see_faults();
        }
        self.0.settle();
    }
}

impl Server {
    fn known(&self, task: u32) -> Result<usize, SupervisorError> {
        let task = task as usize;
        if task < self.0.policy.tasks().len() { Ok(task) } else { Err(SupervisorError::NoSuchTask) }
    }
}

fn report(record: &Record) -> Report {
    let fault = &record.fault;
    Report {
        faulted_at: record.faulted_at,
        fault_address: fault.address,
        fault_pc: fault.pc,
        fault_kind: fault.kind,
        fault_detail: fault.detail,
        fault_from: fault.from,
        restarts: record.restarts,
        mode: match record.mode {
            task_supervisor::Mode::NotStarted => Mode::NotStarted,
            task_supervisor::Mode::Running => Mode::Running,
            task_supervisor::Mode::BackingOff(_) => Mode::BackingOff,
            task_supervisor::Mode::Held => Mode::Held,
        },
        ready: record.ready.into(),
    }
}
