//! app.toml and board files: parsed, checked, explained.
//!
//! [`load`] takes the text of an app file and gives back a checked [`App`], or every mistake of
//! the run at once, each with its place, the words and what to write instead. Nothing here touches
//! the disk but [`Folders`], and nothing builds anything.
//!
//! The way of a file: `inherit` puts it over others into one `tree`, `schema` knows keys, `reader`
//! walks the tree and knows types, `parse` makes values of it, `check` knows what names and numbers
//! mean together.

#![forbid(unsafe_code)]

mod agree;
pub mod app;
pub mod board;
mod check;
mod code;
mod diagnostic;
mod files;
mod inherit;
mod lints;
mod load;
mod origin;
mod parse;
mod paths;
mod reader;
mod records;
mod schema;
mod sketch;
pub mod suggest;
mod tree;
mod units;
mod words;

pub use agree::{
    Agreement, Declared, Interface, Served, Sides, StackNeed, Tables, Take, agree, unused_rights,
};
pub use app::App;
pub use board::Board;
pub use code::Code;
pub use diagnostic::{Diagnostic, Place, Report, Source};
pub use files::{Files, Folders};
pub use load::{load, load_board_text, sketch};
pub use origin::Origin;
pub use records::bitmap;
pub use schema::{app_schema, board_schema, fill_reference};
pub use sketch::{Sketch, SketchTask, Word};
pub use units::size;
