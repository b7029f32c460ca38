//! Names, and where they go in a template.

use anyhow::{Result, bail};

/// Characters of a task's name.
const LONGEST: usize = 24;

/// Types that the templates have already.
const TAKEN: &[&str] = &[
    "Bits",
    "Bus",
    "Caller",
    "Fake",
    "Refuse",
    "Resources",
    "Self",
    "Server",
    "Supervisor",
    "Text",
];

/// A name that will do for a task and for what is called after it.
pub struct Name(String);

impl Name {
    /// If it is one.
    pub fn check(name: &str) -> Result<Self> {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(letters)
            && !name.ends_with('-')
            && !name.contains("--");
        if !is_name {
            bail!(
                "`{name}` is not a name: it has lower-case letters, digits and single `-`, a \
                 letter first"
            );
        }
        if name.len() > LONGEST {
            bail!("`{name}` is too long: a task's name has at most {LONGEST} characters");
        }
        for ending in ["-api", "-server"] {
            if name.ends_with(ending) {
                bail!("`{name}` ends in `{ending}`, which says what a crate is: leave it out");
            }
        }
        Ok(Self(name.to_owned()))
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// As a type: `DemoDev`.
    pub fn type_name(&self) -> Result<String> {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        let name: String = self.0.split('-').map(capital).collect();
        if TAKEN.contains(&&*name) {
            bail!("a driver cannot be called `{}`: its type `{name}` is taken", self.0);
        }
        Ok(name)
    }
}

/// A template with these values in it.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (key, value)| text.replace(&format!("@{key}@"), value))
}

/// A section of an app file.
pub fn section(template: &str, values: &[(&str, &str)], priority: &str, slots: &str) -> String {
    fill(&fill(template, values), &[("PRIORITY", priority), ("SLOTS", slots)])
}
