//! Messages to the kernel.

use super::words::{Sent, ok, send};
use super::world::*;
use crate::machine::End;
use crate::task::State;
use abi::kipc::{
    DumpRegion, Error, Op, ReadDump, Region, Restart, SoftwareIrq, Target, TaskStatus, state,
};
use abi::{Call, FaultKind, TaskId, Usage};
use zerocopy::{FromBytes, IntoBytes};

/// The operations about a task that need a right, each with a message about it.
fn about(task: usize) -> [(Op, Vec<u8>); 7] {
    let task = task as u32;
    let dump = ReadDump { task, length: 0, source: 0, destination: 0 };
    [
        (Op::ReadStatus, Target { task }.as_bytes().to_vec()),
        (Op::Restart, Restart { task, start: 1 }.as_bytes().to_vec()),
        (Op::Stop, Target { task }.as_bytes().to_vec()),
        (Op::Fault, Target { task }.as_bytes().to_vec()),
        (Op::DumpRegion, DumpRegion { task, region: 0 }.as_bytes().to_vec()),
        (Op::ReadDump, dump.as_bytes().to_vec()),
        (Op::ReadPanicMessage, dump.as_bytes().to_vec()),
    ]
}

/// OTHER has every right over CLIENT, and THIRD none at all.
fn rights() -> World {
    let spec = task(5).may_status(CLIENT).may_restart(CLIENT).may_fault(CLIENT).may_dump(CLIENT);
    world([task(0), task(1), task(3).may_send(SERVER), spec, task(5)])
}

fn refused(code: u32) -> Sent {
    Sent::Answered { code, bytes: vec![] }
}

#[track_caller]
fn status(w: &mut World, by: usize, task: usize) -> TaskStatus {
    w.ask(by, Op::ReadStatus, &Target { task: task as u32 });
    let Sent::Answered { code: 0, bytes } = w.sent(by) else { panic!("{:?}", w.sent(by)) };
    TaskStatus::read_from_bytes(&bytes).expect("a status")
}

#[test]
fn rights_are_needed_and_enough() {
    for by in [SUPERVISOR, OTHER, THIRD] {
        for (op, message) in about(CLIENT) {
            let mut w = rights();
            w.go(by);
            w.send(by, send(TaskId::KERNEL, op as u16, &message));
            if by == THIRD {
                w.expect_fault(THIRD, Usage::NotPermitted);
                w.expect_state(CLIENT, State::Stopped);
            } else {
                w.expect_state(
                    by,
                    if op == Op::Restart && by == OTHER { State::Ready } else { State::Running },
                );
                assert!(matches!(w.sent(by), Sent::Answered { .. }), "{op:?}");
            }
        }
    }
}

#[test]
fn a_right_over_one_is_none_over_another() {
    for (op, message) in about(SERVER) {
        let mut w = rights();
        w.go(OTHER);
        w.send(OTHER, send(TaskId::KERNEL, op as u16, &message));
        w.expect_fault(OTHER, Usage::NotPermitted);
    }
}

#[test]
fn each_right_is_for_its_own_operations() {
    let specs = [
        (task(5).may_status(CLIENT), vec![Op::ReadStatus, Op::ReadPanicMessage]),
        (task(5).may_restart(CLIENT), vec![Op::Restart, Op::Stop]),
        (task(5).may_fault(CLIENT), vec![Op::Fault]),
        (task(5).may_dump(CLIENT), vec![Op::DumpRegion, Op::ReadDump]),
    ];
    for (spec, granted) in specs {
        for (op, message) in about(CLIENT) {
            let mut w = world([task(0), task(1), task(9), spec.clone()]);
            w.go(OTHER);
            w.send(OTHER, send(TaskId::KERNEL, op as u16, &message));
            let dead = w.state(OTHER) == State::Faulted;
            assert_eq!(dead, !granted.contains(&op), "{op:?}");
        }
    }
}

#[test]
fn tasks_there_are_not_cannot_be_meant() {
    for (op, message) in about(5) {
        let mut w = rights();
        w.go(OTHER);
        w.send(OTHER, send(TaskId::KERNEL, op as u16, &message));
        w.expect_fault(OTHER, Usage::TaskOutOfRange);
    }
}

#[test]
fn nobody_restarts_stops_or_faults_the_supervisor_or_itself() {
    let everything = |task: usize, spec: Spec| {
        spec.may_restart(task).may_fault(task).may_restart(SUPERVISOR).may_fault(SUPERVISOR)
    };
    for victim in [SUPERVISOR, SERVER] {
        for (op, message) in about(victim) {
            if !matches!(op, Op::Restart | Op::Stop | Op::Fault) {
                continue;
            }
            let mut w = world([task(0), everything(SERVER, task(1))]);
            w.go(SERVER);
            w.send(SERVER, send(TaskId::KERNEL, op as u16, &message));
            w.expect_fault(SERVER, Usage::IllegalTask);
            assert_eq!(w.kernel.machine.ended, None);
        }
    }
}

