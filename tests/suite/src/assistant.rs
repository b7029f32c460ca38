//! The assistant, as the cases talk to it.

use abi::kipc::{TaskStatus, state};
use abi::{FaultKind, NO_DEADLINE, TaskId};
use test_protocol::{RawCall, assist};
use userlib::sys::{self, Lease, Reply, SendError};
use userlib::{Slot, kipc};
use zerocopy::{FromBytes, IntoBytes};

/// The assistant in the life it has when the case begins.
pub struct Assistant {
    slot: Slot,
    pub id: TaskId,
}

impl Assistant {
    pub fn new(slot: Slot) -> Self {
        Self { slot, id: slot.task_id() }
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
        Self::new(self.slot)
    }

    /// The same task, restarted.
    pub fn revived(&self) -> Self {
        kipc::restart(self.index(), true);
        Self::new(self.slot)
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
        let reply = self.call(operation, message, &mut [0; 64]);
        assert_eq!(reply, Err(SendError::Dead(self.id.generation().next())));
        let status = self.status();
        assert_eq!(status.state, state::FAULTED);
        assert_eq!(FaultKind::from_number(status.fault.kind), Some(kind), "{status:x?}");
        assert_eq!(status.fault.original_state, state::READY);
        status
    }

    /// Has it use a system call so that it is faulted for it.
    pub fn misuses(&self, number: u64, x: [u64; 8], more: [u64; 4], usage: abi::Usage) {
        let call = RawCall { x, more, number };
        let status = self.dies(assist::RAW, call.as_bytes(), FaultKind::Usage);
        assert_eq!(status.fault.detail, usage as u32, "{status:x?}");
    }

    /// A number out, a number back.
    pub fn number(&self, operation: u16, message: u64) -> u64 {
        let mut answer = [0; 8];
        let reply = self.call(operation, message.as_bytes(), &mut answer);
        assert!(matches!(reply, Ok(Reply { code: 0, .. })), "{reply:?}");
        u64::read_from_bytes(&answer).unwrap_or(0)
    }
}
