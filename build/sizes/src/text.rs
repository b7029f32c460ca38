//! Sizes for people.

use crate::{Program, Sizes};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Characters of the longest bar.
const BAR: u64 = 30;

/// A line for each program, with a bar for what it takes of the image, and a line for each crate,
/// of all programs or of `only` one.
#[must_use]
pub fn table(sizes: &Sizes, only: Option<&str>) -> String {
    let wanted = |program: &&Program| only.is_none_or(|only| program.name == only);
    let programs: Vec<&Program> = sizes.programs.iter().filter(wanted).collect();
    let mut text = heading("");
    let longest = programs.iter().map(|it| it.flash()).max().unwrap_or(0);
    for program in &programs {
        text.push_str(&line(&program.name, program, &bar(program.flash(), longest)));
    }
    text.push_str(&line("together", &sum(&programs), ""));
    let _ = writeln!(
        text,
        "\nimage {} bytes; with all memory behind it {} of {} bytes RAM",
        sizes.image, sizes.ram, sizes.ram_of_board
    );
    let mut crates: Vec<_> = sum(&programs).crates.into_iter().collect();
    crates.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), name.clone()));
    let longest = crates.first().map_or(0, |(_, size)| *size);
    let _ = writeln!(text, "\n{:<24}{:>9}", "instructions of crate", "bytes");
    for (name, size) in crates {
        let _ =
            writeln!(text, "{}", format!("{name:<24}{size:>9}  {}", bar(size, longest)).trim_end());
    }
    text
}

/// What is different from an older build: programs and crates that changed.
#[must_use]
pub fn compare(old: &Sizes, new: &Sizes) -> String {
    if old == new {
        return "nothing changed\n".to_owned();
    }
    let mut text = heading("change");
    let (before, after) = (by_name(&old.programs), by_name(&new.programs));
    let none = Program::default();
    let mut names: Vec<&str> = new.programs.iter().map(|it| &*it.name).collect();
    names.extend(old.programs.iter().map(|it| &*it.name).filter(|name| !after.contains_key(name)));
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        if old != new {
            text.push_str(&changes(name, old.unwrap_or(&&none), new.unwrap_or(&&none)));
        }
    }
    let [old_sum, new_sum] =
        [old, new].map(|sizes| sum(&sizes.programs.iter().collect::<Vec<_>>()));
    text.push_str(&changes("together", &old_sum, &new_sum));
    let _ = writeln!(
        text,
        "\nimage {} bytes; with all memory behind it {} bytes RAM",
        change(old.image, new.image),
        change(old.ram, new.ram)
    );
    let _ = writeln!(text, "\n{:<24}{:>9}{:>9}", "instructions of crate", "bytes", "change");
    let names: std::collections::BTreeSet<_> =
        old_sum.crates.keys().chain(new_sum.crates.keys()).collect();
    for name in names {
        let [old, new] = [&old_sum, &new_sum].map(|sum| sum.crates.get(name).copied().unwrap_or(0));
        if old != new {
            let _ = writeln!(text, "{name:<24}{new:>9}{:>9}", change(old, new));
        }
    }
    text
}

const COLUMNS: [&str; 7] = ["text", "rodata", "data", "bss", "stack", "loaded", "writable"];

fn columns(program: &Program) -> [u64; 7] {
    let Program { text, rodata, data, bss, stack, .. } = *program;
    [text, rodata, data, bss, stack, program.flash(), program.writable()]
}

fn heading(first: &str) -> String {
    let heads: String = COLUMNS.iter().map(|head| format!("{head:>9}")).collect();
    format!("{first:<24}{heads}\n")
}

fn line(name: &str, program: &Program, bar: &str) -> String {
    let cells: String = columns(program).iter().map(|size| format!("{size:>9}")).collect();
    format!("{}\n", format!("{name:<24}{cells}  {bar}").trim_end())
}

fn changes(name: &str, old: &Program, new: &Program) -> String {
    let pairs = columns(old).into_iter().zip(columns(new));
    let cells: String = pairs.map(|(old, new)| format!("{:>9}", change(old, new))).collect();
    format!("{name:<24}{cells}\n")
}

fn change(old: u64, new: u64) -> String {
    match i128::from(new) - i128::from(old) {
        0 => "=".into(),
        change => format!("{change:+}"),
    }
}

fn by_name(programs: &[Program]) -> BTreeMap<&str, &Program> {
    programs.iter().map(|program| (&*program.name, program)).collect()
}

fn sum(programs: &[&Program]) -> Program {
    let mut sum = Program::default();
    for program in programs {
        sum.text += program.text;
        sum.rodata += program.rodata;
        sum.data += program.data;
        sum.bss += program.bss;
        sum.stack += program.stack;
        for (name, size) in &program.crates {
            *sum.crates.entry(name.clone()).or_insert(0) += size;
        }
    }
    sum
}

/// Shorter than one character is not nothing.
fn bar(size: u64, longest: u64) -> String {
    let length = (size * BAR).div_ceil(longest.max(1));
    "█".repeat(length as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str, text: u64) -> Program {
        let crates = [(name.to_owned(), text - 4), ("core".to_owned(), 4)].into();
        Program { name: name.into(), text, rodata: 10, data: 2, bss: 3, stack: 4096, crates }
    }

    fn sizes(text: u64) -> Sizes {
        let programs = vec![program("kernel", 300), program("ping", text)];
        Sizes { app: "demo".into(), image: 8192, ram: 20_480, ram_of_board: 1 << 29, programs }
    }

    #[test]
    fn every_program_and_crate_has_a_line_and_a_bar() {
        let expected = "                             text   rodata     data      bss    stack   loaded writable
kernel                        300       10        2        3     4096      310     4101  ██████████████████████████████
ping                          100       10        2        3     4096      110     4101  ███████████
together                      400       20        4        6     8192      420     8202

image 8192 bytes; with all memory behind it 20480 of 536870912 bytes RAM

instructions of crate       bytes
kernel                        296  ██████████████████████████████
ping                           96  ██████████
core                            8  █
";
        assert_eq!(table(&sizes(100), None), expected);
        let ping = table(&sizes(100), Some("ping"));
        assert!(!ping.contains("kernel") && ping.contains("ping "), "{ping}");
    }

    #[test]
    fn only_what_changed_is_compared() {
        let mut new = sizes(150);
        new.image += 4096;
        let expected = "\
change                       text   rodata     data      bss    stack   loaded writable
ping                          +50        =        =        =        =      +50        =
together                      +50        =        =        =        =      +50        =

image +4096 bytes; with all memory behind it = bytes RAM

instructions of crate       bytes   change
ping                          146      +50
";
        assert_eq!(compare(&sizes(100), &new), expected);
    }

    #[test]
    fn nothing_changed_is_said() {
        assert_eq!(compare(&sizes(100), &sizes(100)), "nothing changed\n");
    }

    #[test]
    fn a_program_that_came_or_went_is_all_change() {
        let mut new = sizes(100);
        new.programs.pop();
        let text = compare(&sizes(100), &new);
        assert!(text.contains("ping                         -100"), "{text}");
        let text = compare(&new, &sizes(100));
        assert!(text.contains("ping                         +100"), "{text}");
    }
}
