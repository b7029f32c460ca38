//! The system calls of the model.

use super::*;

impl Model {
    pub(super) fn call(&mut self, w: &World, me: usize, number: u64) -> Result<(), Usage> {
        match Call::from_number(number).ok_or(Usage::BadCallNumber)? {
            Call::Send => self.send(w, me),
            Call::Recv => self.recv(me),
            Call::Reply => {
                let caller = self.answer(me)?;
                self.tasks[me].x[0] = caller.is_none().into();
                caller.into_iter().for_each(|caller| self.ready(caller));
                Ok(())
            }
            Call::ReplyRecv => {
                let caller = self.answer(me)?;
                caller.into_iter().for_each(|caller| self.ready(caller));
                self.recv_open(me)
            }
            Call::BorrowRead | Call::BorrowWrite | Call::BorrowInfo => self.borrow(me, number),
            Call::IrqControl | Call::IrqStatus => self.believe(w, me),
            Call::SetTimer => {
                let bits = u32::try_from(self.tasks[me].x[1]).map_err(|_| Usage::NotPermitted)?;
                let due = self.tasks[me].x[0] <= self.now;
                let deadline = if due { NO_DEADLINE } else { self.tasks[me].x[0] };
                (self.tasks[me].deadline, self.tasks[me].timer_bits) = (deadline, bits);
                if due {
                    self.notify(me, bits);
                }
                Ok(())
            }
            Call::GetTimer => {
                self.results(me, self.now, self.tasks[me].deadline);
                self.tasks[me].x[2] = self.tasks[me].timer_bits.into();
                Ok(())
            }
            Call::RefreshTaskId => {
                let named = self.named(me)?;
                self.tasks[me].x[0] = self.tasks[named].handle.task().0;
                Ok(())
            }
            Call::Post => self.post(w, me),
            Call::ReplyFault => {
                let reason = ReplyFault::from_number(self.tasks[me].x[1]);
                let reason = reason.ok_or(Usage::BadReplyFault)?;
                let caller = self.caller(me);
                self.tasks[me].x[0] = caller.is_none().into();
                if let Some(caller) = caller {
                    self.fault(caller, FaultKind::FromServer, reason as u32, me);
                }
                Ok(())
            }
            Call::Panic => {
                let length = self.tasks[me].x[1].min(u32::MAX.into());
                self.fault(me, FaultKind::Panic, length as u32, 0);
                Ok(())
            }
        }
    }

    /// Takes the kernel's word for what the call came to.
    fn believe(&mut self, w: &World, me: usize) -> Result<(), Usage> {
        let fault = w.fault(me);
        if w.state(me) == State::Faulted {
            assert_eq!(fault.kind, FaultKind::Usage as u32);
            self.fault(me, FaultKind::Usage, fault.detail, 0);
        } else {
            self.tasks[me].x[..6].copy_from_slice(&w.words(me)[..6]);
            self.memory.clone_from(&w.kernel.machine.memory);
        }
        Ok(())
    }

    /// The task in x0.
    fn named(&self, me: usize) -> Result<usize, Usage> {
        let index = TaskId(self.tasks[me].x[0]).index();
        if index < self.tasks.len() { Ok(index) } else { Err(Usage::TaskOutOfRange) }
    }

    fn names_this_life(&self, me: usize, named: usize) -> bool {
        TaskId(self.tasks[me].x[0]).generation() == self.generation(named)
    }

    /// Whoever waits for the answer to the call in x0.
    fn caller(&self, me: usize) -> Option<usize> {
        let handle = Handle(self.tasks[me].x[0]);
        let waits = |task: &&Person| task.state == State::InReply && task.waits_for(me);
        let waiting = self.tasks.iter().filter(waits).find(|task| task.handle == handle)?;
        Some(waiting.handle.index())
    }

