//! The kernel's record of each task, read by the names its DWARF gives.

use crate::dwarf::{Kind, TypeId, Types};
use crate::fault::Fault;
use crate::memory::Memory;
use crate::program::Program;
use crate::space::Owner;
use crate::target::{Physical, Target};
use crate::unwind::{At, Registers};
use anyhow::{Context, Result};
use std::rc::Rc;

/// Path of the record's type, without its arguments.
const RECORD: &str = "kerncore::task::Task<";
/// `peer` of a task that waits for no one in particular.
const NOBODY: u16 = u16::MAX;
/// `peer` of a task that waits for the kernel: notifications only.
const KERNEL: u16 = 1023;
/// Larger records are damage.
const LARGEST: u64 = 1 << 16;

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started, or held.
    Stopped,
    /// In a ready queue.
    Ready,
    /// Waiting to receive.
    InRecv,
    /// Waiting for its message to be received.
    InSend,
    /// Waiting for an answer.
    InReply,
    /// Dead.
    Faulted,
    /// On a processor.
    Running,
    /// Would run, but its budget is spent until its next period.
    Spent,
}

/// Whom a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Anyone.
    Anyone,
    /// Notifications only.
    Kernel,
    /// The task with this index.
    Task(usize),
}

/// Everything the kernel knows about one task that is of interest after the end. What could not
/// be read is absent.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Where it stands.
    pub state: Option<State>,
    /// Whom it waits for, if it does.
    pub peer: Option<Peer>,
    /// Which life it is.
    pub generation: Option<u32>,
    /// How often it was restarted.
    pub restarts: Option<u32>,
    /// How often it spent its budget before the period was over; absent in images that count none.
    pub overruns: Option<u32>,
    /// Held for good.
    pub gone: bool,
    /// Bits set and not yet received.
    pub notifications: Option<u32>,
    /// Bits that end its receive.
    pub mask: Option<u32>,
    /// Bits its timer sets, and when.
    pub timer: Option<(u32, u64)>,
    /// Why it last died.
    pub fault: Option<Fault>,
    /// Saved registers.
    pub frame: Option<Saved>,
}

/// The saved registers of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// General registers, stack pointer, program counter.
    pub registers: Registers,
    /// SPSR_EL1.
    pub spsr: u64,
    /// TPIDR_EL0.
    pub tpidr: u64,
}

/// Where a task's registers are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Its record.
    Record,
    /// The processor, which ran it.
    Processor,
    /// Its record, though it was running and the processor's registers are not its own or are not
    /// known: they may be old.
    Outdated,
}

impl From {
    /// The words for it, if it needs any.
    pub const fn caveat(self) -> Option<&'static str> {
        match self {
            Self::Record => None,
            Self::Processor => Some("running: registers of the processor"),
            Self::Outdated => Some("running: registers as it last left them, not as they were"),
        }
    }
}

/// All task records.
pub struct Records<'t> {
    target: &'t Target,
    kernel: Rc<Program>,
    of: TypeId,
    size: u64,
}

impl<'t> Records<'t> {
    /// Learns the record's layout.
    ///
    /// # Errors
    /// If there is no dump, or the kernel's DWARF does not say.
    pub fn new(target: &'t Target) -> Result<Self> {
        target.core()?;
        let kernel =
            target.program(Owner::Kernel).context("the archive has no usable kernel ELF")?;
        let types = kernel.types();
        let of = types
            .structure(RECORD)
            .context("the kernel's debug information does not describe its task records")?;
        let size = types.get(of).map_or(0, |record| record.size);
        anyhow::ensure!(size > 0 && size <= LARGEST, "the task records have a size of {size}");
        Ok(Self { target, kernel, of, size })
    }

