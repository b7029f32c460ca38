//! Two walks of the same seed, step by step: in one the calls take the fast way where they can, in
//! the other never. Whatever can be seen of the two kernels is the same.

use super::*;

/// Each step is done, and everything compared, twice.
const TWIN_STEPS: u64 = STEPS / 3;

#[test]
fn the_fast_way_ends_where_the_other_does() {
    let seed = parameter("KERNCORE_WALK_SEED", 1);
    let mut fast = Walk::new(seed, true);
    let mut slow = Walk::new(seed, false);
    for _ in 0..parameter("KERNCORE_WALK_STEPS", TWIN_STEPS) {
        fast.step();
        slow.step();
        assert_same(&fast.w, &slow.w);
    }
    assert_eq!(fast.events, slow.events);
    assert_eq!(slow.w.taken, [0; 17]);
    let often = TWIN_STEPS / 500;
    for call in [Call::Send, Call::ReplyRecv, Call::GetTimer] {
        let taken = fast.w.taken[call as usize];
        println!("{call:?} the fast way: {taken}");
        assert!(taken > often || fast.steps < TWIN_STEPS, "{call:?} only {taken} times");
    }
}

fn assert_same(a: &World, b: &World) {
    let (a, b) = (&a.kernel, &b.kernel);
    for (index, (one, other)) in a.tasks.iter().zip(b.tasks.iter()).enumerate() {
        assert_eq!(one.frame, other.frame, "registers of {index}");
        let where_it_stands = [one, other].map(|task| (task.state, task.peer, task.gone));
        assert_eq!(where_it_stands[0], where_it_stands[1], "state of {index}");
        assert_eq!(one.handle, other.handle, "life of {index}");
        let bits = [one, other].map(|task| (task.notifications, task.mask));
        assert_eq!(bits[0], bits[1], "bits of {index}");
        let timer = [one, other].map(|task| (task.deadline, task.timer_bits));
        assert_eq!(timer[0], timer[1], "timer of {index}");
        let counts = [one, other].map(|task| (task.restarts, task.overruns));
        assert_eq!(counts[0], counts[1], "counts of {index}");
        assert_eq!(one.fault, other.fault, "fault of {index}");
        assert_eq!(one.pace.account(), other.pace.account(), "budget of {index}");
        let waiters = |task: &crate::Task<'_, _>| {
            (0..TASKS).filter(|&waiter| task.waiters.contains(waiter)).collect::<Vec<_>>()
        };
        assert_eq!(waiters(one), waiters(other), "who waits for {index}");
        assert_eq!(one.senders.members(a.tasks), other.senders.members(b.tasks));
    }
    assert!(a.machine == b.machine, "memory, clock, interrupts or floating point");
    assert_eq!(a.core.current, b.core.current);
    assert_eq!(a.core.ready.members(a.tasks), b.core.ready.members(b.tasks));
    assert_eq!(a.core.timers.armed(), b.core.timers.armed());
    assert_eq!(a.core.alarm, b.core.alarm);
    assert_eq!(a.spurious_interrupts, b.spurious_interrupts);
    let attention = [a, b].map(|kernel| (kernel.core.attended, kernel.core.fp_owner));
    assert_eq!(attention[0], attention[1]);
}
