//! Messages to the kernel itself: the supervisor's questions and orders.
//!
//! Answered at once. What a caller may ask about whom is in its task descriptor; the supervisor may
//! ask everything about everyone.

use crate::call::Outcome;
use crate::fault::status_of;
use crate::kernel::{Kernel, Next};
use crate::machine::{End, Frame, Machine};
use crate::region::{self, Read, Write};
use crate::task::{State, TaskIndex};
use abi::call::SendInfo;
use abi::kipc::{
    DumpRegion, Error, ImageId, Length, Op, ReadDump, Region, Restart, SoftwareIrq, Target,
    TaskStatus, state,
};
use abi::{FaultKind, INLINE, MAX_BORROW, MAX_MESSAGE, Usage};
use config::{RegionAttributes, TaskBitmap, TaskDesc};
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// The longest message among the kernel's operations.
const LONGEST: usize = size_of::<ReadDump>();

/// The message of an operation that takes none.
type Nothing = [u8; 0];

/// What the kernel answers: code 0 and bytes, or an error code.
type Answer = Result<Bytes, u32>;

/// A reply's bytes.
struct Bytes {
    bytes: [u8; size_of::<TaskStatus>()],
    length: usize,
}

impl Bytes {
    const NONE: Self = Self { bytes: [0; size_of::<TaskStatus>()], length: 0 };

    fn of(value: &(impl IntoBytes + Immutable)) -> Self {
        let mut reply = Self::NONE;
        let value = value.as_bytes();
        reply.bytes[..value.len()].copy_from_slice(value);
        reply.length = value.len();
        reply
    }
}

/// A right over one task, as a set in the descriptor.
type Right = fn(&TaskDesc) -> &TaskBitmap;