    /// The record of the task with this index.
    #[must_use]
    pub fn get(&self, index: usize) -> Record {
        let array = &self.target.manifest.kernel.task_array;
        let physical = array.physical.wrapping_add(array.stride.wrapping_mul(index as u64));
        match Physical(self.target).bytes(physical, self.size) {
            Ok(bytes) => self.record(index, &bytes),
            Err(error) => {
                let name = self.target.name(Owner::Task(index));
                self.target.problem(format!("record of {name}: physical {error}"));
                Record::default()
            }
        }
    }

    fn record(&self, index: usize, bytes: &[u8]) -> Record {
        let fields = Fields { types: self.kernel.types(), of: self.of, bytes };
        let state = self.state(index, &fields);
        let peer = fields.number("peer").map(|peer| peer as u16);
        let handle = fields.number("handle");
        if handle.is_some_and(|handle| handle & 0x3ff != index as u64) {
            self.complain(index, "the handle is another task's");
        }
        Record {
            state,
            peer: peer.and_then(|peer| self.peer(index, state?, peer)),
            generation: handle.map(|handle| (handle >> 32) as u32),
            restarts: fields.number("restarts").map(|restarts| restarts as u32),
            overruns: fields.number("overruns").map(|overruns| overruns as u32),
            gone: fields.number("gone") == Some(1),
            notifications: fields.number("notifications").map(|bits| bits as u32),
            mask: fields.number("mask").map(|bits| bits as u32),
            timer: fields
                .number("deadline")
                .filter(|&deadline| deadline != u64::MAX)
                .map(|deadline| (fields.number("timer_bits").unwrap_or(0) as u32, deadline)),
            fault: fields.inner("fault").and_then(|fault| read_fault(&fault)),
            frame: fields.inner("frame").and_then(|frame| read_frame(&frame)),
        }
    }

    fn complain(&self, index: usize, why: &str) {
        let name = self.target.name(Owner::Task(index));
        self.target.problem(format!("record of {name}: {why}"));
    }

    fn state(&self, index: usize, fields: &Fields<'_>) -> Option<State> {
        let number = fields.number("state");
        let name = fields.name("state");
        let state = match name.as_deref() {
            Some("Stopped") => Some(State::Stopped),
            Some("Ready") => Some(State::Ready),
            Some("InRecv") => Some(State::InRecv),
            Some("InSend") => Some(State::InSend),
            Some("InReply") => Some(State::InReply),
            Some("Faulted") => Some(State::Faulted),
            Some("Running") => Some(State::Running),
            Some("Spent") => Some(State::Spent),
            _ => None,
        };
        if state.is_none() {
            let number =
                number.map_or_else(|| "unreadable".to_owned(), |number| number.to_string());
            self.complain(index, &format!("no state is {number}"));
        }
        state
    }

    fn peer(&self, index: usize, state: State, peer: u16) -> Option<Peer> {
        let waits = matches!(state, State::InRecv | State::InSend | State::InReply);
        match peer {
            _ if !waits => None,
            NOBODY if state == State::InRecv => Some(Peer::Anyone),
            KERNEL if state == State::InRecv => Some(Peer::Kernel),
            peer if usize::from(peer) < self.target.manifest.tasks.len() => {
                Some(Peer::Task(usize::from(peer)))
            }
            peer => {
                self.complain(index, &format!("it waits for task {peer}, which does not exist"));
                None
            }
        }
    }

    /// The task that ran, or ran last.
    #[must_use]
    pub fn current(&self) -> Option<usize> {
        let current = self.of_core("current")?;
        let index = usize::try_from(current).ok().filter(|&index| self.exists(index));
        if index.is_none() {
            self.target.problem(format!("the current task is {current}, which does not exist"));
        }
        index
    }

    /// The task whose floating-point registers are in the processor, if they are anyone's.
    #[must_use]
    pub fn fp_owner(&self) -> Option<usize> {
        let owner = self.of_core("fp_owner").filter(|&owner| owner != u64::from(NOBODY))?;
        let index = usize::try_from(owner).ok().filter(|&index| self.exists(index));
        if index.is_none() {
            self.target.problem(format!(
                "the processor's floating-point registers are of task {owner}, which does not exist"
            ));
        }
        index
    }

