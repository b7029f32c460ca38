//! `[regions.NAME]`.

use super::RawRegion;
use crate::diagnostic::At;
use crate::reader::Value;
use crate::units::pages;
use crate::words::check_name;

pub(super) fn parse(value: Option<Value<'_>>) -> Vec<RawRegion> {
    let entries = value.map_or_else(Vec::new, |value| value.entries());
    entries.into_iter().filter_map(|(name, value)| parse_one(name, &value)).collect()
}

fn parse_one(name: At<&str>, value: &Value<'_>) -> Option<RawRegion> {
    let name = At { value: name.value.to_owned(), place: name.place };
    // A region with a bad name is still the one that tasks name.
    check_name(name.clone(), value.log);
    value.fields(format!("region `{}`", name.value), |region| RawRegion {
        name,
        size: region
            .get("size")
            .and_then(|value| value.size())
            .map(|size| At { value: pages(size.value), place: size.place }),
        dma: region.get("dma").map_or_else(Vec::new, |value| value.names()),
        file: region.get("file").and_then(|value| value.text()),
        address: region.get("address").and_then(|value| value.integer()),
    })
}
