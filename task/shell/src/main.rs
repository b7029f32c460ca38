//! A command line on the console.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod files;
mod logs;
mod startup;
mod tasks;
mod terminal;

use console_api::{ConsoleError, Logged};
use core::fmt::{self, Write};
use files::Files;
use startup::Startup;
use task_shell::command::{COMMANDS, Command, Mistake, parse};
use task_shell::line::Line;
use tasks::Tasks;
use terminal::Terminal;
use userlib::ipc::ClientError;
use userlib::{Text, kipc, time};

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
userlib::config! {
    /// What the shell is told.
    struct Config {
        /// Where the logger keeps its files.
        log_directory: Option<Text<64>>,
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
    let _ = shell.greet().and_then(|()| shell.run());
    terminal::park()
}

impl Shell {
    fn greet(&mut self) -> fmt::Result {
        writeln!(self.terminal, "\nAidos, image {:016x}; `help` lists commands", kipc::image_id())?;
        let mut text = [0; startup::LONGEST];
        let (path, restarts) = (startup::PATH, self.tasks.own_restarts());
        let out = &mut self.terminal;
        match startup::read(&self.files, restarts, &mut text) {
            Startup::Nothing => Ok(()),
            Startup::Skipped => {
                writeln!(out, "{path}: skipped, because the shell was restarted {restarts} times")
            }
            Startup::TooLong => {
                writeln!(out, "{path}: skipped, because it has more than {} bytes", text.len())
            }
            Startup::Failed(failure) => files::complain(path, failure, out),
            Startup::Lines(count) => self.start_up(text.get(..count).unwrap_or(&[])),
        }
    }

    /// Obeys the lines of a file. One that cannot be obeyed does not keep the next from it.
    fn start_up(&mut self, text: &[u8]) -> fmt::Result {
        for (line, number) in text.split(|&byte| byte == b'\n').zip(1..) {
            let path = startup::PATH;
            let Ok(line) = core::str::from_utf8(line) else {
                writeln!(self.terminal, "{path}, line {number}: this is not UTF-8")?;
                continue;
            };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            writeln!(self.terminal, "{path}, line {number}: {line}")?;
            // What was done is seen, should the next line be the last.
            self.terminal.flush()?;
            self.obey(line)?;
        }
        Ok(())
    }

    fn run(&mut self) -> fmt::Result {
        let mut line = Line::new();
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
            Ok(Command::Start(name)) => tasks.start(name, out),
            Ok(Command::Stop(name)) => tasks.stop(name, out),
            Ok(Command::Status) => status(tasks, files, out),
            Ok(Command::Logs(lines)) => log(files, lines, out),
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

/// How everything is.
fn status(tasks: &Tasks, files: &Files, out: &mut Terminal) -> fmt::Result {
    write!(out, "machine   ")?;
    uptime(out)?;
    tasks.summary(out)?;
    writeln!(out, "disks")?;
    files.space(out)?;
    match out.log() {
        Ok(Logged { end, lost, .. }) => {
            writeln!(out, "log       {end} bytes printed, {lost} lost before the logger read them")
        }
        Err(ClientError::Server(ConsoleError::NoLog)) => writeln!(out, "log       none is kept"),
        Err(_) => writeln!(out, "log       the console does not say"),
    }
}

fn log(files: &Files, lines: u32, out: &mut Terminal) -> fmt::Result {
    match Config::get().log_directory {
        Some(directory) => logs::show(files, directory.as_str(), lines, out),
        None => writeln!(out, "app.toml does not say where a log is: `log-directory`"),
    }
}
