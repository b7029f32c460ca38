//! Who called whom: walking a stack by call frame information.
//!
//! Where there is none, the link register is tried in the newest frame and the frame pointer in
//! older ones; such frames are marked as guessed. A function that never returns does not keep who
//! called it, so a panic would end every walk: there, the calls of that function are tried, and
//! the one from which the rest of the stack makes sense is taken.

mod step;

use crate::memory::Memory;
use crate::program::{Place, Program};
use serde::Serialize;
use step::{Caller, Stepper};

/// The most frames.
const MOST: usize = 128;
/// The most functions in one stack whose caller was not kept.
const MOST_LOST: u32 = 4;
/// Size of an instruction, in bytes.
const INSTRUCTION: u64 = 4;

/// What a walk needs of the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers {
    /// x0 to x30.
    pub x: [u64; 31],
    /// Stack pointer.
    pub sp: u64,
    /// Next instruction, or where the call returns to.
    pub pc: u64,
}

/// What the program counter of the newest frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// This instruction did it or is next.
    This,
    /// The one before did it: a system call.
    Before,
}

impl At {
    /// The instruction meant by a program counter.
    #[must_use]
    pub const fn instruction(self, pc: u64) -> u64 {
        match self {
            Self::This => pc,
            Self::Before => pc.wrapping_sub(INSTRUCTION),
        }
    }
}

/// One activation of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Program counter: the next instruction, or where the call returns to.
    pub pc: u64,
    /// Stack pointer.
    pub sp: u64,
    /// The function, and before it those inlined into it.
    pub places: Vec<Place>,
    /// Not found by call frame information alone.
    pub guessed: bool,
}

/// A whole stack, the newest frame first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backtrace {
    /// Its frames.
    pub frames: Vec<Frame>,
    /// Why it ends early, if it does.
    pub broken: Option<String>,
}

/// Where to begin, and what is known besides.
#[derive(Clone, Copy, Debug)]
pub struct Start<'s> {
    /// Registers of the newest frame.
    pub registers: Registers,
    /// What its program counter means.
    pub at: At,
    /// A place that must be on the stack, as `file:line`.
    pub through: Option<&'s str>,
}

/// Walks the stack that the registers belong to.
#[must_use]
pub fn walk(program: &Program, memory: &dyn Memory, start: Start<'_>) -> Backtrace {
    let walk = Walk { program, stepper: Stepper { program, memory }, through: start.through };
    let newest = Position { registers: start.registers, at: start.at, newest: true };
    walk.from(newest, MOST, MOST_LOST)
}

/// A frame on the way.
#[derive(Clone, Copy)]
struct Position {
    registers: Registers,
    at: At,
    newest: bool,
}

struct Walk<'w> {
    program: &'w Program,
    stepper: Stepper<'w>,
    through: Option<&'w str>,
}

impl Walk<'_> {
    fn from(&self, mut position: Position, most: usize, lost: u32) -> Backtrace {
        let mut trace = Backtrace::default();
        let mut guessed = false;
        loop {
            let Position { registers, at, newest } = position;
            let instruction = at.instruction(registers.pc);
            let places = self.program.places(instruction);
            trace.frames.push(Frame { pc: registers.pc, sp: registers.sp, places, guessed });
            if trace.frames.len() >= most {
                trace.broken = Some("there are too many frames".to_owned());
                return trace;
            }
            match self.stepper.step(&registers, instruction, newest) {
                Caller::Known(caller) => (position.registers, guessed) = (caller, false),
                Caller::Guessed(caller) => (position.registers, guessed) = (caller, true),
                Caller::None => return trace,
                Caller::Lost { callee, caller } => {
                    let rest = self.through_lost(callee, caller, most - trace.frames.len(), lost);
                    trace.frames.extend(rest.frames);
                    trace.broken = rest.broken;
                    return trace;
                }
                Caller::Broken(why) => {
                    trace.broken = Some(why);
                    return trace;
                }
            }
            (position.at, position.newest) = (At::Before, false);
        }
    }

    /// The rest of a stack above a function that has not kept who called it.
    fn through_lost(&self, callee: u64, caller: Registers, most: usize, lost: u32) -> Backtrace {
        let broken = |why: &str| Backtrace { frames: Vec::new(), broken: Some(why.to_owned()) };
        let Some(lost) = lost.checked_sub(1) else {
            return broken("too many callers were not kept");
        };
        let calls = self.program.calls_of(callee);
        if calls.is_empty() {
            return Backtrace::default();
        }
        let mut possible: Vec<Backtrace> = calls
            .into_iter()
            .map(|pc| {
                let registers = Registers { pc, ..caller };
                self.from(Position { registers, at: At::Before, newest: false }, most, lost)
            })
            .filter(|trace| trace.broken.is_none())
            .collect();
        if possible.iter().any(|trace| self.is_through(trace)) {
            possible.retain(|trace| self.is_through(trace));
        }
        match possible.as_mut_slice() {
            [only] => {
                if let Some(first) = only.frames.first_mut() {
                    first.guessed = true;
                }
                std::mem::take(only)
            }
            [] => broken("the caller was not kept, and no call of it fits"),
            _ => broken("the caller was not kept, and several calls of it fit"),
        }
    }

    fn is_through(&self, trace: &Backtrace) -> bool {
        let Some((file, line)) = self.through.and_then(|place| place.rsplit_once(':')) else {
            return false;
        };
        trace.frames.iter().flat_map(|frame| &frame.places).any(|place| {
            place.file.as_deref() == Some(file)
                && place.line.is_some_and(|number| line.parse() == Ok(number))
        })
    }
}