    fn exists(&self, index: usize) -> bool {
        index < self.target.manifest.tasks.len()
    }

    /// What the kernel knows of its processor.
    fn of_core(&self, field: &str) -> Option<u64> {
        let types = self.kernel.types();
        let kernel = types.variables.iter().find(|variable| variable.name == "KERNEL")?;
        let (offset, of) = types.field_within(kernel.of, field)?;
        let size = types.get(of)?.size;
        let address = kernel.address.wrapping_add(offset);
        let bytes = self.target.space(Owner::Kernel).bytes(address, size);
        let bytes = bytes
            .map_err(|error| self.target.problem(format!("the kernel's `{field}`: {error}")))
            .ok()?;
        types.number(of, &bytes)
    }

    /// The registers of a task, from the processor if that ran it.
    #[must_use]
    pub fn registers(&self, index: usize, record: &Record) -> Option<(Saved, From)> {
        let saved = record.frame?;
        if self.current() != Some(index) {
            return Some((saved, From::Record));
        }
        Some(match self.target.processors().first() {
            Some(live) if live.level() == 0 => {
                let registers = Registers { x: live.x, sp: live.sp, pc: live.pc };
                (Saved { registers, spsr: live.pstate, ..saved }, From::Processor)
            }
            _ if record.state == Some(State::Faulted) => (saved, From::Record),
            _ => (saved, From::Outdated),
        })
    }

    /// The instruction that a task is at, and whether its program counter is already past it.
    #[must_use]
    pub fn at(record: &Record, from: From) -> At {
        match record.state {
            Some(State::InRecv | State::InSend | State::InReply) if from == From::Record => {
                At::Before
            }
            Some(State::Faulted) if record.fault.as_ref().is_some_and(Fault::is_in_call) => {
                At::Before
            }
            _ => At::This,
        }
    }
}

/// A struct in memory.
struct Fields<'b> {
    types: &'b Types,
    of: TypeId,
    bytes: &'b [u8],
}

impl<'b> Fields<'b> {
    fn inner(&self, name: &str) -> Option<Fields<'b>> {
        let (offset, of) = self.types.field(self.of, name)?;
        let bytes = self.bytes.get(usize::try_from(offset).ok()?..)?;
        Some(Fields { types: self.types, of, bytes })
    }

    fn number(&self, name: &str) -> Option<u64> {
        let field = self.inner(name)?;
        self.types.number(field.of, field.bytes)
    }

    /// The name of a field's value.
    fn name(&self, name: &str) -> Option<String> {
        let number = self.number(name)?;
        let Kind::Names { enumerators, .. } = &self.types.get(self.inner(name)?.of)?.kind else {
            return None;
        };
        let named = enumerators.iter().find(|one| one.value == number)?;
        Some(named.name.clone())
    }

    fn words<const N: usize>(&self, name: &str) -> Option<[u64; N]> {
        let bytes = self.inner(name)?.bytes.get(..N * 8)?;
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = crate::memory::word(bytes);
        }
        Some(words)
    }
}

fn read_fault(fields: &Fields<'_>) -> Option<Fault> {
    let short = |name| fields.number(name).map(|number| number as u32);
    Some(Fault {
        kind: short("kind")?,
        detail: short("detail")?,
        address: fields.number("address")?,
        pc: fields.number("pc")?,
        from: short("from")?,
        original_state: short("original_state")?,
    })
}

fn read_frame(fields: &Fields<'_>) -> Option<Saved> {
    let registers =
        Registers { x: fields.words("x")?, sp: fields.number("sp")?, pc: fields.number("pc")? };
    let (spsr, tpidr) = (fields.number("spsr")?, fields.number("tpidr")?);
    Some(Saved { registers, spsr, tpidr })
}
