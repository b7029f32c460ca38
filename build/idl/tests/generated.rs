//! The code made from `example.idl`, run: clients against servers, and hostile messages against
//! the dispatch.

// It stands for an api crate, whose public items are for others to use.
#[allow(dead_code)]
mod example {
    include!("golden/example.rs");
}

use abi::call::SendInfo;
use example::client::Example;
use example::server::{self, Refuse, Serve, reply};
use example::{Balance, ExampleError, Point, State, Value, Volume, answer, message, op};
use proptest::prelude::*;
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use userlib::ipc::{
    Bits, Caller, ClientError, Decode, Dispatch, ErrorCode, Incoming, Lease, List, NoAnswer,
    Outcome, Payload, Pending, Pipelined, Read, ReadWrite, ReplyFault, Request, TaskId, WithList,
    Write, host,
};

const SERVER: TaskId = TaskId::new(3, abi::Generation(7));

const STATE: State = State {
    counter: 1,
    at: [Point { x: -1, y: 2 }, Point { x: 3, y: i32::MIN }],
    volume: Volume::Loud,
    muted: true,
    balance: Balance::Left,
    reserved: [0; 4],
};

struct Server {
    state: State,
    waiting: Pending<(reply::Wait, u16), 1>,
    calls: Rc<RefCell<Vec<TaskId>>>,
}

impl Server {
    fn new() -> Self {
        Self { state: STATE, waiting: Pending::new(), calls: Rc::default() }
    }
}

impl server::Example for Server {
    type Order = Pipelined<1>;

    fn ping(&mut self, caller: Caller) -> Result<(), Refuse<Infallible, Self::Order>> {
        self.calls.borrow_mut().push(caller.task());
        Ok(())
    }

    fn add(
        &mut self,
        caller: Caller,
        small: u8,
        big: u64,
        sign: bool,
    ) -> Result<u64, Refuse<ExampleError, Self::Order>> {
        self.calls.borrow_mut().push(caller.task());
        let small = u64::from(small);
        let sum = if sign { big.checked_sub(small) } else { big.checked_add(small) };
        Ok(sum.filter(|&sum| sum <= u64::from(u32::MAX)).ok_or(ExampleError::TooMuch)?)
    }

    fn set(
        &mut self,
        _: Caller,
        state: State,
        volume: Volume,
    ) -> Result<(), Refuse<ExampleError, Self::Order>> {
        self.state = State { volume, ..state };
        Ok(())
    }

    fn get(&mut self, _: Caller) -> Result<State, Refuse<Infallible, Self::Order>> {
        Ok(self.state)
    }

    fn reverse(
        &mut self,
        _: Caller,
        data: Lease<Read>,
        offset: u32,
        copy: Lease<Write>,
    ) -> Result<u32, Refuse<ExampleError, Self::Order>> {
        let mut bytes = vec![0; data.len()];
        let length = data.read(offset as usize, &mut bytes)?;
        if length == 0 {
            return Err(ExampleError::Empty.into());
        }
        bytes[..length].reverse();
        Ok(copy.write(0, &bytes[..length])? as u32)
    }

    fn increment(
        &mut self,
        _: Caller,
        bytes: Lease<ReadWrite>,
    ) -> Result<bool, Refuse<Infallible, Self::Order>> {
        let mut copy = [0; 64];
        let length = bytes.read(0, &mut copy)?;
        copy[..length].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
        bytes.write(0, &copy[..length])?;
        Ok(length > 0)
    }

    fn wait(
        &mut self,
        caller: Caller,
        number: u16,
    ) -> Result<[u16; 3], Refuse<ExampleError, Self::Order>> {
        let kept = self.waiting.keep((reply::Wait::to(caller), number));
        Err(kept.map_or(ExampleError::TooMuch.into(), Refuse::Later))
    }

    fn put(
        &mut self,
        _: Caller,
        place: u16,
        value: Value,
    ) -> Result<Value, Refuse<ExampleError, Self::Order>> {
        if place == 0 { Err(ExampleError::Empty.into()) } else { Ok(value) }
    }

    fn count(&mut self, _: Caller) -> Result<u32, Refuse<Infallible, Self::Order>> {
        Ok(self.calls.borrow().len() as u32)
    }

    fn die(
        &mut self,
        _: Caller,
        _: [Volume; 3],
    ) -> Result<Balance, Refuse<Infallible, Self::Order>> {
        Err(Refuse::Fault(ReplyFault::AccessViolation))
    }

