//! Random messages, and right ones with something wrong, against every server: each is answered or
//! faults its sender, and what is carried out makes the same bytes again.
//!
//! `INTERFACES_SEED=N` repeats a run.

use abi::LeaseAttributes;
use abi::call::SendInfo;
use std::hash::{BuildHasher, RandomState};
use test_interfaces::{Subject, subjects};
use userlib::ipc::{Buffer, Outcome, ReplyFault, host};

/// Messages to each server.
const MESSAGES: usize = 20_000;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

#[derive(Clone, Debug)]
struct Message {
    operation: u16,
    bytes: Vec<u8>,
    /// More than there are bytes if the message was cut off.
    length: usize,
    capacity: usize,
    leases: Vec<(u32, usize)>,
}

impl Message {
    fn right(random: &mut Random, subject: &Subject) -> Self {
        let (operation, length, leases) = subject.right[random.below(subject.right.len())];
        // Small numbers, so that enums and bools are often right.
        let bytes = (0..length).map(|_| random.below(2) as u8).collect();
        Self { operation, bytes, length, capacity: 256, leases: leases.to_vec() }
    }

    fn spoil(&mut self, random: &mut Random) {
        match random.below(7) {
            0 => self.operation = random.next() as u16,
            1 => self.operation = random.below(16) as u16,
            2 => {
                let length = random.below(abi::MAX_MESSAGE + 1);
                self.bytes.resize(length, 0);
                self.length = length;
            }
            3 => self.length = abi::MAX_MESSAGE + 1 + random.below(3000),
            4 => self.capacity = random.below(257),
            5 => match self.leases.first_mut() {
                Some(lease) if random.once_in(2) => lease.0 = random.below(8) as u32,
                Some(lease) => lease.1 = random.below(70_000),
                None => self.leases.push((random.below(4) as u32, random.below(100))),
            },
            _ if self.bytes.is_empty() => {}
            _ => {
                let at = random.below(self.bytes.len());
                self.bytes[at] = random.next() as u8;
            }
        }
    }
}

/// What was seen of each outcome.
#[derive(Debug, Default)]
struct Seen {
    answered: usize,
    refused: usize,
    faulted: usize,
}

fn try_one(subject: &mut Subject, message: &Message, seen: &mut Seen) {
    let leases = message.leases.iter();
    let leases = leases.map(|&(bits, length)| (LeaseAttributes(bits), vec![0; length])).collect();
    let caller = host::open_call(leases);
    let info = SendInfo::new(message.operation, message.length, message.leases.len());
    let mut room = Buffer::<{ abi::MAX_MESSAGE }>::new();
    let (bytes, capacity) = (&message.bytes, message.capacity);
    let outcome = host::deliver(&mut *subject.server, caller, info, bytes, capacity, &mut room);
    host::close_call(caller);
    let mut aligned = Buffer::<{ abi::MAX_MESSAGE }>::new();
    aligned[..bytes.len()].copy_from_slice(bytes);
    let again = (subject.again)(message.operation, &aligned[..bytes.len()]);
    match outcome {
        Outcome::Fault(reason) => {
            seen.faulted += 1;
            let about_bytes = matches!(reason, ReplyFault::BadMessageContents);
            assert!(!about_bytes || again.is_none(), "a right message is called wrong");
        }
        Outcome::Answer(code, answer) => {
            assert!(answer.len() <= capacity, "the answer fits");
            assert_eq!(again.as_ref(), Some(bytes), "what is carried out makes the same bytes");
            *(if code == 0 { &mut seen.answered } else { &mut seen.refused }) += 1;
        }
        Outcome::Nothing => assert_eq!(again.as_ref(), Some(bytes)),
    }
}

#[test]
fn every_message_is_answered_or_faults_its_sender() {
    let given = std::env::var("INTERFACES_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    // Shown if it fails.
    println!("INTERFACES_SEED={seed}");
    let mut random = Random(seed);
    for mut subject in subjects() {
        let mut seen = Seen::default();
        for _ in 0..MESSAGES {
            let mut message = Message::right(&mut random, &subject);
            for _ in 0..random.below(4) {
                message.spoil(&mut random);
            }
            let name = subject.name;
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                try_one(&mut subject, &message, &mut seen);
            }));
            assert!(result.is_ok(), "{name}, {message:?}");
        }
        println!("{}: {seen:?}", subject.name);
        assert!(seen.answered > MESSAGES / 20 && seen.faulted > MESSAGES / 20, "{seen:?}");
    }
}
