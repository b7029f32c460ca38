//! Where files come from that an app file names.

use std::path::PathBuf;

/// The files besides `app.toml` that may be read.
pub trait Files {
    /// The text of a board in the tree's own folder.
    ///
    /// # Errors
    /// If there is none with this name, or it cannot be read.
    fn board(&self, name: &str) -> std::io::Result<String>;

    /// The text of a file, its path counted from the app file's folder.
    ///
    /// # Errors
    /// If it cannot be read.
    fn beside(&self, path: &str) -> std::io::Result<String>;

    /// The bytes of a file, its path counted likewise.
    ///
    /// # Errors
    /// If it cannot be read.
    fn bytes(&self, path: &str) -> std::io::Result<Vec<u8>> {
        self.beside(path).map(String::into_bytes)
    }

    /// The names that [`board`](Self::board) knows.
    fn boards(&self) -> Vec<String>;

    /// How messages call the file of a board from the tree's own folder.
    fn board_path(&self, name: &str) -> String {
        format!("build/boards/{name}.toml")
    }
}

/// Files of this machine.
#[derive(Clone, Debug)]
pub struct Folders {
    /// Holds `NAME.toml` for each board.
    pub boards: PathBuf,
    /// Holds the app file.
    pub app: PathBuf,
}

impl Files for Folders {
    fn board(&self, name: &str) -> std::io::Result<String> {
        std::fs::read_to_string(self.boards.join(format!("{name}.toml")))
    }

    fn beside(&self, path: &str) -> std::io::Result<String> {
        std::fs::read_to_string(self.app.join(path))
    }

    fn bytes(&self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.app.join(path))
    }

    fn boards(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.boards).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
            .collect();
        names.sort();
        names
    }
}
