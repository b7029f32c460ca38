//! What the kernel writes down of what it does.

use super::words::{answer, anyone, from, send};
use super::world::*;
use abi::call::SendInfo;
use abi::kipc::{Op, Restart};
use abi::trace::Event::{
    Fault, Interrupt, Post, Reply, ReplySwitch, Restart as Restarted, Send, SendSwitch, Switch,
    Timer,
};
use abi::trace::{Event, TRACE_ENTRIES, Timer as Kind, TraceEntry, TraceRing};
use abi::{Call, FaultKind, TaskId, Usage};
use std::ops::Range;

type Entry = (Event, usize, usize, u32);

fn ring(w: &World) -> &TraceRing {
    w.kernel.trace.0.as_deref().expect("a trace")
}

fn unpack(entry: TraceEntry) -> Entry {
    (entry.event().expect("an event"), entry.task(), entry.other(), entry.detail())
}

/// What was written since the last time, and nothing else.
#[track_caller]
fn expect(w: &World, seen: &mut u64, wanted: &[Entry]) {
    let ring = ring(w);
    let new: Range<u64> = *seen..ring.next;
    let entry = |n: u64| unpack(ring.entries[n as usize % TRACE_ENTRIES]);
    assert_eq!(new.map(entry).collect::<Vec<_>>(), wanted);
    *seen = ring.next;
}

fn watched() -> World {
    let client = |priority| task(priority).may_send(SERVER).may_post(SERVER, 2);
    let server = task(1).irq(33, 2);
    traced([task(0), server, client(3), client(3), client(5).slice(50)])
}

fn info(operation: u16, length: usize) -> u32 {
    SendInfo::new(operation, length, 0).0 as u32
}

/// A server that waits and a client that runs, and how much was written up to here.
fn ready() -> (World, u64) {
    let mut w = watched();
    w.go(SERVER);
    w.recv(SERVER, anyone().or_bits(2));
    w.go(CLIENT);
    let seen = ring(&w).next;
    (w, seen)
}

#[test]
fn a_round_trip_the_fast_way_is_two_entries() {
    let (mut w, mut seen) = ready();
    w.time(7);
    w.send(CLIENT, send(w.id(SERVER), 9, b"hi"));
    expect(&w, &mut seen, &[(SendSwitch, CLIENT, SERVER, info(9, 2))]);
    let call = w.message(SERVER).handle;
    w.time(11);
    w.reply_recv(SERVER, call, answer(0xffff_fffe, b""), anyone());
    expect(&w, &mut seen, &[(ReplySwitch, SERVER, CLIENT, 0xffff_fffe)]);
    let last = (seen - 2) as usize;
    assert_eq!([last, last + 1].map(|n| ring(&w).entries[n].time), [7, 11]);
}

#[test]
fn the_same_the_other_way_is_four() {
    let (mut w, mut seen) = ready();
    w.fast = false;
    w.send(CLIENT, send(w.id(SERVER), 9, b"hi"));
    expect(&w, &mut seen, &[(Send, CLIENT, SERVER, info(9, 2)), (Switch, SERVER, 0, 0)]);
    let call = w.message(SERVER).handle;
    w.reply_recv(SERVER, call, answer(5, b""), anyone());
    expect(&w, &mut seen, &[(Reply, SERVER, CLIENT, 5), (Switch, CLIENT, 0, 0)]);
}

#[test]
fn a_send_that_waits_and_an_answer_without_a_switch() {
    let mut w = watched();
    w.go(CLIENT);
    w.wake(OTHER);
    let mut seen = ring(&w).next;
    w.send(CLIENT, send(w.id(SERVER), 1, &[1; 40]));
    expect(&w, &mut seen, &[(Send, CLIENT, SERVER, info(1, 40)), (Switch, OTHER, 0, 0)]);
    w.go(SERVER);
    expect(&w, &mut seen, &[(Switch, SERVER, 0, 0)]);
    w.recv(SERVER, anyone());
    let call = w.message(SERVER).handle;
    w.reply(SERVER, call, answer(3, b""));
    expect(&w, &mut seen, &[(Reply, SERVER, CLIENT, 3)]);
    // An answer that nobody waits for is none.
    w.reply(SERVER, call, answer(3, b""));
    expect(&w, &mut seen, &[]);
}

