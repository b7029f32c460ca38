//! Every app file in `tests/refuse` is refused with exactly the message beside it.
//!
//! `BLESS=1 cargo test -p appfile --test refuse` writes the messages anew; read the difference.

use appfile::{App, Code, Declared, Folders, Report, StackNeed};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folder() -> PathBuf {
    root().join("tests/refuse")
}

/// The names of the files with this extension, without it.
fn names(extension: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let wanted = files.filter(|path| path.extension().is_some_and(|end| end == extension));
    wanted.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// What is said about the file, and the rules it breaks.
fn refuse(name: &str) -> (String, Vec<Code>) {
    let file = format!("{name}.toml");
    let text = std::fs::read_to_string(folder().join(&file)).unwrap();
    let files = Folders { boards: root().join("build/boards"), app: folder() };
    let app = appfile::load(&file, &text, &files);
    let agreed = app.and_then(|app| crates_agree(name, &app));
    match agreed {
        Ok(()) => panic!("{file} is accepted"),
        Err(report) => {
            let codes = report.diagnostics.iter().map(|diagnostic| diagnostic.code()).collect();
            (report.render(false) + "\n", codes)
        }
    }
}

/// What the tasks' crates say, for mistakes that only show then: in the file beside it, for each
/// task a line `task NAME`, its resources as in its object, `config` with the description, and
/// `names` with names from its debug information, and `stack` with functions and their bytes, or why
/// nothing is known.
fn declared(name: &str, app: &App) -> (Vec<Declared>, Vec<String>) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.declares")));
    let text = text.unwrap_or_default();
    let of_task = |task: &appfile::app::Task| {
        let begin = format!("task {}", task.name);
        let lines = text.lines().skip_while(|line| **line != begin).skip(1);
        let lines = lines.take_while(|line| !line.starts_with("task "));
        let lines: Vec<&str> = lines.collect();
        let (stack, lines): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.starts_with("stack "));
        let (names, lines): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.starts_with("names "));
        let (config, takes): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.starts_with("config "));
        let config: Vec<&str> = config.iter().map(|line| &line["config ".len()..]).collect();
        let declared = Declared::read(&takes.join("\n"), &config.join("\n")).unwrap();
        let names = names.iter().flat_map(|line| line.split(' ')).collect::<Vec<_>>();
        let stack = stack.first().map_or(Ok(StackNeed::default()), |line| stack_need(line));
        (Declared { stack, ..declared }, names.join("\0"))
    };
    app.tasks.iter().map(of_task).unzip()
}

fn crates_agree(name: &str, app: &App) -> Result<(), Report> {
    let (declared, names) = declared(name, app);
    appfile::agree(app, &declared)?;
    let names: Vec<&[u8]> = names.iter().map(|names| names.as_bytes()).collect();
    appfile::unused_rights(app, &names).map(drop)
}

/// `stack FUNCTION=BYTES …`, or `stack WHY`.
fn stack_need(line: &str) -> Result<StackNeed, String> {
    let words = &line["stack ".len()..];
    let step = |word: &str| {
        let (name, bytes) = word.split_once('=')?;
        Some((name.to_owned(), bytes.parse().ok()?))
    };
    let path: Option<Vec<(String, u64)>> = words.split(' ').map(step).collect();
    let path = path.ok_or_else(|| words.to_owned())?;
    let most = path.iter().map(|(_, bytes)| bytes).sum();
    Ok(StackNeed { plain: most, formatting: most, most, path })
}

#[test]
fn every_refusal_says_what_is_written_beside_it() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for name in names("toml") {
        let path = folder().join(format!("{name}.stderr"));
        let (said, _) = refuse(&name);
        if bless {
            std::fs::write(&path, &said).unwrap();
        } else if std::fs::read_to_string(&path).ok().as_ref() != Some(&said) {
            wrong.push(format!("{name}.toml now says:\n\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(names("toml"), names("stderr"));
}

#[test]
fn every_rule_is_broken_by_some_file() {
    let broken: BTreeSet<Code> = names("toml").iter().flat_map(|name| refuse(name).1).collect();
    let untested: Vec<Code> =
        Code::ALL.iter().copied().filter(|code| !broken.contains(code)).collect();
    assert!(untested.is_empty(), "no file breaks {untested:?}");
}

#[test]
fn five_mistakes_of_different_kinds_are_reported_in_one_run() {
    let (said, codes) = refuse("five-at-once");
    let expected: BTreeSet<Code> = [
        Code::UnknownKey,
        Code::UnknownTask,
        Code::SlotDownhill,
        Code::InterruptOwners,
        Code::RegionOverlap,
    ]
    .into();
    assert_eq!(codes.len(), expected.len(), "{said}");
    assert_eq!(codes.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(
        said.lines()
            .filter(|line| line.contains("five-at-once.toml:") && line.contains("-->"))
            .count(),
        5
    );
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("explain");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pages: BTreeSet<String> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.to_string()).collect();
    assert_eq!(pages, codes);
    for code in Code::ALL {
        let page = code.page();
        assert!(page.starts_with(&format!("# {code}: {}\n\n", code.rule())), "{code}");
        let verb = if code.is_warning() { "Warned of:" } else { "Refused:" };
        for part in [&format!("\n{verb}\n\n    "), "\nInstead:\n\n    "] {
            assert!(page.contains(part), "{code} has no part {part:?}");
        }
        assert_eq!(Code::named(&code.id().to_lowercase()), Some(*code));
    }
}

/// What is shown as an example reads as what it is said to be.
#[test]
fn what_pages_say_to_write_is_toml() {
    for code in Code::ALL {
        let (_, instead) = code.page().split_once("Instead:\n").unwrap();
        let text: Vec<&str> = instead.lines().map(|line| line.trim_start()).collect();
        let text = text.join("\n");
        let is_rust = text.contains("userlib::") || text.contains("static ");
        assert!(is_rust || toml::from_str::<toml::Table>(&text).is_ok(), "{code}:\n{text}");
    }
}
