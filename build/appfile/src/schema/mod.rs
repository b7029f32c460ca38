//! Every key there is: what it means, what it may hold, and what it is when left out.
//!
//! The reader knows no keys but these; reference and JSON schema are made of them.

mod app;
mod board;
mod json;
mod reference;
mod running;
mod task;

pub(crate) use app::APP;
pub(crate) use board::{BOARD, FIRST_SHARED, FIRST_SPECIAL};
pub use json::{app_schema, board_schema};
pub use reference::fill as fill_reference;

/// A table with known keys.
#[derive(Debug)]
pub(crate) struct Table {
    /// As its header is written, or what holds it: for the reference.
    pub name: &'static str,
    /// Keys that the reference lists together.
    pub groups: &'static [Group],
}

/// Keys of one table that belong together.
#[derive(Debug)]
pub(crate) struct Group {
    pub name: &'static str,
    pub keys: &'static [Key],
}

/// A key.
#[derive(Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub need: Need,
    /// A value as it would be written.
    pub example: &'static str,
    /// What it means, in Markdown.
    pub doc: &'static str,
}

/// What holds when the key is left out.
#[derive(Debug)]
pub(crate) enum Need {
    /// It cannot be.
    Needed,
    /// This, in Markdown.
    Default(&'static str),
}

/// What a value may be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// `[a-z][a-z0-9-]*`.
    Name,
    /// A name, or `"*"` for all.
    NameOrAll,
    /// A package or feature of cargo's.
    Package,
    /// Any string; what it must be, for messages.
    Text(&'static str),
    /// An integer in a range.
    Integer(u64, u64),
    /// Bytes.
    Size,
    /// Whole milliseconds.
    Duration,
    /// Microseconds, from ten on.
    Time,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any number of values.
    List(&'static Kind),
    /// A table whose keys are of somebody's choice.
    Map(&'static Kind),
    /// A table with known keys.
    Table(&'static Table),
    /// Whatever a task's own crate says.
    Any,
    /// One of these, told apart by TOML's own types.
    AnyOf(&'static [Kind]),
}

impl Table {
    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.groups.iter().flat_map(|group| group.keys)
    }

    /// The key with this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

impl Kind {
    /// Itself, or what it may be instead.
    pub const fn alternatives(&'static self) -> &'static [Self] {
        match self {
            Self::AnyOf(kinds) => kinds,
            one => std::slice::from_ref(one),
        }
    }
}

const fn needed(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key { name, kind, need: Need::Needed, example, doc }
}

const fn optional(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    example: &'static str,
    doc: &'static str,
) -> Key {
    Key { name, kind, need: Need::Default(default), example, doc }
}

const NAMES: Kind = Kind::List(&Kind::Name);
const NAME_TO_NAME: Kind = Kind::Map(&Kind::Name);
/// A physical address.
const ADDRESS: Kind = Kind::Integer(0, crate::units::MAX_SIZE);