#[test]
fn malformed_messages_fault() {
    let mut operations: Vec<_> = about(CLIENT).into();
    operations.push((Op::ReadImageId, vec![]));
    operations.push((Op::Reset, vec![]));
    operations.push((Op::SoftwareIrq, vec![0; 8]));
    operations.push((Op::FindFaulted, vec![0; 4]));
    for (op, message) in operations {
        let longer = [&message[..], &[0]].concat();
        let shorter = message.get(1..).map(<[u8]>::to_vec);
        for wrong in [Some(longer), shorter, Some(vec![0; 32]), Some(vec![0; 256])] {
            let Some(wrong) = wrong else { continue };
            let mut w = rights();
            let by = w.index(OTHER);
            w.go(OTHER);
            w.send(OTHER, send(TaskId::KERNEL, op as u16, &wrong));
            w.expect_fault(by.get(), Usage::BadKernelMessage);
            assert_eq!(w.kernel.machine.ended, None);
        }
    }
}

#[test]
fn operations_there_are_not_fault() {
    for op in [0, 12, u16::MAX] {
        let mut w = office();
        w.go(CLIENT);
        w.send(CLIENT, send(TaskId::KERNEL, op, b""));
        w.expect_fault(CLIENT, Usage::BadKernelMessage);
    }
}

#[test]
fn an_answer_there_is_no_room_for_faults() {
    for (room, usage) in
        [(size_of::<TaskStatus>() as u64 - 1, Usage::ReplyTooBig), (0, Usage::ReplyTooBig)]
    {
        let mut w = rights();
        w.go(OTHER);
        let message = send(TaskId::KERNEL, Op::ReadStatus as u16, Target { task: 2 }.as_bytes());
        w.send(OTHER, message.room(room));
        w.expect_fault(OTHER, usage);
    }
    let mut w = rights();
    w.go(OTHER);
    let message = send(TaskId::KERNEL, Op::ReadStatus as u16, Target { task: 2 }.as_bytes());
    w.send(OTHER, message.answered_at(constants(OTHER)));
    w.expect_fault(OTHER, Usage::InvalidSlice);
}

#[test]
fn status_says_where_a_task_stands() {
    let mut w = office();
    assert_eq!(
        {
            w.go(SUPERVISOR);
            status(&mut w, SUPERVISOR, SERVER).state
        },
        state::STOPPED
    );
    let server = w.id(SERVER);
    w.in_reply(CLIENT, SERVER, send(server, 1, b""));
    w.wake(SUPERVISOR);
    let reports = [SUPERVISOR, SERVER, CLIENT].map(|task| status(&mut w, SUPERVISOR, task));
    let states = reports.map(|report| (report.state, report.peer));
    assert_eq!(
        states,
        [(state::READY, u32::MAX), (state::READY, u32::MAX), (state::IN_REPLY, SERVER as u32)]
    );
    w.rest(SUPERVISOR);
    w.recv(SERVER, super::words::from(w.id(THIRD)));
    w.go(OTHER);
    w.send(OTHER, send(server, 1, b""));
    w.go(SUPERVISOR);
    let report = status(&mut w, SUPERVISOR, SERVER);
    assert_eq!((report.state, report.peer), (state::IN_RECV, THIRD as u32));
    let report = status(&mut w, SUPERVISOR, OTHER);
    assert_eq!((report.state, report.peer), (state::IN_SEND, SERVER as u32));
}

#[test]
fn status_tells_of_lives_and_of_the_last_death() {
    let mut w = office();
    w.go(CLIENT);
    w.exception(CLIENT, FaultKind::BusError, 0x10, 0x20);
    w.go(SUPERVISOR);
    let report = status(&mut w, SUPERVISOR, CLIENT);
    assert_eq!((report.state, report.generation, report.restarts), (state::FAULTED, 1, 0));
    assert_eq!((report.fault.kind, report.fault.pc), (FaultKind::BusError as u32, 0x20));
    w.ask(SUPERVISOR, Op::Restart, &Restart { task: CLIENT as u32, start: 1 });
    let report = status(&mut w, SUPERVISOR, CLIENT);
    assert_eq!((report.state, report.generation, report.restarts), (state::READY, 1, 1));
    assert_eq!(report.fault.kind, FaultKind::BusError as u32, "still the last one");
    w.ask(SUPERVISOR, Op::Stop, &Target { task: CLIENT as u32 });
    assert_eq!(status(&mut w, SUPERVISOR, CLIENT).state, state::STOPPED);
}

