//! A command line on the console.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod files;
mod tasks;
mod terminal;

use core::fmt::{self, Write};
use files::Files;
use task_shell::command::{COMMANDS, Command, Mistake, parse};
use task_shell::line::Line;
use tasks::Tasks;
use terminal::Terminal;
use userlib::{kipc, time};

userlib::resources! {
    /// What the shell has.
    struct Resources {
        console: Slot,
        supervisor: Slot,
        mounts: Mounts,
        task_table: Table,
        timer: Notification,
    }
}
userlib::task!(start);

struct Shell {
    terminal: Terminal,
    tasks: Tasks,
    files: Files,
}

fn start(resources: Resources) -> ! {
    let mut shell = Shell {
        terminal: Terminal::new(resources.console, resources.timer),
        tasks: Tasks::new(resources.task_table.tasks().0, resources.supervisor),
        files: Files::new(&resources.mounts),
    };
    // It ends when the console does.
    let _ = shell.run();
    terminal::park()
}

impl Shell {
    fn run(&mut self) -> fmt::Result {
        let mut line = Line::new();
        writeln!(self.terminal, "\nAidos, image {:016x}; `help` lists commands", kipc::image_id())?;
        loop {
            self.terminal.write_str("> ")?;
            if self.terminal.read_line(&mut line)? {
                self.obey(line.text())?;
            }
        }
    }

    fn obey(&mut self, line: &str) -> fmt::Result {
        let Self { terminal: out, tasks, files } = self;
        match parse(line) {
            Ok(Command::Nothing) => Ok(()),
            Ok(Command::Help) => help(out),
            Ok(Command::Tasks) => tasks.list(out),
            Ok(Command::List(path)) => files.list(path, out),
            Ok(Command::Cat(path)) => files.cat(path, out),
            Ok(Command::Crc(path)) => files.crc(path, out),
            Ok(Command::Write(path, text)) => files.write(path, text, out),
            Ok(Command::Remove(path)) => files.remove(path, out),
            Ok(Command::MakeDirectory(path)) => files.make_directory(path, out),
            Ok(Command::Move(from, to)) => files.rename(from, to, out),
            Ok(Command::Space) => files.space(out),
            Ok(Command::Mounts) => files.mounts(out),
            Ok(Command::Crash(name)) => tasks.crash(name, out),
            Ok(Command::Restart(name)) => tasks.restart(name, out),
            Ok(Command::Uptime) => uptime(out),
            Ok(Command::Echo(text)) => writeln!(out, "{text}"),
            Err(Mistake::Unknown(name)) => {
                writeln!(out, "there is no command `{name}`; `help` lists them")
            }
            Err(Mistake::Usage(help)) => writeln!(out, "usage: {} {}", help.name, help.arguments),
        }
    }
}

fn help(out: &mut Terminal) -> fmt::Result {
    for help in &COMMANDS {
        writeln!(out, "{:8}{:12}{}", help.name, help.arguments, help.purpose)?;
    }
    Ok(())
}

fn uptime(out: &mut Terminal) -> fmt::Result {
    let milliseconds = time::uptime_ms();
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    writeln!(out, "up {hours}:{minutes:02}:{:02}.{:03}", seconds % 60, milliseconds % 1000)
}
