//! Names of files.

use userlib::Text;

/// A path.
pub struct Path(Text<48>);

impl Path {
    /// A worker's folder.
    pub fn folder(worker: u8) -> Self {
        Self(Text::of(format_args!("w{worker}")))
    }

    /// A file in it; half of them have names that take FAT several entries.
    pub fn file(worker: u8, file: usize) -> Self {
        let form = if file.is_multiple_of(2) { "" } else { " with a rather long name" };
        Self(Text::of(format_args!("w{worker}/f{file}{form}")))
    }

    /// Where a worker tells in the end what there is.
    pub fn sums(worker: u8) -> Self {
        Self(Text::of(format_args!("w{worker}/sums")))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}
