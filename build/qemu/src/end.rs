//! How a run ends, in words.

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// What was waited for came.
    Seen,
    /// It did not come in time; nor did a prompt for this command, if there is one.
    TimedOut {
        /// The next command of the script.
        unsent: Option<String>,
    },
    /// The kernel stopped, and says why.
    Stopped(String),
    /// The guest was reset where that is an end.
    Reset(Option<String>),
    /// The guest switched itself off.
    Shutdown,
    /// The user ended it.
    Interrupted,
    /// QEMU ended.
    Gone,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seen => write!(f, "it ended as it should"),
            Self::TimedOut { unsent: None } => write!(f, "the time is up"),
            Self::TimedOut { unsent: Some(command) } => {
                write!(f, "the time is up, and no prompt came to type `{command}` at")
            }
            Self::Stopped(words) => write!(f, "the machine stopped: {words}"),
            Self::Reset(why) => write!(f, "{}", reset(why.as_deref())),
            Self::Shutdown => write!(f, "the guest switched itself off"),
            Self::Interrupted => write!(f, "interrupted"),
            Self::Gone => write!(f, "QEMU ended"),
        }
    }
}

/// That the machine was reset, and why if that is known.
pub fn reset(why: Option<&str>) -> String {
    match why {
        Some(words) => format!("the machine was reset: {words}"),
        None => "the machine was reset".to_owned(),
    }
}