    /// Where in memory a task has this, if it has all of it.
    fn place(task: usize, address: u64, length: u64, write: bool) -> Option<usize> {
        let pages = [(constants(task), 0x1000, 0, !write), (data(task), 0x2000, 0x1000, true)];
        if length == 0 {
            return Some(0);
        }
        let holds = |&(base, size, _, allowed): &(u64, u64, u64, bool)| {
            let end = address.checked_add(length);
            allowed && address >= base && end.is_some_and(|end| end <= base + size)
        };
        let &(base, _, offset, _) = pages.iter().find(|page| holds(page))?;
        Some((task as u64 * MEMORY + offset + address - base) as usize)
    }

    fn copy(&mut self, from: (usize, u64), to: (usize, u64), length: u64) -> Result<(), Blamed> {
        let source = Self::place(from.0, from.1, length, false).ok_or(Blamed(from.0))?;
        let target = Self::place(to.0, to.1, length, true).ok_or(Blamed(to.0))?;
        self.memory.copy_within(source..source + length as usize, target);
        Ok(())
    }

    fn deliver(&mut self, from: usize, to: usize) -> Result<(), Blamed> {
        let sent = self.tasks[from].x;
        let length = SendInfo(sent[1]).length() as u64;
        if length <= INLINE as u64 {
            self.tasks[to].x[2..6].copy_from_slice(&sent[2..6]);
        } else {
            let receiver = &self.tasks[to].x;
            let length = length.min(receiver[10]);
            self.copy((from, sent[2]), (to, receiver[9]), length)?;
        }
        self.results(to, self.tasks[from].handle.0, sent[1]);
        self.tasks[to].x[6] = sent[6];
        Ok(())
    }

    fn send(&mut self, w: &World, me: usize) -> Result<(), Usage> {
        let info = SendInfo(self.tasks[me].x[1]);
        if info.length() > MAX_MESSAGE || info.0 >> 36 != 0 {
            return Err(Usage::MessageTooBig);
        }
        if TaskId(self.tasks[me].x[0]) == TaskId::KERNEL {
            return self.order(w, me, info);
        }
        let server = self.named(me)?;
        let (desc, to) = (self.tasks[me].desc, &self.tasks[server]);
        if !desc.may_send.contains(server) || to.desc.priority >= desc.priority {
            return Err(Usage::SendNotAllowed);
        }
        if info.leases() > MAX_LEASES {
            return Err(Usage::TooManyLeases);
        }
        let deadline = self.tasks[me].x[7];
        if !self.names_this_life(me, server) {
            self.results(me, SendResult::DEAD.0, self.generation(server).0.into());
        } else if to.gone {
            self.results(me, SendResult::GONE.0, 0);
        } else if deadline <= self.now {
            self.results(me, SendResult::TIMED_OUT.0, 0);
        } else {
            return self.hand_over(me, server);
        }
        Ok(())
    }

    fn hand_over(&mut self, me: usize, server: usize) -> Result<(), Usage> {
        self.tasks[me].handle = self.tasks[me].handle.next();
        let (state, peer) = (self.tasks[server].state, self.tasks[server].peer);
        if state != State::InRecv || peer != NOBODY && usize::from(peer) != me {
            self.wait(me, State::InSend, server as u16);
            return Ok(());
        }
        match self.deliver(me, server) {
            Ok(()) => {
                self.wait(me, State::InReply, server as u16);
                self.ready(server);
            }
            Err(Blamed(task)) if task == me => return Err(Usage::InvalidSlice),
            Err(_) => {
                self.fault(server, FaultKind::Usage, Usage::InvalidSlice as u32, 0);
                self.results(me, SendResult::DEAD.0, self.generation(server).0.into());
            }
        }
        Ok(())
    }

