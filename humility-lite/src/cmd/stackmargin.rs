//! `stackmargin`: how much of each stack was never used in this life.

use crate::memory::Memory;
use crate::record::{Records, State};
use crate::space::Owner;
use crate::table::{Align, Table};
use crate::target::Target;
use anyhow::Result;
use serde::Serialize;
use std::fmt;

/// What a task's first instructions paint its stack with.
const PAINT: u64 = 0xbadd_cafe_badd_cafe;
/// Bytes read at once.
const STEP: u64 = 4096;

/// All stacks.
#[derive(Serialize)]
pub struct Answer {
    stacks: Vec<Stack>,
}

#[derive(Serialize)]
struct Stack {
    task: String,
    /// All in bytes.
    size: u64,
    used: Option<u64>,
    /// What it can need by its instructions; absent when the build did not look.
    need: Option<u64>,
    margin: Option<u64>,
    remark: Option<&'static str>,
}

pub fn answer(target: &Target) -> Result<Answer> {
    let records = Records::new(target)?;
    let tasks = target.manifest.tasks.iter();
    Ok(Answer { stacks: tasks.map(|task| measure(target, &records, task)).collect() })
}

fn measure(target: &Target, records: &Records<'_>, task: &archive::Task) -> Stack {
    let size = task.stack_top.saturating_sub(task.stack_bottom);
    let record = records.get(task.index);
    let never_ran = record.state == Some(State::Stopped) && record.restarts == Some(0);
    let margin = if never_ran { None } else { margin(target, task) };
    let remark = match margin {
        _ if never_ran => Some("never started"),
        None => Some("unreadable"),
        Some(0) => Some("used up"),
        Some(margin) if margin < size / 8 => Some("nearly used up"),
        Some(_) => None,
    };
    Stack {
        task: task.name.clone(),
        size,
        used: margin.map(|margin| size - margin),
        need: task.stack_need.as_ref().map(|need| need.most),
        margin,
        remark,
    }
}

/// Bytes at the stack's lower end that still have their paint.
fn margin(target: &Target, task: &archive::Task) -> Option<u64> {
    let space = target.space(Owner::Task(task.index));
    let mut at = task.stack_bottom;
    while at < task.stack_top {
        let bytes = space.bytes(at, STEP.min(task.stack_top - at));
        let bytes = bytes
            .map_err(|error| target.problem(format!("stack of {}: {error}", task.name)))
            .ok()?;
        let painted =
            bytes.chunks(8).take_while(|chunk| crate::memory::word(chunk) == PAINT).count() * 8;
        let painted = painted.min(bytes.len());
        at += painted as u64;
        if painted < bytes.len() {
            break;
        }
    }
    Some(at - task.stack_bottom)
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[
            ("task", Align::Left),
            ("size", Align::Right),
            ("used", Align::Right),
            ("can need", Align::Right),
            ("margin", Align::Right),
            ("", Align::Left),
        ]);
        for stack in &self.stacks {
            let number =
                |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), |b| b.to_string());
            table.row([
                stack.task.clone(),
                stack.size.to_string(),
                number(stack.used),
                number(stack.need),
                number(stack.margin),
                stack.remark.unwrap_or_default().to_owned(),
            ]);
        }
        write!(f, "{table}")
    }
}
