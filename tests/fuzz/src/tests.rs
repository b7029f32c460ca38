//! Deeds are the same for the same seed, and cover what they should.

use crate::maker::MEMORY;
use crate::{Deed, Effect, Fate, INSTRUCTIONS, Maker, Outcome, Scene, kind, patch, pattern};
use abi::{Call, FaultKind};
use config::{RegionAttributes, RegionInfo};
use zerocopy::IntoBytes;

const NUMBER: u64 = 50_000;

const fn region(base: u64, task: u32, attributes: RegionAttributes) -> RegionInfo {
    RegionInfo { base, size: 0x2000, task, attributes }
}

const READ_WRITE: RegionAttributes = RegionAttributes::READ.with(RegionAttributes::WRITE);

const REGIONS: [RegionInfo; 6] = [
    region(0xffff_ffc0_0000_0000, RegionInfo::KERNEL, READ_WRITE),
    region(0x1000_0000, 0, READ_WRITE),
    region(0x1020_0000, 3, RegionAttributes::READ.with(RegionAttributes::EXECUTE)),
    region(0x1020_4000, 3, READ_WRITE),
    region(0x1020_8000, 3, READ_WRITE.with(RegionAttributes::DMA)),
    region(0x1020_c000, 3, READ_WRITE.with(RegionAttributes::DEVICE)),
];

const MAKER: Maker<'_> = Maker {
    seed: 1,
    scene: Scene { tasks: 8, hostile: 3, echo: 1, victim: 5, posts: [2, 6], regions: &REGIONS },
};

fn deeds() -> impl Iterator<Item = (Deed, Fate)> {
    (0..NUMBER).map(|number| MAKER.deed(number))
}

fn some(what: &str, wanted: impl Fn(&Deed, &Fate) -> bool) {
    assert!(deeds().any(|(deed, fate)| wanted(&deed, &fate)), "there is no {what}");
}

#[test]
fn a_deed_depends_on_seed_and_number_only() {
    let other = Maker { seed: 2, ..MAKER };
    for number in 0..100 {
        let bytes = |maker: &Maker<'_>| maker.deed(number).0.as_bytes().to_vec().len();
        assert_eq!(bytes(&MAKER), size_of::<Deed>());
        assert_eq!(MAKER.deed(number).0.as_bytes(), MAKER.deed(number).0.as_bytes());
        assert_ne!(MAKER.deed(number).0.as_bytes(), other.deed(number).0.as_bytes());
    }
}

#[test]
fn a_deed_fits_a_message() {
    assert!(size_of::<Deed>() <= abi::MAX_MESSAGE);
}

#[test]
fn every_call_is_made_and_some_that_do_not_exist() {
    for number in 0..15 {
        some(&format!("{:?}", Call::from_number(number)), |deed, _| {
            deed.kind == kind::CALL && deed.x[8] == number
        });
    }
    some("invalid call", |deed, _| deed.kind == kind::CALL && deed.x[8] > 14);
    some("other SVC", |deed, _| deed.patches & patch::OTHER_SVC != 0);
}

#[test]
fn every_instruction_is_executed() {
    for (number, (text, _)) in (0..).zip(INSTRUCTIONS) {
        some(text, |deed, _| deed.kind == kind::INSTRUCTION && deed.target == number);
    }
}

#[test]
fn memory_instructions_come_first() {
    for (number, (text, effect)) in (0..).zip(INSTRUCTIONS) {
        let memory = matches!(effect, Effect::Load(_) | Effect::Store(_) | Effect::Zero);
        assert!(!memory || number < MEMORY, "{text}");
    }
}

#[test]
fn addresses_of_every_kind_are_tried() {
    let addresses = [0, 0x1000_0000, 0x1020_3fff, 0x1020_4000, 0x1020_6000, 0x1020_c000];
    for address in addresses {
        some(&format!("access to {address:#x}"), |deed, _| deed.x[0] == address);
    }
    some("kernel address", |deed, _| {
        deed.kind == kind::INSTRUCTION && deed.x[0] >> 39 == 0x1ff_ffff
    });
    some("tagged address", |deed, _| deed.kind == kind::INSTRUCTION && deed.x[0] >> 56 == 0xff);
    some("jump into text", |deed, fate| deed.kind == kind::JUMP && fate.harms_itself);
}

#[test]
fn deeds_that_harm_the_program_are_known() {
    let maker = MAKER;
    for (deed, fate) in deeds() {
        let store = deed.kind == kind::INSTRUCTION
            && matches!(INSTRUCTIONS[deed.target as usize].1, Effect::Store(1));
        if store && (0x1020_4000..0x1020_6000).contains(&deed.x[0]) {
            assert!(fate.harms_itself && fate.outcome == Outcome::Lives);
        }
        let arena = (0x1020_8000..0x1020_a000).contains(&deed.x[0]);
        assert!(!(store && arena && fate.harms_itself));
        let _ = maker;
    }
}

#[test]
fn access_to_what_others_have_is_fatal() {
    for (deed, fate) in deeds() {
        let load = deed.kind == kind::INSTRUCTION
            && matches!(INSTRUCTIONS[deed.target as usize].1, Effect::Load(1));
        let foreign = deed.x[0] < 0x1020_0000 || deed.x[0] >= 0x1020_e000;
        if load && foreign {
            let kinds = Outcome::dies_of(FaultKind::MemoryAccess, FaultKind::StackOverflow);
            assert_eq!((fate.outcome, fate.address), (kinds, Some(deed.x[0])));
        }
    }
}

#[test]
fn orders_to_the_kernel_without_right_are_fatal() {
    let mut seen = 0;
    for (deed, fate) in deeds() {
        let message = deed.kind == kind::CALL && deed.x[8] == 0 && deed.x[0] == 1023;
        let restart = deed.x[1] & 0xffff == 2 && deed.x[2] as u32 != 5;
        let reset = deed.x[1] & 0xffff == 6;
        if message && (restart || reset) {
            assert_eq!(fate.outcome, Outcome::dies(FaultKind::Usage), "{deed:x?}");
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen}");
}

#[test]
fn nobody_is_killed_by_waiting_who_may_not_wait() {
    for (deed, fate) in deeds() {
        let receives = deed.patches & patch::RECEIVES != 0;
        let timed = deed.patches & patch::TIMER != 0;
        assert_eq!(
            fate.may_last,
            (receives && !timed) || (deed.kind == kind::JUMP && fate.may_last)
        );
    }
}

#[test]
fn a_pattern_is_told_from_others() {
    let mut bytes = [0; 64];
    pattern::fill(7, &mut bytes);
    assert_eq!(pattern::first_wrong(7, &bytes), None);
    assert!(pattern::first_wrong(8, &bytes).is_some());
    bytes[63] ^= 1;
    assert_eq!(pattern::first_wrong(7, &bytes), Some(63));
}
