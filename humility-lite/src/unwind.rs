//! Who called whom: walking a stack by call frame information.
//!
//! Where there is none, the link register is tried in the newest frame and the frame pointer in
//! older ones; such frames are marked as guessed.

use crate::memory::Memory;
use crate::program::{Place, Program};
use gimli::{CfaRule, DebugFrame, RegisterRule, UnwindContext, UnwindSection};
use serde::Serialize;

/// The most frames.
const MOST: usize = 128;
const FRAME_POINTER: usize = 29;
const LINK: usize = 30;
const STACK: u16 = 31;
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

impl Registers {
    fn get(&self, number: u16) -> Option<u64> {
        match number {
            STACK => Some(self.sp),
            _ => self.x.get(usize::from(number)).copied(),
        }
    }
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
    /// Found without call frame information.
    pub guessed: bool,
}

/// A whole stack, the newest frame first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backtrace {
    /// Its frames.
    pub frames: Vec<Frame>,
    /// Why it ends early, if it does.
    pub broken: Option<String>,
}

/// Walks the stack that `registers` belong to.
#[must_use]
pub fn walk(program: &Program, memory: &dyn Memory, registers: Registers, at: At) -> Backtrace {
    let mut walk = Walk { program, memory, context: UnwindContext::new() };
    let mut trace = Backtrace { frames: Vec::new(), broken: None };
    let mut registers = registers;
    let mut at = at;
    let mut guessed = false;
    loop {
        let instruction = at.instruction(registers.pc);
        let (pc, sp) = (registers.pc, registers.sp);
        trace.frames.push(Frame { pc, sp, places: program.places(instruction), guessed });
        if trace.frames.len() >= MOST {
            trace.broken = Some(format!("more than {MOST} frames"));
            return trace;
        }
        let newest = trace.frames.len() == 1;
        match walk.step(&registers, instruction, newest) {
            Ok(Some((caller, was_guessed))) => {
                guessed = was_guessed;
                registers = caller;
            }
            Ok(None) => return trace,
            Err(why) => {
                trace.broken = Some(why);
                return trace;
            }
        }
        at = At::Before;
    }
}

struct Walk<'w> {
    program: &'w Program,
    memory: &'w dyn Memory,
    context: UnwindContext<usize>,
}

/// The caller, and whether it is a guess; `None` at the stack's end.
type Step = Result<Option<(Registers, bool)>, String>;

impl Walk<'_> {
    fn step(&mut self, registers: &Registers, instruction: u64, newest: bool) -> Step {
        let known = self.by_information(registers, instruction, newest);
        let (caller, guessed) = match known {
            Some(caller) => (caller?, false),
            None if newest => (by_link(registers), true),
            None => (self.by_frame_pointer(registers)?, true),
        };
        if caller.pc == 0 {
            return Ok(None);
        }
        if !self.program.is_code(At::Before.instruction(caller.pc)) {
            // A guess that leads nowhere was none; a saved address that does is damage.
            return if guessed {
                Ok(None)
            } else {
                Err(format!("return address {:#x} is no code", caller.pc))
            };
        }
        if caller.sp < registers.sp || (caller.sp == registers.sp && !newest) {
            return Err(format!("stack pointer goes back to {:#x}", caller.sp));
        }
        Ok(Some((caller, guessed)))
    }

    /// By the rules of `.debug_frame`; `None` if it has none for the instruction.
    fn by_information(
        &mut self,
        registers: &Registers,
        instruction: u64,
        newest: bool,
    ) -> Option<Result<Registers, String>> {
        if !self.program.is_code(instruction) {
            return None;
        }
        // A leaf's rules may change at the very instruction that is next.
        let at = if newest { registers.pc } else { instruction };
        let frames = &self.program.frames;
        let bases = gimli::BaseAddresses::default();
        let description = frames.fde_for_address(&bases, at, DebugFrame::cie_from_offset).ok()?;
        let link = Link {
            register: description.cie().return_address_register().0,
            // A call has overwritten it since this function was entered.
            is_stale: !newest || description.contains(registers.x[LINK]),
        };
        let row =
            description.unwind_info_for_address(frames, &bases, &mut self.context, at).ok()?;
        Some(apply(row, registers, self.memory, link))
    }

    /// By the record that x29 points at: the caller's x29, then the return address.
    fn by_frame_pointer(&self, registers: &Registers) -> Result<Registers, String> {
        let at = registers.x[FRAME_POINTER];
        let mut caller = *registers;
        if at == 0 {
            caller.pc = 0;
            return Ok(caller);
        }
        let word = |offset| {
            self.memory.word(at.wrapping_add(offset)).map_err(|error| format!("stack at {error}"))
        };
        (caller.x[FRAME_POINTER], caller.pc) = (word(0)?, word(8)?);
        caller.sp = at.wrapping_add(16);
        Ok(caller)
    }
}

/// As if the function had just been called.
const fn by_link(registers: &Registers) -> Registers {
    let mut caller = *registers;
    caller.pc = registers.x[LINK];
    caller
}

/// What the link register is worth in a function that has not saved it.
struct Link {
    register: u16,
    is_stale: bool,
}

fn apply(
    row: &gimli::UnwindTableRow<usize>,
    registers: &Registers,
    memory: &dyn Memory,
    link: Link,
) -> Result<Registers, String> {
    let &CfaRule::RegisterAndOffset { register, offset } = row.cfa() else {
        return Err("call frame information of an unknown kind".to_owned());
    };
    let base = registers.get(register.0).ok_or("call frame information names no register")?;
    let frame = base.wrapping_add_signed(offset);
    let mut caller = *registers;
    caller.sp = frame;
    // A function that never returns need not save where to: the stack ends there.
    let unsaved = if link.is_stale { None } else { registers.get(link.register) };
    let mut returns_to = unsaved.unwrap_or(0);
    for (register, rule) in row.registers() {
        let value = match *rule {
            RegisterRule::Undefined => 0,
            RegisterRule::SameValue => continue,
            RegisterRule::Offset(offset) => memory
                .word(frame.wrapping_add_signed(offset))
                .map_err(|error| format!("stack at {error}"))?,
            RegisterRule::ValOffset(offset) => frame.wrapping_add_signed(offset),
            RegisterRule::Register(other) => registers.get(other.0).unwrap_or(0),
            _ => return Err("call frame information of an unknown kind".to_owned()),
        };
        if register.0 == link.register {
            returns_to = value;
        }
        if let Some(slot) = caller.x.get_mut(usize::from(register.0)) {
            *slot = value;
        }
    }
    caller.pc = returns_to;
    Ok(caller)
}