    fn recv(&mut self, me: usize) -> Result<(), Usage> {
        let from = TaskId(self.tasks[me].x[0]);
        let mask = self.tasks[me].x[11] as u32;
        if from == TaskId::ANY {
            return self.recv_open(me);
        }
        if self.take(me, mask) {
            return Ok(());
        }
        self.tasks[me].mask = mask;
        if from == TaskId::KERNEL {
            self.wait(me, State::InRecv, KERNEL);
            return Ok(());
        }
        let peer = self.named(me)?;
        if peer == me {
            return Err(Usage::IllegalTask);
        }
        if !self.names_this_life(me, peer) || self.tasks[peer].gone {
            self.results(me, Handle::dead(self.generation(peer)).0, 0);
        } else if self.tasks[peer].state != State::InSend || !self.tasks[peer].waits_for(me) {
            self.wait(me, State::InRecv, peer as u16);
        } else if !self.accept(me, peer)? {
            self.results(me, Handle::dead(self.generation(peer)).0, 0);
        }
        Ok(())
    }

    fn recv_open(&mut self, me: usize) -> Result<(), Usage> {
        let mask = self.tasks[me].x[11] as u32;
        loop {
            if self.take(me, mask) {
                return Ok(());
            }
            let sends = |task: &usize| {
                self.tasks[*task].state == State::InSend && self.tasks[*task].waits_for(me)
            };
            let order = |&task: &usize| (self.tasks[task].desc.priority, self.tasks[task].since);
            let Some(sender) = (0..self.tasks.len()).filter(sends).min_by_key(order) else { break };
            if self.accept(me, sender)? {
                return Ok(());
            }
        }
        self.tasks[me].mask = mask;
        self.wait(me, State::InRecv, NOBODY);
        Ok(())
    }

