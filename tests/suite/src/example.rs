//! Generated clients and servers on the running system: arguments, leases, errors and deaths.

use crate::calls::ask;
use crate::peers::Peer;
use crate::{Assistant, Case, Resources, task, tell};
use abi::kipc::{Op, Target};
use abi::{FaultKind, ReplyFault};
use test_example_api::client::Example;
use test_example_api::{Balance, ExampleError, Point, State, Value, Volume, op};
use test_protocol::runner;
use userlib::ipc::ClientError;
use userlib::{kipc, sys, time};

pub const CASES: &[Case] = &[
    ("idl: numbers there and back", numbers),
    ("idl: a bool changes what is done, and a bool comes back", bools),
    ("idl: an error of the interface", errors),
    ("idl: a struct with everything in it", structs),
    ("idl: enums with data, beside another argument", enums),
    ("idl: leases in both directions", leases),
    ("idl: an answer that comes later", later),
    ("idl: lists, short and long", lists),
    ("idl: leases that may be left out", optional_leases),
    ("idl: a call that does not return", no_return),
    ("idl: no more answers are owed than declared", bounded),
    ("idl: a server tells its clients by itself", told),
    ("idl: an operation that not everyone may call", forbidden),
    ("idl: a repeatable call outlives its server", retried),
    ("idl: another call says that its server died", died),
    ("idl: a call that kills its server ends", fatal_call),
    ("idl: a server held for good", held),
    ("idl: a deadline", deadline),
    ("idl: an operation that is not faults the caller", no_operation),
    ("idl: wrong lengths, contents and leases fault the caller", malformed),
];

fn example(resources: &Resources) -> Example {
    Example::new(resources.example)
}

/// The runner restarts the server when it dies.
fn restarted(resources: &Resources) -> Example {
    let index = resources.example.index() as u32;
    tell(resources, runner::AUTO_RESTART, &index.to_le_bytes(), &mut []);
    example(resources)
}

fn numbers(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    assert_eq!(example.add(3, 1 << 40, false), Ok((1 << 40) + 3));
    assert_eq!(example.count(), Ok(0));
    assert_eq!(example.ping(), Ok(()));
    assert_eq!(example.count(), Ok(1));
}

fn bools(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    assert_eq!((example.add(3, 10, false), example.add(3, 10, true)), (Ok(13), Ok(7)));
    let (mut some, mut none) = ([1, 255, 7], []);
    assert_eq!((example.increment(&mut some), some), (Ok(true), [2, 0, 8]));
    assert_eq!(example.increment(&mut none), Ok(false));
}

fn errors(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    let error = ClientError::Server(ExampleError::TooMuch);
    assert_eq!(example.add(255, u64::MAX, false), Err(error));
    assert_eq!(example.put(0, Value::Nothing), Err(ClientError::Server(ExampleError::Empty)));
}

fn structs(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    let state = State {
        counter: u64::MAX - 5,
        at: [Point { x: -1, y: 2 }, Point { x: i32::MAX, y: i32::MIN }],
        volume: Volume::Silent,
        muted: true,
        balance: Balance::Left,
        reserved: [1, 2, 3, 4],
    };
    assert_eq!(example.set(state, Volume::Loud), Ok(()));
    assert_eq!(example.get(), Ok(State { volume: Volume::Loud, ..state }));
}

fn enums(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    let values = [
        Value::Nothing,
        Value::Number(u32::MAX),
        Value::Flag(true),
        Value::Pair(9, Point { x: 1, y: -1 }),
        Value::Named(*b"name", Volume::Loud),
    ];
    for value in values {
        assert_eq!(example.put(u16::MAX, value), Ok(value));
    }
}

fn leases(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    let mut copy = [0; 5];
    assert_eq!(example.reverse(b"hello, world", 7, &mut copy), Ok(5));
    assert_eq!(&copy, b"dlrow");
    let empty = example.reverse(&[], 0, &mut copy);
    assert_eq!(empty, Err(ClientError::Server(ExampleError::Empty)));
    assert_eq!(example.reverse(&[0; 10_001], 0, &mut copy), Err(ClientError::TooLong));
    let bytes: [u8; 1000] = core::array::from_fn(|i| i as u8);
    let mut copy = [0; 1000];
    assert_eq!(example.reverse(&bytes, 0, &mut copy), Ok(1000));
    assert!(copy.iter().rev().eq(&bytes));
}

fn later(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    // A peer is to release us: it runs as soon as we wait.
    let peer = Peer::wake(task::PEER_A);
    let release = abi::Call::Post;
    peer.begins(crate::calls::call(release, &[resources.example.task_id().0, 1]));
    assert_eq!(example.wait(77), Ok([77; 3]));
}

fn lists(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    for (times, letters) in [(0, &b"abc"[..]), (1, b""), (3, b"abc"), (2, &[9; 40])] {
        let answer = example.repeat(times, letters);
        let expected = (0..times).flat_map(|_| letters);
        assert!(answer.is_ok_and(|answer| answer.iter().eq(expected)));
    }
    assert_eq!(example.repeat(1, &[0; 41]), Err(ClientError::TooLong));
    let error = ClientError::Server(ExampleError::TooMuch);
    assert_eq!(example.repeat(3, &[0; 40]), Err(error));
    let places = [Point { x: 2, y: -2 }, Point { x: 0, y: 0 }, Point { x: 4, y: -4 }];
    let center = example.center(&places, 1);
    assert!(center.is_ok_and(|center| *center == [Point { x: 3, y: -3 }]));
    assert!(example.center(&[], 1).is_ok_and(|center| center.is_empty()));
}

