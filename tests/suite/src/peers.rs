//! Clients of the suite and the assistant, as the cases direct them.
//!
//! A peer asks the suite what to do, and does it when the suite waits for something.

use crate::task;
use abi::kipc::{TaskStatus, state};
use abi::{FaultKind, FaultRecord, Generation, Handle, TaskId, Usage};
use test_protocol::{RawCall, Report, peer};
use userlib::kipc;
use userlib::sys::{self, Message, Received};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// A peer that has asked and waits for the answer, or is about its call.
pub struct Peer {
    pub id: TaskId,
    handle: Handle,
    /// Address of its scratch memory.
    pub scratch: u64,
}

impl Peer {
    /// Tells the peer with this index to ask.
    pub fn wake(index: usize) -> Self {
        let id = sys::refresh_task_id(TaskId::new(index, Generation(0)));
        assert_eq!(sys::post(id, peer::GO), Ok(()));
        let mut peer = Self { id, handle: Handle(0), scratch: 0 };
        peer.ends();
        peer
    }

    /// One of each priority, and a second of the last.
    pub fn wake_all() -> [Self; 3] {
        [task::PEER_A, task::PEER_B, task::PEER_C].map(Self::wake)
    }

    /// The same task, restarted.
    pub fn revived(&self) -> Self {
        kipc::restart(self.id.index(), true);
        Self::wake(self.id.index())
    }

    /// Lets it make a call as soon as the suite waits.
    pub fn begins(&self, call: RawCall) {
        self.begins_deed(peer::CALL, call);
    }

    /// Lets it do something else with that call.
    pub fn begins_deed(&self, deed: u32, call: RawCall) {
        assert!(sys::reply(self.handle, deed, call.as_bytes()), "it has asked");
    }

    /// Waits until it has made its call; says what that brought.
    pub fn ends(&mut self) -> [u64; 7] {
        let mut report = Report::default();
        let received = sys::recv(sys::Whom::undeclared(self.id), report.as_mut_bytes(), 0);
        let Received::Message(message) = received else {
            panic!("{received:?} of a peer: {:x?}", self.status())
        };
        assert_eq!((message.operation, message.leases), (peer::NEXT, 1));
        (self.handle, self.scratch) = (message.caller, report.scratch);
        report.result.x
    }

    /// Has it make a call; says what that brought.
    pub fn does(&mut self, call: RawCall) -> [u64; 7] {
        self.begins(call);
        self.ends()
    }

    /// Has it make a call that kills it.
    pub fn dies(&self, call: RawCall) -> FaultRecord {
        self.begins(call);
        let next = self.id.generation().next();
        // With room for its message: nothing is asked of what nobody takes.
        assert_eq!(
            sys::recv(sys::Whom::undeclared(self.id), &mut [0; 64], 0),
            Received::Dead(next)
        );
        self.status().fault
    }

    /// Has it make a call that kills it as a wrong usage.
    pub fn misuses(&self, call: RawCall, usage: Usage) {
        let fault = self.dies(call);
        assert_eq!((fault.kind, fault.detail), (FaultKind::Usage as u32, usage as u32));
    }

    /// Lets it spin for ever.
    pub fn spins(&self) {
        self.begins_deed(peer::SPIN, RawCall::default());
    }

    /// Has it make a call to the suite, and takes that.
    pub fn calls(&self, call: RawCall, buffer: &mut [u8]) -> Message {
        self.begins(call);
        let received = sys::recv(sys::Whom::undeclared(self.id), buffer, 0);
        let Received::Message(message) = received else { panic!("{received:?}") };
        message
    }

    pub fn status(&self) -> TaskStatus {
        kipc::read_status(self.id.index())
    }

    /// Whether it waits in this state for the task with this index.
    pub fn waits(&self, state: u32, peer: usize) -> bool {
        let status = self.status();
        (status.state, status.peer) == (state, peer as u32)
    }

    /// Whether its call to the suite is in the queue.
    pub fn is_queued(&self) -> bool {
        self.waits(state::IN_SEND, task::SUITE)
    }

    /// Whether it is in this state.
    pub fn is(&self, state: u32) -> bool {
        self.status().state == state
    }

    /// Puts bytes into its scratch memory, while it waits for an answer.
    pub fn put(&self, offset: usize, bytes: &(impl IntoBytes + Immutable + ?Sized)) {
        let bytes = bytes.as_bytes();
        assert_eq!(sys::borrow_write(self.handle, 0, offset, bytes), Ok(bytes.len()));
    }

    /// What is in its scratch memory, while it waits for an answer.
    pub fn get<T: FromBytes + IntoBytes>(&self, offset: usize) -> T {
        let mut value = T::new_zeroed();
        let bytes = value.as_mut_bytes();
        assert_eq!(sys::borrow_read(self.handle, 0, offset, bytes), Ok(bytes.len()));
        value
    }

    /// The call with which it asked: that it waits for an answer can be used.
    pub const fn asked(&self) -> Handle {
        self.handle
    }
}

/// The suite in its present life: whom peers call.
pub fn suite() -> TaskId {
    sys::refresh_task_id(TaskId::new(task::SUITE, Generation(0)))
}
