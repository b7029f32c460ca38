//! The settings of file-system tasks.

/// Declares what a file-system task is told in `app.toml`, and `rights()`, which reads it:
///
/// ```toml
/// [tasks.fs.config.clients]
/// shell  = { access = "read-write" }
/// logger = { access = "read-write", subtree = "logs", open = 2 }
/// ```
///
/// A client that is not named may do nothing. `subtree` is the directory that is the root for the
/// client: it reaches nothing outside. `open` is how many files it can have open, 8 if not said.
#[macro_export]
macro_rules! config {
    () => {
        userlib::config! {
            /// Who may do what.
            struct Config {
                /// By client.
                clients: userlib::Clients<ClientRight, 16>,
            }
            /// What a client may do.
            struct ClientRight {
                /// Whether it may change anything.
                access: Access,
                /// The directory that is its root.
                subtree: Option<userlib::Text<64>>,
                /// How many files it can have open.
                open: Option<u8> where 1..=32,
            }
            /// Whether a client may change anything.
            enum Access { Read, ReadWrite }
        }

        fn rights() -> $crate::Rights {
            let mut rights = $crate::Rights::nobody();
            for (task, right) in Config::get().clients.named() {
                let subtree = right.subtree.as_ref().map_or("", |text| text.as_str());
                let write = right.access == Access::ReadWrite;
                rights.give(task, $crate::Right::new(write, subtree, right.open));
            }
            rights
        }
    };
}
