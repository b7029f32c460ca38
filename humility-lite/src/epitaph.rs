//! The kernel's last words: a mirror of `config::Epitaph`.

use crate::memory::{Memory, Unreadable, word};
use crate::target::{Physical, Target};

/// "epitaph1".
const MAGIC: u64 = u64::from_le_bytes(*b"epitaph1");
/// Bytes of the whole record.
const SIZE: u64 = 248;
const TEXT: std::ops::Range<usize> = 64..240;

/// What the kernel left when it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epitaph {
    /// Of the image that died.
    pub image_id: u64,
    /// Counter value.
    pub time: u64,
    /// Why, as a number.
    pub reason: u32,
    /// The task it is about.
    pub task: Option<usize>,
    /// ESR_EL1, for a fault in the kernel.
    pub syndrome: u64,
    /// FAR_EL1.
    pub address: u64,
    /// Where.
    pub pc: u64,
    /// What there was to say.
    pub text: String,
}

impl Epitaph {
    /// The reason in words.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self.reason {
            1 => "the kernel panicked",
            2 => "the kernel took an exception",
            3 => "the supervisor faulted",
            4 => "a task asked for a reset",
            5 => "the image was entered at another address than it is linked for",
            _ => "unknown",
        }
    }

    /// Whether `pc` is the kernel's.
    #[must_use]
    pub const fn is_in_kernel(&self) -> bool {
        self.reason == 2
    }
}

/// The epitaph, or `None` if there is no valid one.
///
/// # Errors
/// If its memory cannot be read.
pub fn read(target: &Target) -> Result<Option<Epitaph>, Unreadable> {
    let bytes = Physical(target).bytes(target.manifest.kernel.epitaph.base, SIZE)?;
    Ok(parse(&bytes))
}

fn parse(bytes: &[u8]) -> Option<Epitaph> {
    let long = |at: usize| bytes.get(at..at + 8).map(word);
    let short = |at: usize| bytes.get(at..at + 4).map(|bytes| word(bytes) as u32);
    let (magic, image_id, time) = (long(0)?, long(8)?, long(16)?);
    let (reason, task) = (short(24)?, short(28)?);
    let check = long(TEXT.end)?;
    if magic != MAGIC || check != magic ^ image_id ^ time ^ u64::from(reason) {
        return None;
    }
    let text = bytes.get(TEXT)?;
    let length = usize::try_from(long(56)?).unwrap_or(usize::MAX).min(text.len());
    Some(Epitaph {
        image_id,
        time,
        reason,
        task: (task != u32::MAX).then_some(task as usize),
        syndrome: long(32)?,
        address: long(40)?,
        pc: long(48)?,
        text: String::from_utf8_lossy(&text[..length]).into_owned(),
    })
}