#[test]
fn interrupts_and_posts_and_whom_they_wake() {
    let (mut w, mut seen) = ready();
    w.time(4);
    w.interrupt(33);
    expect(&w, &mut seen, &[(Interrupt, SERVER, 0, 33), (Switch, SERVER, 0, 0)]);
    assert_eq!(ring(&w).entries[seen as usize - 1].time, 4);
    w.interrupt(40);
    expect(&w, &mut seen, &[]);
    w.recv(SERVER, anyone().or_bits(2));
    expect(&w, &mut seen, &[(Switch, CLIENT, 0, 0)]);
    w.post(CLIENT, w.id(SERVER), 2);
    expect(&w, &mut seen, &[(Post, CLIENT, SERVER, 2), (Switch, SERVER, 0, 0)]);
}

#[test]
fn deaths_and_lives() {
    let (mut w, mut seen) = ready();
    w.dies(CLIENT);
    expect(&w, &mut seen, &[(Fault, CLIENT, 0, FaultKind::Unknown as u32)]);
    w.go(OTHER);
    expect(&w, &mut seen, &[(Switch, OTHER, 0, 0)]);
    w.call(OTHER, 99, [0; 31]);
    let why = FaultKind::Usage as u32 | (Usage::BadCallNumber as u32) << 8;
    expect(&w, &mut seen, &[(Fault, OTHER, 0, why)]);
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Restart, &Restart { task: CLIENT as u32, start: 1 });
    w.rest(SUPERVISOR);
    let lives = [(Switch, SUPERVISOR, 0, 0), (Restarted, CLIENT, 0, 1), (Switch, CLIENT, 0, 0)];
    expect(&w, &mut seen, &lives);
}

#[test]
fn timers_of_all_kinds() {
    let (mut w, _) = ready();
    let expired = |task, kind: Kind| (Timer, task, 0, kind as u32);
    w.plain(CLIENT, Call::SetTimer, &[10, 1]);
    w.recv(CLIENT, from(TaskId::KERNEL).or_bits(1));
    let mut seen = ring(&w).next;
    w.time(10);
    expect(&w, &mut seen, &[expired(CLIENT, Kind::Own), (Switch, CLIENT, 0, 0)]);
    w.go(SERVER);
    w.rest(SERVER);
    w.expect_running(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b"").until(20));
    let mut seen = ring(&w).next;
    w.time(20);
    expect(&w, &mut seen, &[expired(CLIENT, Kind::Send), (Switch, CLIENT, 0, 0)]);
    w.go(THIRD);
    let mut seen = ring(&w).next;
    w.time(70);
    expect(&w, &mut seen, &[expired(THIRD, Kind::Pace), (Switch, THIRD, 0, 0)]);
}

#[test]
fn the_ring_keeps_the_latest() {
    let (mut w, seen) = ready();
    let times = TRACE_ENTRIES as u64 + 3 - seen;
    for n in 1..=times {
        w.post(CLIENT, w.id(SERVER), 0);
        w.kernel.machine.clock = n;
    }
    let ring = ring(&w);
    assert_eq!((ring.magic, ring.next), (TraceRing::MAGIC, TRACE_ENTRIES as u64 + 3));
    // The oldest is the first after the latest.
    let (latest, oldest) = (ring.entries[2], ring.entries[3]);
    assert_eq!((latest.time, oldest.time), (times - 1, 3 - seen));
    assert!(ring.entries.iter().all(|entry| unpack(*entry).0 == Post));
}

#[test]
fn an_image_without_a_trace_has_none() {
    let mut w = office();
    w.go(CLIENT);
    w.send(CLIENT, send(TaskId::new(SERVER, w.generation(SERVER)), 1, b""));
    assert!(w.kernel.trace.0.is_none());
}