    fn repeat(
        &mut self,
        _: Caller,
        times: u8,
        letters: &[u8],
    ) -> Result<List<u8, 100>, Refuse<ExampleError, Self::Order>> {
        let mut repeated = List::new();
        for &letter in (0..times).flat_map(|_| letters) {
            repeated.push(letter).map_err(|_| ExampleError::TooMuch)?;
        }
        Ok(repeated)
    }

    fn center(
        &mut self,
        _: Caller,
        places: &[Point],
        weight: u64,
    ) -> Result<List<Point, 1>, Refuse<Infallible, Self::Order>> {
        let mut center = List::new();
        if let (Some(first), Some(last)) = (places.first(), places.last())
            && weight > 0
        {
            let middle = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2) as i32;
            let _ = center.push(Point { x: middle(first.x, last.x), y: middle(first.y, last.y) });
        }
        Ok(center)
    }

    fn transfer(
        &mut self,
        _: Caller,
        data: Option<Lease<Read>>,
        copy: Option<Lease<Write>>,
    ) -> Result<u8, Refuse<Infallible, Self::Order>> {
        let mut bytes = [0; 16];
        let length = data.as_ref().map_or(Ok(0), |data| data.read(0, &mut bytes))?;
        if let Some(copy) = &copy {
            copy.write(0, &bytes[..length])?;
        }
        Ok(u8::from(data.is_some()) | u8::from(copy.is_some()) << 1)
    }

    fn stop(&mut self, _: Caller, code: u32) -> NoAnswer {
        if code == 0 { NoAnswer::Silence } else { NoAnswer::Fault(ReplyFault::AccessViolation) }
    }

    fn notified(&mut self, bits: Bits) {
        if let Some((reply, number)) = self.waiting.take(|_| true)
            && bits.contains(Bits::new(1))
        {
            let answer = if number == 0 { Err(ExampleError::Empty) } else { Ok([number; 3]) };
            assert!(reply.send(answer), "the caller waits");
            assert!(!reply.send(answer), "one answer a call");
        }
    }
}

fn started() -> (Example, Rc<RefCell<Vec<TaskId>>>) {
    let server = Server::new();
    let calls = server.calls.clone();
    host::start(SERVER, Serve(server));
    (Example::to(SERVER), calls)
}

#[test]
fn values_go_there_and_back() {
    let (client, calls) = started();
    assert_eq!(client.ping(), Ok(()));
    assert_eq!(client.add(2, 40, false), Ok(42));
    assert_eq!(client.add(2, 1, true), Err(ClientError::Server(ExampleError::TooMuch)));
    let changed = State { counter: u64::MAX, muted: false, balance: Balance::Right, ..STATE };
    assert_eq!(client.set(changed, Volume::Silent), Ok(()));
    assert_eq!(client.get(), Ok(State { volume: Volume::Silent, ..changed }));
    assert_eq!(client.count(), Ok(3));
    assert!(calls.borrow().iter().all(|task| task.index() == host::CLIENT));
}

#[test]
fn enums_with_data_go_there_and_back() {
    let (client, _) = started();
    for value in [
        Value::Nothing,
        Value::Number(u32::MAX),
        Value::Flag(true),
        Value::Pair(9, Point { x: -5, y: 6 }),
        Value::Named(*b"abcd", Volume::Loud),
    ] {
        assert_eq!(client.put(1, value), Ok(value));
        assert_eq!(client.put(0, value), Err(ClientError::Server(ExampleError::Empty)));
    }
}

#[test]
fn leases_carry_more_than_one_copy_moves() {
    let (client, _) = started();
    let data: Vec<u8> = (0..10_000_u32).map(|i| (i % 251) as u8).collect();
    let mut copy = vec![0; 9_998];
    assert_eq!(client.reverse(&data, 2, &mut copy), Ok(9_998));
    assert!(copy.iter().rev().eq(&data[2..]));
    assert_eq!(
        client.reverse(&data, 10_000, &mut copy),
        Err(ClientError::Server(ExampleError::Empty))
    );
    let mut short = [0; 3];
    assert_eq!(client.reverse(&data, 9_990, &mut short), Ok(3));
    assert_eq!(short, [data[9_999], data[9_998], data[9_997]]);
    let mut bytes = [1, 255];
    assert_eq!(client.increment(&mut bytes), Ok(true));
    assert_eq!(bytes, [2, 0]);
}

#[test]
fn too_much_lent_is_not_sent() {
    let (client, _) = started();
    assert_eq!(client.increment(&mut [0; 65]), Err(ClientError::TooLong));
    assert_eq!(client.reverse(&[0; 10_001], 0, &mut []), Err(ClientError::TooLong));
}

