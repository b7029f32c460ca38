//! What tasks say to the kernel and hear from it, as values.

use abi::call::{ReplyInfo, SendInfo};
use abi::{Generation, Handle, NO_DEADLINE, TaskId};

/// Registers at a call.
pub(super) type Words = [u64; 31];

/// Packs at most 32 bytes into x2 to x5, as a stub does.
pub(super) fn pack(bytes: &[u8], words: &mut Words) {
    for (chunk, n) in bytes.chunks(8).zip(2..6) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        words[n] = u64::from_le_bytes(word);
    }
}

/// The first `length` of the 32 bytes in x2 to x5.
pub(super) fn unpack(words: &Words, length: usize) -> Vec<u8> {
    let bytes: Vec<u8> = words[2..6].iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes[..length].to_vec()
}

/// A `SEND`: with no deadline and room for 256 bytes of reply, unless it says otherwise.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) target: TaskId,
    pub(super) info: SendInfo,
    pub(super) bytes: Vec<u8>,
    pub(super) address: Option<u64>,
    pub(super) buffer: Option<u64>,
    pub(super) capacity: u64,
    pub(super) deadline: u64,
    pub(super) leases: u64,
}

pub(super) fn send(target: TaskId, operation: u16, bytes: &[u8]) -> Message {
    Message {
        target,
        info: SendInfo::new(operation, bytes.len(), 0),
        bytes: bytes.to_vec(),
        address: None,
        buffer: None,
        capacity: 256,
        deadline: NO_DEADLINE,
        leases: 0,
    }
}

impl Message {
    /// The message lies here, and not in the outbox.
    pub(super) fn at(mut self, address: u64) -> Self {
        self.address = Some(address);
        self
    }

    /// The reply shall come here, and not to the inbox.
    pub(super) fn answered_at(mut self, buffer: u64) -> Self {
        self.buffer = Some(buffer);
        self
    }

    pub(super) fn room(mut self, capacity: u64) -> Self {
        self.capacity = capacity;
        self
    }

    pub(super) fn until(mut self, deadline: u64) -> Self {
        self.deadline = deadline;
        self
    }

    /// With so many leases, described here.
    pub(super) fn lending(mut self, count: usize, table: u64) -> Self {
        self.info = SendInfo::new(self.info.operation(), self.info.length(), count);
        self.leases = table;
        self
    }

    /// With this in x1, whatever it says.
    pub(super) fn info(mut self, info: u64) -> Self {
        self.info = SendInfo(info);
        self
    }
}

/// A `RECV`: no notifications and a buffer of 256 bytes, unless it says otherwise.
#[derive(Clone, Copy)]
pub(super) struct Receive {
    pub(super) from: TaskId,
    pub(super) mask: u32,
    pub(super) buffer: Option<u64>,
    pub(super) size: u64,
}

pub(super) fn from(from: TaskId) -> Receive {
    Receive { from, mask: 0, buffer: None, size: 256 }
}

pub(super) fn anyone() -> Receive {
    from(TaskId::ANY)
}

impl Receive {
    pub(super) fn or_bits(mut self, mask: u32) -> Self {
        self.mask = mask;
        self
    }

    pub(super) fn into(mut self, buffer: u64, size: u64) -> Self {
        (self.buffer, self.size) = (Some(buffer), size);
        self
    }
}

/// A `REPLY`.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) info: ReplyInfo,
    pub(super) bytes: Vec<u8>,
    pub(super) address: Option<u64>,
}

pub(super) fn answer(code: u32, bytes: &[u8]) -> Answer {
    Answer { info: ReplyInfo::new(code, bytes.len()), bytes: bytes.to_vec(), address: None }
}

impl Answer {
    /// The reply lies here, and not in the outbox.
    pub(super) fn at(mut self, address: u64) -> Self {
        self.address = Some(address);
        self
    }
}

/// What a `SEND` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Answered { code: u32, bytes: Vec<u8> },
    Dead(Generation),
    Gone,
    TimedOut,
}

/// Answered with code 0 and these bytes.
pub(super) fn ok(bytes: &[u8]) -> Sent {
    Sent::Answered { code: 0, bytes: bytes.to_vec() }
}

/// What a `RECV` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Received {
    Message(Call),
    Bits(u32),
    Dead(Generation),
}

/// A message as the server gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) handle: Handle,
    pub(super) operation: u16,
    /// As long as it was sent.
    pub(super) length: usize,
    pub(super) leases: usize,
    /// As much as there was room for.
    pub(super) bytes: Vec<u8>,
    pub(super) capacity: u64,
}
