//! The deepest way through a call graph.
//!
//! Formatting needs more than a walk. `core::fmt::write` calls, through pointers, implementations of
//! `Display` and the like, which call it again. Taken as a graph that is recursion. But what is to be
//! formatted is borrowed from somebody who waits for it: such a call goes to an implementation whose
//! address was made by a function that is still active. So the work done for a function's own
//! formatters is counted at that function: the deepest place below it from which they may be called,
//! and from there the deepest of them. That place may itself lie below one of them, once.
//!
//! A panic begins again from there, with nothing behind it: what panics in a panic is not counted.

use crate::graph::{Class, Graph, Target};
use crate::name;
use crate::rules::Rules;
use crate::{Error, Step};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Without {
    /// Ways into a panic.
    pub panics: bool,
    /// Ways into `core::fmt`.
    pub formatting: bool,
}

/// A function in some situation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    function: usize,
    /// Within a panic.
    panic: bool,
    /// How often functions with declared recursion may still be entered.
    left: Rc<[u32]>,
}

/// A place where formatters are called: how, and whether within a panic.
type Place = (Class, bool);

/// A way down.
#[derive(Clone, Debug, Default)]
struct Way {
    bytes: u64,
    /// Functions with the bytes that each has in use as it calls the next.
    steps: Vec<(usize, u64)>,
}

/// What is known of a node.
struct Depth {
    deepest: Way,
    /// The deepest places where formatters may be called.
    places: BTreeMap<Place, Way>,
}

/// A graph being solved.
pub struct Solver<'a> {
    graph: &'a Graph,
    rules: &'a Rules,
    without: Without,
    done: BTreeMap<Node, Rc<Depth>>,
    active: Vec<Node>,
}

impl<'a> Solver<'a> {
    /// Nothing known yet.
    pub fn new(graph: &'a Graph, rules: &'a Rules, without: Without) -> Self {
        Self { graph, rules, without, done: BTreeMap::new(), active: Vec::new() }
    }

    /// Bytes of stack from a function on, and the way to them.
    pub fn deepest(&mut self, function: usize) -> Result<(u64, Vec<Step>), Error> {
        let left = self.rules.recursion.iter().map(|(_, times)| *times).collect();
        let node = Node { function, panic: false, left };
        let Some(node) = self.enter(node) else { return Ok((0, Vec::new())) };
        let depth = self.depth(node)?;
        let step = |(function, bytes): &(usize, u64)| Step {
            function: self.graph.functions[*function].name.clone(),
            bytes: *bytes,
        };
        Ok((depth.deepest.bytes, depth.deepest.steps.iter().map(step).collect()))
    }

    /// The node as it is entered; `None` if it never is.
    fn enter(&self, mut node: Node) -> Option<Node> {
        let function = &self.graph.functions[node.function];
        if self.without.panics && function.panics
            || self.without.formatting && name::is_formatting(&function.name)
        {
            return None;
        }
        for (number, (pattern, _)) in self.rules.recursion.iter().enumerate() {
            if name::matches(pattern, &function.name) {
                let left = node.left[number].checked_sub(1)?;
                Rc::make_mut(&mut node.left)[number] = left;
            }
        }
        Some(node)
    }

    /// Who is entered by a call from there.
    fn callee(&self, from: &Node, to: usize) -> Option<Node> {
        let (caller, callee) = (&self.graph.functions[from.function], &self.graph.functions[to]);
        if callee.panics && from.panic && (caller.ends_panic || !caller.panics) {
            return None;
        }
        let panic = from.panic || callee.panics;
        self.enter(Node { function: to, panic, left: Rc::clone(&from.left) })
    }

    fn depth(&mut self, node: Node) -> Result<Rc<Depth>, Error> {
        if let Some(known) = self.done.get(&node) {
            return Ok(Rc::clone(known));
        }
        if let Some(from) = self.active.iter().position(|active| *active == node) {
            let cycle = self.active[from..].iter().chain([&node]);
            let name = |node: &Node| self.graph.functions[node.function].name.clone();
            return Err(Error::Recursion(cycle.map(name).collect()));
        }
        self.active.push(node.clone());
        let depth = Rc::new(self.work_out(&node)?);
        self.active.pop();
        self.done.insert(node, Rc::clone(&depth));
        Ok(depth)
    }

