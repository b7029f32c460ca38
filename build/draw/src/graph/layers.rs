//! Who is in which row, and how edges pass the rows between.
//!
//! A row holds the tasks of one priority, or some of them if they are many; shared regions have rows
//! of their own, under the most important task that has them. All edges of one kind to one target
//! join on their way and pass a row in one place.

use super::{EdgeKind, Graph, Node, Shape};
use std::collections::{BTreeMap, BTreeSet};

/// Rows, most important first, and what is between them.
pub struct Layers {
    pub rows: Vec<Row>,
    /// The nodes by index, then places where bundles pass a row.
    pub items: Vec<Item>,
    pub bundles: Vec<Bundle>,
    pub segments: Vec<Segment>,
    /// Edges between two nodes of one row.
    pub arcs: Vec<usize>,
}

pub struct Row {
    pub band: Band,
    /// From left to right.
    pub items: Vec<usize>,
}

/// What is in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    Priority(u32),
    NoPriority,
    Regions,
    Unknown,
}

pub struct Item {
    pub row: usize,
    pub node: bool,
    pub width: f64,
}

/// Edges that are drawn as one. A wrong one stays alone.
pub struct Bundle {
    pub to: usize,
    pub kind: EdgeKind,
    pub wrong: bool,
    pub edges: Vec<usize>,
}

/// A piece of a bundle, from one row to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    pub bundle: usize,
    pub upper: usize,
    pub lower: usize,
}

impl Layers {
    /// Nodes have these widths; no row is wider than `limit` without need.
    pub fn new(graph: &Graph, widths: &[f64], limit: f64) -> Self {
        let rows = rows(graph, widths, limit);
        let mut items: Vec<Item> =
            widths.iter().map(|&width| Item { row: 0, node: true, width }).collect();
        for (number, row) in rows.iter().enumerate() {
            for &item in &row.items {
                items[item].row = number;
            }
        }
        let mut layers =
            Self { rows, items, bundles: Vec::new(), segments: Vec::new(), arcs: Vec::new() };
        layers.connect(graph);
        layers
    }

    fn connect(&mut self, graph: &Graph) {
        let mut bundles = BTreeMap::new();
        let mut passes = BTreeMap::new();
        let mut segments = BTreeSet::new();
        for (index, edge) in graph.edges.iter().enumerate() {
            if self.items[edge.from].row == self.items[edge.to].row {
                self.arcs.push(index);
                continue;
            }
            let alone = edge.wrong.is_some().then_some(index);
            let bundle = *bundles.entry((edge.kind, edge.to, alone)).or_insert_with(|| {
                let (to, kind, wrong) = (edge.to, edge.kind, edge.wrong.is_some());
                self.bundles.push(Bundle { to, kind, wrong, edges: Vec::new() });
                self.bundles.len() - 1
            });
            self.bundles[bundle].edges.push(index);
            self.route(bundle, edge.from, edge.to, &mut passes, &mut segments);
        }
        self.segments = segments.into_iter().collect();
    }

    /// From row to row towards the target.
    fn route(
        &mut self,
        bundle: usize,
        from: usize,
        to: usize,
        passes: &mut BTreeMap<(usize, usize), usize>,
        segments: &mut BTreeSet<Segment>,
    ) {
        let (mut row, target) = (self.items[from].row, self.items[to].row);
        let mut at = from;
        while at != to {
            let down = target > row;
            row = if down { row + 1 } else { row - 1 };
            let next = if row == target { to } else { self.pass(bundle, row, passes) };
            let (upper, lower) = if down { (at, next) } else { (next, at) };
            segments.insert(Segment { bundle, upper, lower });
            at = next;
        }
    }

    /// Where a bundle passes a row.
    fn pass(
        &mut self,
        bundle: usize,
        row: usize,
        passes: &mut BTreeMap<(usize, usize), usize>,
    ) -> usize {
        *passes.entry((bundle, row)).or_insert_with(|| {
            self.items.push(Item { row, node: false, width: 0.0 });
            let item = self.items.len() - 1;
            self.rows[row].items.push(item);
            item
        })
    }
}

fn rows(graph: &Graph, widths: &[f64], limit: f64) -> Vec<Row> {
    let wanted = |wanted: &dyn Fn(&Node) -> bool| -> Vec<usize> {
        let nodes = graph.nodes.iter().enumerate();
        nodes.filter(|(_, node)| wanted(node)).map(|(index, _)| index).collect()
    };
    let mut priorities: Vec<u32> = graph.nodes.iter().filter_map(|node| node.priority).collect();
    priorities.sort_unstable();
    priorities.dedup();
    let mut rows = Vec::new();
    for priority in priorities {
        let tasks = wanted(&|node| node.priority == Some(priority));
        let regions = regions_of(graph, priority);
        rows.extend(cut(Band::Priority(priority), tasks, widths, limit));
        rows.extend(cut(Band::Regions, regions, widths, limit));
    }
    let rest = wanted(&|node| node.shape.is_task() && node.priority.is_none());
    rows.extend(cut(Band::NoPriority, rest, widths, limit));
    let placed: BTreeSet<usize> = rows.iter().flat_map(|row| row.items.clone()).collect();
    let mut rest = wanted(&|node| node.shape == Shape::Region);
    rest.retain(|region| !placed.contains(region));
    rows.extend(cut(Band::Regions, rest, widths, limit));
    rows.extend(cut(Band::Unknown, wanted(&|node| node.shape == Shape::Unknown), widths, limit));
    rows
}

/// Regions whose most important user has this priority.
fn regions_of(graph: &Graph, priority: u32) -> Vec<usize> {
    let first_user = |region: usize| {
        let users = graph.edges.iter().filter(|edge| edge.to == region);
        users.filter_map(|edge| graph.nodes[edge.from].priority).min()
    };
    let regions = 0..graph.nodes.len();
    let regions = regions.filter(|&node| graph.nodes[node].shape == Shape::Region);
    regions.filter(|&region| first_user(region) == Some(priority)).collect()
}

/// In rows of about the same length.
fn cut(band: Band, nodes: Vec<usize>, widths: &[f64], limit: f64) -> Vec<Row> {
    if nodes.is_empty() {
        return Vec::new();
    }
    let all: f64 = nodes.iter().map(|&node| widths[node] + 24.0).sum();
    let mut rows = vec![Row { band, items: Vec::new() }];
    let share = all / (all / limit).ceil();
    let mut used = 0.0;
    for node in nodes {
        let width = widths[node] + 24.0;
        if used > 0.0 && used + width / 2.0 > share {
            rows.push(Row { band, items: Vec::new() });
            used = 0.0;
        }
        used += width;
        if let Some(row) = rows.last_mut() {
            row.items.push(node);
        }
    }
    rows
}
