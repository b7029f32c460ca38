//! For graphviz: `dot -Tpng`.

use super::lines::LineKind;
use super::{Edge, EdgeKind, Graph, Node, Shape};
use std::collections::BTreeMap;
use std::fmt::Write;

const RED: &str = "#d01010";

impl Graph {
    /// The graph in the DOT language.
    #[must_use]
    pub fn dot(&self) -> String {
        let mut dot = String::new();
        let _ = writeln!(dot, "digraph {} {{", quoted(&self.name));
        let mut label = self.title();
        for mistake in &self.mistakes {
            let _ = write!(label, "\nREFUSED: {mistake}");
        }
        let _ = writeln!(
            dot,
            "  rankdir=BT; labelloc=t; label={}; newrank=true;\n  \
             node [shape=box, fontname=\"monospace\", fontsize=10, style=filled, \
             fillcolor=white];\n  edge [fontname=\"monospace\", fontsize=9];",
            quoted(&label)
        );
        for (index, node) in self.nodes.iter().enumerate() {
            let _ = writeln!(dot, "  n{index} [{}];", node_attributes(node));
        }
        self.rows(&mut dot);
        for edge in &self.edges {
            let _ = writeln!(dot, "  n{} -> n{} [{}];", edge.from, edge.to, self.attributes(edge));
        }
        dot.push_str("}\n");
        dot
    }

    /// One row for each priority, the most important on top.
    fn rows(&self, dot: &mut String) {
        let mut rows = BTreeMap::<u32, Vec<usize>>::new();
        for (index, node) in self.nodes.iter().enumerate() {
            if let Some(priority) = node.priority {
                rows.entry(priority).or_default().push(index);
            }
        }
        for (priority, nodes) in &rows {
            let nodes: String = nodes.iter().map(|node| format!(" n{node};")).collect();
            let _ = writeln!(
                dot,
                "  p{priority} [label=\"priority {priority}\", shape=plaintext, style=\"\"];\n  \
                 {{ rank=same; p{priority};{nodes} }}"
            );
        }
        for (upper, lower) in rows.keys().zip(rows.keys().skip(1)) {
            let _ = writeln!(dot, "  p{lower} -> p{upper} [style=invis, weight=100];");
        }
    }

    fn attributes(&self, edge: &Edge) -> String {
        let mut attributes = match edge.kind {
            EdgeKind::Slot => String::new(),
            EdgeKind::Post => "style=dotted, constraint=false, ".to_owned(),
            EdgeKind::Read => "style=dashed, constraint=false, dir=back, ".to_owned(),
            EdgeKind::Write => "style=dashed, constraint=false, dir=both, ".to_owned(),
        };
        if edge.wrong.is_some() {
            let _ = write!(attributes, "color=\"{RED}\", fontcolor=\"{RED}\", penwidth=2.5, ");
            // A call downhill does not turn the rows around.
            if edge.kind == EdgeKind::Slot {
                attributes.push_str("constraint=false, ");
            }
        }
        let mut label = edge.label.clone();
        if edge.kind == EdgeKind::Slot {
            let interfaces = self.nodes[edge.to].serves.join(", ");
            label = [label, interfaces]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(": ");
        }
        let label = quoted(&label);
        let explained = quoted(&self.explain(edge));
        let _ = write!(attributes, "label={label}, tooltip={explained}");
        attributes
    }
}

fn node_attributes(node: &Node) -> String {
    let mut label = node.name.clone();
    for line in &node.lines {
        let mark = if line.wrong.is_some() { "(REFUSED) " } else { "" };
        let _ = write!(label, "\n{mark}{}", line.text);
    }
    let mut attributes = format!("label={}", quoted(&label));
    let look = match node.shape {
        Shape::Supervisor => ", fillcolor=\"#dfe8f7\", penwidth=2.5",
        Shape::Task if node.lines.iter().any(|line| line.kind == LineKind::Device) => {
            ", fillcolor=\"#fff7e0\""
        }
        Shape::Task => "",
        Shape::Idle => ", style=\"filled,dashed\", fillcolor=\"#eeeeee\"",
        Shape::Region => ", shape=cylinder, fillcolor=\"#e2f3ea\"",
        Shape::Unknown => ", style=\"dashed\"",
    };
    attributes.push_str(look);
    if node.wrong.is_some() || node.lines.iter().any(|line| line.wrong.is_some()) {
        let _ = write!(attributes, ", color=\"{RED}\"");
    }
    attributes
}

/// A string as DOT takes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => quoted.push(' '),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}
