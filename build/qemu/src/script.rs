//! What the guest has said, line by line, and whether it is waiting for a command.

use regex::Regex;

/// What the shell prints when it waits.
const PROMPT: &str = "> ";

/// Takes the guest's output and finds prompts and lines in it.
#[derive(Default)]
pub struct Lines {
    current: Vec<u8>,
}

/// What a piece of output completes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A whole line, its end left off. Lines that begin with a prompt are commands, echoed.
    Line(String),
    /// The shell waits.
    Prompt,
}

impl Lines {
    /// Takes output in.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        for &byte in bytes {
            match byte {
                b'\r' => (),
                b'\n' => {
                    let line = std::mem::take(&mut self.current);
                    found.push(Found::Line(String::from_utf8_lossy(&line).into_owned()));
                }
                other => {
                    self.current.push(other);
                    if self.current == PROMPT.as_bytes() {
                        found.push(Found::Prompt);
                    }
                }
            }
        }
        found
    }
}

/// Whether a line is what is waited for. An echoed command never is.
pub fn matches(until: &Regex, line: &str) -> bool {
    !line.starts_with(PROMPT) && until.is_match(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_and_lines_come_out_however_the_bytes_arrive() {
        let said = "banner\r\n> cat x\r\nhellö > there\r\n> ".as_bytes();
        let expected = [
            Found::Line("banner".into()),
            Found::Prompt,
            Found::Line("> cat x".into()),
            Found::Line("hellö > there".into()),
            Found::Prompt,
        ];
        for size in 1..said.len() {
            let mut lines = Lines::default();
            let found: Vec<Found> = said.chunks(size).flat_map(|piece| lines.take(piece)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn an_echoed_command_is_no_answer() {
        let until = Regex::new("hello").expect("a regex");
        assert!(!matches(&until, "> cat hello.txt"));
        assert!(matches(&until, "hello from the disk"));
    }
}
