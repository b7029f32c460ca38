//! What the debugger repeats of the kernel's numbers is what the kernel has.

use abi::trace::{Event as Written, TraceEntry};
use abi::{FaultKind, ReplyFault, Usage};
use humility_lite::fault::{Fault, brief};
use humility_lite::trace::{Event, Then, decode};
use std::collections::BTreeSet;

const fn fault(kind: u32) -> Fault {
    Fault { kind, detail: 1, address: 0, pc: 0, from: 0, original_state: 0 }
}

#[test]
fn every_kind_of_fault_has_its_name_and_its_words() {
    let mut told = BTreeSet::new();
    for number in 1..=0xff {
        let (name, words) = (fault(number).kind_name(), brief(number, 1));
        match FaultKind::from_number(number) {
            Some(kind) => {
                assert_eq!(name.replace('-', ""), format!("{kind:?}").to_lowercase());
                assert!(!words.contains("does not exist"), "{kind:?}: {words}");
                assert!(told.insert(words), "{kind:?} is told as another");
            }
            None => {
                assert_eq!(name, "damaged");
                assert!(words.contains("does not exist"), "{number}: {words}");
            }
        }
    }
}

#[test]
fn every_reason_for_a_refusal_has_words() {
    for number in 1..=0xff {
        let words = brief(FaultKind::FromServer as u32, number);
        let exists = ReplyFault::from_number(number.into()).is_some();
        assert_eq!(exists, !words.contains("does not exist"), "{number}: {words}");
    }
}

#[test]
fn every_wrong_use_of_a_call_has_words() {
    let last = Usage::TooManyLeases as u32;
    for number in 1..=0xff {
        let words = brief(FaultKind::Usage as u32, number);
        assert_eq!(number <= last, !words.contains("which does not exist"), "{number}: {words}");
    }
}

/// The number an event was decoded from.
const fn number(event: Event) -> u8 {
    match event {
        Event::Switch => Written::Switch as u8,
        Event::Send { then: Then::Unknown, .. } => Written::Send as u8,
        Event::Reply { then: Then::Unknown, .. } => Written::Reply as u8,
        Event::Interrupt(_) => Written::Interrupt as u8,
        Event::Fault { .. } => Written::Fault as u8,
        Event::Timer(_) => Written::Timer as u8,
        Event::Restart(_) => Written::Restart as u8,
        Event::Post { .. } => Written::Post as u8,
        Event::Idle => Written::Idle as u8,
        Event::Send { then: Then::Switches, .. } => Written::SendSwitch as u8,
        Event::Reply { then: Then::Switches, .. } => Written::ReplySwitch as u8,
        Event::Unknown(number) => number,
    }
}

#[test]
fn every_event_of_the_trace_is_known() {
    for tag in 0..=u8::MAX {
        let Some(event) = Written::from_number(tag) else {
            assert_eq!(decode(tag.into()).1, Event::Unknown(tag));
            continue;
        };
        let entry = TraceEntry::new(0, event, 0x345, 0x678, 0x9012_abcd);
        let (task, decoded) = decode(entry.what);
        assert_eq!((task, number(decoded)), (entry.task(), tag));
        assert!(!matches!(decoded, Event::Unknown(_)), "{event:?}");
        if let Event::Send { to, .. } | Event::Reply { to, .. } | Event::Post { to, .. } = decoded {
            assert_eq!(to, entry.other());
        }
    }
}

#[test]
fn a_calls_header_is_taken_apart_as_it_was_put_together() {
    let info = abi::call::SendInfo::new(0xfedc, 256, 15).0 as u32;
    let entry = TraceEntry::new(0, Written::Send, 1, 2, info);
    let send =
        Event::Send { to: 2, operation: 0xfedc, length: 256, leases: 15, then: Then::Unknown };
    assert_eq!(decode(entry.what), (1, send));
}