#[test]
fn a_restart_says_whether_to_run() {
    let mut w = office();
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Restart, &Restart { task: CLIENT as u32, start: 2 });
    w.expect_state(SUPERVISOR, State::Faulted);
    assert_eq!(w.fault(SUPERVISOR).detail, Usage::BadKernelMessage as u32);
}

#[test]
fn who_restarts_someone_more_important_gives_way() {
    let mut w = rights();
    w.go(OTHER);
    w.ask(OTHER, Op::Restart, &Restart { task: CLIENT as u32, start: 1 });
    w.expect_running(CLIENT);
    assert_eq!(w.sent(OTHER), ok(b""));
}

#[test]
fn an_injected_fault_says_who() {
    let mut w = rights();
    w.go(CLIENT);
    w.send(CLIENT, send(w.id(SERVER), 1, b""));
    w.go(OTHER);
    w.ask(OTHER, Op::Fault, &Target { task: CLIENT as u32 });
    assert_eq!(w.sent(OTHER), ok(b""));
    let fault = w.fault(CLIENT);
    assert_eq!((fault.kind, fault.from), (FaultKind::Injected as u32, OTHER as u32));
    assert_eq!(fault.original_state, state::IN_SEND);
}

#[test]
fn the_image_id_is_for_everyone() {
    let mut w = office();
    w.go(THIRD);
    w.ask(THIRD, Op::ReadImageId, &[0_u8; 0]);
    assert_eq!(w.sent(THIRD), ok(&IMAGE_ID.to_le_bytes()));
}

#[test]
fn a_reset_needs_the_right() {
    for (by, ended) in [(SUPERVISOR, true), (SERVER, true), (CLIENT, false)] {
        let mut w = world([task(0), task(1).may_reset(), task(2)]);
        w.go(by);
        w.ask(by, Op::Reset, &[0_u8; 0]);
        assert_eq!(w.kernel.machine.ended, ended.then_some(End::Requested { by }));
        if !ended {
            w.expect_fault(by, Usage::NotPermitted);
        }
    }
}

#[test]
fn writable_regions_but_devices_are_listed() {
    let mut w = rights();
    w.go(OTHER);
    w.ask(OTHER, Op::DumpRegion, &DumpRegion { task: CLIENT as u32, region: 0 });
    assert_eq!(w.sent(OTHER), ok(Region { address: data(CLIENT), length: 0x2000 }.as_bytes()));
    for region in [1, u32::MAX] {
        w.ask(OTHER, Op::DumpRegion, &DumpRegion { task: CLIENT as u32, region });
        assert_eq!(w.sent(OTHER), refused(Error::NO_SUCH_REGION));
    }
}

/// OTHER reads memory of CLIENT into its own.
#[track_caller]
fn dump(w: &mut World, source: u64, destination: u64, length: u32) {
    let message = ReadDump { task: CLIENT as u32, length, source, destination };
    w.ask(OTHER, Op::ReadDump, &message);
}

#[test]
fn the_dead_can_be_read_up_to_a_page_at_a_time() {
    let mut w = rights();
    w.go(CLIENT);
    w.dies(CLIENT);
    w.go(OTHER);
    for length in [1, 4096] {
        dump(&mut w, data(CLIENT) + 100, data(OTHER), length);
        assert_eq!(w.sent(OTHER), ok(b""));
        let length = length as usize;
        assert_eq!(w.peek(data(OTHER), length), w.peek(data(CLIENT) + 100, length));
    }
    dump(&mut w, data(CLIENT), data(OTHER), 4097);
    w.expect_fault(OTHER, Usage::BadKernelMessage);
}

#[test]
fn the_living_cannot() {
    let mut w = rights();
    w.go(CLIENT);
    w.go(OTHER);
    dump(&mut w, data(CLIENT), data(OTHER), 8);
    assert_eq!(w.sent(OTHER), refused(Error::ALIVE));
}

#[test]
fn what_the_dead_have_not_is_said_and_what_the_reader_has_not_faults_it() {
    let mut w = rights();
    w.go(CLIENT);
    w.dies(CLIENT);
    w.go(OTHER);
    for source in [NOWHERE, data(CLIENT) + 0x1ffc, device(CLIENT), data(OTHER)] {
        dump(&mut w, source, data(OTHER), 8);
        assert_eq!(w.sent(OTHER), refused(Error::NO_SUCH_REGION));
    }
    dump(&mut w, data(CLIENT), constants(OTHER), 8);
    w.expect_fault(OTHER, Usage::InvalidSlice);
}

#[test]
fn nobody_dumps_itself() {
    let mut w = world([task(0), task(1).may_dump(SERVER)]);
    w.go(SERVER);
    let task = SERVER as u32;
    let (source, destination) = (data(SERVER), data(SERVER));
    w.ask(SERVER, Op::ReadDump, &ReadDump { task, length: 8, source, destination });
    w.expect_fault(SERVER, Usage::BadKernelMessage);
}