    fn work_out(&mut self, node: &Node) -> Result<Depth, Error> {
        let function = &self.graph.functions[node.function];
        if let Some((at, lost)) = &function.lost {
            return Err(Error::lost(&function.name, *at, lost.clone()));
        }
        let own = Way { bytes: function.own, steps: vec![(node.function, function.own)] };
        let mut depth = Depth { deepest: own, places: BTreeMap::new() };
        for (bytes, target) in &function.calls {
            let here = Way { bytes: *bytes, steps: vec![(node.function, *bytes)] };
            for callee in self.targets(node, *target, &here, &mut depth) {
                let Some(callee) = self.callee(node, callee) else { continue };
                let below = self.depth(callee)?;
                depth.take(&here, &below);
            }
        }
        if !self.without.formatting {
            self.own_formatters(node, &mut depth)?;
        }
        Ok(depth)
    }

    /// Functions that a call may reach wherever it stands. That it may reach formatters is noted.
    fn targets(&self, node: &Node, target: Target, here: &Way, depth: &mut Depth) -> Vec<usize> {
        let class = match target {
            Target::Function(function) => return vec![function],
            Target::Indirect(class) => class,
        };
        let caller = &self.graph.functions[node.function].name;
        if let Some(declared) = self.rules.declared(&self.graph.functions, caller) {
            return declared;
        }
        depth.places.entry((class, node.panic)).or_default().deepen(here);
        let method = matches!(class, Class::Slot(3..=5));
        if name::is_formatting(caller) || name::is_formatter(caller) && method {
            return Vec::new();
        }
        let pointers = self.graph.pointers.iter();
        let methods = self.graph.slots.iter().filter(|(slot, _)| match class {
            Class::Slot(wanted) => wanted == **slot,
            Class::Pointer => false,
            Class::Unknown => true,
        });
        pointers.chain(methods.flat_map(|(_, functions)| functions)).copied().collect()
    }

    /// Formatters whose addresses this function makes, called from the deepest places below it.
    fn own_formatters(&mut self, node: &Node, depth: &mut Depth) -> Result<(), Error> {
        let graph = self.graph;
        let mut chains = Vec::new();
        for (formatter, class) in &graph.functions[node.function].formatters {
            let writer = name::is_writer(&graph.functions[*formatter].name);
            // What a panic writes to it has made itself.
            let within = if node.panic || writer { 1 } else { 2 };
            for panic in [node.panic, true].into_iter().take(within) {
                let Some(from) = depth.place(*class, panic) else { continue };
                let left = Rc::clone(&node.left);
                let Some(callee) = self.enter(Node { function: *formatter, panic, left }) else {
                    continue;
                };
                chains.push((from, *class, panic, self.depth(callee)?));
            }
        }
        // Each from where the others may call it; then all of them may have been at work below.
        let alone = std::mem::take(&mut depth.places);
        for (number, (_, class, panic, below)) in chains.iter().enumerate() {
            depth.places.clone_from(&alone);
            let others = chains.iter().enumerate().filter(|(other, _)| *other != number);
            for (_, (from, _, _, other)) in others {
                depth.take_places(from, other);
            }
            if let Some(from) = depth.place(*class, *panic) {
                depth.deepest.deepen(&from.then(&below.deepest));
            }
        }
        depth.places = alone;
        for (from, _, _, below) in &chains {
            depth.take_places(from, below);
        }
        Ok(())
    }
}

impl Depth {
    /// What a call from here to there adds.
    fn take(&mut self, here: &Way, below: &Self) {
        self.deepest.deepen(&here.then(&below.deepest));
        self.take_places(here, below);
    }

    fn take_places(&mut self, here: &Way, below: &Self) {
        for (place, way) in &below.places {
            self.places.entry(*place).or_default().deepen(&here.then(way));
        }
    }

    /// The deepest place from which a function is called whose address was made so.
    fn place(&self, made: Class, panic: bool) -> Option<Way> {
        let may = |class: &Class| match (made, class) {
            (_, Class::Unknown) | (Class::Pointer, Class::Pointer | Class::Slot(0)) => true,
            (made, class) => made == *class,
        };
        let places =
            self.places.iter().filter(|((class, within), _)| may(class) && *within == panic);
        places.map(|(_, way)| way).max_by_key(|way| way.bytes).cloned()
    }
}

impl Way {
    fn deepen(&mut self, other: &Self) {
        if other.bytes > self.bytes || self.steps.is_empty() {
            *self = other.clone();
        }
    }

    fn then(&self, below: &Self) -> Self {
        let steps = self.steps.iter().chain(&below.steps).copied().collect();
        Self { bytes: self.bytes + below.bytes, steps }
    }
}