    /// False if the sender died of it.
    fn accept(&mut self, me: usize, sender: usize) -> Result<bool, Usage> {
        match self.deliver(sender, me) {
            Ok(()) => self.wait(sender, State::InReply, me as u16),
            Err(Blamed(task)) if task == me => return Err(Usage::InvalidSlice),
            Err(_) => {
                self.fault(sender, FaultKind::Usage, Usage::InvalidSlice as u32, 0);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn answer(&mut self, me: usize) -> Result<Option<usize>, Usage> {
        let Some(caller) = self.caller(me) else { return Ok(None) };
        let (mine, theirs) = (self.tasks[me].x, self.tasks[caller].x);
        let info = ReplyInfo(mine[1]);
        let length = info.length() as u64;
        if length > theirs[6].min(MAX_MESSAGE as u64) {
            return Err(Usage::ReplyTooBig);
        }
        if length <= INLINE as u64 {
            self.tasks[caller].x[2..6].copy_from_slice(&mine[2..6]);
        } else if let Err(Blamed(task)) = self.copy((me, mine[2]), (caller, theirs[9]), length) {
            if task == me {
                return Err(Usage::InvalidSlice);
            }
            self.fault(caller, FaultKind::Usage, Usage::InvalidSlice as u32, 0);
            return Ok(None);
        }
        self.results(caller, info.code().into(), length);
        Ok(Some(caller))
    }

    fn borrow(&mut self, me: usize, number: u64) -> Result<(), Usage> {
        let Some(lender) = self.caller(me) else {
            self.results(me, BorrowResult::GONE.0, 0);
            return Ok(());
        };
        let (mine, theirs) = (self.tasks[me].x, self.tasks[lender].x);
        if mine[1] >= SendInfo(theirs[1]).leases() as u64 {
            return Err(Usage::LeaseOutOfRange);
        }
        let entry = theirs[12].wrapping_add(mine[1] * 16);
        let Some(at) = Self::place(lender, entry, 16, false) else {
            self.lent_nothing(me, lender);
            return Ok(());
        };
        let word = |at: usize| u64::from_le_bytes(self.memory[at..at + 8].try_into().expect("8"));
        let (address, length, attributes) = (word(at), word(at + 8) as u32, word(at + 8) >> 32);
        if number == Call::BorrowInfo as u64 {
            self.results(me, BorrowResult::OK.0, attributes);
            self.tasks[me].x[2] = length.into();
            return Ok(());
        }
        let read = number == Call::BorrowRead as u64;
        let wanted = if read { LeaseAttributes::READ } else { LeaseAttributes::WRITE };
        if attributes as u32 & wanted.0 == 0 {
            self.results(me, BorrowResult::NOT_ALLOWED.0, 0);
            return Ok(());
        }
        let left = u64::from(length).checked_sub(mine[2]).ok_or(Usage::OffsetOutOfRange)?;
        let length = left.min(mine[4]).min(MAX_BORROW as u64);
        let (lent, own) = ((lender, address.wrapping_add(mine[2])), (me, mine[3]));
        let (from, to) = if read { (lent, own) } else { (own, lent) };
        // Whoever lent what it has not is to blame before who has no room for it.
        if Self::place(lender, lent.1, length, !read).is_none() {
            self.lent_nothing(me, lender);
            return Ok(());
        }
        self.copy(from, to, length).map_err(|_| Usage::InvalidSlice)?;
        self.results(me, BorrowResult::OK.0, length);
        Ok(())
    }

    fn lent_nothing(&mut self, me: usize, lender: usize) {
        self.results(me, BorrowResult::GONE.0, 0);
        self.fault(lender, FaultKind::Usage, Usage::InvalidSlice as u32, 0);
    }

    fn post(&mut self, w: &World, me: usize) -> Result<(), Usage> {
        let bits = u32::try_from(self.tasks[me].x[1]).map_err(|_| Usage::NotPermitted)?;
        let named = self.named(me)?;
        let [first, count] = self.tasks[me].desc.post_rights.map(|n| n as usize);
        let rights = &w.kernel.image.post_rights[first..first + count];
        let given = |bit: u32| {
            rights.iter().any(|right| right.task as usize == named && right.bits & bit != 0)
        };
        if !(0..32).map(|n| bits & 1 << n).filter(|&bit| bit != 0).all(given) {
            return Err(Usage::NotPermitted);
        }
        if self.names_this_life(me, named) {
            self.results(me, SendResult::OK.0, 0);
            self.notify(named, bits);
        } else {
            self.results(me, SendResult::DEAD.0, self.generation(named).0.into());
        }
        Ok(())
    }

    /// A message to the kernel.
    fn order(&mut self, w: &World, me: usize, info: SendInfo) -> Result<(), Usage> {
        let op = Op::from_number(info.operation());
        let desc = self.tasks[me].desc;
        let (right, length) = match op {
            Some(Op::Restart) => (desc.may_restart, 8),
            Some(Op::Stop) => (desc.may_restart, 4),
            Some(Op::Fault) => (desc.may_fault, 4),
            _ => return self.believe(w, me),
        };
        if info.length() != length {
            return Err(Usage::BadKernelMessage);
        }
        let message = self.tasks[me].x[2];
        let (task, start) = (message as u32 as usize, message >> 32);
        if task >= self.tasks.len() {
            return Err(Usage::TaskOutOfRange);
        }
        if me != SUPERVISOR && !right.contains(task) {
            return Err(Usage::NotPermitted);
        }
        if task == me || task == SUPERVISOR {
            return Err(Usage::IllegalTask);
        }
        match op {
            Some(Op::Restart) if start > 1 => return Err(Usage::BadKernelMessage),
            Some(Op::Restart) => self.restart(task, start == 1),
            Some(Op::Stop) => {
                self.fault(task, FaultKind::Injected, 0, me);
                self.tasks[task].gone = true;
                self.release(task, SendResult::GONE);
            }
            _ => self.fault(task, FaultKind::Injected, 0, me),
        }
        self.results(me, 0, 0);
        Ok(())
    }

    fn restart(&mut self, task: usize, start: bool) {
        let begun = self.tasks[task].state != State::Stopped;
        if begun && self.tasks[task].state != State::Faulted {
            self.end_life(task);
        }
        let person = &mut self.tasks[task];
        (person.state, person.x, person.gone) = (State::Stopped, [0; 31], false);
        (person.bits, person.mask, person.timer_bits, person.deadline) = (0, 0, 0, NO_DEADLINE);
        person.restarts += u32::from(begun);
        if start {
            self.ready(task);
        }
    }
}
