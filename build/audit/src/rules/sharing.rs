//! Memory that more than one task reaches.

use super::note;
use crate::facts::Facts;
use crate::physical::Piece;
use crate::report::Findings;
use crate::rule::Rule;
use crate::show;
use crate::walk::{Extent, Who};

/// Every piece that two tasks reach is a region or table that app.toml gives to both of them.
/// A region is as app.toml has it even when one task alone reaches it.
pub fn two_tasks(facts: &Facts<'_>, findings: &mut Findings) {
    for piece in facts.pieces.iter().filter(|piece| facts.is_ram(piece.physical)) {
        let users: Vec<&Extent> =
            piece.by.iter().filter(|extent| extent.leaf.rights.user.any()).collect();
        let alone = piece.tasks().len() < 2;
        let refusals = users.iter().map(|extent| refusal(facts, extent, piece, alone));
        let Some(why) = refusals.flatten().next().or_else(|| different(facts, &users, piece))
        else {
            continue;
        };
        let words =
            format!("is reached by {}: {why}", show::mappings(facts, users.iter().copied(), piece));
        note(facts, findings, Rule::TwoTasks, piece, users, &words);
    }
}

/// Why app.toml does not give this piece to this task to share.
fn refusal(facts: &Facts<'_>, extent: &Extent, piece: &Piece, alone: bool) -> Option<String> {
    let Who::Task(index) = extent.who else { return None };
    let task = show::who(facts, extent.who);
    let address = extent.address_of(piece.physical);
    let region = facts.region(extent.who, address);
    let Some(region) = region.filter(|region| region.access.contains('s') || !alone) else {
        return (!alone).then(|| format!("the archive knows nothing there for {task}"));
    };
    let grants = facts.grants(index)?;
    let name = &region.name;
    let user = extent.leaf.rights.user;
    if region.access.contains('s') {
        let Some(share) = grants.shares.iter().find(|share| share.region == *name) else {
            return Some(format!("app.toml does not give region `{name}` to {task}"));
        };
        let moved = region.physical.wrapping_add(address.wrapping_sub(region.base));
        return if share.unmapped {
            Some(format!("app.toml lets only devices of {task} reach region `{name}`"))
        } else if user.write && !share.write {
            Some(format!("app.toml lets {task} only read region `{name}`"))
        } else if user.execute {
            Some(format!("{task} can execute region `{name}`"))
        } else if share.size != region.size
            || share.physical.is_some_and(|there| there != region.physical)
            || moved != piece.physical
        {
            Some(format!("region `{name}` of {task} is not what app.toml says"))
        } else {
            None
        };
    }
    if !grants.tables.contains(name) {
        return Some(format!("app.toml shares `{name}` of {task} with nobody"));
    }
    (user.write || user.execute).then(|| format!("{task} may only read `{name}`"))
}

/// Sharers must mean the same thing: memory that is one's region and the other's table is neither.
fn different(facts: &Facts<'_>, users: &[&Extent], piece: &Piece) -> Option<String> {
    let name =
        |extent: &&Extent| Some(&facts.region(extent.who, extent.address_of(piece.physical))?.name);
    let first = name(users.first()?)?;
    let other = users.iter().filter_map(name).find(|name| *name != first)?;
    Some(format!("it is both `{first}` and `{other}`"))
}