#[test]
fn software_makes_interrupts_pending_for_the_supervisor_only() {
    let wired = || world([task(0), task(1).irq(33, 1).irq(34, 2).irq(35, 2)]);
    let mut w = wired();
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::SoftwareIrq, &SoftwareIrq { task: SERVER as u32, bits: 2 });
    assert_eq!(w.kernel.machine.pending, [34, 35].into());
    for (task, bits, usage) in
        [(2, 1, Usage::TaskOutOfRange), (1, 4, Usage::NoIrq), (0, 1, Usage::NoIrq)]
    {
        let mut w = wired();
        w.go(SUPERVISOR);
        w.ask(SUPERVISOR, Op::SoftwareIrq, &SoftwareIrq { task, bits });
        assert_eq!(w.fault(SUPERVISOR).detail, usage as u32);
    }
    let mut w = wired();
    w.go(SERVER);
    w.ask(SERVER, Op::SoftwareIrq, &SoftwareIrq { task: SERVER as u32, bits: 2 });
    w.expect_fault(SERVER, Usage::NotPermitted);
}

#[test]
fn the_faulted_are_found_from_an_index_on() {
    let mut w = office();
    for task in [SERVER, OTHER] {
        w.go(task);
        w.dies(task);
    }
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Stop, &Target { task: THIRD as u32 });
    let found = |task| ok(Target { task }.as_bytes());
    for (from, expected) in [
        (0, found(1)),
        (1, found(1)),
        (2, found(3)),
        (4, refused(Error::NONE)),
        (u32::MAX, refused(Error::NONE)),
    ] {
        w.ask(SUPERVISOR, Op::FindFaulted, &Target { task: from });
        assert_eq!(w.sent(SUPERVISOR), expected, "from {from}");
    }
}

#[test]
fn finding_the_faulted_needs_status_over_all() {
    let all = task(2).may_status(0).may_status(1).may_status(2);
    for (spec, may) in [(all, true), (task(2).may_status(0).may_status(1), false)] {
        let mut w = world([task(0), task(1), spec]);
        w.go(CLIENT);
        w.ask(CLIENT, Op::FindFaulted, &Target { task: 0 });
        if may {
            assert_eq!(w.sent(CLIENT), refused(Error::NONE));
        } else {
            w.expect_fault(CLIENT, Usage::NotPermitted);
        }
    }
}

/// CLIENT panics with a message here; OTHER reads at most `length` of it.
fn panicked(address: u64, said: u64, length: u32) -> World {
    let mut w = rights();
    w.go(CLIENT);
    w.plain(CLIENT, Call::Panic, &[address, said]);
    w.go(OTHER);
    let message = ReadDump { task: CLIENT as u32, length, source: 0, destination: data(OTHER) };
    w.ask(OTHER, Op::ReadPanicMessage, &message);
    w
}

#[test]
fn a_panic_message_is_read_as_far_as_there_is_room() {
    for (said, room, length) in
        [(10_u64, 256, 10), (10, 4, 4), (1 << 33, 1000, 256), (300, 300, 256), (0, 5, 0)]
    {
        let w = panicked(data(CLIENT) + 3, said, room);
        assert_eq!(w.sent(OTHER), ok(&u32::to_le_bytes(length)));
        let length = length as usize;
        assert_eq!(w.peek(data(OTHER), length), w.peek(data(CLIENT) + 3, length));
    }
}

#[test]
fn a_panic_message_that_is_not_there_is_none() {
    for (address, said) in [(NOWHERE, 10), (data(CLIENT) + 0x2000 - 9, 10), (device(CLIENT), 4)] {
        assert_eq!(panicked(address, said, 256).sent(OTHER), refused(Error::NOT_PANICKED));
    }
}

#[test]
fn who_died_otherwise_or_lives_has_no_panic_message() {
    let mut w = rights();
    let message = ReadDump { task: CLIENT as u32, length: 8, source: 0, destination: data(OTHER) };
    w.go(CLIENT);
    w.dies(CLIENT);
    w.go(OTHER);
    w.ask(OTHER, Op::ReadPanicMessage, &message);
    assert_eq!(w.sent(OTHER), refused(Error::NOT_PANICKED));

    let mut w = panicked(data(CLIENT), 8, 8);
    w.rest(OTHER);
    w.go(SUPERVISOR);
    w.ask(SUPERVISOR, Op::Restart, &Restart { task: CLIENT as u32, start: 1 });
    w.go(OTHER);
    w.ask(OTHER, Op::ReadPanicMessage, &message);
    assert_eq!(w.sent(OTHER), refused(Error::NOT_PANICKED));
}
