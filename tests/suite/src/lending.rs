//! Leases as their borrower sees them, with the suite as the server and lenders that lie.

use crate::calls::{call, lending, send};
use crate::peers::{Peer, suite};
use crate::tables::lease;
use crate::{Assistant, Case, Resources, task};
use abi::kipc::state;
use abi::{Call, Handle, LeaseAttributes, LeaseDesc, MAX_BORROW, Usage};
use userlib::sys::{self, BorrowError, Lease};

pub const CASES: &[Case] = &[
    ("lease: what it allows and how long it is can be asked", info),
    ("lease: read and written from an offset on", partial),
    ("lease: one copy moves at most 4096 bytes", bounded),
    ("lease: without a direction nothing moves", no_direction),
    ("lease: who lends what it has not dies, and the server goes on", not_theirs),
    ("lease: constants are not lent for writing", constants),
    ("lease: up to the last byte of a region, and no further", boundary),
    ("lease: a table that is nowhere kills its lender", no_table),
    ("lease: one that was not sent", not_sent),
    ("lease: an offset beyond its end", beyond),
    ("lease: into or from what the borrower has not", not_mine),
];

const NOWHERE: u64 = 0x10;
/// Where a peer's table of leases lies in its scratch memory; what is lent lies further up.
const TABLE: usize = 0;
const LENT: usize = 512;

/// The peer lends these.
fn lends(peer: &Peer, leases: &[LeaseDesc]) -> Handle {
    for (i, lease) in leases.iter().enumerate() {
        peer.put(TABLE + i * size_of::<LeaseDesc>(), lease);
    }
    let call = send(suite(), 42, &[]);
    let message = peer.calls(lending(call, peer.scratch, leases.len() as u64), &mut []);
    assert_eq!(message.leases, leases.len());
    message.caller
}

fn lent(peer: &Peer) -> u64 {
    peer.scratch + LENT as u64
}

fn info(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let both = lease(lent(&peer), 16, LeaseAttributes::READ_WRITE);
    let one = lease(lent(&peer), 5, LeaseAttributes::READ);
    let caller = lends(&peer, &[both, one]);
    assert_eq!(sys::borrow_info(caller, 0), Ok((LeaseAttributes::READ_WRITE, 16)));
    assert_eq!(sys::borrow_info(caller, 1), Ok((LeaseAttributes::READ, 5)));
}

fn partial(_: &Resources, _: &Assistant) {
    let mut peer = Peer::wake(task::PEER_A);
    peer.put(LENT, b"hello, world");
    let caller = lends(&peer, &[lease(lent(&peer), 5, LeaseAttributes::READ_WRITE)]);
    let mut bytes = [0; 8];
    assert_eq!(sys::borrow_read(caller, 0, 0, &mut bytes), Ok(5));
    assert_eq!(&bytes, b"hello\0\0\0");
    assert_eq!(sys::borrow_read(caller, 0, 2, &mut bytes), Ok(3));
    assert_eq!(&bytes[..3], b"llo");
    assert_eq!(sys::borrow_read(caller, 0, 5, &mut bytes), Ok(0));
    assert_eq!(sys::borrow_write(caller, 0, 3, b"xyz"), Ok(2));
    assert!(sys::reply(caller, 0, &[]));
    peer.ends();
    assert_eq!(&peer.get::<[u8; 12]>(LENT), b"helxy, world");
}

fn bounded(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let stack = resources.regions().stack(task::PEER_A);
    let length = (stack.end - stack.start) as u32;
    let caller = lends(&peer, &[lease(stack.start, length, LeaseAttributes::READ)]);
    let mut bytes = [0; MAX_BORROW + 1000];
    assert_eq!(sys::borrow_read(caller, 0, 0, &mut bytes), Ok(MAX_BORROW));
    let rest = length as usize - MAX_BORROW;
    assert_eq!(sys::borrow_read(caller, 0, MAX_BORROW + 96, &mut bytes), Ok(rest - 96));
}

fn no_direction(_: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let caller = lends(&peer, &[lease(lent(&peer), 8, LeaseAttributes(0))]);
    assert_eq!(sys::borrow_read(caller, 0, 0, &mut [0; 8]), Err(BorrowError::NotAllowed));
    assert_eq!(sys::borrow_write(caller, 0, 0, &[0; 8]), Err(BorrowError::NotAllowed));
    assert_eq!(sys::borrow_info(caller, 0), Ok((LeaseAttributes(0), 8)));
    assert!(sys::reply(caller, 0, &[]), "which was nobody's fault");
}

fn borrow_kills(
    peer: &Peer,
    caller: Handle,
    borrow: impl Fn(Handle) -> Result<usize, BorrowError>,
) {
    assert_eq!(borrow(caller), Err(BorrowError::Gone));
    assert_not_theirs(peer);
    assert!(!sys::reply(caller, 0, &[]));
}

