//! app.toml and board files: parsed, checked, explained.
//!
//! [`load`] takes the text of an app file and gives back a checked [`App`], or every mistake of
//! the run at once, each with its place, the words and what to write instead. Nothing here touches
//! the disk but [`Folders`], and nothing builds anything.
//!
//! The way of a file: `reader` walks the TOML tree and knows types, `parse` knows keys, `check`
//! knows what names and numbers mean together.

#![forbid(unsafe_code)]

pub mod app;
pub mod board;
mod check;
mod code;
mod diagnostic;
mod files;
mod load;
mod parse;
mod reader;
mod records;
mod suggest;
mod units;
mod words;

pub use app::App;
pub use board::Board;
pub use code::Code;
pub use diagnostic::{Diagnostic, Place, Report, Source};
pub use files::{Files, Folders};
pub use load::{load, load_board_text};
pub use records::bitmap;
