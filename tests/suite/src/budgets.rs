//! Time budgets and time slices: what they let happen, in any time.

use crate::bystander;
use crate::calls::{call, send};
use crate::peers::{Peer, suite};
use crate::{Assistant, Case, Resources, task, tell};
use abi::Call;
use abi::kipc::state;
use test_protocol::{RawCall, assist, runner};
use userlib::{kipc, sys, time};
use zerocopy::IntoBytes;

pub const CASES: &[Case] = &[
    ("budget: who spins has to let the less important run", spent),
    ("budget: the supervisor hears of each time", told),
    ("budget: comes back with the next period", refilled),
    ("budget: a restart brings no new one", no_new_one),
    ("budget: a server pays for what it does, a client does not", server_pays),
    ("budget: a call to a server that has spent its own is answered", spent_server),
    ("budget: who is out of it can be faulted and restarted", spent_dies),
    ("slice: two of one priority both go on", slices),
    ("slice: without one the priority below still waits", slices_stay),
];

/// As in `tests/apps/kernel.toml`.
const PERIOD_MS: u64 = 100;

fn spender() -> Peer {
    Peer::wake(task::SPENDER)
}

fn overruns(task: usize) -> u32 {
    kipc::read_status(task).overruns
}

fn posts(resources: &Resources) -> RawCall {
    call(Call::Post, &[suite().0, resources.spare.bits().into()])
}

fn spent(resources: &Resources, _: &Assistant) {
    let spender = spender();
    let less = Peer::wake(task::PEER_C);
    let before = overruns(task::SPENDER);
    spender.spins();
    less.begins(posts(resources));
    let spare = resources.spare.bits();
    assert_eq!(sys::recv_notification(spare), spare);
    assert!(overruns(task::SPENDER) > before);
    resources.until(|| overruns(task::SPENDER) > before + 2);
    kipc::fault(task::SPENDER);
}

fn told(resources: &Resources, _: &Assistant) {
    let spender = spender();
    let mut told = 0u32;
    tell(resources, runner::OVERRUNS, &[], told.as_mut_bytes());
    let before = overruns(task::SPENDER) - told;
    spender.spins();
    resources.until(|| overruns(task::SPENDER) > before + 1);
    kipc::fault(task::SPENDER);
    tell(resources, runner::OVERRUNS, &[], told.as_mut_bytes());
    assert_eq!(told, overruns(task::SPENDER) - before);
}

fn refilled(resources: &Resources, _: &Assistant) {
    let spender = spender();
    spender.spins();
    for _ in 0..2 {
        resources.until(|| spender.is(state::OUT_OF_BUDGET));
        let overruns = overruns(task::SPENDER);
        // It runs again, and is stopped again.
        resources.until(|| spender.status().overruns > overruns);
    }
    kipc::fault(task::SPENDER);
}

/// Which period of the spender's it is: they begin at multiples of their length.
fn period() -> u64 {
    time::now() / time::from_ms(PERIOD_MS)
}

fn no_new_one(resources: &Resources, _: &Assistant) {
    let spender = spender();
    spender.spins();
    loop {
        resources.until(|| spender.is(state::OUT_OF_BUDGET));
        let before = period();
        let was_out = spender.is(state::OUT_OF_BUDGET);
        kipc::restart(task::SPENDER, true);
        let is_out = spender.is(state::OUT_OF_BUDGET);
        if period() == before && was_out {
            assert!(is_out, "in the same period");
            break;
        }
        Peer::wake(task::SPENDER).spins();
    }
}

fn server_pays(resources: &Resources, assistant: &Assistant) {
    let mut spender = spender();
    // Much more work than the client's budget. On a busy host the client may lose time, too, but
    // not always.
    let pays = |spender: &mut Peer| {
        let before = overruns(task::SPENDER);
        spender.begins(send(assistant.id, assist::WORK, time::from_ms(20).as_bytes()));
        resources.until(|| spender.is_queued());
        assert_eq!(spender.ends()[0], 0);
        overruns(task::SPENDER) > before
    };
    assert!((0..20).any(|_| !pays(&mut spender)), "the client pays");
    // And the other way round.
    spends_its_own(&resources.assistant(resources.worker));
}

/// Lets the worker spend its budget. A busy host may take so much time from it that its next period
/// has begun when the kernel looks, but not always.
fn spends_its_own(worker: &Assistant) {
    let before = overruns(task::WORKER);
    let spends = || {
        worker.number(assist::WORK, time::from_ms(10));
        overruns(task::WORKER) > before
    };
    assert!((0..20).any(|_| spends()), "it never spends its budget");
}

fn spent_server(resources: &Resources, _: &Assistant) {
    let worker = resources.assistant(resources.worker);
    spends_its_own(&worker);
    for n in 1..=200 {
        assert_eq!(worker.number(assist::ADD, 1), n);
    }
    spends_its_own(&worker);
    assert_eq!(worker.number(assist::ADD, 1), 201, "the same life all the time");
}

fn spent_dies(resources: &Resources, _: &Assistant) {
    let spender = spender();
    spender.spins();
    resources.until(|| spender.is(state::OUT_OF_BUDGET));
    kipc::fault(task::SPENDER);
    assert!(spender.is(state::FAULTED));
    let overruns = spender.status().overruns;
    // Its next period means nothing to the dead.
    time::sleep_until(time::after_ms(2 * PERIOD_MS), resources.timer.bits());
    assert!(spender.is(state::FAULTED));
    assert_eq!(spender.status().overruns, overruns);
    let mut spender = spender.revived();
    assert_eq!(spender.does(call(Call::RefreshTaskId, &[0]))[0] as u32, 0);
}

fn slices(resources: &Resources, _: &Assistant) {
    let [a, b] = [task::FLOAT_A, task::FLOAT_B].map(Peer::wake);
    a.spins();
    b.begins(posts(resources));
    let spare = resources.spare.bits();
    assert_eq!(sys::recv_notification(spare), spare, "though the first still spins");
    assert!(a.is(state::READY));
    kipc::fault(task::FLOAT_A);
}

fn slices_stay(resources: &Resources, _: &Assistant) {
    let [a, b] = [task::FLOAT_A, task::FLOAT_B].map(Peer::wake);
    a.spins();
    b.spins();
    let challenge = bystander::ask(resources);
    time::sleep_until(time::after_ms(20), resources.timer.bits());
    assert!(!bystander::has_answered(resources, challenge));
    kipc::fault(task::FLOAT_A);
    kipc::fault(task::FLOAT_B);
}
