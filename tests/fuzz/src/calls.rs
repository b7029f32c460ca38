//! System calls: all numbers, with arguments on both sides of every limit.

use crate::address::{self, any, in_arena};
use crate::scene::{HOSTILE_IRQ, POKE};
use crate::{Chance, Deed, Outcome, Scene, kernel_messages, patch, supervisor};
use abi::call::SendInfo;
use abi::{
    Call, FaultKind, Generation, LeaseAttributes, LeaseDesc, MAX_TASKS, NO_DEADLINE, TaskId,
};

/// Calls and how often each is made. The last is no call.
const WEIGHTS: [(Option<Call>, u64); 16] = [
    (Some(Call::Send), 28),
    (Some(Call::Recv), 7),
    (Some(Call::Reply), 7),
    (Some(Call::ReplyRecv), 5),
    (Some(Call::BorrowRead), 6),
    (Some(Call::BorrowWrite), 6),
    (Some(Call::BorrowInfo), 3),
    (Some(Call::IrqControl), 4),
    (Some(Call::IrqStatus), 3),
    (Some(Call::SetTimer), 4),
    (Some(Call::GetTimer), 2),
    (Some(Call::RefreshTaskId), 4),
    (Some(Call::Post), 8),
    (Some(Call::ReplyFault), 4),
    (Some(Call::Panic), 2),
    (None, 3),
];

