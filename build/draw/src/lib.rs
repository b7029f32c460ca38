//! Pictures of an app: who talks to whom, and where everything lies.
//!
//! Nothing here touches the disk: [`Graph`] is made of an app file, refused or not; [`Map`] of what the
//! archive says of a finished image.

#![forbid(unsafe_code)]

mod graph;
mod map;
mod svg;

pub use graph::Graph;
pub use map::Map;

/// A size, as short as it can be said exactly.
fn size(bytes: u64) -> String {
    match bytes {
        0 => "0 B".to_owned(),
        bytes if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        bytes if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} B"),
    }
}
