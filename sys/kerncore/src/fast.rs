//! What a system does most, when nothing is special: a `SEND` without leases to a server that waits
//! for anyone, its `REPLY_RECV` when nobody else wants anything, and bits for somebody who waits for
//! them and is more important than whoever runs.
//!
//! All first check everything and change nothing, and leave every other case to `ipc.rs` and
//! `notify.rs`, which also handle these: what they do must be the same, and a test compares them.

use crate::kernel::Kernel;
use crate::machine::{Frame, Machine};
use crate::region::{self, Read, Write};
use crate::task::{KERNEL, NOBODY, State, TaskIndex};
use abi::call::SendResult;
use abi::trace::Event;
use abi::{Handle, INLINE, MAX_MESSAGE, NO_DEADLINE, TaskId};

/// Whether a length is what the way is for.
#[inline(always)]
const fn is<const LONG: bool>(length: usize) -> bool {
    if LONG { length > INLINE && length <= MAX_MESSAGE } else { length <= INLINE }
}

impl<M: Machine> Kernel<'_, M> {
    /// `SEND` of a message in registers, or of a `LONG` one. The server's frame, which runs now;
    /// `None`: nothing was done.
    #[inline(always)]
    pub fn fast_send<const LONG: bool>(&mut self) -> Option<&mut M::Frame> {
        let me = self.core.current;
        let target = TaskId(self.tasks.get(me.get())?.frame.get(0));
        let index = self.index(target.index())?;
        let [caller, server] = self.tasks.get_disjoint_mut([me.get(), index.get()]).ok()?;
        let info = caller.frame.get(1);
        // Without leases and stray bits this is the length.
        let length = (info >> 16) as usize;
        if !is::<LONG>(length) || caller.frame.get(7) != NO_DEADLINE {
            return None;
        }
        if !server.receives_from_anyone() || server.generation() != target.generation() {
            return None;
        }
        let allowed = caller.desc.may_send.contains(index.get());
        if !allowed || server.priority >= caller.priority || caller.attended || server.attended {
            return None;
        }
        if LONG {
            let fits = length as u64 <= server.frame.get(10);
            let from = region::check::<Read>(caller.regions, caller.frame.get(2), length)?;
            let to = region::check::<Write>(server.regions, server.frame.get(9), length)?;
            if !fits {
                return None;
            }
            self.machine.copy(to, from);
        } else {
            for n in 2..6 {
                server.frame.set(n, caller.frame.get(n));
            }
        }
        caller.handle = caller.handle.next();
        caller.block(State::InReply, index);
        server.waiters.insert(me.get());
        server.frame.set(0, caller.handle.0);
        server.frame.set(1, info);
        server.frame.set(6, caller.frame.get(6));
        server.state = State::Running;
        self.core.current = index;
        self.trace.note(&self.machine, Event::SendSwitch, me, index, info as u32);
        Some(&mut server.frame)
    }

    /// `REPLY_RECV` with an answer in registers, or a `LONG` one. The caller's frame, which runs now;
    /// `None`: nothing was done.
    #[inline(always)]
    pub fn fast_reply_recv<const LONG: bool>(&mut self) -> Option<&mut M::Frame> {
        let me = self.core.current;
        let handle = Handle(self.tasks.get(me.get())?.frame.get(0));
        let index = self.index(handle.index())?;
        let [server, caller] = self.tasks.get_disjoint_mut([me.get(), index.get()]).ok()?;
        let info = server.frame.get(1);
        let length = info >> 32;
        if !caller.awaits(me, handle) || caller.frame.get(7) != NO_DEADLINE {
            return None;
        }
        if !is::<LONG>(length as usize) || length > caller.frame.get(6) {
            return None;
        }
        let mask = server.frame.get(11) as u32;
        if server.notifications & mask != 0 || !server.senders.is_empty() {
            return None;
        }
        let urgent = self.core.ready.any_at_or_above(caller.priority);
        if urgent || caller.attended || server.attended {
            return None;
        }
        if LONG {
            let length = length as usize;
            let from = region::check::<Read>(server.regions, server.frame.get(2), length)?;
            let to = region::check::<Write>(caller.regions, caller.frame.get(9), length)?;
            self.machine.copy(to, from);
        } else {
            for n in 2..6 {
                caller.frame.set(n, server.frame.get(n));
            }
        }
        caller.frame.set(0, u64::from(info as u32));
        caller.frame.set(1, length);
        server.waiters.remove(index.get());
        server.mask = mask;
        server.block_for_anyone();
        caller.state = State::Running;
        self.core.current = index;
        self.trace.note(&self.machine, Event::ReplySwitch, me, index, info as u32);
        Some(&mut caller.frame)
    }

    /// `POST` of bits that somebody more important waits for. Its frame, since it runs now; `None`:
    /// nothing was done.
    #[inline(always)]
    pub fn fast_post(&mut self) -> Option<&mut M::Frame> {
        let me = self.core.current;
        let caller = self.tasks.get(me.get())?;
        let target = TaskId(caller.frame.get(0));
        let bits = u32::try_from(caller.frame.get(1)).ok()?;
        let index = self.index(target.index())?;
        if caller.attended
            || self.tasks[index].generation() != target.generation()
            || self.check_post(me, index, bits).is_err()
            || !self.fast_wake(index, bits, Some(me))
        {
            return None;
        }
        self.set_results(me, SendResult::OK.0, 0);
        Some(self.frame(index))
    }

    /// `GET_TIMER`, which nothing can make special. The caller's frame; `None` never.
    #[inline(always)]
    pub fn fast_get_timer(&mut self) -> Option<&mut M::Frame> {
        let now = self.machine.now();
        let task = self.tasks.get_mut(self.core.current.get())?;
        task.frame.set(0, now);
        task.frame.set(1, task.deadline);
        task.frame.set(2, u64::from(task.timer_bits));
        Some(&mut task.frame)
    }

    /// Bits, perhaps posted by somebody, for a task that waits for one of them and is more
    /// important than the one that runs: it runs now. False: nothing was done.
    #[inline(always)]
    pub(crate) fn fast_wake(&mut self, task: TaskIndex, bits: u32, by: Option<TaskIndex>) -> bool {
        let me = self.core.current;
        let pair = self.tasks.get_disjoint_mut([me.get(), task.get()]);
        let Ok([running, woken]) = pair else { return false };
        let waits = woken.state == State::InRecv && woken.peer >= KERNEL && bits & woken.mask != 0;
        let runs = running.state == State::Running;
        let first = if runs {
            woken.priority < running.priority
        } else {
            !self.core.ready.any_at_or_above(woken.priority)
        };
        if !(waits && first) || woken.attended {
            return false;
        }
        let received = (woken.notifications | bits) & woken.mask;
        woken.notifications = (woken.notifications | bits) & !received;
        woken.frame.set(0, Handle::KERNEL.0);
        woken.frame.set(1, 0);
        woken.frame.set(2, u64::from(received));
        woken.peer = NOBODY;
        woken.state = State::Running;
        if runs {
            running.state = State::Ready;
            self.core.ready.push_front(self.tasks, me);
        }
        self.core.current = task;
        if let Some(by) = by {
            self.note(Event::Post, by, task, bits);
        }
        self.note_one(Event::Switch, task, 0);
        true
    }
}
