//! The command line.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Explains a machine that has died, from the archive of its build and a dump of its memory.
#[derive(Clone, Debug, Parser)]
#[command(name = "humility-lite", version, max_term_width = 100)]
pub struct Args {
    /// The archive of the build, target/APP/dist/APP.zip
    #[arg(short, long, value_name = "ZIP", global = true)]
    pub archive: Option<PathBuf>,
    /// The dump, an ELF core (`cargo xtask qemu --dump`, QEMU's dump-guest-memory)
    #[arg(short, long, value_name = "CORE", global = true)]
    pub dump: Option<PathBuf>,
    /// Instead of a dump: a plain file of RAM (`cargo xtask qemu --ram`)
    #[arg(long, value_name = "FILE", global = true)]
    pub ram: Option<PathBuf>,
    /// Look at the boot before the last reset, as the kernel retained it
    #[arg(long, global = true)]
    pub retained: bool,
    /// Read the dump even if it is not of the archive's image
    #[arg(long, global = true)]
    pub force: bool,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// What was built: tasks, notifications, slots, interrupts, tools
    Manifest,
    /// Every task: state, life, restarts, why it died
    Tasks,
    /// Registers of one task, `kernel`, or all tasks
    Registers {
        /// Name or index
        task: Option<String>,
        /// Also the floating-point registers of tasks that have them
        #[arg(long)]
        fp: bool,
    },
    /// Who called whom in one task, `kernel`, or all tasks
    Backtrace {
        /// Name or index
        task: Option<String>,
    },
    /// What tasks recorded in their ring buffers
    Ringbuf {
        /// Name or index; all tasks if absent
        task: Option<String>,
        /// Name of the ring buffer
        name: Option<String>,
    },
    /// Address spaces and physical memory, or whose memory one address is
    Map {
        /// An address to explain
        #[arg(value_parser = number)]
        address: Option<u64>,
    },
    /// Bytes of memory
    Readmem {
        /// First address: virtual, or physical if nobody has it
        #[arg(value_parser = number)]
        address: u64,
        /// How many bytes
        #[arg(value_parser = number)]
        length: u64,
        /// In the address space of this task, or of `kernel`
        #[arg(long)]
        task: Option<String>,
        /// The address is physical
        #[arg(long, conflicts_with = "task")]
        physical: bool,
    },
    /// A static variable by its type; lists them without a name
    Readvar {
        /// Name, or name with its path
        name: Option<String>,
        /// Of this task, or of `kernel`
        #[arg(long)]
        task: Option<String>,
    },
    /// What the kernel did lately, if it was told to keep a trace
    Trace {
        /// Only so many, the newest
        #[arg(long, value_name = "N")]
        last: Option<usize>,
        /// Only what names this task, by name or index
        #[arg(long)]
        task: Option<String>,
    },
    /// How much of each stack was never used
    Stackmargin,
    /// The kernel's last words
    Epitaph,
}

/// A number in decimal, or in hexadecimal after `0x`; underscores are ignored.
fn number(text: &str) -> Result<u64, String> {
    let plain = text.replace('_', "");
    match plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => plain.parse(),
    }
    .map_err(|_| format!("`{text}` is no address or number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn numbers_have_two_bases() {
        assert_eq!(number("0x4000_0000"), Ok(0x4000_0000));
        assert_eq!(number("12"), Ok(12));
        assert!(number("12ab").is_err());
    }
}
