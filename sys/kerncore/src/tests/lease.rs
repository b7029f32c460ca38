//! `BORROW_READ`, `BORROW_WRITE` and `BORROW_INFO`.

use super::words::{Sent, answer, anyone, send};
use super::world::*;
use crate::task::State;
use abi::call::BorrowResult;
use abi::{Call, Handle, LeaseAttributes, MAX_BORROW, Usage};

const READ: LeaseAttributes = LeaseAttributes::READ;
const WRITE: LeaseAttributes = LeaseAttributes::WRITE;
const BOTH: LeaseAttributes = LeaseAttributes::READ_WRITE;

/// The client has lent these to the server, which runs.
fn lent(leases: &[(u64, u32, LeaseAttributes)]) -> (World, Handle) {
    let mut w = office();
    let table = w.leases(CLIENT, leases);
    let message = send(w.id(SERVER), 1, b"").lending(leases.len(), table);
    let call = w.in_reply(CLIENT, SERVER, message);
    (w, call)
}

/// What the server's call says, and how many bytes it moved.
fn result(w: &World) -> (BorrowResult, u64) {
    w.expect_running(SERVER);
    (BorrowResult(w.x(SERVER, 0)), w.x(SERVER, 1))
}

#[track_caller]
fn read(w: &mut World, call: Handle, lease: u64, offset: u64, to: u64, length: u64) {
    w.plain(SERVER, Call::BorrowRead, &[call.0, lease, offset, to, length]);
}

#[track_caller]
fn write(w: &mut World, call: Handle, lease: u64, offset: u64, from: u64, length: u64) {
    w.plain(SERVER, Call::BorrowWrite, &[call.0, lease, offset, from, length]);
}

#[test]
fn a_lease_is_read_from_an_offset() {
    let (mut w, call) = lent(&[(NOWHERE, 9, WRITE), (data(CLIENT) + 0x100, 64, READ)]);
    let theirs = w.peek(data(CLIENT) + 0x100, 64);
    let after = w.peek(data(SERVER) + 50, 14);
    read(&mut w, call, 1, 10, data(SERVER), 50);
    assert_eq!(result(&w), (BorrowResult::OK, 50));
    assert_eq!(w.peek(data(SERVER), 50), theirs[10..60]);
    assert_eq!(w.peek(data(SERVER) + 50, 14), after);
    assert_eq!(w.peek(data(CLIENT) + 0x100, 64), theirs);
}

#[test]
fn a_lease_is_written_at_an_offset_and_nowhere_else() {
    let (mut w, call) = lent(&[(data(CLIENT) + 0x100, 64, WRITE)]);
    let mut expected = w.peek(data(CLIENT) + 0xf0, 96);
    expected[0x10 + 20..0x10 + 30].copy_from_slice(b"0123456789");
    w.fill(data(SERVER), b"0123456789");
    write(&mut w, call, 0, 20, data(SERVER), 10);
    assert_eq!(result(&w), (BorrowResult::OK, 10));
    assert_eq!(w.peek(data(CLIENT) + 0xf0, 96), expected);
}

#[test]
fn what_lies_beyond_the_end_of_a_lease_does_not_move() {
    let (mut w, call) = lent(&[(data(CLIENT) + 0x100, 64, BOTH)]);
    let after = w.peek(data(CLIENT) + 0x140, 16);
    read(&mut w, call, 0, 60, data(SERVER), 100);
    assert_eq!(result(&w), (BorrowResult::OK, 4));
    write(&mut w, call, 0, 60, data(SERVER), u64::MAX);
    assert_eq!(result(&w), (BorrowResult::OK, 4));
    assert_eq!(w.peek(data(CLIENT) + 0x140, 16), after);
    read(&mut w, call, 0, 64, data(SERVER), 100);
    assert_eq!(result(&w), (BorrowResult::OK, 0));
}

#[test]
fn an_offset_beyond_the_end_faults_the_server() {
    for offset in [65, u64::MAX] {
        let (mut w, call) = lent(&[(data(CLIENT), 64, READ)]);
        read(&mut w, call, 0, offset, data(SERVER), 1);
        w.expect_fault(SERVER, Usage::OffsetOutOfRange);
        assert_eq!(w.sent(CLIENT), Sent::Dead(w.generation(SERVER)));
    }
}

