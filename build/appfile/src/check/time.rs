//! Who runs how long: budgets, and time slices of priorities.

use super::{Context, notifications, notifications::Bits, priority};
use crate::app::Budget;
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic};
use crate::parse::{RawBudget, RawTask};
use std::collections::BTreeMap;

/// All the time there is.
const WHOLE: u64 = 1_000_000_000;
/// So many priorities are listed when one is not among them.
const LISTED: usize = 12;

/// The budget of every task.
pub(super) fn budgets(cx: Context<'_>, bits: &[Bits]) -> Vec<Option<Budget>> {
    let of_task = |(index, task): (usize, &RawTask)| {
        let budget = task.budget.as_ref()?;
        may_wait(cx, index, task, budget);
        fits(cx, budget);
        let bit = budget.notify.as_ref().map_or(Some(0), |name| {
            Some(1 << notifications::of_other(cx, bits, abi::SUPERVISOR, name)?)
        });
        let (run_ns, every_ns) = (budget.run.as_ref()?.value, budget.every.as_ref()?.value);
        Some(Budget { run_ns, every_ns, bits: bit? })
    };
    cx.tasks().map(of_task).collect()
}

/// Budgets are promises; what is promised to the more important is kept first.
pub(super) fn sum(cx: Context<'_>) {
    let mut all: Vec<(u32, &RawTask, &RawBudget, u64)> = Vec::new();
    for (_, task) in cx.tasks() {
        let (Some(priority), Some(budget)) = (&task.priority, &task.budget) else { continue };
        let (Some(run), Some(every)) = (&budget.run, &budget.every) else { continue };
        let share = u128::from(run.value) * u128::from(WHOLE) / u128::from(every.value.max(1));
        all.push((priority.value, task, budget, u64::try_from(share).unwrap_or(WHOLE)));
    }
    all.sort_by_key(|&(priority, ..)| priority);
    let mut total = 0;
    for (last, &(priority, task, budget, share)) in all.iter().enumerate() {
        total += share;
        if total > WHOLE {
            let percent =
                |share: u64| format!("{}.{} %", share / 10_000_000, share / 1_000_000 % 10);
            let message = format!(
                "budgets at or above priority {priority} add up to {} of the time there is",
                percent(total)
            );
            let label =
                |task: &RawTask, share| format!("`{}`: {}", task.name.value, percent(share));
            let place = budget.place;
            let mut warning = Diagnostic::new(Code::BudgetSum, message, place, label(task, share));
            for &(_, task, budget, share) in &all[..last] {
                warning = warning.also(budget.place, label(task, share));
            }
            let help = "whoever is least important among them may not get what its budget says";
            return cx.log.add(warning.help(help));
        }
    }
}

/// Without supervisor or idle task there is at times nobody to run.
fn may_wait(cx: Context<'_>, index: usize, task: &RawTask, budget: &RawBudget) {
    let (message, label) = if index == abi::SUPERVISOR {
        ("the supervisor cannot have a budget", "nobody would be supervised when it is spent")
    } else if priority::is_idle(task) {
        ("the idle task cannot have a budget", "nobody would run when it is spent")
    } else {
        return;
    };
    let mistake = Diagnostic::new(Code::Budget, message, budget.place, label);
    cx.log.add(mistake.help("remove it"));
}

fn fits(cx: Context<'_>, budget: &RawBudget) {
    let (Some(run), Some(every)) = (&budget.run, &budget.every) else { return };
    if run.value > every.value {
        let message = "`budget` has more time to run than its period has";
        let mistake = Diagnostic::new(Code::Budget, message, run.place, "longer than the period");
        let mistake = mistake.also(every.place, "the period");
        cx.log.add(mistake.help("`run` is the part of every period in which the task may run"));
    }
}

/// Priority and time slice of each priority that has one.
pub(super) fn slices(cx: Context<'_>) -> Vec<(u32, u64)> {
    for (priority, _) in &cx.app.kernel.time_slices {
        if priority.value == 0 {
            let message = "the supervisor's priority has a time slice";
            let label = "it is alone there";
            let mistake = Diagnostic::new(Code::TimeSlice, message, priority.place, label);
            cx.log.add(mistake.help("remove the line: there is nobody to take turns with"));
        } else {
            somebody_has(cx, priority);
        }
    }
    let slices = cx.app.kernel.time_slices.iter();
    slices.filter_map(|(priority, slice)| Some((priority.value, slice.as_ref()?.value))).collect()
}

fn somebody_has(cx: Context<'_>, priority: &At<u32>) {
    let tasks = &cx.app.tasks;
    // A task whose priority is missing or wrong may be meant to have this one.
    let Some(theirs) = tasks.iter().map(|task| task.priority.as_ref()).collect::<Option<Vec<_>>>()
    else {
        return;
    };
    if theirs.iter().any(|other| other.value == priority.value) {
        return;
    }
    let message = format!("no task has priority {}", priority.value);
    let mistake =
        Diagnostic::new(Code::TimeSlice, message, priority.place, "nobody would take turns");
    cx.log.add(mistake.help(format!("the priorities are: {}", priorities(tasks))));
}

/// Every priority but the supervisor's, and who has it.
fn priorities(tasks: &[RawTask]) -> String {
    let mut owners: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for task in tasks.iter().skip(1) {
        let Some(priority) = &task.priority else { continue };
        owners.entry(priority.value).or_default().push(format!("`{}`", task.name.value));
    }
    let show =
        |(priority, names): (&u32, &Vec<String>)| format!("{priority} ({})", names.join(", "));
    let shown: Vec<String> = owners.iter().take(LISTED).map(show).collect();
    match owners.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
