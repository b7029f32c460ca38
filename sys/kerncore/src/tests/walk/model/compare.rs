//! Whether everything is in the model as it is in the kernel.

use super::*;

impl Model {
    pub(in super::super) fn compare(&mut self, w: &World) {
        if self.several {
            self.adopt_order(w);
        }
        let runs = self.tasks[self.current].state == State::Running;
        assert_eq!(runs.then_some(self.current), w.running(), "who runs");
        for (index, (is, task)) in self.tasks.iter().zip(w.kernel.tasks.iter()).enumerate() {
            assert_eq!(is.state, task.state, "state of {index}");
            assert_eq!((is.handle, is.gone), (task.handle, task.gone), "life of {index}");
            assert_eq!(is.x, task.frame.x, "registers of {index}");
            assert_eq!(is.bits, task.notifications, "bits of {index}");
            let timer = (task.deadline, task.timer_bits);
            assert_eq!((is.deadline, is.timer_bits), timer, "timer of {index}");
            let counts = (task.restarts, task.overruns);
            assert_eq!((is.restarts, is.overruns), counts, "restarts and overruns of {index}");
            if matches!(is.state, State::InRecv | State::InSend | State::InReply) {
                assert_eq!(is.peer, task.peer, "whom {index} waits for");
            }
            if is.state == State::InRecv {
                assert_eq!(is.mask, task.mask, "what {index} waits for");
            }
            if is.state == State::Faulted {
                let fault = [task.fault.kind, task.fault.detail, task.fault.from];
                assert_eq!(is.fault, fault, "fault of {index}");
            }
        }
        let all = (0..self.tasks.len()).flat_map(|task| self.deadlines(task));
        assert_eq!(all.min(), Some(w.kernel.machine.alarm), "when something is due");
        assert_eq!(self.in_turn(), in_turn(w), "who is ready, in which order");
        assert!(self.memory == w.kernel.machine.memory, "memory");
    }

    /// The ready ones in the order in which they will run.
    fn in_turn(&self) -> Vec<usize> {
        let all = 0..self.tasks.len();
        let mut ready: Vec<_> =
            all.filter(|&task| self.tasks[task].state == State::Ready).collect();
        ready.sort_by_key(|&task| (self.tasks[task].desc.priority, self.tasks[task].since));
        ready
    }

    /// Equals may stand in another order, and another of them may run.
    fn adopt_order(&mut self, w: &World) {
        let current = w.kernel.current().get();
        if current != self.current && self.tasks[current].state == State::Ready {
            let priority = |task: usize| self.tasks[task].desc.priority;
            assert_eq!(priority(current), priority(self.current), "equals");
            self.tasks[self.current].state = State::Ready;
            self.tasks[current].state = State::Running;
            (self.current, self.inside) = (current, Some((current, self.now)));
        }
        for task in in_turn(w) {
            self.tasks[task].since = self.stamp();
        }
    }
}

fn in_turn(w: &World) -> Vec<usize> {
    w.kernel.core.ready.members(w.kernel.tasks).concat()
}