#[test]
fn an_answer_can_come_later() {
    let (client, _) = started();
    assert_eq!(client.wait(5), Ok([5; 3]));
    assert_eq!(client.wait(0), Err(ClientError::Server(ExampleError::Empty)));
}

#[test]
fn lists_go_there_and_back_as_long_as_they_are() {
    let (client, _) = started();
    for letters in [&b""[..], b"a", &[7; 40]] {
        assert_eq!(client.repeat(2, letters).as_deref(), Ok(&letters.repeat(2)[..]));
    }
    assert_eq!(client.repeat(2, &[7; 41]), Err(ClientError::TooLong));
    assert_eq!(client.repeat(3, &[7; 40]), Err(ClientError::Server(ExampleError::TooMuch)));
    let places = [Point { x: -4, y: 2 }, Point { x: 9, y: 9 }, Point { x: 6, y: 4 }];
    assert_eq!(client.center(&places, 1).as_deref(), Ok(&[Point { x: 1, y: 3 }][..]));
    assert_eq!(client.center(&places, 0).as_deref(), Ok(&[][..]));
    assert_eq!(client.center(&[], 1).as_deref(), Ok(&[][..]));
}

#[test]
fn what_may_be_left_out_is_there_or_not() {
    let (client, _) = started();
    let mut copy = [9; 4];
    assert_eq!(client.transfer(None, None), Ok(0));
    assert_eq!(client.transfer(Some(b"abcdef"), None), Ok(1));
    assert_eq!(client.transfer(None, Some(&mut copy)), Ok(2));
    assert_eq!(client.transfer(Some(b"abcdef"), Some(&mut copy)), Ok(3));
    assert_eq!(&copy, b"abcd");
    assert_eq!(client.transfer(Some(&[0; 17]), None), Err(ClientError::TooLong));
}

#[test]
fn a_client_knows_which_life_of_the_server_answered() {
    let (client, _) = started();
    assert_eq!(client.server(), SERVER);
    host::kill_during(SERVER, 1);
    assert_eq!(client.stop(0), ClientError::ServerDied);
    assert_eq!(client.server(), TaskId::new(SERVER.index(), SERVER.generation().next()));
}

#[test]
fn who_calls_what_does_not_return_hears_only_why_not() {
    let (client, _) = started();
    client.set_deadline(1);
    assert_eq!(client.stop(0), ClientError::TimedOut);
    host::kill_during(SERVER, 1);
    assert_eq!(client.stop(0), ClientError::ServerDied);
    assert_eq!(lied_to(0, &[]).stop(0), ClientError::BadAnswer);
}

#[test]
fn no_more_answers_are_owed_than_there_is_room_for() {
    let mut server = Serve(Server::new());
    let mut wait = || {
        let caller = host::open_call(vec![]);
        let info = SendInfo::new(op::WAIT, 2, 0);
        match host::deliver(&mut server, caller, info, &[5, 0], 6, &mut []) {
            Outcome::Nothing => None,
            Outcome::Answer(code, _) => Some(code),
            Outcome::Fault(reason) => panic!("{reason:?}"),
        }
    };
    assert_eq!(wait(), None);
    assert_eq!(wait(), Some(ExampleError::TooMuch.code()));
}

#[test]
#[should_panic(expected = "AccessViolation")]
fn a_server_can_fault_its_caller() {
    let (client, _) = started();
    let _ = client.die([Volume::Silent; 3]);
}

#[test]
fn an_idempotent_call_outlives_deaths() {
    let (client, calls) = started();
    host::kill_during(SERVER, 3);
    assert_eq!(client.add(1, 1, false), Ok(2));
    assert_eq!(calls.borrow().len(), 1);
}

#[test]
fn an_idempotent_call_does_not_kill_for_ever() {
    let (client, _) = started();
    host::kill_during(SERVER, u32::MAX);
    assert_eq!(client.add(1, 1, false), Err(ClientError::ServerDied));
}

#[test]
fn another_call_says_that_the_server_died_and_the_next_reaches_its_new_life() {
    let (client, calls) = started();
    host::kill_during(SERVER, 1);
    assert_eq!(client.ping(), Err(ClientError::ServerDied));
    assert!(calls.borrow().is_empty(), "it was not repeated");
    assert_eq!(client.ping(), Ok(()));
}

#[test]
fn a_server_that_is_gone_stays_gone() {
    let (client, _) = started();
    host::stop(SERVER);
    assert_eq!(client.ping(), Err(ClientError::Gone));
    assert_eq!(client.get(), Err(ClientError::Gone));
}

