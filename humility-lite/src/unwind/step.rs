//! From one frame to the next.

use super::{At, Registers};
use crate::memory::Memory;
use crate::program::Program;
use gimli::{CfaRule, RegisterRule, UnwindContext};

const FRAME_POINTER: usize = 29;
const LINK: usize = 30;
const STACK: u16 = 31;

/// Who called.
pub enum Caller {
    /// As call frame information says.
    Known(Registers),
    /// As it usually is.
    Guessed(Registers),
    /// It has not been kept: all but the program counter is known.
    Lost {
        /// First instruction of the function that was called.
        callee: u64,
        /// The caller's registers, as far as they are known.
        caller: Registers,
    },
    /// Nobody: the stack ends.
    None,
    /// The stack makes no sense.
    Broken(String),
}

pub struct Stepper<'s> {
    pub program: &'s Program,
    pub memory: &'s dyn Memory,
}

impl Stepper<'_> {
    /// The caller of the function whose `instruction` is running.
    pub fn step(&self, registers: &Registers, instruction: u64, newest: bool) -> Caller {
        let caller = match self.by_information(registers, instruction, newest) {
            Some(caller) => caller,
            None if newest => Caller::Guessed(by_link(registers)),
            None => self.by_frame_pointer(registers),
        };
        match caller {
            Caller::Known(next) | Caller::Guessed(next) if next.pc == 0 => Caller::None,
            // A guess that leads nowhere was none.
            Caller::Guessed(next) if !self.is_return(next.pc) => Caller::None,
            Caller::Known(next) if !self.is_return(next.pc) => {
                Caller::Broken(format!("it would return to {:#x}, where no call is", next.pc))
            }
            Caller::Known(next) | Caller::Guessed(next)
                if next.sp < registers.sp || (next.sp == registers.sp && !newest) =>
            {
                Caller::Broken(format!("its stack pointer goes back to {:#x}", next.sp))
            }
            caller => caller,
        }
    }

    /// Whether a call could return there.
    fn is_return(&self, pc: u64) -> bool {
        self.program.is_call(At::Before.instruction(pc))
    }

    /// By the rules of `.debug_frame`; `None` if it has none for the instruction.
    fn by_information(
        &self,
        registers: &Registers,
        instruction: u64,
        newest: bool,
    ) -> Option<Caller> {
        // The rules of the newest frame may change at the very instruction that is next.
        let at = if newest { registers.pc } else { instruction };
        let description = self.program.description(at)?;
        let mut context = UnwindContext::new();
        let frames = self.program.call_frames();
        let bases = gimli::BaseAddresses::default();
        let row = description.unwind_info_for_address(frames, &bases, &mut context, at).ok()?;
        let link = description.cie().return_address_register();
        // A call has overwritten it since this function was entered. (The call may be the last
        // instruction, so that it would return to the next function.)
        let call = At::Before.instruction(registers.x[LINK]);
        let is_stale = !newest || description.contains(call);
        let caller = match self.apply(row, registers) {
            Ok(caller) => caller,
            Err(why) => return Some(Caller::Broken(why)),
        };
        if is_stale
            && matches!(
                row.register(link),
                None | Some(RegisterRule::Undefined | RegisterRule::SameValue)
            )
        {
            return Some(Caller::Lost { callee: description.initial_address(), caller });
        }
        let pc = get(&caller, link.0).unwrap_or(0);
        Some(Caller::Known(Registers { pc, ..caller }))
    }

    /// The registers that a row of rules restores; the program counter stays.
    fn apply(
        &self,
        row: &gimli::UnwindTableRow<usize>,
        registers: &Registers,
    ) -> Result<Registers, String> {
        let unknown = || "call frame information of an unknown kind".to_owned();
        let &CfaRule::RegisterAndOffset { register, offset } = row.cfa() else {
            return Err(unknown());
        };
        let base = get(registers, register.0).ok_or_else(unknown)?;
        let frame = base.wrapping_add_signed(offset);
        let mut caller = Registers { sp: frame, ..*registers };
        for (register, rule) in row.registers() {
            let value = match *rule {
                RegisterRule::Undefined => 0,
                RegisterRule::SameValue => continue,
                RegisterRule::Offset(offset) => self.word(frame.wrapping_add_signed(offset))?,
                RegisterRule::ValOffset(offset) => frame.wrapping_add_signed(offset),
                RegisterRule::Register(other) => get(registers, other.0).unwrap_or(0),
                _ => return Err(unknown()),
            };
            if let Some(slot) = caller.x.get_mut(usize::from(register.0)) {
                *slot = value;
            }
        }
        Ok(caller)
    }

    /// By the record that x29 points at: the caller's x29, then the return address.
    fn by_frame_pointer(&self, registers: &Registers) -> Caller {
        let at = registers.x[FRAME_POINTER];
        if at == 0 {
            return Caller::None;
        }
        match (self.word(at), self.word(at.wrapping_add(8))) {
            (Ok(older), Ok(pc)) => {
                let mut caller = Registers { pc, sp: at.wrapping_add(16), ..*registers };
                caller.x[FRAME_POINTER] = older;
                Caller::Guessed(caller)
            }
            // It was no frame pointer, then.
            _ => Caller::None,
        }
    }

    fn word(&self, address: u64) -> Result<u64, String> {
        self.memory.word(address).map_err(|error| format!("its stack at {error}"))
    }
}

/// As if the function had just been called.
const fn by_link(registers: &Registers) -> Registers {
    Registers { pc: registers.x[LINK], ..*registers }
}

fn get(registers: &Registers, number: u16) -> Option<u64> {
    match number {
        STACK => Some(registers.sp),
        _ => registers.x.get(usize::from(number)).copied(),
    }
}