/// Fills in the registers of one call. Says what must come of it, and whether it may wait for ever.
pub fn call(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> (Outcome, bool) {
    let (call, _) = WEIGHTS[chance.weighed(&WEIGHTS.map(|(_, weight)| weight))];
    let Some(call) = call else {
        deed.x[8] = chance.one_of(&[15, 16, 255, 256, 1 << 32, 1 << 63, u64::MAX]);
        return (Outcome::dies(FaultKind::Usage), false);
    };
    deed.x[8] = call as u64;
    let outcome = match call {
        Call::Send => send(chance, scene, deed),
        Call::Recv => return recv(chance, scene, deed),
        Call::ReplyRecv => return reply_recv(chance, scene, deed),
        Call::Reply => reply(chance, scene, deed),
        Call::BorrowRead | Call::BorrowWrite | Call::BorrowInfo => borrow(chance, scene, deed),
        Call::IrqControl | Call::IrqStatus => irq(chance, deed),
        Call::SetTimer => set_timer(chance, deed),
        Call::GetTimer => Outcome::Lives,
        Call::RefreshTaskId => {
            deed.x[0] = any_id(chance, scene);
            Outcome::lives_if(index(deed.x[0]) < scene.tasks)
        }
        Call::Post => post(chance, scene, deed),
        Call::ReplyFault => {
            handle(chance, scene, deed);
            deed.x[1] = chance.one_of(&[0, 1, 2, 3, 4, 5, 6, 7, 1 << 32 | 1, u64::MAX]);
            Outcome::lives_if((1..=6).contains(&deed.x[1]))
        }
        Call::Panic => {
            (deed.x[0], deed.x[1]) = (any(chance, scene), address::length(chance));
            Outcome::dies(FaultKind::Panic)
        }
    };
    (outcome, false)
}

const fn index(id: u64) -> u64 {
    TaskId(id).index() as u64
}

/// Every task's index, and such as nobody has.
pub fn any_index(chance: &mut Chance, scene: &Scene<'_>) -> u64 {
    match chance.below(8) {
        0 => chance.one_of(&[
            scene.tasks,
            MAX_TASKS as u64 - 1,
            MAX_TASKS as u64,
            1021,
            1022,
            1023,
            1 << 10,
            u32::MAX as u64,
        ]),
        _ => chance.below(scene.tasks),
    }
}

/// Names of tasks of every kind.
fn any_id(chance: &mut Chance, scene: &Scene<'_>) -> u64 {
    match chance.below(16) {
        0 => TaskId::KERNEL.0,
        1 => TaskId::ANY.0,
        2 => TaskId::KERNEL.0 | chance.bits() << 32,
        3 => chance.bits(),
        4 => chance.below(scene.tasks) | chance.below(1 << 22) << 10,
        _ => {
            let random = chance.bits() as u32;
            let generation = chance.one_of(&[0, 0, 0, 0, 1, u32::MAX, random]);
            any_index(chance, scene) | u64::from(generation) << 32
        }
    }
}

fn send(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> Outcome {
    deed.x[0] = match chance.weighed(&[7, 3, 9, 6]) {
        0 => scene.echo,
        1 => abi::SUPERVISOR as u64,
        2 => TaskId::KERNEL.0,
        _ => any_id(chance, scene),
    };
    if deed.x[0] == TaskId::KERNEL.0 {
        return kernel_messages::message(chance, scene, deed);
    }
    let length = chance.one_of(&[0, 0, 1, 4, 8, 31, 32, 33, 64, 255, 256, 256, 257, 4095]);
    let leases = chance.one_of(&[0, 0, 1, 2, 2, 3, 4, 16, 17, 255]);
    let random = chance.bits();
    let mut operation = chance.one_of(&[1, 2, 3, 0, u16::MAX, random as u16]);
    if operation == supervisor::NEXT {
        operation = 0; // not to be taken for the real question
    }
    let reserved = if chance.once_in(24) { 1 << (36 + chance.below(28)) } else { 0 };
    deed.x[1] = SendInfo::new(operation, length as usize, leases).0 | reserved;
    deed.x[2] = any(chance, scene);
    deed.x[6] = address::length(chance);
    deadline(chance, deed);
    deed.x[9] = any(chance, scene);
    lease_table(chance, scene, deed);
    send_fate(scene, deed)
}

/// It may send to two tasks, and messages have a longest.
fn send_fate(scene: &Scene<'_>, deed: &Deed) -> Outcome {
    let (target, info) = (index(deed.x[0]), SendInfo(deed.x[1]));
    let allowed = target == scene.echo || target == abi::SUPERVISOR as u64;
    let well_formed = info.length() <= abi::MAX_MESSAGE && info.0 >> 36 == 0;
    if allowed && well_formed { Outcome::Either } else { Outcome::dies(FaultKind::Usage) }
}

/// When a `SEND` ends, in x7.
fn deadline(chance: &mut Chance, deed: &mut Deed) {
    deed.x[7] = match chance.below(6) {
        0 => chance.one_of(&[0, 1, u64::MAX - 1, 1 << 63]),
        1 | 2 => {
            deed.patches |= patch::NOW_X7;
            chance.one_of(&[0, 1, 2, 10, 1000, 1 << 40, u64::MAX - 1, u64::MAX - 100])
        }
        _ => NO_DEADLINE,
    };
}

fn lease_table(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) {
    if chance.once_in(3) {
        deed.x[12] = any(chance, scene);
        return;
    }
    deed.patches |= patch::LEASES;
    for lease in &mut deed.leases {
        let address = if chance.once_in(2) { in_arena(chance, scene) } else { any(chance, scene) };
        let length = address::length(chance) as u32;
        let attributes = LeaseAttributes(chance.one_of(&[0, 1, 1, 2, 2, 3, 4, u32::MAX]));
        *lease = LeaseDesc { address, length, attributes };
    }
}

fn receive_buffer(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> bool {
    deed.patches |= patch::RECEIVES;
    deed.x[9] = if chance.once_in(8) { any(chance, scene) } else { in_arena(chance, scene) };
    deed.x[10] = address::length(chance);
    let random = chance.bits();
    deed.x[11] = chance.one_of(&[0, 1, 2, 4, u32::MAX as u64, 1 << 32, random]);
    let for_ever = chance.once_in(24);
    if !for_ever {
        deed.patches |= patch::TIMER;
    }
    for_ever
}

fn recv(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> (Outcome, bool) {
    deed.x[0] = match chance.below(8) {
        0 => TaskId::KERNEL.0,
        1 | 2 => any_id(chance, scene),
        3 => {
            deed.patches |= patch::REFRESH;
            scene.victim
        }
        _ => TaskId::ANY.0,
    };
    let for_ever = receive_buffer(chance, scene, deed);
    let from = index(deed.x[0]);
    let open = [TaskId::ANY.0, TaskId::KERNEL.0].contains(&deed.x[0]);
    let notified = deed.x[11] as u32 != 0 || !for_ever;
    // A notification that waits already is taken before the peer is looked at.
    let outcome = match open || (from < scene.tasks && from != scene.hostile) || notified {
        true => Outcome::Either,
        false => Outcome::dies(FaultKind::Usage),
    };
    (outcome, for_ever)
}

/// A handle for x0: the last one received, nearly that one, or none at all.
fn handle(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) {
    if chance.once_in(4) {
        deed.x[0] = any_id(chance, scene) ^ chance.below(1 << 12) << 10;
        return;
    }
    deed.patches |= patch::HANDLE;
    deed.x[0] = match chance.below(6) {
        0 => 1 << chance.below(64),
        1 => chance.one_of(&[1 << 10, 1 << 32, u64::MAX]),
        _ => 0,
    };
}

fn reply(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> Outcome {
    handle(chance, scene, deed);
    let length = chance.one_of(&[0, 0, 1, 8, 31, 32, 32, 33, 64, 255, 256, 257, 4095]);
    let reserved = if chance.once_in(8) { chance.bits() << 44 } else { 0 };
    deed.x[1] = abi::call::ReplyInfo::new(chance.bits() as u32, length).0 | reserved;
    deed.x[2] = any(chance, scene);
    Outcome::Either
}

fn reply_recv(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> (Outcome, bool) {
    let outcome = reply(chance, scene, deed);
    (outcome, receive_buffer(chance, scene, deed))
}

fn borrow(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> Outcome {
    handle(chance, scene, deed);
    deed.x[1] = chance.one_of(&[0, 0, 0, 1, 1, 1, 2, 15, 16, 255, u64::MAX]);
    deed.x[2] = if chance.once_in(2) { 0 } else { address::length(chance) };
    deed.x[3] = any(chance, scene);
    deed.x[4] = address::length(chance);
    Outcome::Either
}

fn irq(chance: &mut Chance, deed: &mut Deed) -> Outcome {
    let own = u64::from(HOSTILE_IRQ);
    deed.x[0] = match chance.below(4) {
        0 => chance.bits(),
        1 => chance.one_of(&[0, !own & 0xffff_ffff, 1 << 32, 1 << 32 | own, u32::MAX.into()]),
        _ => own,
    };
    deed.x[1] = chance.one_of(&[0, 1, 2, 3, 4, 7, u64::MAX]);
    Outcome::lives_if(deed.x[0] >> 32 == 0 && deed.x[0] & own != 0)
}

fn set_timer(chance: &mut Chance, deed: &mut Deed) -> Outcome {
    deed.x[0] = chance.one_of(&[0, 0, 1, 100, 10_000, 1 << 40, u64::MAX - 1, u64::MAX]);
    if !chance.once_in(3) {
        deed.patches |= patch::NOW_X0;
    }
    deed.x[1] = chance.one_of(&[0, 1, 2, 3, u32::MAX.into(), 1 << 32, u64::MAX]);
    Outcome::lives_if(deed.x[1] >> 32 == 0)
}

fn post(chance: &mut Chance, scene: &Scene<'_>, deed: &mut Deed) -> Outcome {
    let allowed = u64::from(POKE);
    deed.x[0] = if chance.once_in(2) {
        chance.one_of(&scene.posts)
    } else {
        any_index(chance, scene) | u64::from(Generation(chance.below(3) as u32).0) << 32
    };
    deed.x[1] = match chance.below(6) {
        0 => chance.bits(),
        1 => chance.one_of(&[0, 1, u32::MAX.into(), 1 << 31, 1 << 32, 1 << 32 | allowed]),
        _ => allowed,
    };
    let target = index(deed.x[0]);
    let bits = if scene.posts.contains(&target) { allowed } else { 0 };
    Outcome::lives_if(target < scene.tasks && deed.x[1] & !bits == 0)
}
