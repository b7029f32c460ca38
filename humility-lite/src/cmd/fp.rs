//! `registers --fp`: floating-point registers of a task.

use crate::descriptors::Descriptors;
use crate::fp::FpRegisters;
use crate::memory::Memory;
use crate::record::Records;
use crate::space::Owner;
use crate::target::Target;
use serde::Serialize;
use std::fmt;

/// What is known of them.
#[derive(Serialize)]
pub struct Fp {
    /// Why they may be older than the other registers.
    caveat: Option<&'static str>,
    /// V0 to V31 in hexadecimal: JSON's numbers are too small.
    v: Vec<String>,
    fpsr: u64,
    fpcr: u64,
    #[serde(skip)]
    registers: FpRegisters,
}

/// The registers of a task; `None` if it has none, or if they cannot be read, which is noted.
pub fn of_task(target: &Target, records: &Records<'_>, index: usize) -> Option<Fp> {
    if !target.manifest.tasks.get(index)?.fpu {
        return None;
    }
    let in_processor = records.fp_owner() == Some(index);
    let live = target.processors().first().and_then(|processor| processor.fp.clone());
    match (in_processor, live) {
        (true, Some(live)) => Some(Fp::new(live, None)),
        (true, None) => {
            Some(Fp::new(kept(target, index)?, Some("newer ones were in the processor")))
        }
        (false, _) => Some(Fp::new(kept(target, index)?, None)),
    }
}

/// What the kernel saved.
fn kept(target: &Target, index: usize) -> Option<FpRegisters> {
    let read = || -> anyhow::Result<_> {
        let address = Descriptors::new(target)?.fpu_state(index)?;
        let address = address.ok_or_else(|| anyhow::anyhow!("the image has no place for them"))?;
        let bytes = target.space(Owner::Kernel).bytes(address, FpRegisters::KEPT)?;
        FpRegisters::read(&bytes, 8).ok_or_else(|| anyhow::anyhow!("they are too few"))
    };
    let name = target.name(Owner::Task(index));
    read()
        .map_err(|why| target.problem(format!("floating-point registers of {name}: {why:#}")))
        .ok()
}

impl Fp {
    fn new(registers: FpRegisters, caveat: Option<&'static str>) -> Self {
        let v = registers.v.iter().map(|v| format!("{v:#034x}")).collect();
        let FpRegisters { fpsr, fpcr, .. } = registers;
        Self { caveat, v, fpsr, fpcr, registers }
    }
}

impl fmt::Display for Fp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caveat = self.caveat.map(|caveat| format!(" ({caveat})")).unwrap_or_default();
        writeln!(f, "  floating point{caveat}")?;
        for (n, &v) in self.registers.v.iter().enumerate().filter(|(_, v)| **v != 0) {
            let scalar = scalar(v).map(|scalar| format!("  {scalar}")).unwrap_or_default();
            writeln!(f, "  {:>3} {v:032x}{scalar}", format!("v{n}"))?;
        }
        let others = if self.registers.v.contains(&0) { "  all others 0" } else { "" };
        writeln!(f, "  fpsr {:08x}  fpcr {:08x}{others}", self.fpsr, self.fpcr)
    }
}

/// What a register holds if it looks like one number of single or double precision.
fn scalar(v: u128) -> Option<String> {
    if let Ok(single) = u32::try_from(v) {
        let single = f32::from_bits(single);
        return single.is_normal().then(|| format!("{single:?} as f32"));
    }
    let double = f64::from_bits(u64::try_from(v).ok()?);
    double.is_normal().then(|| format!("{double:?} as f64"))
}
