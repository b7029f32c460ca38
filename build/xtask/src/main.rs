//! The command line: reads arguments, calls the libraries in order.

#![forbid(unsafe_code)]

mod audit;
mod bench;
mod completions;
mod disk;
mod dist;
mod doctor;
mod explain;
mod flash;
mod fuzz;
mod graph;
mod home;
mod host;
mod images;
mod interfaces;
mod look;
mod map;
mod meter;
mod new;
mod output;
mod own_disk;
mod own_flash;
mod progress;
mod provenance;
mod qemu;
mod sizes;
mod stack;
mod suite;
mod tally;
mod test;

use clap::{CommandFactory, Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Builds, boots and tests images.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Take warnings about the app file for mistakes.
    #[arg(long, global = true)]
    deny_warnings: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Build the image that an app file describes, and its archive.
    Dist {
        /// The app file.
        app: PathBuf,
    },
    /// Build it, boot it in QEMU, and talk to its shell.
    Qemu(qemu::Arguments),
    /// Write a disk that U-Boot starts the image from.
    Flash(flash::Arguments),
    /// Look into disks.
    #[command(subcommand)]
    Disk(disk::Command),
    /// Show where the bytes of an image go.
    Sizes(sizes::Arguments),
    /// Prove of a finished image what its page tables allow, and to whom.
    Audit(audit::Arguments),
    /// Show how much stack the tasks can need.
    Stack(stack::Arguments),
    /// Count the guest's instructions for what the kernel does.
    Bench(bench::Arguments),
    /// Let a hostile task loose among canaries, and see that nobody notices.
    Fuzz(fuzz::Arguments),
    /// Draw who may talk to whom, and what each task has.
    Graph(graph::Arguments),
    /// Show where everything lies, in physical memory and in each address space.
    Map(map::Arguments),
    /// Say what a code means, why, and what to do.
    Explain {
        /// As in the message: `E0035` of an app file, `I0036` of an interface [default: list all].
        code: Option<String>,
    },
    /// Show the Rust that is made of an interface.
    Expand {
        /// Its file, or its name in `idl/`.
        interface: PathBuf,
    },
    /// Run clippy over the kernel and the tasks, as they are compiled for the target.
    Clippy {
        /// Those of this app file [default: of all apps of this project].
        app: Option<PathBuf>,
    },
    /// Document the kernel and the tasks, the libraries and the tools.
    Doc {
        /// Tasks of this app file [default: of all apps of this project].
        app: Option<PathBuf>,
    },
    /// Look for what is needed from outside, and say how to get what is missing.
    Doctor(doctor::Arguments),
    /// Print what a shell needs to complete `xtask`, an alias of `cargo xtask`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Begin a task, a driver or an app, from a template that builds and boots as it is.
    #[command(subcommand)]
    New(new::What),
    /// Print the JSON schema of app files, for editors.
    Schema {
        /// Of board files.
        #[arg(long)]
        board: bool,
    },
    /// Run all tests, on the host and on the target.
    Test(test::Arguments),
}

/// Does what the arguments of this process say.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.deny_warnings {
        dist::deny_warnings();
    }
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(report) = error.downcast_ref::<appfile::Report>() {
                eprintln!("{}", report.render(std::io::stderr().is_terminal()));
            } else {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

impl Command {
    /// Whether it is about this project itself, and writes in its folder.
    fn is_about_us(&self) -> bool {
        use Command::{Bench, Clippy, Doc, Fuzz, New, Test};
        matches!(self, New(_) | Test(_) | Bench(_) | Fuzz(_) | Doc { .. } | Clippy { app: None })
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    if matches!(command, Command::New(_)) {
        home::insist_on_ours()?;
    }
    if command.is_about_us() {
        home::insist_on_checkout()?;
    }
    match command {
        Command::Dist { app } => dist::dist(&app).map(|products| products.summarise()),
        Command::Qemu(arguments) => qemu::run(arguments),
        Command::Flash(arguments) => flash::run(&arguments),
        Command::Disk(command) => disk::run(command),
        Command::Sizes(arguments) => sizes::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Stack(arguments) => stack::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Map(arguments) => map::run(&arguments),
        Command::Explain { code } => explain::run(code.as_deref()),
        Command::Expand { interface } => interfaces::expand(&interface),
        Command::Clippy { app } => look::clippy(app.as_deref()),
        Command::Doc { app } => look::doc(app.as_deref()),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions { shell } => completions::run(Arguments::command(), shell),
        Command::New(what) => new::run(&what),
        Command::Schema { board } => {
            let schema = if board { appfile::board_schema() } else { appfile::app_schema() };
            output::write(None, &format!("{schema:#}\n"))
        }
        Command::Test(arguments) => test::run(&arguments),
    }
}
