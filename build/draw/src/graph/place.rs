//! Where on the line of its row each item is: near its neighbours, and apart from the others.

use super::layers::{Item, Layers};
use super::order::Neighbours;
use crate::svg::count;

/// More move nothing any more that an eye would see.
const SWEEPS: usize = 40;

/// The middle of each item, from 0 on.
pub fn place(layers: &Layers) -> Vec<f64> {
    let neighbours = Neighbours::of(layers);
    let mut places = vec![0.0; layers.items.len()];
    for sweep in 0..SWEEPS {
        let rows = layers.rows.len();
        for number in 0..rows {
            let row = if sweep % 2 == 0 { number } else { rows - 1 - number };
            let row = &layers.rows[row].items;
            let wanted: Vec<f64> =
                row.iter().map(|&item| wanted(item, &places, &neighbours)).collect();
            let widths: Vec<&Item> = row.iter().map(|&item| &layers.items[item]).collect();
            for (&item, place) in row.iter().zip(settle(&widths, &wanted)) {
                places[item] = place;
            }
        }
    }
    let left = |(item, &place): (&Item, &f64)| place - item.width / 2.0;
    let least = layers.items.iter().zip(&places).map(left).fold(f64::INFINITY, f64::min);
    places.iter().map(|place| place - least).collect()
}

fn wanted(item: usize, places: &[f64], neighbours: &Neighbours) -> f64 {
    let mean = |others: &[usize]| {
        let sum: f64 = others.iter().map(|&other| places[other]).sum();
        (!others.is_empty()).then(|| sum / count(others.len()))
    };
    let (above, below) = (mean(&neighbours.above[item]), mean(&neighbours.below[item]));
    match (above, below) {
        (Some(above), Some(below)) => f64::midpoint(above, below),
        (one, other) => one.or(other).unwrap_or(places[item]),
    }
}

/// The places nearest to those wanted at which nobody is too near to the next. Whoever would be is
/// put into a block with the next, and the block goes where its members want on average.
fn settle(items: &[&Item], wanted: &[f64]) -> Vec<f64> {
    struct Block {
        sum: f64,
        members: usize,
    }
    let mut offsets = Vec::with_capacity(items.len());
    let mut offset = 0.0;
    let mut blocks: Vec<Block> = Vec::new();
    let mean = |block: &Block| block.sum / count(block.members);
    for (index, &wanted) in wanted.iter().enumerate() {
        if index > 0 {
            offset += apart(items[index - 1], items[index]);
        }
        offsets.push(offset);
        let mut last = Block { sum: wanted - offset, members: 1 };
        while let Some(before) = blocks.pop_if(|before| mean(before) >= mean(&last)) {
            last = Block { sum: before.sum + last.sum, members: before.members + last.members };
        }
        blocks.push(last);
    }
    let bases = blocks.iter().flat_map(|block| std::iter::repeat_n(mean(block), block.members));
    bases.zip(offsets).map(|(base, offset)| base + offset).collect()
}

/// How far the middles of two neighbours are apart at least.
fn apart(a: &Item, b: &Item) -> f64 {
    let gap = match (a.node, b.node) {
        (true, true) => 24.0,
        (false, false) => 12.0,
        _ => 16.0,
    };
    f64::midpoint(a.width, b.width) + gap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_the_same_place_shares_it_around_it() {
        let item = || Item { row: 0, node: true, width: 26.0 };
        let items = [item(), item(), item()];
        let places = settle(&items.iter().collect::<Vec<_>>(), &[100.0, 100.0, 400.0]);
        assert_eq!(places, [75.0, 125.0, 400.0]);
    }
}