fn optional_leases(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    let mut copy = [7; 3];
    assert_eq!(example.transfer(None, None), Ok(0));
    assert_eq!(example.transfer(Some(&[]), None), Ok(1), "empty is not absent");
    assert_eq!(example.transfer(None, Some(&mut copy)), Ok(2));
    assert_eq!(example.transfer(Some(b"abcd"), Some(&mut copy)), Ok(3));
    assert_eq!(&copy, b"abc");
}

fn no_return(resources: &Resources, _: &Assistant) {
    let example = restarted(resources);
    example.set_deadline(time::after_ms(2));
    assert_eq!(example.stop(0), ClientError::TimedOut);
    example.set_deadline(abi::NO_DEADLINE);
    let mut peer = assassin(resources);
    assert_eq!(example.stop(0), ClientError::ServerDied);
    peer.ends();
}

fn bounded(resources: &Resources, _: &Assistant) {
    let example = restarted(resources);
    // The answer stays owed: the server does not learn that nobody waits for it.
    example.set_deadline(time::after_ms(2));
    assert_eq!(example.wait(1), Err(ClientError::TimedOut));
    example.set_deadline(abi::NO_DEADLINE);
    assert_eq!(example.wait(2), Err(ClientError::Server(ExampleError::TooMuch)));
    kipc::fault(resources.example.index());
    assert_eq!(example.add(1, 2, false), Ok(3));
}

fn told(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    let state = example.get().expect("it answers");
    assert!(!has_changed(resources));
    assert_eq!(example.set(state, Volume::Loud), Ok(()));
    assert!(has_changed(resources) && !has_changed(resources));
}

/// Whether the server has said so; does not wait for it.
fn has_changed(resources: &Resources) -> bool {
    let (timer, changed) = (resources.timer.bits(), resources.example_changed.bits());
    sys::set_timer(time::now(), timer);
    let mut bits = 0;
    while bits & timer == 0 {
        bits |= sys::recv_notification(timer | changed);
    }
    bits & changed != 0
}

fn forbidden(resources: &Resources, _: &Assistant) {
    assert!(example(resources).count().is_ok(), "the suite may");
    refused(resources, op::COUNT, &[], 4, ReplyFault::AccessViolation);
}

/// A peer kills the server as soon as the suite waits for something.
fn assassin(resources: &Resources) -> Peer {
    let peer = Peer::wake(task::PEER_A);
    let target = Target { task: resources.example.index() as u32 };
    peer.begins(ask(Op::Fault, &target, peer.scratch));
    peer
}

fn retried(resources: &Resources, _: &Assistant) {
    let example = restarted(resources);
    for _ in 0..3 {
        kipc::fault(resources.example.index());
        assert_eq!(example.add(1, 2, false), Ok(3));
    }
}

fn died(resources: &Resources, _: &Assistant) {
    let example = restarted(resources);
    let mut peer = assassin(resources);
    assert_eq!(example.wait(1), Err(ClientError::ServerDied));
    peer.ends();
    assert_eq!(example.ping(), Ok(()), "the client means the next life already");
    assert_eq!(example.count(), Ok(1));
}

fn fatal_call(resources: &Resources, _: &Assistant) {
    let example = restarted(resources);
    let before = kipc::read_status(resources.example.index()).restarts;
    assert_eq!(example.die([Volume::Loud; 3]), Err(ClientError::ServerDied));
    let after = kipc::read_status(resources.example.index()).restarts;
    assert_eq!(after - before, 8, "tried so often");
    assert_eq!(example.ping(), Ok(()));
}

fn held(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    kipc::stop(resources.example.index());
    assert_eq!(example.add(1, 2, false), Err(ClientError::Gone));
    kipc::restart(resources.example.index(), true);
    assert_eq!(example.add(1, 2, false), Ok(3));
}

fn deadline(resources: &Resources, _: &Assistant) {
    let example = example(resources);
    example.set_deadline(time::after_ms(5));
    assert_eq!(example.wait(1), Err(ClientError::TimedOut));
    example.set_deadline(abi::NO_DEADLINE);
    assert_eq!(example.add(1, 2, false), Ok(3));
}

/// The assistant says this to the server, which faults it for that reason.
fn refused(resources: &Resources, operation: u16, message: &[u8], room: u64, reason: ReplyFault) {
    let peer = Peer::wake(task::PEER_A);
    let call = crate::calls::send(resources.example.task_id(), operation, message);
    let fault = peer.dies(crate::calls::answered(call, peer.scratch, room));
    assert_eq!((fault.kind, fault.detail), (FaultKind::FromServer as u32, reason as u32));
    assert_eq!(fault.from as usize, resources.example.index());
    kipc::restart(task::PEER_A, true);
    assert_eq!(example(resources).ping(), Ok(()));
}

fn no_operation(resources: &Resources, _: &Assistant) {
    for operation in [0, 64, 65534] {
        refused(resources, operation, &[], 0, ReplyFault::UndefinedOperation);
    }
}

fn malformed(resources: &Resources, _: &Assistant) {
    refused(resources, op::ADD, &[0; 3], 8, ReplyFault::BadMessageSize);
    refused(resources, op::ADD, &[7; 16], 8, ReplyFault::BadMessageContents);
    refused(resources, op::ADD, &[0; 16], 7, ReplyFault::ReplyBufferTooSmall);
    refused(resources, op::INCREMENT, &[], 1, ReplyFault::BadLeases);
    refused(resources, op::DIE, &[0; 3], 2, ReplyFault::AccessViolation);
    refused(resources, op::STOP, &[1; 4], 0, ReplyFault::AccessViolation);
    refused(resources, op::REPEAT, &[], 100, ReplyFault::BadMessageSize);
    refused(resources, op::CENTER, &[0; 12], 8, ReplyFault::BadMessageSize);
    refused(resources, op::TRANSFER, &[], 1, ReplyFault::BadLeases);
}
