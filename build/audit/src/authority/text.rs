//! The report for people.

use super::diff::budget;
use super::{Authority, Compromised, Deputy, How, Misled, Right, Task};
use std::fmt;

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for task in &self.tasks {
            let code = task.rights.iter().find_map(|right| match right {
                Right::Crate { name } => Some(name.as_str()),
                _ => None,
            });
            let time = format!("priority {}, {}", task.priority, budget(task.budget));
            writeln!(f, "{} ({}), {time}", task.name, code.unwrap_or("?"))?;
            self.direct(f, task)?;
            self.compromised(f, task)?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Authority {
    fn direct(&self, f: &mut fmt::Formatter<'_>, task: &Task) -> fmt::Result {
        let own = |name: &str| !task.rights.iter().any(|right| is_of(right, name));
        let memory: Vec<String> = task
            .memory
            .iter()
            .filter(|memory| own(&memory.name))
            .map(|memory| format!("{} {} KiB {}", memory.name, memory.size / 1024, memory.access))
            .collect();
        line(f, "memory", &memory.join(", "))?;
        self.kinds(f, &task.rights, &KINDS)
    }

    /// Rights of one kind on one line.
    fn kinds(&self, f: &mut fmt::Formatter<'_>, rights: &[Right], kinds: &[Kind]) -> fmt::Result {
        for (name, of) in kinds {
            let objects: Vec<String> = rights.iter().filter_map(of).collect();
            line(f, name, &self.objects(objects))?;
        }
        Ok(())
    }

    /// Who is everyone is called so.
    fn objects(&self, objects: Vec<String>) -> String {
        let all = |list: &[String]| self.tasks.iter().all(|task| list.contains(&task.name));
        if all(&objects) { "everyone".into() } else { objects.join(", ") }
    }

    fn compromised(&self, f: &mut fmt::Formatter<'_>, task: &Task) -> fmt::Result {
        let reached = &task.compromised;
        writeln!(f, "  if it is compromised")?;
        if *reached == Compromised::default() {
            return line(f, "reaches", "nothing beyond this");
        }
        if !reached.all_memory_by.is_empty() {
            let devices = reached.all_memory_by.join(", ");
            line(f, "everything", &format!("{devices} can reach all memory, there is no SMMU"))?;
        }
        for (index, deputy) in reached.misuses.iter().enumerate() {
            let name = if index == 0 { "misuses" } else { "" };
            line(f, name, &self.deputy(deputy))?;
        }
        let misled: Vec<String> = reached.misleads.iter().map(misled).collect();
        line(f, "misleads", &misled.join(", "))?;
        line(f, "stops", &reached.stops.join(", "))?;
        line(f, "starves", &self.starved(task, reached))?;
        line(f, "resets", if reached.resets { "the system" } else { "" })
    }

    /// All who come after a task are not worth their names.
    fn starved(&self, task: &Task, reached: &Compromised) -> String {
        let equals = self.tasks.iter().filter(|other| other.priority == task.priority);
        let equals = equals.map(|other| &other.name);
        let equals: Vec<String> =
            equals.filter(|name| reached.starves.contains(name)).cloned().collect();
        let less = (equals.len() < reached.starves.len()).then(|| "everyone less important".into());
        equals.into_iter().chain(less).collect::<Vec<String>>().join(", ")
    }

    fn deputy(&self, deputy: &Deputy) -> String {
        let mut words = with_way(&deputy.task, &deputy.through);
        let kinds = KINDS.iter().map(|(name, of)| {
            let objects: Vec<String> = deputy.holds.iter().filter_map(of).collect();
            (name, objects)
        });
        let held: Vec<String> = kinds
            .filter(|(_, objects)| !objects.is_empty())
            .map(|(name, objects)| {
                format!("{name} {}", self.objects(objects)).trim_end().to_owned()
            })
            .collect();
        if !held.is_empty() {
            words.push_str(": ");
            words.push_str(&held.join("; "));
        }
        words
    }
}

/// A line's name, and what a right of that kind is about.
type Kind = (&'static str, fn(&Right) -> Option<String>);

const KINDS: [Kind; 15] = [
    ("device", |right| match right {
        Right::Device { name, physical, size } => {
            Some(format!("{name} {physical:#x}..{:#x}", physical.saturating_add(*size)))
        }
        _ => None,
    }),
    ("all memory", |right| match right {
        Right::AllMemory { device } => Some(format!("by DMA of {device}")),
        _ => None,
    }),
    ("interrupt", |right| match right {
        Right::Interrupt { source, irq } => Some(format!("{source} ({irq})")),
        _ => None,
    }),
    ("region", |right| match right {
        Right::Region { name, write } => {
            Some(format!("{name} {}", if *write { "rw" } else { "r" }))
        }
        Right::RegionByDevices { name } => Some(format!("{name} by devices")),
        _ => None,
    }),
    ("table", |right| match right {
        Right::Table { name } => Some(name.clone()),
        _ => None,
    }),
    ("sends to", |right| match right {
        Right::Send { task, interface } if interface.is_empty() => Some(task.clone()),
        Right::Send { task, interface } => Some(format!("{task} ({interface})")),
        _ => None,
    }),
    ("files", |right| match right {
        Right::Files { task, subtree, path, write } => {
            Some(format!("{path} {} ({task}:{subtree})", if *write { "rw" } else { "r" }))
        }
        _ => None,
    }),
    ("posts", |right| match right {
        Right::Post { task, notification } => Some(format!("{notification} to {task}")),
        _ => None,
    }),
    ("status of", |right| match right {
        Right::Status { task } => Some(task.clone()),
        _ => None,
    }),
    ("restarts", |right| match right {
        Right::Restart { task } => Some(task.clone()),
        _ => None,
    }),
    ("faults", |right| match right {
        Right::Fault { task } => Some(task.clone()),
        _ => None,
    }),
    ("dumps", |right| match right {
        Right::Dump { task } => Some(task.clone()),
        _ => None,
    }),
    ("resets", |right| matches!(right, Right::Reset).then(|| "the system".into())),
    ("resets", |right| {
        matches!(right, Right::ResetWhenSpent)
            .then(|| "the system when its restarts are spent".into())
    }),
    ("counters", |right| {
        matches!(right, Right::Counters).then(|| "of the processor's events".into())
    }),
];

/// Whether a piece of memory is there because of a right, under whose name it is shown.
fn is_of(right: &Right, memory: &str) -> bool {
    match right {
        Right::Device { name, .. } | Right::Region { name, .. } | Right::Table { name } => {
            name == memory
        }
        _ => false,
    }
}

fn with_way(task: &str, through: &[String]) -> String {
    match through {
        [] => task.to_owned(),
        way => format!("{task} through {}", way.join(", ")),
    }
}

fn misled(misled: &Misled) -> String {
    if !misled.through.is_empty() {
        return with_way(&misled.task, &misled.through);
    }
    match &misled.how {
        How::Calls => format!("{} (calls it)", misled.task),
        How::Reads(region) => format!("{} (reads {region})", misled.task),
        How::IsPosted => format!("{} (gets its notifications)", misled.task),
    }
}

/// A line, unless there is nothing to say.
fn line(f: &mut fmt::Formatter<'_>, name: &str, words: &str) -> fmt::Result {
    if words.is_empty() { Ok(()) } else { writeln!(f, "    {name:12}{words}") }
}