/// Answers everything with the same code and bytes.
struct Liar(u32, Vec<u8>);

impl Dispatch for Liar {
    fn dispatch<'r>(&mut self, _: &Request<'_>, room: &'r mut [u8]) -> Outcome<'r> {
        room[..self.1.len()].copy_from_slice(&self.1);
        Outcome::Answer(self.0, Payload::new(&room[..self.1.len()]))
    }
    fn notified(&mut self, _: Bits) {}
}

fn lied_to(code: u32, bytes: &[u8]) -> Example {
    host::start(SERVER, Liar(code, bytes.to_vec()));
    Example::to(SERVER)
}

#[test]
fn a_client_believes_no_answer_that_is_none() {
    assert_eq!(lied_to(0, &[0; 3]).count(), Err(ClientError::BadAnswer));
    assert_eq!(lied_to(5, &[]).count(), Err(ClientError::BadAnswer));
    assert_eq!(lied_to(3, &[]).add(0, 0, false), Err(ClientError::BadAnswer));
    assert_eq!(lied_to(0, &[2]).increment(&mut [0]), Err(ClientError::BadAnswer));
    assert_eq!(lied_to(0, &[9, 0]).put(1, Value::Nothing), Err(ClientError::BadAnswer));
    let mut state = [0; 32];
    state[24] = 1; // No volume has this number.
    assert_eq!(lied_to(0, &state).get(), Err(ClientError::BadAnswer));
}

#[test]
fn error_codes_round_trip() {
    for error in [ExampleError::Empty, ExampleError::TooMuch] {
        assert_eq!(ExampleError::try_from(u32::from(error)), Ok(error));
        assert_eq!(ExampleError::from_code(error.code()), Some(error));
    }
    assert_eq!(ExampleError::try_from(0), Err(0));
}

/// What a random caller sends.
#[derive(Clone, Debug)]
struct Hostile {
    operation: u16,
    bytes: Vec<u8>,
    length: usize,
    capacity: usize,
    leases: Vec<(u32, usize)>,
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let operation = prop_oneof![0_u16..15, Just(65535_u16), any::<u16>()];
    // Mostly small numbers, so that enums and bools are often right.
    let byte = prop_oneof![3 => 0_u8..3, 1 => any::<u8>()];
    let length =
        prop_oneof![Just(0_usize), Just(3), Just(4), Just(16), Just(24), Just(48), 0_usize..=256];
    let lease = (0_u32..5, prop_oneof![0_usize..70, 9_990_usize..10_010]);
    let rest = (any::<bool>(), 0_usize..=256, proptest::collection::vec(lease, 0..4));
    (operation, length, rest)
        .prop_flat_map(move |(operation, length, (lies, capacity, leases))| {
            let bytes = proptest::collection::vec(byte.clone(), length);
            let length = if lies { 0..=4095 } else { length..=length };
            (Just(operation), bytes, length, Just(capacity), Just(leases))
        })
        .prop_map(|(operation, bytes, length, capacity, leases)| {
            // With room for any answer, so that the rest is looked at.
            let capacity = if capacity < 128 { 256 } else { capacity };
            Hostile { operation, bytes, length, capacity, leases }
        })
}

/// The bytes that a decoded message makes again.
fn again<'m, M: Decode<'m>>(bytes: &'m [u8]) -> Option<Vec<u8>> {
    let value = M::decode(bytes).ok()?;
    let (mut room, mut other) = ([0xaa; 256], [0xbb; 256]);
    let stored = value.store(&mut room)?;
    assert_eq!(value.encode(&mut other)?.bytes(), stored.bytes());
    assert!(if M::EXACT { stored.len() == M::MAX } else { stored.len() <= M::MAX });
    Some(stored.bytes().to_vec())
}

fn decode(operation: u16, bytes: &[u8]) -> Option<Vec<u8>> {
    match operation {
        op::PING | op::GET | op::COUNT | op::INCREMENT => again::<()>(bytes),
        op::ADD => again::<message::Add>(bytes),
        op::SET => again::<message::Set>(bytes),
        op::REVERSE => again::<message::Reverse>(bytes),
        op::WAIT => again::<message::Wait>(bytes),
        op::PUT => again::<message::Put>(bytes),
        op::REPEAT => again::<WithList<'_, message::Repeat, u8, 40>>(bytes),
        op::CENTER => again::<WithList<'_, message::Center, Point, 6>>(bytes),
        op::TRANSFER => again::<()>(bytes),
        op::STOP => again::<message::Stop>(bytes),
        op::DIE => again::<message::Die>(bytes),
        _ => None,
    }
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Answer(u32, usize),
    Fault(ReplyFault),
    Nothing,
}

