//! Tasks and what is between them: slots, post rights, shared regions; what each has of its own.

mod dot;
mod layers;
mod lines;
mod order;
mod paint;
mod place;
#[cfg(test)]
mod tests;

use appfile::app::Access;
use appfile::{Sketch, SketchTask, Word};
use lines::Line;

/// An app, to be drawn with [`dot`](Self::dot) or [`svg`](Self::svg).
#[derive(Clone, Debug, Default)]
pub struct Graph {
    name: String,
    board: String,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// Why the app is refused.
    mistakes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Node {
    name: String,
    shape: Shape,
    /// Of tasks, where it can be read.
    priority: Option<u32>,
    wrong: Option<String>,
    lines: Vec<Line>,
    /// Interfaces.
    serves: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Supervisor,
    Task,
    Idle,
    Region,
    /// A name that nothing has.
    Unknown,
}

#[derive(Clone, Debug)]
struct Edge {
    from: usize,
    to: usize,
    kind: EdgeKind,
    label: String,
    wrong: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum EdgeKind {
    /// May send.
    Slot,
    /// May set notifications.
    Post,
    /// Reads a shared region.
    Read,
    /// Reads and writes it.
    Write,
}

impl Graph {
    /// The graph of an app, refused or not.
    #[must_use]
    pub fn new(sketch: &Sketch) -> Self {
        let mut graph = Self {
            name: sketch.name.clone(),
            board: sketch.board.clone(),
            nodes: tasks(sketch),
            ..Self::default()
        };
        for (name, size) in &sketch.regions {
            graph.nodes.push(region(name, *size));
        }
        for (index, task) in sketch.tasks.iter().enumerate() {
            graph.connect(index, task, sketch);
        }
        if let Some(report) = &sketch.report {
            let lines = report.diagnostics.iter();
            graph.mistakes =
                lines.map(|mistake| format!("{}: {}", mistake.code(), mistake.message())).collect();
        }
        graph
    }

    fn connect(&mut self, from: usize, task: &SketchTask, sketch: &Sketch) {
        for (slot, target) in &task.slots {
            let to = self.task(target, sketch);
            let label = if *slot == target.text { String::new() } else { slot.clone() };
            self.edge(from, to, EdgeKind::Slot, label, target.wrong.clone());
        }
        for (path, server) in &task.mounts {
            let to = self.task(server, sketch);
            self.edge(from, to, EdgeKind::Slot, path.clone(), server.wrong.clone());
        }
        for (target, bits) in &task.posts {
            let to = self.task(target, sketch);
            let wrong = bits.iter().find_map(|bit| bit.wrong.clone());
            let bits: Vec<&str> = bits.iter().map(|bit| &*bit.text).collect();
            self.edge(from, to, EdgeKind::Post, bits.join(", "), target.wrong.clone().or(wrong));
        }
        for (name, access) in &task.regions {
            let found = sketch.regions.iter().position(|(region, _)| region.text == name.text);
            let to = match found {
                Some(region) => sketch.tasks.len() + region,
                None => self.unknown(name),
            };
            let (kind, label) = match access {
                Access::Read => (EdgeKind::Read, "r"),
                Access::Write => (EdgeKind::Write, "rw"),
                Access::Dma => (EdgeKind::Write, "dma"),
            };
            self.edge(from, to, kind, label.into(), name.wrong.clone());
        }
    }

    fn edge(
        &mut self,
        from: usize,
        to: usize,
        kind: EdgeKind,
        label: String,
        wrong: Option<String>,
    ) {
        self.edges.push(Edge { from, to, kind, label, wrong });
    }

    fn task(&mut self, name: &Word, sketch: &Sketch) -> usize {
        let found = sketch.tasks.iter().position(|task| task.name.text == name.text);
        found.unwrap_or_else(|| self.unknown(name))
    }

    /// A node for a name that nothing has.
    fn unknown(&mut self, name: &Word) -> usize {
        let is_it = |node: &Node| node.shape == Shape::Unknown && node.name == name.text;
        if let Some(known) = self.nodes.iter().position(is_it) {
            return known;
        }
        self.nodes.push(Node {
            name: name.text.clone(),
            shape: Shape::Unknown,
            priority: None,
            wrong: name.wrong.clone(),
            lines: vec![Line::plain("there is no such thing")],
            serves: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// The words over the picture.
    fn title(&self) -> String {
        let tasks = self.nodes.iter().filter(|node| node.shape.is_task()).count();
        format!("{}, {tasks} tasks on {}", self.name, self.board)
    }

    /// What an edge means, in words.
    fn explain(&self, edge: &Edge) -> String {
        let (from, to) = (&self.nodes[edge.from].name, &self.nodes[edge.to].name);
        let mut said = match edge.kind {
            EdgeKind::Slot => format!("{from} may send to {to}"),
            EdgeKind::Post => format!("{from} may post to {to}: {}", edge.label),
            EdgeKind::Read => format!("{from} reads {to}"),
            EdgeKind::Write => format!("{from} reads and writes {to}"),
        };
        if edge.kind == EdgeKind::Slot {
            if !edge.label.is_empty() {
                said += &format!(", slot {}", edge.label);
            }
            if !self.nodes[edge.to].serves.is_empty() {
                said += &format!(" ({})", self.nodes[edge.to].serves.join(", "));
            }
        }
        if let Some(wrong) = &edge.wrong {
            said += &format!("\nREFUSED: {wrong}");
        }
        said
    }
}

impl Shape {
    const fn is_task(self) -> bool {
        matches!(self, Self::Supervisor | Self::Task | Self::Idle)
    }
}

fn tasks(sketch: &Sketch) -> Vec<Node> {
    let node = |(index, task): (usize, &SketchTask)| {
        let (priority, wrong) = task.priority.clone().unzip();
        Node {
            name: task.name.text.clone(),
            shape: match index {
                0 => Shape::Supervisor,
                _ if task.idle => Shape::Idle,
                _ => Shape::Task,
            },
            priority,
            wrong: task.name.wrong.clone().or(wrong.flatten()),
            lines: lines::of(task),
            serves: task.serves.iter().map(|interface| interface.text.clone()).collect(),
        }
    };
    sketch.tasks.iter().enumerate().map(node).collect()
}

fn region(name: &Word, size: Option<u64>) -> Node {
    Node {
        name: name.text.clone(),
        shape: Shape::Region,
        priority: None,
        wrong: name.wrong.clone(),
        lines: vec![Line::plain(size.map_or_else(|| "shared".into(), crate::size))],
        serves: Vec::new(),
    }
}
