//! Makes deeds from a seed, and tells their fate.

use crate::deed::{Deed, kind, patch};
use crate::{Chance, Effect, Fate, INSTRUCTIONS, Outcome, Scene, address, calls};
use abi::{Call, FaultKind, LeaseAttributes, LeaseDesc};
use config::RegionAttributes;

/// The deeds of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    /// The seed.
    pub seed: u64,
    /// What there is to attack.
    pub scene: Scene<'a>,
}

/// Those instructions come first that use memory.
pub(crate) const MEMORY: u64 = 21;
/// `DC ZVA` clears as much on this processor, and at most a page on any.
const ZERO_BLOCK: u64 = 64;

impl Maker<'_> {
    /// Deed `number`, and what must come of it.
    #[must_use]
    pub fn deed(&self, number: u64) -> (Deed, Fate) {
        let mut chance = Chance::new(self.seed, number);
        let mut deed = blank(&mut chance);
        let fate = match chance.weighed(&[16, 4, 1]) {
            0 => self.call(&mut chance, &mut deed),
            1 => self.instruction(&mut chance, &mut deed),
            _ => self.jump(&mut chance, &mut deed),
        };
        (deed, fate)
    }

    fn call(&self, chance: &mut Chance, deed: &mut Deed) -> Fate {
        deed.kind = kind::CALL;
        let (outcome, may_last) = calls::call(chance, &self.scene, deed);
        let result = forged(deed).then_some(NOT_WAITING);
        if chance.once_in(32) {
            deed.patches |= patch::OTHER_SVC;
        }
        let lent = deed.leases.iter().map(|lease| lease.address);
        let mut named = deed.x.iter().copied().chain(lent);
        let harms_itself = named.any(|address| self.scene.is_vital(address));
        Fate { result, may_last, harms_itself, ..Fate::of(outcome) }
    }

    fn instruction(&self, chance: &mut Chance, deed: &mut Deed) -> Fate {
        deed.kind = kind::INSTRUCTION;
        // Loads and stores as often as all the rest.
        let limit = if chance.once_in(2) { MEMORY } else { INSTRUCTIONS.len() as u64 };
        deed.target = chance.below(limit);
        deed.x[0] = address::any(chance, &self.scene);
        match INSTRUCTIONS[deed.target as usize].1 {
            Effect::Harmless => Fate::of(Outcome::Lives),
            Effect::Illegal => Fate::of(Outcome::dies(FaultKind::IllegalInstruction)),
            Effect::Float => Fate::of(Outcome::dies(FaultKind::FloatingPoint)),
            Effect::Debug => Fate::of(Outcome::dies(FaultKind::Debug)),
            Effect::Misaligned => Fate::of(Outcome::dies(FaultKind::Alignment)),
            Effect::Overflow => Fate::of(Outcome::dies(FaultKind::StackOverflow)),
            Effect::Load(size) => self.access(RegionAttributes::READ, deed.x[0], size),
            Effect::Store(size) => self.access(RegionAttributes::WRITE, deed.x[0], size),
            Effect::Zero => {
                let block = deed.x[0] & !(ZERO_BLOCK - 1);
                Fate { address: None, ..self.access(RegionAttributes::WRITE, block, ZERO_BLOCK) }
            }
            Effect::Open => Fate::of(Outcome::Either),
        }
    }

    /// A load or a store of `size` bytes.
    fn access(&self, right: RegionAttributes, address: u64, size: u64) -> Fate {
        let last = address.wrapping_add(size - 1);
        let may = |address| {
            self.scene.own(address).is_some_and(|region| region.attributes.contains(right))
        };
        let device = |address| {
            self.scene
                .own(address)
                .is_some_and(|region| region.attributes.contains(RegionAttributes::DEVICE))
        };
        let harms_itself = right == RegionAttributes::WRITE
            && (self.scene.is_vital(address) || self.scene.is_vital(last));
        let exact = size == 1;
        let outcome = match (may(address), may(last)) {
            _ if device(address) || device(last) => Outcome::Either,
            (true, true) if exact => Outcome::Lives,
            // Some of these instructions must be aligned.
            (true, true) if address.is_multiple_of(size) => Outcome::Lives,
            (true, true) => Outcome::Either,
            (false, _) | (_, false) if exact || address.is_multiple_of(size) => {
                Outcome::dies_of(FaultKind::MemoryAccess, FaultKind::StackOverflow)
            }
            _ => Outcome::Dies(
                1 << FaultKind::MemoryAccess as u32
                    | 1 << FaultKind::StackOverflow as u32
                    | 1 << FaultKind::Alignment as u32,
            ),
        };
        let address = (exact && matches!(outcome, Outcome::Dies(_))).then_some(address);
        Fate { address, harms_itself, ..Fate::of(outcome) }
    }

    fn jump(&self, chance: &mut Chance, deed: &mut Deed) -> Fate {
        deed.kind = kind::JUMP;
        deed.target = match chance.below(3) {
            0 => self.in_text(chance),
            _ => address::any(chance, &self.scene),
        };
        if !chance.once_in(8) {
            deed.target &= !3;
        }
        let own = self.scene.own(deed.target);
        let there = own.is_some_and(|region| region.attributes.contains(RegionAttributes::EXECUTE));
        if there && deed.target.is_multiple_of(4) {
            return Fate { may_last: true, harms_itself: true, ..Fate::of(Outcome::Either) };
        }
        Fate::of(match deed.target % 4 {
            0 => Outcome::dies(FaultKind::IllegalText),
            _ => Outcome::dies_of(FaultKind::IllegalText, FaultKind::Alignment),
        })
    }

    /// Anywhere in the hostile program, much of which is random words.
    fn in_text(&self, chance: &mut Chance) -> u64 {
        self.scene
            .of(self.scene.hostile as u32)
            .find(|region| region.attributes.contains(RegionAttributes::EXECUTE))
            .map_or(0, |region| region.base + chance.below(region.size))
    }
}

/// x0 of a call about a caller that does not wait, or not for this.
const NOT_WAITING: u64 = 1;

/// Whether it answers, or borrows, by a handle that is nearly the last one received. Nobody else
/// waits: only one task calls the hostile one.
fn forged(deed: &Deed) -> bool {
    let about_a_caller =
        [Call::Reply, Call::ReplyFault, Call::BorrowRead, Call::BorrowWrite, Call::BorrowInfo];
    let call = Call::from_number(deed.x[8]);
    deed.patches & patch::HANDLE != 0
        && deed.x[0] != 0
        && call.is_some_and(|call| about_a_caller.contains(&call))
}

/// Random registers, no leases.
fn blank(chance: &mut Chance) -> Deed {
    let mut x = [0; 13];
    for register in &mut x {
        *register = chance.bits();
    }
    let none = LeaseDesc { address: 0, length: 0, attributes: LeaseAttributes(0) };
    Deed { kind: kind::CALL, patches: 0, target: 0, x, leases: [none; 4] }
}