#[test]
fn one_borrow_moves_at_most_a_page() {
    let (mut w, call) = lent(&[(data(CLIENT), 0x2000, READ)]);
    read(&mut w, call, 0, 5, data(SERVER), 0x1ff0);
    assert_eq!(result(&w), (BorrowResult::OK, MAX_BORROW as u64));
    assert_eq!(w.peek(data(SERVER), MAX_BORROW), w.peek(data(CLIENT) + 5, MAX_BORROW));
}

#[test]
fn a_lease_goes_in_the_direction_it_says() {
    let nothing = LeaseAttributes(0);
    let region = data(CLIENT) + 0x100;
    let (mut w, call) = lent(&[(region, 8, READ), (region, 8, WRITE), (region, 8, nothing)]);
    let theirs = w.peek(region, 8);
    for lease in [1, 2] {
        read(&mut w, call, lease, 0, data(SERVER), 8);
        assert_eq!(result(&w), (BorrowResult::NOT_ALLOWED, 0));
    }
    for lease in [0, 2] {
        write(&mut w, call, lease, 0, data(SERVER), 8);
        assert_eq!(result(&w), (BorrowResult::NOT_ALLOWED, 0));
    }
    assert_eq!(w.peek(region, 8), theirs);
}

#[test]
fn a_lease_that_was_not_sent_faults_the_server() {
    for lease in [1, 255, u64::MAX] {
        let (mut w, call) = lent(&[(data(CLIENT), 64, READ)]);
        read(&mut w, call, lease, 0, data(SERVER), 1);
        w.expect_fault(SERVER, Usage::LeaseOutOfRange);
    }
    let (mut w, call) = lent(&[]);
    w.plain(SERVER, Call::BorrowInfo, &[call.0, 0]);
    w.expect_fault(SERVER, Usage::LeaseOutOfRange);
}

#[test]
fn length_and_attributes_can_be_asked() {
    let (mut w, call) = lent(&[(NOWHERE, 7, READ), (NOWHERE, u32::MAX, BOTH)]);
    for (lease, length, attributes) in [(0, 7, READ), (1, u32::MAX, BOTH)] {
        w.plain(SERVER, Call::BorrowInfo, &[call.0, lease]);
        assert_eq!(result(&w), (BorrowResult::OK, u64::from(attributes.0)));
        assert_eq!(w.x(SERVER, 2), u64::from(length));
    }
}

#[test]
fn leases_end_with_the_call() {
    let (mut w, call) = lent(&[(data(CLIENT), 64, BOTH)]);
    assert!(w.reply(SERVER, call, answer(0, b"")));
    for number in [Call::BorrowRead, Call::BorrowWrite, Call::BorrowInfo] {
        w.plain(SERVER, number, &[call.0, 0, 0, data(SERVER), 1]);
        assert_eq!(result(&w), (BorrowResult::GONE, 0));
    }
}

#[test]
fn leases_of_a_later_call_need_its_handle() {
    let (mut w, earlier) = lent(&[(data(CLIENT), 64, READ)]);
    w.reply_recv(SERVER, earlier, answer(0, b""), anyone());
    w.send(CLIENT, send(w.id(SERVER), 1, b"").lending(1, data(CLIENT)));
    let call = w.message(SERVER).handle;
    read(&mut w, earlier, 0, 0, data(SERVER), 1);
    assert_eq!(result(&w), (BorrowResult::GONE, 0));
    read(&mut w, call, 0, 0, data(SERVER), 1);
    assert_eq!(result(&w), (BorrowResult::OK, 1));
}

#[test]
fn leases_of_a_caller_that_died_or_timed_out_are_gone() {
    let (mut w, call) = lent(&[(data(CLIENT), 64, READ)]);
    let client = w.index(CLIENT);
    w.kernel.fault_injected(client, client);
    read(&mut w, call, 0, 0, data(SERVER), 1);
    assert_eq!(result(&w), (BorrowResult::GONE, 0));

    let mut w = office();
    let table = w.leases(CLIENT, &[(data(CLIENT), 64, READ)]);
    let message = send(w.id(SERVER), 1, b"").lending(1, table).until(10);
    let call = w.in_reply(CLIENT, SERVER, message);
    w.time(10);
    read(&mut w, call, 0, 0, data(SERVER), 1);
    assert_eq!(result(&w), (BorrowResult::GONE, 0));
}