/// Gives the message to a server.
fn deliver(sent: &Hostile) -> End {
    let leases =
        sent.leases.iter().map(|&(bits, len)| (abi::LeaseAttributes(bits), vec![1; len])).collect();
    let caller = host::open_call(leases);
    let info = SendInfo::new(sent.operation, sent.length, sent.leases.len());
    let (mut server, mut room) = (Serve(Server::new()), [0; 256]);
    let outcome = host::deliver(&mut server, caller, info, &sent.bytes, sent.capacity, &mut room);
    host::close_call(caller);
    match outcome {
        Outcome::Answer(code, answer) => {
            assert!(answer.len() <= sent.capacity, "the answer fits");
            End::Answer(code, answer.len())
        }
        Outcome::Fault(reason) => End::Fault(reason),
        Outcome::Nothing => End::Nothing,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_message_is_answered_or_faults_its_sender(sent in hostile()) {
        let outcome = deliver(&sent);
        if sent.length == sent.bytes.len() {
            let decoded = decode(sent.operation, &sent.bytes);
            if let Some(bytes) = &decoded {
                prop_assert_eq!(bytes, &sent.bytes);
            }
            if matches!(outcome, End::Answer(..)) {
                prop_assert!(decoded.is_some(), "what cannot be read is not carried out");
            }
        }
    }

    #[test]
    fn what_is_accepted_makes_the_same_bytes(
        bytes in proptest::collection::vec(prop_oneof![3 => 0_u8..5, 1 => any::<u8>()], 0..60),
    ) {
        for operation in (1..=13).chain([65535]) {
            for length in 0..=bytes.len() {
                if let Some(out) = decode(operation, &bytes[..length]) {
                    prop_assert_eq!(&out[..], &bytes[..length]);
                }
            }
        }
        if let Some(out) = again::<answer::Put>(&bytes) {
            prop_assert_eq!(out, bytes);
        }
    }
}

#[test]
fn faults_name_what_is_wrong() {
    let good = Hostile {
        operation: op::REVERSE,
        bytes: vec![0; 4],
        length: 4,
        capacity: 4,
        leases: vec![(1, 10_000), (2, 10)],
    };
    assert_eq!(deliver(&good), End::Answer(0, 4));
    let fault = |sent: Hostile| match deliver(&sent) {
        End::Fault(reason) => reason,
        other => panic!("{other:?}"),
    };
    let sent = || good.clone();
    assert_eq!(fault(Hostile { operation: 14, ..sent() }), ReplyFault::UndefinedOperation);
    assert_eq!(fault(Hostile { length: 5, ..sent() }), ReplyFault::BadMessageSize);
    assert_eq!(fault(Hostile { length: 300, ..sent() }), ReplyFault::BadMessageSize);
    assert_eq!(fault(Hostile { capacity: 3, ..sent() }), ReplyFault::ReplyBufferTooSmall);
    for leases in [
        vec![],
        vec![(1, 10_000)],
        vec![(1, 10_001), (2, 10)],
        vec![(2, 10), (2, 10)],
        vec![(1, 10), (1, 10)],
        vec![(1, 10), (2, 10), (1, 10)],
    ] {
        assert_eq!(fault(Hostile { leases, ..sent() }), ReplyFault::BadLeases);
    }
    let add = |bytes: [u8; 16]| Hostile {
        operation: op::ADD,
        bytes: bytes.to_vec(),
        length: 16,
        capacity: 8,
        leases: vec![],
    };
    assert_eq!(deliver(&add([0; 16])), End::Answer(0, 8));
    for at in 9..16 {
        let mut bytes = [0; 16];
        bytes[at] = 2; // The bool, then the zeros at the end.
        assert_eq!(fault(add(bytes)), ReplyFault::BadMessageContents, "byte {at}");
    }
}

#[test]
fn a_caller_that_left_is_not_answered() {
    let caller = host::open_call(vec![(abi::LeaseAttributes::READ_WRITE, vec![1])]);
    assert!(host::reply(caller, 0, &[]));
    let info = SendInfo::new(op::INCREMENT, 0, 1);
    let incoming = Incoming { caller, info, words: [0; 4], reply_capacity: 1 };
    let mut server = Serve(Server::new());
    let outcome = server.dispatch(&Request::new(incoming, &[]), &mut []);
    assert!(matches!(outcome, Outcome::Nothing));
}
