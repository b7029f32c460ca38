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
    /// Make a file of one line.
    Write(&'a str, &'a str),
    /// Remove a file or an empty directory.
    Remove(&'a str),
    /// Make a directory.
    MakeDirectory(&'a str),
    /// Move a file or directory.
    Move(&'a str, &'a str),
    /// How full the disks are.
    Space,
    /// Which file system is where.
    Mounts,
    /// Fault a task.
    Crash(&'a str),
    /// Restart a task.
    Restart(&'a str),
    /// Start a task that does not run.
    Start(&'a str),
    /// Stop a task.
    Stop(&'a str),
    /// How everything is.
    Status,
    /// So many of the last lines of the log on disk.
    Logs(u32),
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

/// Lines of the log that are shown if nobody says how many.
const LINES: u32 = 20;

/// All commands.
pub static COMMANDS: [Help; 19] = [
    help("help", "", "this list"),
    help("tasks", "", "what every task is doing and why it last died"),
    help("ls", "[DIRECTORY]", "names in a directory of the disk"),
    help("cat", "FILE", "print a file"),
    help("crc", "FILE", "CRC-32 and size of a file"),
    help("write", "FILE TEXT", "make a file that holds TEXT"),
    help("rm", "PATH", "remove a file or an empty directory"),
    help("mkdir", "DIRECTORY", "make a directory"),
    help("mv", "FROM TO", "move a file or directory"),
    help("df", "", "how full the disks are"),
    help("mounts", "", "which file system is where"),
    help("crash", "TASK", "make a task fault, and see what the supervisor does"),
    help("restart", "TASK", "start a task afresh"),
    help("start", "TASK", "start a task that does not run"),
    help("stop", "TASK", "stop a task until it is started"),
    help("status", "", "how the machine, its tasks, disks and log are"),
    help("logs", "[LINES]", "the last lines that were printed, from the disk"),
    help("uptime", "", "time since the machine started"),
    help("echo", "[TEXT]", "print TEXT"),
];

/// Reads a line. What comes after the name, without the spaces around it, is one argument: file
/// names may contain spaces. Of two arguments, the first is put in quotes if it does; any may be.
pub fn parse(line: &str) -> Result<Command<'_>, Mistake<'_>> {
    let line = line.trim();
    let (name, argument) = line.split_once(' ').unwrap_or((line, ""));
    let argument = argument.trim_start();
    let path = unquoted(argument);
    if name.is_empty() {
        return Ok(Command::Nothing);
    }
    let help = COMMANDS.iter().find(|help| help.name == name).ok_or(Mistake::Unknown(name))?;
    let takes_none = help.arguments.is_empty();
    let needs_one = !takes_none && !help.arguments.starts_with('[');
    if (takes_none && !argument.is_empty()) || (needs_one && argument.is_empty()) {
        return Err(Mistake::Usage(help));
    }
    let usage = Mistake::Usage(help);
    Ok(match name {
        "help" => Command::Help,
        "tasks" => Command::Tasks,
        "ls" => Command::List(path),
        "cat" => Command::Cat(path),
        "crc" => Command::Crc(path),
        "write" => two(argument).map(|(file, text)| Command::Write(file, text)).ok_or(usage)?,
        "rm" => Command::Remove(path),
        "mkdir" => Command::MakeDirectory(path),
        "mv" => two(argument).map(|(from, to)| Command::Move(from, to)).ok_or(usage)?,
        "df" => Command::Space,
        "mounts" => Command::Mounts,
        "crash" => Command::Crash(argument),
        "restart" => Command::Restart(argument),
        "start" => Command::Start(argument),
        "stop" => Command::Stop(argument),
        "status" => Command::Status,
        "logs" if argument.is_empty() => Command::Logs(LINES),
        "logs" => Command::Logs(argument.parse().map_err(|_| usage)?),
        "uptime" => Command::Uptime,
        "echo" => Command::Echo(argument),
        _ => return Err(Mistake::Unknown(name)),
    })
}

/// The first argument, which may be in quotes, and what comes after it, if anything does.
fn two(arguments: &str) -> Option<(&str, &str)> {
    let (first, rest) = match arguments.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => arguments.split_once(' ')?,
    };
    let rest = unquoted(rest.trim_start());
    (!first.is_empty() && !rest.is_empty()).then_some((first, rest))
}

/// A text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_listed_exists() {
        for help in &COMMANDS {
            extern crate std;
            let arguments = help.arguments.replace("[LINES]", "7");
            let line = std::format!("{} {arguments}", help.name);
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
    fn of_two_arguments_the_first_may_be_in_quotes() {
        assert_eq!(parse("write a.txt some  text"), Ok(Command::Write("a.txt", "some  text")));
        assert_eq!(parse("write \"a b\" \"c\""), Ok(Command::Write("a b", "c")));
        assert_eq!(parse("mv \"a b\"   c d "), Ok(Command::Move("a b", "c d")));
        for line in ["mv a", "mv \"a b", "mv \"a b\"", "mv \"\" c", "write a"] {
            assert!(matches!(parse(line), Err(Mistake::Usage(_))), "{line}");
        }
    }

    #[test]
    fn mistakes_are_told_apart() {
        assert_eq!(parse("cat"), Err(Mistake::Usage(&COMMANDS[3])));
        assert_eq!(parse("tasks now"), Err(Mistake::Usage(&COMMANDS[1])));
        let logs = COMMANDS.iter().find(|help| help.name == "logs").unwrap();
        for line in ["logs x", "logs -1", "logs 1 2", "logs 99999999999"] {
            assert_eq!(parse(line), Err(Mistake::Usage(logs)), "{line}");
        }
        assert_eq!(parse("logs"), Ok(Command::Logs(LINES)));
        assert_eq!(parse("dir /"), Err(Mistake::Unknown("dir")));
    }
}
