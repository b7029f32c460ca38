//! `map`: who has which memory.

use crate::space::Owner;
use crate::table::{Align, Table, size};
use crate::target::Target;
use archive::Region;
use serde::Serialize;
use std::fmt;

/// All address spaces, and physical memory.
#[derive(Serialize)]
pub struct Answer<'t> {
    spaces: Vec<Space<'t>>,
    physical: &'t [Region],
}

#[derive(Serialize)]
struct Space<'t> {
    owner: &'t str,
    regions: &'t [Region],
}

pub fn answer(target: &Target) -> Answer<'_> {
    let space = |owner| Space { owner: target.name(owner), regions: target.space(owner).regions() };
    Answer { spaces: target.owners().map(space).collect(), physical: &target.manifest.memory }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[
            ("owner", Align::Left),
            ("address", Align::Right),
            ("physical", Align::Right),
            ("size", Align::Right),
            ("access", Align::Left),
            ("what", Align::Left),
        ]);
        for space in &self.spaces {
            let owners = std::iter::once(space.owner).chain(std::iter::repeat(""));
            for (owner, region) in owners.zip(space.regions) {
                table.row(row(owner, format!("{:#x}", region.base), region));
            }
        }
        let owners = std::iter::once("(physical)").chain(std::iter::repeat(""));
        for (owner, region) in owners.zip(self.physical) {
            table.row(row(owner, String::new(), region));
        }
        write!(f, "{table}")?;
        writeln!(f, "\naccess: d device, m DMA memory, s shared")
    }
}

fn row(owner: &str, address: String, region: &Region) -> [String; 6] {
    [
        owner.to_owned(),
        address,
        format!("{:#x}", region.physical),
        size(region.size),
        region.access.clone(),
        region.name.clone(),
    ]
}

/// Whose memory one address is.
#[derive(Serialize)]
pub struct Explanation {
    address: u64,
    virtually: Vec<Whose>,
    physically: Vec<Whose>,
    /// What it is if it is nobody's.
    otherwise: String,
}

#[derive(Serialize)]
struct Whose {
    owner: String,
    region: String,
    /// From the region's first byte.
    offset: u64,
    physical: u64,
    symbol: Option<String>,
}

pub fn explain(target: &Target, address: u64) -> Explanation {
    let all = || {
        target.owners().flat_map(|owner| {
            target.space(owner).regions().iter().map(move |region| (owner, region))
        })
    };
    let inside = |base: u64, region: &Region| {
        address.checked_sub(base).filter(|&offset| offset < region.size)
    };
    let whose = |owner: Owner, region: &Region, offset: u64| Whose {
        owner: target.name(owner).to_owned(),
        region: region.name.clone(),
        offset,
        physical: region.physical.wrapping_add(offset),
        symbol: target
            .program(owner)
            .and_then(|program| program.symbol(region.base.wrapping_add(offset))),
    };
    Explanation {
        address,
        otherwise: target.explain(address, Owner::Kernel),
        virtually: all()
            .filter_map(|(owner, region)| Some(whose(owner, region, inside(region.base, region)?)))
            .collect(),
        physically: all()
            .filter(|(_, region)| region.name != "linear")
            .filter_map(|(owner, region)| {
                Some(whose(owner, region, inside(region.physical, region)?))
            })
            .collect(),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.virtually.is_empty() && self.physically.is_empty() {
            return writeln!(f, "{:#x} is {}", self.address, self.otherwise);
        }
        for (how, list) in [("virtual", &self.virtually), ("physical", &self.physically)] {
            for whose in list {
                let Whose { owner, region, offset, physical, .. } = whose;
                let symbol = whose.symbol.as_ref().map(|symbol| format!(", {symbol}"));
                let symbol = symbol.unwrap_or_default();
                let address = self.address;
                writeln!(
                    f,
                    "{how} {address:#x}: {region}+{offset:#x} of {owner}{symbol}, physical {physical:#x}"
                )?;
            }
        }
        Ok(())
    }
}
