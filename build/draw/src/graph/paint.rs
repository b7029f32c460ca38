//! The picture: rows, lines, boxes, what they mean.

use super::layers::{Band, Layers, Segment};
use super::lines::LineKind;
use super::order::order;
use super::place::place;
use super::{EdgeKind, Graph, Node, Shape};
use crate::svg::{Canvas, Element, count, text_width};
use std::collections::{BTreeMap, BTreeSet};

/// Rows get no wider, unless one box is.
const WIDEST: f64 = 1500.0;
/// Room for the words at the left.
const LEFT: f64 = 120.0;
const MARGIN: f64 = 24.0;
const NAME: f64 = 13.0;
const SMALL: f64 = 10.0;
const LINE: f64 = 13.0;
/// Room under the title.
const TOP: f64 = 52.0;
const RED: &str = "#d01010";
const TEAL: &str = "#1b8a6b";
/// Of lines to different targets.
const COLOURS: [&str; 12] = [
    "#2458b3", "#b3541e", "#3b7d23", "#8a3ea8", "#a8305f", "#167a8c", "#7a6a12", "#5a4fd0",
    "#c0392b", "#4a5a6a", "#0f8f5a", "#a0522d",
];

const STYLE: &str = "\
.title{font-size:18px;font-weight:bold}
.name{font-size:13px;font-weight:bold}
.line,.row,.key{font-size:10px}
.line,.key{fill:#444}
.row{fill:#667;font-weight:bold}
.device{font-size:10px;fill:#7a5200}
.serves{font-size:10px;font-weight:bold;fill:#223}
.bad{font-size:10px;font-weight:bold;fill:#d01010}
.edge path{fill:none;stroke-width:1.4}
.edge:hover path{stroke-width:4}
";

/// Where a line meets an item: the item, whether below it, and the bundle.
type Port = (usize, bool, usize);

struct Picture<'g> {
    graph: &'g Graph,
    layers: Layers,
    /// Of items: the middle.
    x: Vec<f64>,
    /// Of rows: top and height.
    rows: Vec<(f64, f64)>,
    ports: BTreeMap<Port, f64>,
    canvas: Canvas,
    width: f64,
    height: f64,
}

impl Graph {
    /// The graph as a picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let widths: Vec<f64> = (0..self.nodes.len()).map(|node| self.width_of(node)).collect();
        let mut layers = Layers::new(self, &widths, WIDEST);
        order(&mut layers);
        let x: Vec<f64> = place(&layers).iter().map(|x| x + LEFT).collect();
        let rows = heights(self, &layers);
        let right = layers.items.iter().zip(&x).map(|(item, x)| x + item.width / 2.0);
        let title = text_width(&self.title(), 18.0) + MARGIN;
        let width = right.fold(title.max(700.0), f64::max) + MARGIN;
        let height = rows.last().map_or(TOP, |(top, height)| top + height) + MARGIN;
        let ports = ports(&layers, &x);
        let canvas = Canvas::default();
        let mut picture = Picture { graph: self, layers, x, rows, ports, canvas, width, height };
        picture.paint();
        picture.canvas.finish(picture.width, picture.height, &self.title(), STYLE)
    }

    fn width_of(&self, node: usize) -> f64 {
        let lines = self.nodes[node].lines.iter().map(|line| text_width(&line.text, SMALL));
        let name = text_width(&self.nodes[node].name, NAME);
        // Lines that leave it need room, too.
        let edges = self.edges.iter().filter(|edge| edge.from == node).count();
        lines.fold(name, f64::max).max(count(edges) * 9.0) + 20.0
    }
}

fn height_of(node: &Node) -> f64 {
    NAME + 14.0 + count(node.lines.len()) * LINE
}

/// Lines need room between rows, many lines more.
fn heights(graph: &Graph, layers: &Layers) -> Vec<(f64, f64)> {
    let mut at = TOP;
    let mut rows = Vec::new();
    for (number, row) in layers.rows.iter().enumerate() {
        let nodes = row.items.iter().filter_map(|&item| graph.nodes.get(item));
        let height = nodes.map(height_of).fold(0.0, f64::max);
        rows.push((at, height));
        let below = layers.segments.iter();
        let below = below.filter(|segment| layers.items[segment.upper].row == number).count();
        at += height + 40.0 + (count(below) * 2.0).min(60.0);
    }
    rows
}

/// Each bundle has its own place on the edge of a box, in the order of where it comes from.
fn ports(layers: &Layers, x: &[f64]) -> BTreeMap<Port, f64> {
    let mut sides = BTreeMap::<(usize, bool), BTreeMap<usize, Vec<f64>>>::new();
    for &Segment { bundle, upper, lower } in &layers.segments {
        sides.entry((upper, true)).or_default().entry(bundle).or_default().push(x[lower]);
        sides.entry((lower, false)).or_default().entry(bundle).or_default().push(x[upper]);
    }
    let mut ports = BTreeMap::new();
    for ((item, below), bundles) in sides {
        let mean = |others: &[f64]| others.iter().sum::<f64>() / count(others.len());
        let mut bundles: Vec<(usize, f64)> =
            bundles.into_iter().map(|(bundle, others)| (bundle, mean(&others))).collect();
        bundles.sort_by(|a, b| a.1.total_cmp(&b.1));
        let all = count(bundles.len());
        let step = (layers.items[item].width / (all + 1.0)).min(24.0);
        for (place, (bundle, _)) in bundles.into_iter().enumerate() {
            let offset = (count(place) - (all - 1.0) / 2.0) * step;
            ports.insert((item, below, bundle), x[item] + offset);
        }
    }
    ports
}

impl Picture<'_> {
    fn paint(&mut self) {
        self.canvas.text(MARGIN, 30.0, "title", &self.graph.title());
        self.bands();
        for bundle in 0..self.layers.bundles.len() {
            self.bundle(bundle);
        }
        for arc in self.layers.arcs.clone() {
            self.arc(arc);
        }
        for (index, node) in self.graph.nodes.iter().enumerate() {
            self.node(index, node);
        }
        self.legend();
        self.mistakes();
    }

    /// A stripe for each row, its priority beside it.
    fn bands(&mut self) {
        let mut before = None;
        let mut dark = false;
        for (row, &(top, height)) in self.layers.rows.iter().zip(&self.rows) {
            let again = before == Some(row.band) && row.band != Band::Regions;
            dark ^= !again;
            before = Some(row.band);
            let colour = if dark { "#f1f4f8" } else { "#f8f8f4" };
            let stripe = Element::new("rect").at("x", 0.0).at("y", top - 10.0);
            let stripe = stripe.at("width", self.width).at("height", height + 20.0);
            self.canvas.add(&stripe.with("fill", colour));
            let words = match row.band {
                Band::Priority(priority) => format!("priority {priority}"),
                Band::NoPriority => "priority ?".into(),
                Band::Regions => "shared memory".into(),
                Band::Unknown => "not there".into(),
            };
            if !again {
                self.canvas.text(12.0, top + 14.0, "row", &words);
            }
        }
    }

    fn colour(&self, bundle: usize) -> &'static str {
        let bundle = &self.layers.bundles[bundle];
        match bundle.kind {
            _ if bundle.wrong => RED,
            EdgeKind::Read | EdgeKind::Write => TEAL,
            EdgeKind::Slot | EdgeKind::Post => self.colour_to(bundle.to),
        }
    }

    /// The first targets differ.
    fn colour_to(&self, target: usize) -> &'static str {
        let edges = self.graph.edges.iter();
        let kinds = [EdgeKind::Slot, EdgeKind::Post];
        let targets: BTreeSet<usize> =
            edges.filter(|edge| kinds.contains(&edge.kind)).map(|edge| edge.to).collect();
        COLOURS[targets.range(..target).count() % COLOURS.len()]
    }

    fn bundle(&mut self, number: usize) {
        let segments: Vec<Segment> =
            self.layers.segments.iter().filter(|one| one.bundle == number).copied().collect();
        let colour = self.colour(number);
        let bundle = &self.layers.bundles[number];
        let (to, kind, wrong) = (bundle.to, bundle.kind, bundle.wrong);
        let said: Vec<String> =
            bundle.edges.iter().map(|&edge| self.graph.explain(&self.graph.edges[edge])).collect();
        let mut path = String::new();
        for segment in &segments {
            path.push_str(&self.curve(segment));
        }
        let line = Element::new("path").with("d", path).with("stroke", colour);
        let line = dashed(line, kind, wrong);
        let arrows = self.arrows(&segments, to, kind, colour);
        self.canvas.group("edge", |canvas| {
            canvas.add_explained(&line, &said.join("\n"));
            arrows.iter().for_each(|arrow| canvas.add(arrow));
        });
    }

    /// From the lower end of one item, or of the row it passes, to the upper end of another.
    fn curve(&self, segment: &Segment) -> String {
        let &Segment { bundle, upper, lower } = segment;
        let port = |item, below| self.ports.get(&(item, below, bundle)).copied();
        let x1 = port(upper, true).unwrap_or(self.x[upper]);
        let x2 = port(lower, false).unwrap_or(self.x[lower]);
        let (top, height) = self.rows[self.layers.items[upper].row];
        let start = self.graph.nodes.get(upper).map_or(height, height_of) + top;
        let (row, end) = (top + height, self.rows[self.layers.items[lower].row].0);
        let middle = f64::midpoint(row, end);
        // Through its row it goes straight.
        let mut path = format!("M{x1:.1} {start:.1}V{row:.1}");
        path += &format!("C{x1:.1} {middle:.1} {x2:.1} {middle:.1} {x2:.1} {end:.1}");
        if !self.layers.items[lower].node {
            let (top, height) = self.rows[self.layers.items[lower].row];
            path += &format!("V{:.1}", top + height);
        }
        path
    }

    fn arrows(
        &self,
        segments: &[Segment],
        to: usize,
        kind: EdgeKind,
        colour: &str,
    ) -> Vec<Element> {
        if matches!(kind, EdgeKind::Read | EdgeKind::Write) {
            return self.accesses(segments, to, kind);
        }
        let mut arrows = Vec::new();
        for below in [true, false] {
            let side = |one: &&Segment| if below { one.upper == to } else { one.lower == to };
            let Some(segment) = segments.iter().find(side) else { continue };
            let x = self.ports.get(&(to, below, segment.bundle)).copied().unwrap_or(self.x[to]);
            let (top, _) = self.rows[self.layers.items[to].row];
            let (tip, back) = if below {
                let bottom = top + height_of(&self.graph.nodes[to]);
                (bottom + 0.5, bottom + 8.5)
            } else {
                (top - 0.5, top - 8.5)
            };
            let points =
                format!("{x:.1},{tip:.1} {:.1},{back:.1} {:.1},{back:.1}", x - 4.0, x + 4.0);
            arrows.push(Element::new("polygon").with("points", points).with("fill", colour));
        }
        arrows
    }

    /// A dot at each task that has the region: full if it writes.
    fn accesses(&self, segments: &[Segment], to: usize, kind: EdgeKind) -> Vec<Element> {
        let ends = segments
            .iter()
            .flat_map(|one| [(one.upper, true, one.bundle), (one.lower, false, one.bundle)]);
        let tasks = ends.filter(|&(item, ..)| item != to && self.layers.items[item].node);
        let dot = |(item, below, bundle): Port| {
            let (top, _) = self.rows[self.layers.items[item].row];
            let height = height_of(&self.graph.nodes[item]);
            let y = if below { top + height + 4.0 } else { top - 4.0 };
            let x = self.ports.get(&(item, below, bundle)).copied().unwrap_or(self.x[item]);
            dot(x, y, kind == EdgeKind::Write)
        };
        tasks.map(dot).collect()
    }

    /// Within a row, lines go under it.
    fn arc(&mut self, index: usize) {
        let edge = &self.graph.edges[index];
        let colour = if edge.wrong.is_some() { RED } else { self.colour_to(edge.to) };
        let (top, _) = self.rows[self.layers.items[edge.from].row];
        let bottom = |node: usize| top + height_of(&self.graph.nodes[node]);
        let (y1, y2) = (bottom(edge.from), bottom(edge.to));
        let (x1, x2) = (self.x[edge.from] + 14.0, self.x[edge.to] - 14.0);
        let low = y1.max(y2) + 30.0;
        let path = format!("M{x1:.1} {y1:.1}C{x1:.1} {low:.1} {x2:.1} {low:.1} {x2:.1} {y2:.1}");
        let line = Element::new("path").with("d", path).with("stroke", colour);
        let line = dashed(line, edge.kind, edge.wrong.is_some());
        let points = format!(
            "{x2:.1},{:.1} {:.1},{:.1} {:.1},{:.1}",
            y2 + 0.5,
            x2 - 4.0,
            y2 + 8.5,
            x2 + 4.0,
            y2 + 8.5
        );
        let arrow = Element::new("polygon").with("points", points).with("fill", colour);
        let said = self.graph.explain(edge);
        self.canvas.group("edge", |canvas| {
            canvas.add_explained(&line, &said);
            canvas.add(&arrow);
        });
    }

    fn node(&mut self, index: usize, node: &Node) {
        let (width, height) = (self.layers.items[index].width, height_of(node));
        let left = self.x[index] - width / 2.0;
        let (top, _) = self.rows[self.layers.items[index].row];
        let (fill, stroke, dash, round) = match node.shape {
            Shape::Supervisor => ("#dfe8f7", "#1d3f7a", "", 4.0),
            Shape::Task => ("#ffffff", "#555566", "", 4.0),
            Shape::Idle => ("#eeeeee", "#888888", "5 3", 4.0),
            Shape::Region => ("#e2f3ea", TEAL, "", 14.0),
            Shape::Unknown => ("#ffffff", RED, "3 3", 4.0),
        };
        let wrong = node.wrong.is_some();
        let stroke = if wrong { RED } else { stroke };
        let thick = if wrong || node.shape == Shape::Supervisor { 2.4 } else { 1.2 };
        let shape = Element::new("rect").at("x", left).at("y", top).at("width", width);
        let shape = shape.at("height", height).at("rx", round).with("fill", fill);
        let shape = shape.with("stroke", stroke).at("stroke-width", thick);
        let shape = if dash.is_empty() { shape } else { shape.with("stroke-dasharray", dash) };
        let said = node.wrong.as_deref().map_or(String::new(), |wrong| format!("REFUSED: {wrong}"));
        self.canvas.add_explained(&shape, &said);
        self.canvas.text(left + 10.0, top + NAME + 4.0, "name", &node.name);
        for (number, line) in node.lines.iter().enumerate() {
            let class = match line.kind {
                _ if line.wrong.is_some() => "bad",
                LineKind::Plain => "line",
                LineKind::Device => "device",
                LineKind::Serves => "serves",
            };
            let y = top + NAME + 4.0 + count(number + 1) * LINE;
            self.canvas.text(left + 10.0, y, class, &line.text);
        }
    }

    fn legend(&mut self) {
        let y = self.height + 6.0;
        let mut x = MARGIN;
        let mut sample = |kind: EdgeKind, colour: &str, words: &str| {
            let path = format!("M{x:.1} {:.1}h34", y - 3.0);
            let line = Element::new("path").with("d", path).with("stroke", colour);
            let line = dashed(line.at("stroke-width", 1.4).with("fill", "none"), kind, false);
            self.canvas.add(&line);
            if kind == EdgeKind::Write {
                self.canvas.add(&dot(x, y - 3.0, true));
            } else if kind == EdgeKind::Read {
                self.canvas.add(&dot(x, y - 3.0, false));
            }
            self.canvas.text(x + 40.0, y, "key", words);
            x += 40.0 + text_width(words, SMALL) + 26.0;
        };
        sample(EdgeKind::Slot, COLOURS[0], "may send (colour: to whom)");
        sample(EdgeKind::Post, COLOURS[0], "may post");
        sample(EdgeKind::Write, TEAL, "writes");
        sample(EdgeKind::Read, TEAL, "only reads");
        if !self.graph.mistakes.is_empty() {
            sample(EdgeKind::Slot, RED, "refused");
        }
        self.width = self.width.max(x);
        self.height = y + MARGIN;
    }

    fn mistakes(&mut self) {
        let mistakes = &self.graph.mistakes;
        if mistakes.is_empty() {
            return;
        }
        let heading = format!("This app is refused; it has {} mistakes:", mistakes.len());
        let heading = if mistakes.len() == 1 { "This app is refused:" } else { &heading };
        self.canvas.text(MARGIN, self.height, "bad", heading);
        for mistake in mistakes {
            self.height += 15.0;
            self.canvas.text(MARGIN + 12.0, self.height, "bad", mistake);
            self.width = self.width.max(text_width(mistake, SMALL) + 3.0 * MARGIN);
        }
        self.height += MARGIN;
    }
}

fn dashed(line: Element, kind: EdgeKind, wrong: bool) -> Element {
    let line = if wrong { line.with("style", "stroke-width:2.6") } else { line };
    match kind {
        EdgeKind::Slot => line,
        EdgeKind::Post => line.with("stroke-dasharray", "2 3"),
        EdgeKind::Read | EdgeKind::Write => line.with("stroke-dasharray", "8 3"),
    }
}

fn dot(x: f64, y: f64, full: bool) -> Element {
    let dot = Element::new("circle").at("cx", x).at("cy", y).at("r", 4.0);
    dot.with("fill", if full { TEAL } else { "#ffffff" }).with("stroke", TEAL)
}
