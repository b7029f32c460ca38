//! What is true of the kernel between any two entries. Tests ask after every step.

use crate::fake::Fake;
use crate::kernel::Kernel;
use crate::machine::Frame;
use crate::task::{KERNEL, NOBODY, State};
use crate::timer_queue::TIMERS_PER_TASK;
use abi::{NO_DEADLINE, PRIORITIES};

/// x7 of a `SEND`.
const DEADLINE: usize = 7;

impl Kernel<'_, Fake> {
    /// Panics with what is wrong.
    pub(crate) fn check_invariants(&self) {
        self.check_ready();
        self.check_waits();
        self.check_timers();
        self.check_pace();
        self.check_fp();
    }

    fn check_ready(&self) {
        let queues = self.core.ready.members(self.tasks);
        for (index, task) in self.tasks.iter().enumerate() {
            let running = task.state == State::Running;
            assert!(!running || index == self.current().get(), "{index} runs and is not current");
            for (priority, queue) in queues.iter().enumerate() {
                let times = queue.iter().filter(|&&member| member == index).count();
                let here = task.state == State::Ready && priority == usize::from(task.priority);
                assert_eq!(times, usize::from(here), "{index} ({:?}) at {priority}", task.state);
            }
        }
        let current = &self.tasks[self.current()];
        let best = queues.iter().position(|queue| !queue.is_empty());
        if current.state == State::Running {
            let priority = usize::from(current.priority);
            assert!(best.is_none_or(|best| best >= priority), "{best:?} waits for {priority}");
        } else {
            assert_eq!(best, None, "nobody runs though someone could");
        }
        assert!(queues.len() == PRIORITIES);
    }

    fn check_waits(&self) {
        for (index, task) in self.tasks.iter().enumerate() {
            assert!(!task.gone || task.state == State::Faulted, "{index} is gone and lives");
            match task.state {
                State::InSend | State::InReply => self.check_peer(index, task.peer),
                State::InRecv if task.peer != NOBODY && task.peer != KERNEL => {
                    self.check_peer(index, task.peer);
                }
                _ => (),
            }
            if task.state == State::InRecv {
                assert_eq!(task.notifications & task.mask, 0, "{index} sleeps through its bits");
            }
            self.check_waiters(index);
        }
    }

    fn check_peer(&self, index: usize, peer: u16) {
        let peer = self.tasks.get(usize::from(peer)).expect("a peer that exists");
        assert!(!peer.gone, "{index} waits for someone who never comes");
    }

    /// Who waits for this task is in its set, and its queue, and nobody else.
    fn check_waiters(&self, index: usize) {
        let mut senders = Vec::new();
        for (other, waiter) in self.tasks.iter().enumerate() {
            let waits = matches!(waiter.state, State::InSend | State::InReply | State::InRecv)
                && usize::from(waiter.peer) == index;
            let listed = self.tasks[index].waiters.contains(other);
            assert_eq!(waits, listed, "{other} ({:?}) for {index}", waiter.state);
            if waits && waiter.state == State::InSend {
                senders.push(other);
            }
            if waits && waiter.state != State::InRecv {
                let uphill = self.tasks[index].priority < waiter.priority;
                assert!(uphill, "{other} called {index} downhill");
            }
        }
        let queue = self.tasks[index].senders.members(self.tasks);
        let priorities: Vec<_> = queue.iter().map(|&sender| self.tasks[sender].priority).collect();
        assert!(priorities.is_sorted(), "senders of {index}: {priorities:?}");
        let mut queue = queue;
        queue.sort_unstable();
        assert_eq!(queue, senders, "senders of {index}");
        let open = self.tasks[index].state == State::InRecv && self.tasks[index].peer == NOBODY;
        assert!(!open || senders.is_empty(), "{index} takes messages and leaves {senders:?}");
    }

    fn check_timers(&self) {
        let armed = self.core.timers.armed();
        let some = |deadline| (deadline != NO_DEADLINE).then_some(deadline);
        for (index, task) in self.tasks.iter().enumerate() {
            let [own, send] = [0, 1].map(|kind| armed[index * TIMERS_PER_TASK + kind]);
            assert_eq!(own, some(task.deadline), "own timer of {index}");
            let calls = matches!(task.state, State::InSend | State::InReply);
            let wanted = if calls { some(task.frame.get(DEADLINE)) } else { None };
            assert_eq!(send, wanted, "deadline of {index}'s SEND ({:?})", task.state);
        }
        let earliest = armed.into_iter().flatten().min();
        assert_eq!(some(self.core.alarm), earliest, "alarm");
    }

    fn check_pace(&self) {
        let armed = self.core.timers.armed();
        for (index, task) in self.tasks.iter().enumerate() {
            let [left, period_end, turn] = task.pace.account();
            let [budget, slice] = task.pace.limits();
            assert_eq!(task.attended, budget || slice || task.desc.fpu_state != 0);
            let runs = task.state == State::Running && task.attended;
            let goes_on = matches!(task.state, State::Ready | State::Running);
            assert!(!(budget && goes_on && left == 0), "{index} has no budget and goes on");
            assert!(!(slice && goes_on && turn == 0), "{index}'s turn is over and it goes on");
            let since = self.core.attended_since;
            let wanted = match task.state {
                State::Spent => Some(period_end),
                State::Running if budget && slice => Some(since + left.min(turn)),
                State::Running if budget => Some(since + left),
                State::Running if slice => Some(since + turn),
                _ => None,
            };
            let kinds = &armed[index * TIMERS_PER_TASK..][..TIMERS_PER_TASK];
            assert_eq!(kinds[2], wanted, "pace of {index} ({:?})", task.state);
            assert_eq!(kinds[3], None, "a timer nobody has");
            let attended = usize::from(self.core.attended) == index;
            assert_eq!(attended, runs, "attention for {index} ({:?})", task.state);
            assert!(task.state != State::Spent || budget && left == 0, "{index} waits for nothing");
        }
    }

    fn check_fp(&self) {
        let machine = &self.machine;
        let current = &self.tasks[self.current()];
        let wanted = current.state == State::Running && current.desc.fpu_state != 0;
        assert_eq!(machine.fp_open, wanted, "floating point for {}", self.current().get());
        let owner = self.tasks.get(usize::from(self.core.fp_owner));
        let home = owner.map(|owner| owner.desc.fpu_state);
        assert!(home.is_none() || home == machine.fp_home, "registers of somebody else");
        assert!(!wanted || home == Some(current.desc.fpu_state), "uses somebody's registers");
        assert!(owner.is_none_or(|owner| owner.state != State::Faulted), "owned by the dead");
    }
}
