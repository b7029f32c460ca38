//! `registers`: those of a task, or of the processors.

use super::fp::{self, Fp};
use super::place::show;
use crate::program::Place;
use crate::record::Records;
use crate::space::Owner;
use crate::target::Target;
use crate::unwind::{At, Registers};
use anyhow::{Result, bail};
use serde::Serialize;
use std::fmt;

/// Registers of some.
#[derive(Serialize)]
pub struct Answer {
    registers: Vec<Set>,
}

#[derive(Serialize)]
struct Set {
    /// A task's name, or `kernel`.
    owner: String,
    caveat: Option<&'static str>,
    x: Vec<u64>,
    sp: u64,
    pc: u64,
    pstate: u64,
    tpidr: Option<u64>,
    /// Around the program counter.
    places: Vec<Place>,
    /// What the values point at, by register name.
    meanings: Vec<(String, String)>,
    /// Floating-point registers, if they were asked for and the task has some.
    fp: Option<Fp>,
}

pub fn answer(target: &Target, wanted: Option<&str>, with_fp: bool) -> Result<Answer> {
    let mut registers = Vec::new();
    let records = Records::new(target)?;
    for owner in super::chosen(target, wanted)? {
        match owner {
            Owner::Kernel => registers.extend(processors(target)),
            Owner::Task(index) => {
                let mut set = of_task(target, &records, index);
                if let (Some(set), true) = (&mut set, with_fp) {
                    set.fp = fp::of_task(target, &records, index);
                }
                registers.extend(set);
            }
        }
    }
    if registers.is_empty() && wanted == Some("kernel") {
        bail!("no processor was in the kernel at the moment of the dump");
    }
    Ok(Answer { registers })
}

/// Those processors that were in the kernel.
fn processors(target: &Target) -> Vec<Set> {
    let inside = target.processors().iter().filter(|processor| processor.level() != 0);
    inside
        .map(|live| {
            let registers = Registers { x: live.x, sp: live.sp, pc: live.pc };
            let mut set = describe(target, Owner::Kernel, &registers, At::This);
            set.pstate = live.pstate;
            set
        })
        .collect()
}

fn of_task(target: &Target, records: &Records<'_>, index: usize) -> Option<Set> {
    let record = records.get(index);
    let (saved, from) = records.registers(index, &record)?;
    let at = Records::at(&record, from);
    let mut set = describe(target, Owner::Task(index), &saved.registers, at);
    (set.pstate, set.tpidr, set.caveat) = (saved.spsr, Some(saved.tpidr), from.caveat());
    Some(set)
}

fn describe(target: &Target, owner: Owner, registers: &Registers, at: At) -> Set {
    let program = target.program(owner);
    let places = program
        .as_ref()
        .map(|program| program.places(at.instruction(registers.pc)))
        .unwrap_or_default();
    let names = (0..31).map(|n| format!("x{n}"));
    let all = names.zip(registers.x).chain([("sp".to_owned(), registers.sp)]);
    let meanings =
        all.filter_map(|(name, value)| Some((name, meaning(target, owner, value)?))).collect();
    Set {
        owner: target.name(owner).to_owned(),
        caveat: None,
        x: registers.x.to_vec(),
        sp: registers.sp,
        pc: registers.pc,
        pstate: 0,
        tpidr: None,
        places,
        meanings,
        fp: None,
    }
}

/// What a value points at, if it does.
fn meaning(target: &Target, owner: Owner, value: u64) -> Option<String> {
    let region = target.space(owner).region(value)?;
    let symbol = target.program(owner).and_then(|program| program.symbol(value));
    Some(symbol.unwrap_or_else(|| format!("{}+{:#x}", region.name, value - region.base)))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, set) in self.registers.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{set}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.caveat {
            Some(caveat) => writeln!(f, "{} ({caveat})", self.owner)?,
            None => writeln!(f, "{}", self.owner)?,
        }
        for (n, value) in self.x.iter().enumerate() {
            let end = if n % 4 == 3 { "\n" } else { "" };
            write!(f, "  {:>3} {value:016x}{end}", format!("x{n}"))?;
        }
        writeln!(f, "   sp {:016x}", self.sp)?;
        write!(f, "   pc {:016x}  psr {:016x}", self.pc, self.pstate)?;
        if let Some(tpidr) = self.tpidr {
            write!(f, "  tpd {tpidr:016x}")?;
        }
        writeln!(f)?;
        for (i, place) in self.places.iter().enumerate() {
            let how = if i == 0 { "pc in" } else { "   in" };
            writeln!(f, "  {how} {}", show(place))?;
        }
        for (name, meaning) in &self.meanings {
            writeln!(f, "  {name:>5} = {meaning}")?;
        }
        self.fp.as_ref().map_or(Ok(()), |fp| write!(f, "{fp}"))
    }
}
