//! What DWARF says of types and variables, and values read by it.

mod decode;
mod types;
mod value;
mod walk;

pub use decode::decode;
pub use types::{Enumerator, Kind, Member, Type, TypeId, Types, Variable, Variant};
pub use value::Value;