fn assert_not_theirs(peer: &Peer) {
    let status = peer.status();
    assert_eq!(status.state, state::FAULTED);
    assert_eq!(status.fault.detail, Usage::InvalidSlice as u32);
    assert_eq!(status.fault.original_state, state::IN_REPLY);
}

fn read(caller: Handle) -> Result<usize, BorrowError> {
    sys::borrow_read(caller, 0, 0, &mut [0; 16])
}

fn write(caller: Handle) -> Result<usize, BorrowError> {
    sys::borrow_write(caller, 0, 0, &[0; 16])
}

fn not_theirs(resources: &Resources, _: &Assistant) {
    let regions = resources.regions();
    let foreign = [
        NOWHERE,
        regions.stack(task::SUITE).start,
        regions.text(task::ASSIST).start,
        0xffff_ffc0_0000_0000,
        0xffff_ff80_0000_0000,
        u64::MAX - 7,
    ];
    let mut peer = Peer::wake(task::PEER_A);
    for address in foreign {
        for borrow in [read, write] {
            let caller = lends(&peer, &[lease(address, 16, LeaseAttributes::READ_WRITE)]);
            borrow_kills(&peer, caller, borrow);
            peer = peer.revived();
        }
    }
}

fn constants(resources: &Resources, _: &Assistant) {
    let peer = Peer::wake(task::PEER_A);
    let text = resources.regions().text(task::PEER_A).start;
    let caller = lends(&peer, &[lease(text, 16, LeaseAttributes::READ_WRITE)]);
    assert_eq!(read(caller), Ok(16));
    borrow_kills(&peer, caller, write);
}

fn boundary(resources: &Resources, _: &Assistant) {
    let end = resources.regions().stack(task::PEER_A).end;
    let peer = Peer::wake(task::PEER_A);
    let caller = lends(&peer, &[lease(end - 8, 16, LeaseAttributes::READ_WRITE)]);
    let mut bytes = [0; 8];
    assert_eq!(sys::borrow_read(caller, 0, 0, &mut bytes), Ok(8));
    assert_eq!(sys::borrow_write(caller, 0, 0, &bytes), Ok(8));
    borrow_kills(&peer, caller, read);
    let peer = peer.revived();
    let start = resources.regions().stack(task::PEER_A).start;
    let caller = lends(&peer, &[lease(start - 8, 16, LeaseAttributes::READ_WRITE)]);
    borrow_kills(&peer, caller, write);
}

fn no_table(resources: &Resources, _: &Assistant) {
    let end = resources.regions().stack(task::PEER_A).end;
    let mut peer = Peer::wake(task::PEER_A);
    for table in [NOWHERE, end - 8, u64::MAX] {
        let caller = peer.calls(lending(send(suite(), 42, &[]), table, 1), &mut []).caller;
        assert_eq!(sys::borrow_info(caller, 0), Err(BorrowError::Gone));
        assert_not_theirs(&peer);
        peer = peer.revived();
    }
}

const BORROWS: [Call; 3] = [Call::BorrowRead, Call::BorrowWrite, Call::BorrowInfo];

fn not_sent(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    for borrow in BORROWS {
        for lease in [1, 255, u64::MAX] {
            let leases = [Lease::read(b"only one")];
            let wrong = call(borrow, &[0, lease, 0, 0, 0]);
            assistant.misuses_caller(&wrong, &leases, Usage::LeaseOutOfRange);
            assistant = assistant.revived();
        }
    }
    assistant.misuses_caller(&call(Call::BorrowInfo, &[0, 0]), &[], Usage::LeaseOutOfRange);
}

fn beyond(_: &Resources, assistant: &Assistant) {
    let mut assistant = assistant.next_life();
    for borrow in [Call::BorrowRead, Call::BorrowWrite] {
        for offset in [9, 1 << 32, u64::MAX] {
            let mut memory = [0; 8];
            let leases = [Lease::read_write(&mut memory)];
            let wrong = call(borrow, &[0, 0, offset, 0, 0]);
            assistant.misuses_caller(&wrong, &leases, Usage::OffsetOutOfRange);
            assistant = assistant.revived();
        }
    }
}

fn not_mine(resources: &Resources, assistant: &Assistant) {
    let text = resources.regions().text(task::ASSIST).start;
    let end = resources.regions().stack(task::ASSIST).end;
    let mut assistant = assistant.next_life();
    let wrong = [
        (Call::BorrowRead, NOWHERE),
        (Call::BorrowWrite, NOWHERE),
        (Call::BorrowRead, text),
        (Call::BorrowRead, end - 4),
        (Call::BorrowWrite, end - 4),
    ];
    for (borrow, address) in wrong {
        let mut memory = *b"untouched";
        let leases = [Lease::read_write(&mut memory)];
        let wrong = call(borrow, &[0, 0, 0, address, 8]);
        assistant.misuses_caller(&wrong, &leases, Usage::InvalidSlice);
        assert_eq!(&memory, b"untouched");
        assistant = assistant.revived();
    }
}