impl<M: Machine> Kernel<'_, M> {
    #[inline(never)]
    pub(crate) fn kernel_message(&mut self, me: TaskIndex, info: SendInfo) -> Outcome {
        let mut buffer = [0; LONGEST];
        let message = self.read_message(me, info, &mut buffer)?;
        let op = Op::from_number(info.operation()).ok_or(Usage::BadKernelMessage)?;
        let answer = match op {
            Op::ReadStatus => self.read_status(me, parse(message)?),
            Op::Restart => self.restart(me, parse(message)?),
            Op::Stop => self.stop(me, parse(message)?),
            Op::Fault => self.inject(me, parse(message)?),
            Op::ReadImageId => self.read_image_id(parse(message)?),
            Op::Reset => self.reset(me, parse(message)?),
            Op::DumpRegion => self.dump_region(me, parse(message)?),
            Op::ReadDump => self.read_dump(me, parse(message)?),
            Op::SoftwareIrq => self.software_irq(me, parse(message)?),
            Op::FindFaulted => self.find_faulted(me, parse(message)?),
            Op::ReadPanicMessage => self.read_panic_message(me, parse(message)?),
        }?;
        self.write_answer(me, answer)?;
        Ok(Next::Choose)
    }

    fn read_message<'b>(
        &mut self,
        me: TaskIndex,
        info: SendInfo,
        buffer: &'b mut [u8; LONGEST],
    ) -> Result<&'b [u8], Usage> {
        let bytes = buffer.get_mut(..info.length()).ok_or(Usage::BadKernelMessage)?;
        const { assert!(LONGEST <= INLINE) };
        for (chunk, n) in bytes.chunks_mut(8).zip(2..) {
            let word = self.arg(me, n).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(bytes)
    }

    fn write_answer(&mut self, me: TaskIndex, answer: Answer) -> Result<(), Usage> {
        let (code, reply) = match answer {
            Ok(reply) => (0, reply),
            Err(code) => (code, Bytes::NONE),
        };
        let bytes = &reply.bytes[..reply.length];
        if bytes.len() as u64 > self.arg(me, 6).min(MAX_MESSAGE as u64) {
            return Err(Usage::ReplyTooBig);
        }
        if bytes.len() <= INLINE {
            for (chunk, n) in bytes.chunks(8).zip(2..) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                self.frame(me).set(n, u64::from_le_bytes(word));
            }
        } else {
            let (regions, address) = (self.tasks[me].regions, self.arg(me, 9));
            let to = region::check::<Write>(regions, address, bytes.len());
            self.machine.write(to.ok_or(Usage::InvalidSlice)?, bytes);
        }
        self.set_results(me, u64::from(code), bytes.len() as u64);
        Ok(())
    }

    /// The task meant, if the caller has this right over it.
    fn subject(&self, me: TaskIndex, index: u32, right: Right) -> Result<TaskIndex, Usage> {
        let task = self.index(index as usize).ok_or(Usage::TaskOutOfRange)?;
        let desc = self.tasks[me].desc;
        if me == TaskIndex::SUPERVISOR || right(desc).contains(task.get()) {
            Ok(task)
        } else {
            Err(Usage::NotPermitted)
        }
    }

    /// The same, for orders that neither the caller nor the supervisor can be given.
    fn victim(&self, me: TaskIndex, index: u32, right: Right) -> Result<TaskIndex, Usage> {
        let task = self.subject(me, index, right)?;
        if task == me || task == TaskIndex::SUPERVISOR {
            return Err(Usage::IllegalTask);
        }
        Ok(task)
    }

    fn read_status(&self, me: TaskIndex, message: Target) -> Result<Answer, Usage> {
        let task = self.subject(me, message.task, |desc| &desc.may_status)?;
        let task = &self.tasks[task];
        let waits = matches!(task.state, State::InSend | State::InReply | State::InRecv);
        let peer = if waits { self.index(task.peer as usize) } else { None };
        Ok(Ok(Bytes::of(&TaskStatus {
            state: if task.gone { state::STOPPED } else { status_of(task.state) },
            peer: peer.map_or(u32::MAX, |peer| peer.get() as u32),
            generation: task.generation().0,
            restarts: task.restarts,
            overruns: task.overruns,
            reserved: 0,
            fault: task.fault,
        })))
    }

    fn restart(&mut self, me: TaskIndex, message: Restart) -> Result<Answer, Usage> {
        let task = self.victim(me, message.task, |desc| &desc.may_restart)?;
        if message.start > 1 {
            return Err(Usage::BadKernelMessage);
        }
        self.reinitialise(task);
        if message.start == 1 {
            self.make_ready(task);
        }
        Ok(Ok(Bytes::NONE))
    }

    fn stop(&mut self, me: TaskIndex, message: Target) -> Result<Answer, Usage> {
        let task = self.victim(me, message.task, |desc| &desc.may_restart)?;
        self.fault_injected(task, me);
        self.task(task).gone = true;
        let generation = self.tasks[task].generation();
        self.release_waiters(task, abi::SendResult::GONE, generation);
        Ok(Ok(Bytes::NONE))
    }

    fn inject(&mut self, me: TaskIndex, message: Target) -> Result<Answer, Usage> {
        let task = self.victim(me, message.task, |desc| &desc.may_fault)?;
        self.fault_injected(task, me);
        Ok(Ok(Bytes::NONE))
    }

    fn read_image_id(&self, _: Nothing) -> Result<Answer, Usage> {
        Ok(Ok(Bytes::of(&ImageId { id: self.image.head.image_id })))
    }

    fn reset(&mut self, me: TaskIndex, _: Nothing) -> Result<Answer, Usage> {
        let may = self.tasks[me].desc.flags & TaskDesc::MAY_RESET != 0;
        if me != TaskIndex::SUPERVISOR && !may {
            return Err(Usage::NotPermitted);
        }
        self.machine.end(End::Requested { by: me.get() });
        Ok(Ok(Bytes::NONE))
    }

    fn dump_region(&self, me: TaskIndex, message: DumpRegion) -> Result<Answer, Usage> {
        let task = self.subject(me, message.task, |desc| &desc.may_dump)?;
        let writable = self.tasks[task].regions.iter().filter(|region| {
            region.attributes.contains(RegionAttributes::WRITE)
                && !region.attributes.contains(RegionAttributes::DEVICE)
        });
        let region = writable.into_iter().nth(message.region as usize);
        Ok(region.map_or(Err(Error::NO_SUCH_REGION), |region| {
            Ok(Bytes::of(&Region { address: region.base, length: region.size }))
        }))
    }

    fn read_dump(&mut self, me: TaskIndex, message: ReadDump) -> Result<Answer, Usage> {
        let task = self.subject(me, message.task, |desc| &desc.may_dump)?;
        if task == me || message.length as usize > MAX_BORROW {
            return Err(Usage::BadKernelMessage);
        }
        if !matches!(self.tasks[task].state, State::Faulted | State::Stopped) {
            return Ok(Err(Error::ALIVE));
        }
        if self.copy_out(me, task, message.source, &message)? {
            Ok(Ok(Bytes::NONE))
        } else {
            Ok(Err(Error::NO_SUCH_REGION))
        }
    }

    /// Copies what another task has at `source` to where the caller says. False if the other has
    /// nothing there.
    fn copy_out(
        &mut self,
        me: TaskIndex,
        task: TaskIndex,
        source: u64,
        message: &ReadDump,
    ) -> Result<bool, Usage> {
        let length = message.length as usize;
        let Some(from) = region::check::<Read>(self.tasks[task].regions, source, length) else {
            return Ok(false);
        };
        let own = self.tasks[me].regions;
        let to = region::check::<Write>(own, message.destination, length);
        self.machine.copy(to.ok_or(Usage::InvalidSlice)?, from);
        Ok(true)
    }

    fn software_irq(&mut self, me: TaskIndex, message: SoftwareIrq) -> Result<Answer, Usage> {
        if me != TaskIndex::SUPERVISOR {
            return Err(Usage::NotPermitted);
        }
        let task = self.index(message.task as usize).ok_or(Usage::TaskOutOfRange)?;
        if self.irqs_of(task, message.bits).next().is_none() {
            return Err(Usage::NoIrq);
        }
        for irq in self.irqs_of(task, message.bits) {
            self.machine.irq_set_pending(irq.irq, true);
        }
        Ok(Ok(Bytes::NONE))
    }

    fn find_faulted(&self, me: TaskIndex, message: Target) -> Result<Answer, Usage> {
        let from = message.task as usize;
        let may = self.tasks[me].desc.may_status;
        if me != TaskIndex::SUPERVISOR && !(0..self.tasks.len()).all(|index| may.contains(index)) {
            return Err(Usage::NotPermitted);
        }
        let tasks = self.tasks.iter().enumerate().skip(from);
        let found = tasks.into_iter().find(|(_, task)| task.state == State::Faulted && !task.gone);
        Ok(found
            .map_or(Err(Error::NONE), |(index, _)| Ok(Bytes::of(&Target { task: index as u32 }))))
    }

    fn read_panic_message(&mut self, me: TaskIndex, message: ReadDump) -> Result<Answer, Usage> {
        let task = self.subject(me, message.task, |desc| &desc.may_status)?;
        let dead = &self.tasks[task];
        if dead.state != State::Faulted || dead.fault.kind != FaultKind::Panic as u32 {
            return Ok(Err(Error::NOT_PANICKED));
        }
        let length = message.length.min(dead.fault.detail).min(MAX_MESSAGE as u32);
        let source = dead.fault.address;
        if self.copy_out(me, task, source, &ReadDump { length, ..message })? {
            Ok(Ok(Bytes::of(&Length { length })))
        } else {
            Ok(Err(Error::NOT_PANICKED))
        }
    }
}

fn parse<T: FromBytes>(message: &[u8]) -> Result<T, Usage> {
    T::read_from_bytes(message).map_err(|_| Usage::BadKernelMessage)
}
