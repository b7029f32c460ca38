//! `epitaph`: the kernel's last words.

use super::place::show;
use crate::fault::syndrome;
use crate::program::Place;
use crate::space::Owner;
use crate::target::Target;
use anyhow::{Context, Result};
use serde::Serialize;
use std::fmt;

/// The epitaph, if there is one.
#[derive(Serialize)]
pub struct Answer {
    epitaph: Option<Report>,
}

#[derive(Serialize)]
struct Report {
    reason: u32,
    explanation: &'static str,
    text: String,
    task: Option<String>,
    time: u64,
    image_id: u64,
    syndrome: Option<String>,
    address: Option<String>,
    pc: Option<u64>,
    places: Vec<Place>,
}

pub fn answer(target: &Target) -> Result<Answer> {
    target.core()?;
    let epitaph = crate::epitaph::read(target).context("the epitaph cannot be read")?;
    let Some(epitaph) = epitaph else { return Ok(Answer { epitaph: None }) };
    if epitaph.image_id != target.manifest.image_id {
        target.problem(format!("the epitaph is of image {:016x}", epitaph.image_id));
    }
    if epitaph.task.is_some_and(|index| index >= target.manifest.tasks.len()) {
        target.problem("the epitaph names a task that does not exist");
    }
    let task = epitaph.task.map(Owner::Task);
    let owner = if epitaph.is_in_kernel() { Owner::Kernel } else { task.unwrap_or(Owner::Kernel) };
    let program = target.program(owner).filter(|_| epitaph.pc != 0);
    let faulted = epitaph.is_in_kernel() || epitaph.address != 0;
    let whose = || format!("{:#x}: {}", epitaph.address, target.explain(epitaph.address, owner));
    Ok(Answer {
        epitaph: Some(Report {
            reason: epitaph.reason,
            explanation: epitaph.reason(),
            task: task.map(|task| target.name(task).to_owned()),
            time: epitaph.time,
            image_id: epitaph.image_id,
            syndrome: epitaph.is_in_kernel().then(|| syndrome(epitaph.syndrome as u32)),
            address: faulted.then(whose),
            pc: (epitaph.pc != 0).then_some(epitaph.pc),
            places: program.map(|program| program.places(epitaph.pc)).unwrap_or_default(),
            text: epitaph.text,
        }),
    })
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.epitaph {
            Some(report) => write!(f, "{report}"),
            None => writeln!(f, "no epitaph: the kernel did not end this boot"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.explanation)?;
        writeln!(f, "  said      {}", self.text)?;
        if let Some(task) = &self.task {
            writeln!(f, "  task      {task}")?;
        }
        if let Some(syndrome) = &self.syndrome {
            writeln!(f, "  syndrome  {syndrome}")?;
        }
        if let Some(address) = &self.address {
            writeln!(f, "  address   {address}")?;
        }
        if let Some(pc) = self.pc {
            writeln!(f, "  at        {pc:#x}")?;
        }
        for place in &self.places {
            writeln!(f, "            {}", show(place))?;
        }
        writeln!(f, "  time      {}", self.time)
    }
}