#[test]
fn only_the_server_of_the_call_borrows() {
    let (mut w, call) = lent(&[(data(CLIENT), 64, READ)]);
    w.go(OTHER);
    w.plain(OTHER, Call::BorrowRead, &[call.0, 0, 0, data(OTHER), 1]);
    assert_eq!(BorrowResult(w.x(OTHER, 0)), BorrowResult::GONE);
}

#[test]
fn who_lends_what_it_has_not_dies_and_the_server_goes_on() {
    let last = data(CLIENT) + 0x1fff;
    for bad in [NOWHERE, device(CLIENT), data(SERVER), last, u64::MAX] {
        let (mut w, call) = lent(&[(bad, 64, BOTH)]);
        read(&mut w, call, 0, 0, data(SERVER), 2);
        assert_eq!(result(&w), (BorrowResult::GONE, 0));
        w.expect_fault(CLIENT, Usage::InvalidSlice);
        assert_eq!(w.fault(CLIENT).original_state, abi::kipc::state::IN_REPLY);
    }
}

#[test]
fn constants_can_be_lent_for_reading_only() {
    let (mut w, call) = lent(&[(constants(CLIENT), 64, BOTH)]);
    read(&mut w, call, 0, 0, data(SERVER), 64);
    assert_eq!(w.peek(data(SERVER), 64), w.peek(constants(CLIENT), 64));
    write(&mut w, call, 0, 0, data(SERVER), 64);
    assert_eq!(result(&w), (BorrowResult::GONE, 0));
    w.expect_fault(CLIENT, Usage::InvalidSlice);
}

#[test]
fn a_lease_whose_address_wraps_is_nobodys() {
    let (mut w, call) = lent(&[(data(CLIENT).wrapping_sub(u64::from(u32::MAX)), u32::MAX, READ)]);
    read(&mut w, call, 0, u64::from(u32::MAX) - 1, data(SERVER), 1);
    // One byte below the data are the constants: theirs, too.
    assert_eq!(result(&w), (BorrowResult::OK, 1));
    let (mut w, call) = lent(&[(u64::MAX - 7, 64, READ)]);
    read(&mut w, call, 0, 16, data(SERVER), 8);
    assert_eq!(result(&w), (BorrowResult::GONE, 0));
    w.expect_fault(CLIENT, Usage::InvalidSlice);
}

#[test]
fn a_lease_table_outside_its_memory_faults_the_lender() {
    for table in [NOWHERE, data(CLIENT) + 0x2000 - 24, device(CLIENT), u64::MAX - 8] {
        let mut w = office();
        let message = send(w.id(SERVER), 1, b"").lending(2, table);
        let call = w.in_reply(CLIENT, SERVER, message);
        w.plain(SERVER, Call::BorrowInfo, &[call.0, 1]);
        assert_eq!(result(&w), (BorrowResult::GONE, 0));
        w.expect_fault(CLIENT, Usage::InvalidSlice);
    }
}

#[test]
fn a_server_that_borrows_into_what_it_has_not_dies() {
    for bad in [NOWHERE, constants(SERVER), device(SERVER), data(CLIENT)] {
        let (mut w, call) = lent(&[(data(CLIENT), 64, BOTH)]);
        read(&mut w, call, 0, 0, bad, 8);
        w.expect_fault(SERVER, Usage::InvalidSlice);
        w.expect_state(CLIENT, State::Running);
        assert_eq!(w.sent(CLIENT), Sent::Dead(w.generation(SERVER)));
    }
    let (mut w, call) = lent(&[(data(CLIENT), 64, BOTH)]);
    write(&mut w, call, 0, 0, NOWHERE, 8);
    w.expect_fault(SERVER, Usage::InvalidSlice);
}

#[test]
fn nothing_moves_when_nothing_is_asked_for() {
    let (mut w, call) = lent(&[(NOWHERE, 64, BOTH)]);
    read(&mut w, call, 0, 0, NOWHERE, 0);
    assert_eq!(result(&w), (BorrowResult::OK, 0));
}
