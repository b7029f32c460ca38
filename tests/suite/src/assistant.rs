//! The assistant, as the cases talk to it.

use crate::tables::Regions;
use abi::kipc::{TaskStatus, state};
use abi::{FaultKind, NO_DEADLINE, TaskId, Usage};
use test_protocol::{RawCall, RawResult, assist};
use userlib::sys::{self, Lease, Reply, SendError};
use userlib::{Slot, kipc};
use zerocopy::{FromBytes, IntoBytes};

/// The assistant in the life it has when the case begins.
pub struct Assistant {
    slot: Slot,
    regions: Regions,
    pub id: TaskId,
}

impl Assistant {
    pub fn new(slot: Slot, regions: Regions) -> Self {
        Self { slot, regions, id: slot.task_id() }
    }

    /// Its index.
    pub fn index(&self) -> usize {
        self.slot.index()
    }

    /// The id of its present life.
    pub fn refreshed(&self) -> TaskId {
        self.slot.task_id()
    }

    /// The same task under its present id.
    pub fn next_life(&self) -> Self {
        Self::new(self.slot, self.regions)
    }

    /// The same task, restarted.
    pub fn revived(&self) -> Self {
        kipc::restart(self.index(), true);
        Self::new(self.slot, self.regions)
    }

    /// A call without leases or deadline.
    pub fn call(
        &self,
        operation: u16,
        message: &[u8],
        reply: &mut [u8],
    ) -> Result<Reply, SendError> {
        sys::send(self.id, operation, message, reply, &[], NO_DEADLINE)
    }

    /// A call with leases.
    pub fn lend(&self, operation: u16, leases: &[Lease<'_>], reply: &mut [u8]) -> Reply {
        let reply = sys::send(self.id, operation, &[], reply, leases, NO_DEADLINE);
        reply.expect("the assistant answers")
    }

    /// Its status.
    pub fn status(&self) -> TaskStatus {
        kipc::read_status(self.index())
    }

    /// Has it do something fatal: the call must end with the dead code of the next life, and its
    /// status say why. Returns that status.
    pub fn dies(&self, operation: u16, message: &[u8], kind: FaultKind) -> TaskStatus {
        self.dies_with(operation, message, &[], kind)
    }

    fn dies_with(
        &self,
        operation: u16,
        message: &[u8],
        leases: &[Lease<'_>],
        kind: FaultKind,
    ) -> TaskStatus {
        let reply = sys::send(self.id, operation, message, &mut [0; 64], leases, NO_DEADLINE);
        let next = self.id.generation().next();
        assert_eq!(reply, Err(SendError::Dead(next)), "{:x?}", self.status());
        let status = self.status();
        assert_eq!((status.state, status.generation), (state::FAULTED, next.0));
        assert_eq!(FaultKind::from_number(status.fault.kind), Some(kind), "{status:x?}");
        assert_eq!(status.fault.original_state, state::READY);
        let pc = status.fault.pc;
        let in_text = self.regions.text(self.index()).contains(&pc);
        assert_eq!(in_text, kind != FaultKind::IllegalText, "at {pc:#x}");
        status
    }

    /// Has it use a system call so that it is faulted for it.
    pub fn misuses(&self, number: u64, x: [u64; 8], more: [u64; 4], usage: Usage) {
        self.misuses_raw(&RawCall { x, more, number }, usage);
    }

    /// The same, the registers together.
    pub fn misuses_raw(&self, call: &RawCall, usage: Usage) {
        let status = self.dies(assist::RAW, call.as_bytes(), FaultKind::Usage);
        assert_eq!(status.fault.detail, usage as u32, "{status:x?}");
    }

    /// The same with a call that begins with the handle of its caller, which lends this.
    pub fn misuses_caller(&self, call: &RawCall, leases: &[Lease<'_>], usage: Usage) {
        let status = self.dies_with(assist::BORROW, call.as_bytes(), leases, FaultKind::Usage);
        assert_eq!(status.fault.detail, usage as u32, "{status:x?}");
    }

    /// Has it make a call that it survives; says what that brought.
    pub fn raw(&self, call: &RawCall) -> [u64; 7] {
        let mut result = RawResult::default();
        let reply = self.call(assist::RAW, call.as_bytes(), result.as_mut_bytes());
        assert!(matches!(reply, Ok(Reply { code: 0, .. })), "{reply:?}");
        result.x
    }

    /// A number out, a number back.
    pub fn number(&self, operation: u16, message: u64) -> u64 {
        let mut answer = [0; 8];
        let reply = self.call(operation, message.as_bytes(), &mut answer);
        assert!(matches!(reply, Ok(Reply { code: 0, .. })), "{reply:?}");
        u64::read_from_bytes(&answer).unwrap_or(0)
    }
}
