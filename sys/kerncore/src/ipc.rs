//! `SEND`, `RECV`, `REPLY` and `REPLY_RECV`.
//!
//! Sends go uphill only: a server is more important than any of its callers. So a server that
//! gets a message may run at once, and answering one never makes anyone more important ready.

use crate::call::Outcome;
use crate::kernel::{Kernel, Next};
use crate::machine::{Frame, Machine};
use crate::region::{self, Read, Write};
use crate::task::{State, TaskIndex};
use abi::call::{ReplyInfo, SendInfo, SendResult};
use abi::trace::Event;
use abi::{Handle, INLINE, MAX_LEASES, MAX_MESSAGE, NO_DEADLINE, ReplyFault, TaskId, Usage};

/// Registers by what they hold; see [`abi::call`].
const TARGET: usize = 0;
const INFO: usize = 1;
const WORDS: core::ops::Range<usize> = 2..6;
const CAPACITY: usize = 6;
const DEADLINE: usize = 7;
const BUFFER: usize = 9;
const BUFFER_SIZE: usize = 10;
const MASK: usize = 11;

/// Whose memory did not bear the copy.
enum Blame {
    Source,
    Destination,
}

impl<M: Machine> Kernel<'_, M> {
    #[inline]
    pub(crate) fn send(&mut self, me: TaskIndex) -> Outcome {
        let target = TaskId(self.arg(me, TARGET));
        let info = SendInfo(self.arg(me, INFO));
        if info.length() > MAX_MESSAGE || info.0 >> 36 != 0 {
            return Err(Usage::MessageTooBig);
        }
        let Some(server) = self.index(target.index()) else {
            return self.send_elsewhere(me, target, info);
        };
        self.check_send(me, server, info)?;
        if self.tasks[server].generation() != target.generation() {
            return Ok(self.answer_dead(me, server));
        }
        if self.tasks[me].frame.get(DEADLINE) != NO_DEADLINE || self.tasks[server].gone {
            return self.send_carefully(me, server, info);
        }
        self.send_to(me, server, info)
    }

    #[inline]
    fn check_send(&self, me: TaskIndex, server: TaskIndex, info: SendInfo) -> Result<(), Usage> {
        let task = &self.tasks[me];
        let uphill = self.tasks[server].priority < task.priority;
        if !task.desc.may_send.contains(server.get()) || !uphill {
            return Err(Usage::SendNotAllowed);
        }
        if info.leases() > MAX_LEASES {
            return Err(Usage::TooManyLeases);
        }
        Ok(())
    }

    #[inline]
    fn send_to(&mut self, me: TaskIndex, server: TaskIndex, info: SendInfo) -> Outcome {
        let handle = self.tasks[me].handle.next();
        self.tasks[me].handle = handle;
        if self.tasks[server].receives_from_anyone() {
            return self.hand_over(me, server, info);
        }
        self.send_to_busy(me, server, info)
    }

    /// To a server that waits for just this sender, or has to be waited for.
    #[inline(never)]
    fn send_to_busy(&mut self, me: TaskIndex, server: TaskIndex, info: SendInfo) -> Outcome {
        if self.tasks[server].receives_from(me) {
            let next = self.hand_over(me, server, info)?;
            self.tasks[me].waiters.remove(server.get());
            return Ok(next);
        }
        self.note(Event::Send, me, server, info.0 as u32);
        self.tasks[server].waiters.insert(me.get());
        self.queue_sender(me, server);
        Ok(Next::Choose)
    }

    /// Gives a receiving server the message and the processor.
    // Always inlined: a second caller shall not cost the common one a function call.
    #[inline(always)]
    fn hand_over(&mut self, me: TaskIndex, server: TaskIndex, info: SendInfo) -> Outcome {
        match self.deliver(me, server, info) {
            Ok(()) => {
                self.note(Event::Send, me, server, info.0 as u32);
                self.tasks[server].waiters.insert(me.get());
                self.tasks[me].block(State::InReply, server);
                Ok(Next::Switch(server))
            }
            Err(Blame::Source) => Err(Usage::InvalidSlice),
            Err(Blame::Destination) => {
                self.fault_usage(server, Usage::InvalidSlice);
                Ok(self.answer_dead(me, server))
            }
        }
    }

    #[cold]
    fn send_elsewhere(&mut self, me: TaskIndex, target: TaskId, info: SendInfo) -> Outcome {
        if target == TaskId::KERNEL {
            self.kernel_message(me, info)
        } else {
            Err(Usage::TaskOutOfRange)
        }
    }

    /// With a deadline, or to a task held for good.
    fn send_carefully(&mut self, me: TaskIndex, server: TaskIndex, info: SendInfo) -> Outcome {
        if self.tasks[server].gone {
            self.set_results(me, SendResult::GONE.0, 0);
            return Ok(Next::Same);
        }
        let deadline = self.arg(me, DEADLINE);
        if deadline != NO_DEADLINE && deadline <= self.machine.now() {
            self.set_results(me, SendResult::TIMED_OUT.0, 0);
            return Ok(Next::Same);
        }
        let next = self.send_to(me, server, info)?;
        let waits = matches!(self.tasks[me].state, State::InSend | State::InReply);
        if waits && deadline != NO_DEADLINE {
            self.arm_send_deadline(me, deadline);
        }
        Ok(next)
    }

    fn queue_sender(&mut self, me: TaskIndex, server: TaskIndex) {
        self.tasks[me].block(State::InSend, server);
        let mut senders = self.tasks[server].senders;
        senders.insert_by_priority(self.tasks, me);
        self.tasks[server].senders = senders;
    }

    /// The caller learns that its peer lives another life; it goes on unless someone else may.
    #[cold]
    fn answer_dead(&mut self, me: TaskIndex, peer: TaskIndex) -> Next {
        let generation = self.tasks[peer].generation();
        self.set_results(me, SendResult::DEAD.0, u64::from(generation.0));
        Next::Choose
    }

    /// Gives `server`, which waits for it, the message of `sender`: results and bytes.
    #[inline]
    fn deliver(
        &mut self,
        sender: TaskIndex,
        server: TaskIndex,
        info: SendInfo,
    ) -> Result<(), Blame> {
        if info.length() <= INLINE {
            self.copy_words(sender, server);
        } else {
            let room = self.arg(server, BUFFER_SIZE);
            let length = info.length().min(usize::try_from(room).unwrap_or(usize::MAX));
            self.copy_bytes(sender, server, length)?;
        }
        let handle = self.tasks[sender].handle;
        let capacity = self.arg(sender, CAPACITY);
        let frame = &mut self.tasks[server].frame;
        frame.set(TARGET, handle.0);
        frame.set(INFO, info.0);
        frame.set(CAPACITY, capacity);
        Ok(())
    }

    #[inline]
    fn copy_words(&mut self, from: TaskIndex, to: TaskIndex) {
        for n in WORDS {
            let word = self.tasks[from].frame.get(n);
            self.tasks[to].frame.set(n, word);
        }
    }

    /// From the address in the sender's x2 to the buffer in the receiver's x9.
    #[inline]
    fn copy_bytes(&mut self, from: TaskIndex, to: TaskIndex, length: usize) -> Result<(), Blame> {
        let (source, destination) = (&self.tasks[from], &self.tasks[to]);
        let source = region::check::<Read>(source.regions, source.frame.get(WORDS.start), length)
            .ok_or(Blame::Source)?;
        let destination =
            region::check::<Write>(destination.regions, destination.frame.get(BUFFER), length)
                .ok_or(Blame::Destination)?;
        self.machine.copy(destination, source);
        Ok(())
    }

    pub(crate) fn recv(&mut self, me: TaskIndex) -> Outcome {
        let from = TaskId(self.arg(me, TARGET));
        let mask = self.arg(me, MASK) as u32;
        if from == TaskId::ANY {
            return self.recv_open(me, mask);
        }
        if self.take_notifications(me, mask) {
            return Ok(Next::Same);
        }
        if from == TaskId::KERNEL {
            let task = self.task(me);
            task.mask = mask;
            task.block_for_kernel();
            return Ok(Next::Choose);
        }
        let peer = self.index(from.index()).ok_or(Usage::TaskOutOfRange)?;
        if peer == me {
            return Err(Usage::IllegalTask);
        }
        self.recv_closed(me, peer, from, mask)
    }

    #[inline]
    fn recv_open(&mut self, me: TaskIndex, mask: u32) -> Outcome {
        if self.take_notifications(me, mask) {
            return Ok(Next::Choose);
        }
        while let Some(sender) = self.tasks[me].senders.head(self.tasks) {
            // The supervisor may have been told of the death of a sender it would not accept.
            if self.accept(me, sender)? || self.take_notifications(me, mask) {
                return Ok(Next::Choose);
            }
        }
        let task = self.task(me);
        task.mask = mask;
        task.block_for_anyone();
        Ok(Next::Choose)
    }

    fn recv_closed(&mut self, me: TaskIndex, peer: TaskIndex, id: TaskId, mask: u32) -> Outcome {
        let generation = self.tasks[peer].generation();
        if generation != id.generation() || self.tasks[peer].gone {
            self.set_results(me, Handle::dead(generation).0, 0);
            return Ok(Next::Same);
        }
        let sending = &self.tasks[peer];
        if sending.state == State::InSend && usize::from(sending.peer) == me.get() {
            if self.accept(me, peer)? {
                return Ok(Next::Choose);
            }
            let generation = self.tasks[peer].generation();
            self.set_results(me, Handle::dead(generation).0, 0);
            return Ok(Next::Choose);
        }
        self.tasks[peer].waiters.insert(me.get());
        let task = self.task(me);
        task.mask = mask;
        task.block(State::InRecv, peer);
        Ok(Next::Choose)
    }

    /// Takes the message of a queued sender. False if the sender died of it: its message was not
    /// in memory of its own.
    fn accept(&mut self, me: TaskIndex, sender: TaskIndex) -> Result<bool, Usage> {
        let info = SendInfo(self.arg(sender, INFO));
        match self.deliver(sender, me, info) {
            Ok(()) => {
                let mut senders = self.tasks[me].senders;
                senders.remove(self.tasks, sender);
                self.tasks[me].senders = senders;
                self.tasks[sender].state = State::InReply;
                Ok(true)
            }
            Err(Blame::Source) => {
                self.fault_usage(sender, Usage::InvalidSlice);
                Ok(false)
            }
            Err(Blame::Destination) => Err(Usage::InvalidSlice),
        }
    }

    pub(crate) fn reply(&mut self, me: TaskIndex) -> Outcome {
        let answered = self.answer(me)?;
        self.frame(me).set(0, u64::from(answered.is_none()));
        if let Some(caller) = answered {
            self.make_ready(caller);
        }
        Ok(Next::Choose)
    }

    #[inline]
    pub(crate) fn reply_recv(&mut self, me: TaskIndex) -> Outcome {
        let Some(caller) = self.answer(me)? else {
            return self.recv_open(me, self.arg(me, MASK) as u32);
        };
        let mask = self.arg(me, MASK) as u32;
        let task = &self.tasks[me];
        let idle = task.notifications & mask == 0 && task.senders.is_empty();
        let priority = self.tasks[caller].priority;
        if idle && !self.core.ready.any_at_or_above(priority) {
            let task = self.task(me);
            task.mask = mask;
            task.block_for_anyone();
            return Ok(Next::Switch(caller));
        }
        self.make_ready(caller);
        self.recv_open(me, mask)
    }

    /// Gives the caller named in x0 its answer and ends its wait; it still must be made ready.
    /// `None` if it no longer waits for it.
    #[inline]
    fn answer(&mut self, me: TaskIndex) -> Result<Option<TaskIndex>, Usage> {
        let handle = Handle(self.arg(me, TARGET));
        let info = ReplyInfo(self.arg(me, INFO));
        let Some(caller) = self.caller(me, handle) else { return Ok(None) };
        let capacity = self.arg(caller, CAPACITY).min(MAX_MESSAGE as u64);
        if info.length() as u64 > capacity {
            return Err(Usage::ReplyTooBig);
        }
        if info.length() <= INLINE {
            self.copy_words(me, caller);
        } else {
            match self.copy_bytes(me, caller, info.length()) {
                Ok(()) => (),
                Err(Blame::Source) => return Err(Usage::InvalidSlice),
                Err(Blame::Destination) => {
                    self.fault_usage(caller, Usage::InvalidSlice);
                    return Ok(None);
                }
            }
        }
        if self.arg(caller, DEADLINE) != NO_DEADLINE {
            self.cancel_send_deadline(caller);
        }
        self.note(Event::Reply, me, caller, info.code());
        self.tasks[me].waiters.remove(caller.get());
        self.set_results(caller, u64::from(info.code()), info.length() as u64);
        Ok(Some(caller))
    }

    pub(crate) fn reply_fault(&mut self, me: TaskIndex) -> Outcome {
        let handle = Handle(self.arg(me, TARGET));
        let reason = ReplyFault::from_number(self.arg(me, 1)).ok_or(Usage::BadReplyFault)?;
        let caller = self.caller(me, handle);
        self.frame(me).set(0, u64::from(caller.is_none()));
        if let Some(caller) = caller {
            self.fault_from_server(caller, me, reason);
        }
        Ok(Next::Choose)
    }
}
