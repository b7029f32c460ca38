//! The order within rows: such that few lines cross.

use super::layers::Layers;
use crate::svg::count;

/// More change nothing any more.
const SWEEPS: usize = 24;

/// Everybody moves to the middle of their neighbours in the row above, then below, again and again;
/// the best order seen is kept.
pub fn order(layers: &mut Layers) {
    let neighbours = Neighbours::of(layers);
    let now = |layers: &Layers| -> Vec<Vec<usize>> {
        layers.rows.iter().map(|row| row.items.clone()).collect()
    };
    let mut best = (crossings(layers), now(layers));
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let rows = layers.rows.len();
        for number in 0..rows {
            let row = if down { number } else { rows - 1 - number };
            sort(layers, row, if down { &neighbours.above } else { &neighbours.below });
        }
        let crossings = crossings(layers);
        if crossings < best.0 {
            best = (crossings, now(layers));
        }
    }
    for (row, items) in layers.rows.iter_mut().zip(best.1) {
        row.items = items;
    }
}

/// By item.
pub struct Neighbours {
    pub above: Vec<Vec<usize>>,
    pub below: Vec<Vec<usize>>,
}

impl Neighbours {
    pub fn of(layers: &Layers) -> Self {
        let mut above = vec![Vec::new(); layers.items.len()];
        let mut below = above.clone();
        for segment in &layers.segments {
            above[segment.lower].push(segment.upper);
            below[segment.upper].push(segment.lower);
        }
        Self { above, below }
    }
}

/// By item: its place in its row, 0 in the middle.
fn places(layers: &Layers) -> Vec<f64> {
    let mut places = vec![0.0; layers.items.len()];
    for row in &layers.rows {
        for (place, &item) in row.items.iter().enumerate() {
            places[item] = count(place) - count(row.items.len()) / 2.0;
        }
    }
    places
}

fn sort(layers: &mut Layers, row: usize, neighbours: &[Vec<usize>]) {
    let places = places(layers);
    let wanted = |item: usize| match &neighbours[item][..] {
        [] => places[item],
        others => others.iter().map(|&other| places[other]).sum::<f64>() / count(others.len()),
    };
    // The sort is stable: equals stay as they are.
    layers.rows[row].items.sort_by(|&a, &b| wanted(a).total_cmp(&wanted(b)));
}

fn crossings(layers: &Layers) -> usize {
    let places = places(layers);
    let mut crossings = 0;
    for (index, a) in layers.segments.iter().enumerate() {
        for b in &layers.segments[index + 1..] {
            if layers.items[a.upper].row == layers.items[b.upper].row {
                let above = places[a.upper] - places[b.upper];
                let below = places[a.lower] - places[b.lower];
                crossings += usize::from(above * below < 0.0);
            }
        }
    }
    crossings
}
