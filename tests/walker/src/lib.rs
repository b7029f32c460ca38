//! How a script says what to do: its maker and the task that follows it agree here.

#![no_std]
#![forbid(unsafe_code)]

macro_rules! operations {
    ($($(#[$docs:meta])* $name:ident,)*) => {
        /// What to do next. By its number, in the script.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($(#[$docs])* $name,)*
        }

        const ALL: &[Operation] = &[$(Operation::$name,)*];
    };
}

operations! {
    /// Nothing more.
    End,
    /// Of a handle's place, flags, size and path.
    Open,
    /// Of a handle's place.
    Close,
    /// Of a handle's place and bytes.
    Write,
    /// Of a handle's place, and how much is there.
    Read,
    /// Of a handle's place.
    Truncate,
    /// Of a path.
    MakeDirectory,
    /// Of a path.
    RemoveDirectory,
    /// Of a path.
    Remove,
    /// Of two paths.
    Rename,
    /// Of a path.
    Stat,
    /// Of a path.
    List,
    /// Of all.
    Sync,
    /// Of a handle's place.
    SyncFile,
    /// Of all.
    Space,
    /// The server is killed.
    Restart,
    /// Of a handle's place.
    Info,
}

impl Operation {
    /// The operation with this number; what is none is the end.
    #[must_use]
    pub fn of(number: u32) -> Self {
        ALL.get(number as usize).copied().unwrap_or(Self::End)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }
}
