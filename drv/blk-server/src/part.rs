//! Which part of the disk a client has, in the words of app.toml.

use drv_partition::Selector;
use userlib::settings::{Record, Setting, Type};
use userlib::{Clients, Text};

/// Clients that can have a part of the disk of their own.
pub const CLIENTS: usize = 16;

/// Bytes of the longest text.
const LONGEST: usize = 64;

/// The part of a disk that a client has, as app.toml names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(Text<LONGEST>);

impl Setting for Part {
    // What `Selector::parse` takes.
    const TYPE: Type = Type::Form(LONGEST, "disk|label:*|guid:%|index:#");
    const SIZE: usize = <Text<LONGEST> as Setting>::SIZE;
    fn read(record: &mut Record) -> Self {
        Self(Text::read(record))
    }
}

/// The parts of the clients that app.toml names.
pub fn named(parts: &Clients<Part, CLIENTS>) -> impl Iterator<Item = (u16, Selector<'_>)> {
    // The build tool lets no other text through; it would be nobody's label.
    let selector = |text| Selector::parse(text).unwrap_or(Selector::Label(text));
    parts.named().map(move |(task, part)| (task, selector(part.0.as_str())))
}
