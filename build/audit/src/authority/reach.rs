//! What a compromised task reaches through others.
//!
//! Two ways are followed to their ends, and kept apart. **Misuse** goes along calls: it can ask
//! whomever it may send to, who asks others to serve it; what these hold is within reach of a
//! request, as far as each of them agrees. **Misleading** goes the other way: who calls it takes its
//! answers, who reads memory that it writes takes what is there, who gets its notifications wakes
//! up; and who relies on these is misled in turn. The tasks on the way are assumed to work as they
//! should: if one of them is compromised, too, its own entry says what that adds.

use super::Right;
use archive::Manifest;
use serde::Serialize;
use std::collections::VecDeque;

/// What a compromised task reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compromised {
    /// Devices by which it reads and writes all memory, the kernel's included.
    pub all_memory_by: Vec<String>,
    /// Whose services it can ask for.
    pub misuses: Vec<Deputy>,
    /// Who relies on what it says.
    pub misleads: Vec<Misled>,
    /// Whom it can restart, stop or fault.
    pub stops: Vec<String>,
    /// Whom it can keep from running by not waiting for anything.
    pub starves: Vec<String>,
    /// Whether it can reset the system.
    pub resets: bool,
}

/// A task that can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deputy {
    /// Its name.
    pub task: String,
    /// Who asks it, from the one that the compromised task sends to on; empty: it sends itself.
    pub through: Vec<String>,
    /// What it could be made to use.
    pub holds: Vec<Right>,
}

/// A task that relies on the compromised one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Misled {
    /// Its name.
    pub task: String,
    /// Who comes between, beginning next to the compromised task; empty: nobody.
    pub through: Vec<String>,
    /// Why the first in the row believes the compromised task.
    pub how: How,
}

/// Why a task believes another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It calls the other: answers, and leases while a call lasts.
    Calls,
    /// It reads a region that the other writes.
    Reads(String),
    /// The other sets its notifications.
    IsPosted,
}

/// For every task, by index.
pub fn all(manifest: &Manifest, rights: &[Vec<Right>]) -> Vec<Compromised> {
    let graph = Graph { manifest, rights };
    (0..rights.len()).map(|task| graph.compromised(task)).collect()
}

struct Graph<'m> {
    manifest: &'m Manifest,
    rights: &'m [Vec<Right>],
}

impl Graph<'_> {
    fn compromised(&self, task: usize) -> Compromised {
        let mut stops = Vec::new();
        let mut reached = Compromised::default();
        for right in &self.rights[task] {
            match right {
                Right::AllMemory { device } => reached.all_memory_by.push(device.clone()),
                Right::Restart { task: other } | Right::Fault { task: other } => stops.push(other),
                Right::Reset | Right::ResetWhenSpent => reached.resets = true,
                _ => (),
            }
        }
        let all = 0..self.rights.len();
        let others = all.filter(|&other| other != task);
        let is_stopped = |other: &usize| stops.contains(&&self.manifest.tasks[*other].name);
        reached.stops = self.names(others.clone().filter(is_stopped));
        reached.starves = self.names(others.filter(|&other| self.starves(task, other)));
        reached.misuses = self.misuses(task);
        reached.misleads = self.misleads(task);
        reached
    }

    fn names(&self, tasks: impl Iterator<Item = usize>) -> Vec<String> {
        tasks.map(|task| self.manifest.tasks[task].name.clone()).collect()
    }

    /// A budget bounds what a task takes; equals have their turn if their priority has slices.
    fn starves(&self, task: usize, other: usize) -> bool {
        let (task, other) = (&self.manifest.tasks[task], &self.manifest.tasks[other]);
        let comes_first = task.priority < other.priority
            || (task.priority == other.priority && task.slice_ns == 0);
        task.budget.is_none() && comes_first
    }

    fn misuses(&self, task: usize) -> Vec<Deputy> {
        let sends = |from: usize| {
            let others = 0..self.rights.len();
            others.filter(move |&to| self.sends(from, to)).map(|to| (to, ())).collect()
        };
        let found = follow(task, sends);
        let deputies = found.into_iter().map(|Found { task, through, .. }| Deputy {
            task: self.manifest.tasks[task].name.clone(),
            through: self.names(through.into_iter()),
            holds: self.rights[task].iter().filter(|right| is_held(right)).cloned().collect(),
        });
        deputies.collect()
    }

    fn sends(&self, from: usize, to: usize) -> bool {
        let name = &self.manifest.tasks[to].name;
        self.rights[from]
            .iter()
            .any(|right| matches!(right, Right::Send { task, .. } if task == name))
    }

    fn misleads(&self, task: usize) -> Vec<Misled> {
        let believers = |of: usize| {
            let others = 0..self.rights.len();
            others.filter_map(|other| Some((other, self.believes(other, of)?))).collect()
        };
        let found = follow(task, believers);
        let misled = found.into_iter().map(|Found { task, through, first }| Misled {
            task: self.manifest.tasks[task].name.clone(),
            through: self.names(through.into_iter()),
            how: first,
        });
        misled.collect()
    }

    /// Why one task takes what another says. The strongest reason is enough.
    fn believes(&self, task: usize, other: usize) -> Option<How> {
        if task == other {
            return None;
        }
        if self.sends(task, other) {
            return Some(How::Calls);
        }
        let region = |right: &Right| match right {
            Right::Region { name, .. } => Some(name.clone()),
            _ => None,
        };
        let written = |right: &Right| match right {
            Right::Region { name, write: true } | Right::RegionByDevices { name } => {
                Some(name.clone())
            }
            _ => None,
        };
        let read: Vec<String> = self.rights[task].iter().filter_map(region).collect();
        let mut written = self.rights[other].iter().filter_map(written);
        if let Some(name) = written.find(|name| read.contains(name)) {
            return Some(How::Reads(name));
        }
        let name = &self.manifest.tasks[task].name;
        let posts = |right: &Right| matches!(right, Right::Post { task, .. } if task == name);
        self.rights[other].iter().any(posts).then_some(How::IsPosted)
    }
}

/// What a server could be made to use for somebody else.
const fn is_held(right: &Right) -> bool {
    !matches!(
        right,
        Right::Crate { .. }
            | Right::Send { .. }
            | Right::Interrupt { .. }
            | Right::Dma
            | Right::ResetWhenSpent
    )
}

/// Something on the way.
struct Found<E> {
    task: usize,
    /// Who comes before it, the start left out.
    through: Vec<usize>,
    /// The first step of the way.
    first: E,
}

/// Everyone who can be reached, by the shortest way, near ones first.
fn follow<E: Clone>(start: usize, next: impl Fn(usize) -> Vec<(usize, E)>) -> Vec<Found<E>> {
    let mut seen = vec![start];
    let mut found = Vec::new();
    let mut waiting: VecDeque<(usize, Vec<usize>, Option<E>)> =
        VecDeque::from([(start, Vec::new(), None)]);
    while let Some((from, through, first)) = waiting.pop_front() {
        for (to, edge) in next(from) {
            if seen.contains(&to) {
                continue;
            }
            seen.push(to);
            let first = first.clone().unwrap_or(edge);
            found.push(Found { task: to, through: through.clone(), first: first.clone() });
            let further = through.iter().copied().chain([to]).collect();
            waiting.push_back((to, further, Some(first)));
        }
    }
    found
}
