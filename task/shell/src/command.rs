//! From a line to a command.

/// What can be asked of the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// An empty line.
    Nothing,
    /// What commands there are.
    Help,
    /// What every task does.
    Tasks,
    /// Names in a directory.
    List(&'a str),
    /// A file's contents.
    Cat(&'a str),
    /// A file's checksum.
    Crc(&'a str),
    /// Fault a task.
    Crash(&'a str),
    /// Restart a task.
    Restart(&'a str),
    /// How long the machine runs.
    Uptime,
    /// Say this.
    Echo(&'a str),
}

/// What a line can be instead of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake<'a> {
    /// No command has this name.
    Unknown(&'a str),
    /// This is how it is written.
    Usage(&'static Help),
}

/// A command as `help` shows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Help {
    /// Its name.
    pub name: &'static str,
    /// What comes after it; optional if in brackets.
    pub arguments: &'static str,
    /// What it does.
    pub purpose: &'static str,
}

const fn help(name: &'static str, arguments: &'static str, purpose: &'static str) -> Help {
    Help { name, arguments, purpose }
}

/// All commands.
pub static COMMANDS: [Help; 9] = [
    help("help", "", "this list"),
    help("tasks", "", "what every task is doing and why it last died"),
    help("ls", "[DIRECTORY]", "names in a directory of the disk"),
    help("cat", "FILE", "print a file"),
    help("crc", "FILE", "CRC-32 and size of a file"),
    help("crash", "TASK", "make a task fault, and see what the supervisor does"),
    help("restart", "TASK", "start a task afresh"),
    help("uptime", "", "time since the machine started"),
    help("echo", "[TEXT]", "print TEXT"),
];

/// Reads a line. What comes after the name, without the spaces around it, is one argument: file
/// names may contain spaces.
pub fn parse(line: &str) -> Result<Command<'_>, Mistake<'_>> {
    let line = line.trim();
    let (name, argument) = line.split_once(' ').unwrap_or((line, ""));
    let argument = argument.trim_start();
    if name.is_empty() {
        return Ok(Command::Nothing);
    }
    let help = COMMANDS.iter().find(|help| help.name == name).ok_or(Mistake::Unknown(name))?;
    let takes_none = help.arguments.is_empty();
    let needs_one = !takes_none && !help.arguments.starts_with('[');
    if (takes_none && !argument.is_empty()) || (needs_one && argument.is_empty()) {
        return Err(Mistake::Usage(help));
    }
    Ok(match name {
        "help" => Command::Help,
        "tasks" => Command::Tasks,
        "ls" => Command::List(argument),
        "cat" => Command::Cat(argument),
        "crc" => Command::Crc(argument),
        "crash" => Command::Crash(argument),
        "restart" => Command::Restart(argument),
        "uptime" => Command::Uptime,
        "echo" => Command::Echo(argument),
        _ => return Err(Mistake::Unknown(name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_listed_exists() {
        for help in &COMMANDS {
            extern crate std;
            let line = std::format!("{} {}", help.name, help.arguments);
            assert!(parse(&line).is_ok(), "{line}");
        }
    }

    #[test]
    fn spaces_around_do_not_matter_and_spaces_inside_do() {
        assert_eq!(parse("  cat   a long name.txt "), Ok(Command::Cat("a long name.txt")));
        assert_eq!(parse("ls"), Ok(Command::List("")));
        assert_eq!(parse("   "), Ok(Command::Nothing));
    }

    #[test]
    fn mistakes_are_told_apart() {
        assert_eq!(parse("cat"), Err(Mistake::Usage(&COMMANDS[3])));
        assert_eq!(parse("tasks now"), Err(Mistake::Usage(&COMMANDS[1])));
        assert_eq!(parse("dir /"), Err(Mistake::Unknown("dir")));
    }
}
