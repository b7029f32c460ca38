//! Memory isolation: every way into every other memory must fault.
//!
//! Two tasks are told to load from, store to and jump to the first and the last bytes of every
//! region there is: the kernel's, every task's, their own where they lack the right, and the
//! guard pages around their own. Each attempt must kill them, with the address in the fault.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use abi::{FaultKind, NO_DEADLINE};
use config::{PAGE, RegionAttributes, RegionInfo};
use test_protocol::{assist, runner};
use userlib::{Slot, kipc, sys};
use zerocopy::{FromBytes, IntoBytes};

userlib::resources! {
    struct Resources {
        runner: Slot,
        first: Slot,
        second: Slot,
        rtc: Device,
        dma: Dma,
        commons: Region,
        region_table: Table,
    }
}
userlib::task!(start);

/// A way into memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Load,
    Store,
    Jump,
}

impl Way {
    const fn operation(self) -> u16 {
        match self {
            Self::Load => assist::LOAD,
            Self::Store => assist::STORE,
            Self::Jump => assist::JUMP,
        }
    }

    const fn right(self) -> RegionAttributes {
        match self {
            Self::Load => RegionAttributes::READ,
            Self::Store => RegionAttributes::WRITE,
            Self::Jump => RegionAttributes::EXECUTE,
        }
    }

    const fn fault(self) -> FaultKind {
        match self {
            Self::Load | Self::Store => FaultKind::MemoryAccess,
            Self::Jump => FaultKind::IllegalText,
        }
    }
}

struct Case {
    name: &'static str,
    check: fn(&Prober),
    second: bool,
}

const fn case(name: &'static str, check: fn(&Prober), second: bool) -> Case {
    Case { name, check, second }
}

const CASES: [Case; 8] = [
    case("first cannot load what is not its own", |prober| prober.all(Way::Load), false),
    case("first cannot store to what is not its own", |prober| prober.all(Way::Store), false),
    case("first cannot execute what is not its text", |prober| prober.all(Way::Jump), false),
    case("first meets a guard on both sides of its stack", Prober::guards, false),
    case("second cannot load what is not its own", |prober| prober.all(Way::Load), true),
    case("second cannot store to what is not its own", |prober| prober.all(Way::Store), true),
    case("second cannot execute what is not its text", |prober| prober.all(Way::Jump), true),
    case("second meets a guard on both sides of its stack", Prober::guards, true),
];

fn start(resources: Resources) -> ! {
    let mut number = 0u32;
    let count = CASES.len() as u32;
    tell(&resources, runner::NEXT, count.as_bytes(), number.as_mut_bytes());
    let case = &CASES[number as usize];
    tell(&resources, runner::BEGIN, case.name.as_bytes(), &mut []);
    let slot = if case.second { resources.second } else { resources.first };
    (case.check)(&Prober { slot, regions: regions(resources.region_table.bytes()) });
    tell(&resources, runner::DONE, &[], &mut []);
    panic!("the runner answered DONE");
}

fn tell(resources: &Resources, operation: u16, message: &[u8], answer: &mut [u8]) {
    let id = resources.runner.task_id();
    let reply = sys::send(id, operation, message, answer, &[], NO_DEADLINE);
    assert!(reply.is_ok(), "the runner does not answer: {reply:?}");
}

/// The table is as long as its pages; records without a size are none.
fn regions(table: &'static [u8]) -> &'static [RegionInfo] {
    let count = table.len() / size_of::<RegionInfo>();
    let (all, _) = <[RegionInfo]>::ref_from_prefix_with_elems(table, count).expect("aligned");
    let used = all.iter().position(|region| region.size == 0).unwrap_or(all.len());
    &all[..used]
}

/// The task that tries.
struct Prober {
    slot: Slot,
    regions: &'static [RegionInfo],
}

impl Prober {
    fn own(&self) -> impl Iterator<Item = &RegionInfo> {
        self.regions.iter().filter(|region| region.task as usize == self.slot.index())
    }

    fn may(&self, way: Way, address: u64) -> bool {
        self.own().any(|region| {
            address.wrapping_sub(region.base) < region.size
                && region.attributes.contains(way.right())
        })
    }

    /// Tries first and last word of every region.
    fn all(&self, way: Way) {
        let mut killed = 0;
        assert!(self.regions.len() > 20, "the region table is short");
        for region in self.regions {
            for address in [region.base, region.base + region.size - 4] {
                if self.may(way, address) {
                    self.lives(way, address);
                } else {
                    self.dies(way, address, &[way.fault(), FaultKind::StackOverflow]);
                    killed += 1;
                }
            }
        }
        assert!(killed > 40, "only {killed} attempts");
    }

    /// The page below the stack is reported as what it is, the one above as any other.
    fn guards(&self) {
        let stack = self.own().filter(|region| region.attributes.contains(RegionAttributes::WRITE));
        let stack = stack.max_by_key(|region| region.base).expect("it has a stack");
        for offset in [1, PAGE / 2, PAGE] {
            for way in [Way::Load, Way::Store] {
                self.dies(way, stack.base - offset, &[FaultKind::StackOverflow]);
            }
            let above = stack.base + stack.size + PAGE - offset;
            self.dies(Way::Store, above, &[FaultKind::MemoryAccess]);
        }
    }

    fn attempt(&self, way: Way, address: u64) -> Result<sys::Reply, sys::SendError> {
        let id = self.slot.task_id();
        let mut answer = 0u64;
        let answer = answer.as_mut_bytes();
        sys::send(id, way.operation(), address.as_bytes(), answer, &[], NO_DEADLINE)
    }

    fn dies(&self, way: Way, address: u64, kinds: &[FaultKind]) {
        let reply = self.attempt(way, address);
        let fault = kipc::read_status(self.slot.index()).fault;
        assert!(
            matches!(reply, Err(sys::SendError::Dead(_))),
            "way {} into {address:#x} succeeded",
            way.operation()
        );
        let kind = FaultKind::from_number(fault.kind);
        assert!(
            kind.is_some_and(|kind| kinds.contains(&kind)) && fault.address == address,
            "way {} into {address:#x}: {fault:x?}",
            way.operation()
        );
        kipc::restart(self.slot.index(), true);
    }

    /// What it has it can use, or the test would prove nothing.
    fn lives(&self, way: Way, address: u64) {
        if way == Way::Jump {
            return;
        }
        let reply = self.attempt(way, address);
        assert!(reply.is_ok(), "way {} into its own {address:#x}: {reply:?}", way.operation());
        kipc::restart(self.slot.index(), true);
    }
}
