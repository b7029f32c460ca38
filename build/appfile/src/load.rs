//! From text to a checked app.

use crate::app::App;
use crate::board::Board;
use crate::check::{Context, check};
use crate::code::Code;
use crate::diagnostic::{At, Diagnostic, Log, Report, Source};
use crate::files::Files;
use crate::inherit::Reading;
use crate::origin::Origin;
use crate::parse::{RawApp, RawRegion, parse_app, parse_board};
use crate::paths::{beside, normal};
use crate::sketch::Sketch;
use crate::suggest;
use crate::tree::parse;
use crate::units::{pages, show_size};

/// Reads and checks an app: its path as messages shall call it, its text, and where other files
/// are.
///
/// # Errors
/// Every mistake there is.
pub fn load(path: &str, text: &str, files: &dyn Files) -> Result<App, Report> {
    read(path, text, files).1
}

/// Reads an app to draw it, refused or not. Without tasks if nothing of it can be read.
#[must_use]
pub fn sketch(path: &str, text: &str, files: &dyn Files) -> Sketch {
    let (raw, checked) = read(path, text, files);
    let report = checked.err();
    match raw {
        Some(raw) => Sketch::of(&raw, report),
        None => Sketch { report, ..Sketch::default() },
    }
}

/// As it is written, as far as it can be read, and as it is meant.
fn read(path: &str, text: &str, files: &dyn Files) -> (Option<RawApp>, Result<App, Report>) {
    let log = Log::default();
    let source = Source { path: path.to_owned(), text: text.to_owned() };
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut reading =
        Reading { files, log: &log, sources: vec![source], paths: vec![normal(name)] };
    let tree = reading.resolve(0);
    let raw = tree.as_ref().map(|tree| parse_app(tree, &log));
    let app = raw.as_ref().and_then(|raw| {
        let board = load_board(raw, &mut reading);
        let archive = archive(raw, &reading);
        let contents: Vec<_> = raw.regions.iter().map(|raw| contents(raw, &reading)).collect();
        let mut app = check(Context { app: raw, board: board.as_ref(), log: &log })?;
        for (region, contents) in app.regions.iter_mut().zip(contents) {
            region.contents = contents;
        }
        Some(App { archive, ..app })
    });
    let lints = raw.as_ref().map(|raw| raw.lints.clone()).unwrap_or_default();
    let sources = reading.sources;
    let report = Report { sources, diagnostics: lints.apply(log.into_sorted()) };
    let app = match app.zip(tree) {
        Some((app, tree)) if !report.is_refusal() => {
            let origin = Origin { sources: report.sources, tree, lints };
            Ok(App { text: origin.text(), origin, warnings: report.diagnostics, ..app })
        }
        _ => Err(report),
    };
    (raw, app)
}

/// Further files for the archive.
fn archive(raw: &RawApp, reading: &Reading<'_>) -> Vec<(String, Vec<u8>)> {
    let read = |name: &At<String>| {
        let path = beside(&reading.paths[name.place.file], &name.value);
        match reading.files.bytes(&path) {
            Ok(bytes) => Some((path, bytes)),
            Err(error) => {
                let message = format!("`{}` cannot be read, for the archive", name.value);
                let code = Code::NoArchiveFile;
                let mistake = Diagnostic::new(code, message, name.place, error.to_string());
                let help = "paths are counted from the file that says them";
                reading.log.add(mistake.help(help));
                None
            }
        }
    };
    raw.archive.iter().filter_map(read).collect()
}

/// What is in a region.
fn contents(region: &RawRegion, reading: &Reading<'_>) -> Option<Vec<u8>> {
    let file = region.file.as_ref()?;
    let path = beside(&reading.paths[file.place.file], &file.value);
    let name = &region.name.value;
    let bytes = match reading.files.bytes(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("`{}` cannot be read, for region `{name}`", file.value);
            let mistake = Diagnostic::new(Code::NoContents, message, file.place, error.to_string());
            reading.log.add(mistake.help("paths are counted from the file that says them"));
            return None;
        }
    };
    let size = region.size.as_ref()?;
    if bytes.len() as u64 > size.value {
        let message = format!("`{}` does not fit region `{name}`", file.value);
        let label = format!("{} bytes", bytes.len());
        let mistake = Diagnostic::new(Code::Contents, message, file.place, label);
        let room = format!("room for {}", show_size(size.value));
        let mistake = mistake.also(size.place, room);
        let help = format!("size = \"{}\"", show_size(pages(bytes.len() as u64)));
        reading.log.add(mistake.help(help));
    }
    Some(bytes)
}

/// Reads and checks a board file alone.
///
/// # Errors
/// Every mistake there is.
pub fn load_board_text(path: &str, text: &str) -> Result<Board, Report> {
    let log = Log::default();
    let board = parse(text, 0, &log).and_then(|tree| parse_board(&tree, text, 0, &log));
    match board {
        Some(board) if log.is_good() => Ok(board),
        _ => {
            let sources = vec![Source { path: path.to_owned(), text: text.to_owned() }];
            Err(Report { sources, diagnostics: log.into_sorted() })
        }
    }
}

fn load_board(raw: &RawApp, reading: &mut Reading<'_>) -> Option<Board> {
    let name = raw.board.as_ref()?;
    let Reading { files, log, .. } = *reading;
    let (path, text) = if name.value.ends_with(".toml") {
        let path = beside(&reading.paths[name.place.file], &name.value);
        let text = files.beside(&path);
        (beside(&reading.sources[0].path, &path), text)
    } else {
        (files.board_path(&name.value), named_board(name, files))
    };
    let text = text.map_err(|error| no_board(name, &path, &error, files, log)).ok()?;
    reading.sources.push(Source { path, text: text.clone() });
    let file = reading.sources.len() - 1;
    let tree = parse(&text, file, log)?;
    parse_board(&tree, &text, file, log)
}

/// Only names that are there, so that none can lead out of the folder.
fn named_board(name: &At<String>, files: &dyn Files) -> std::io::Result<String> {
    match files.boards().contains(&name.value) {
        true => files.board(&name.value),
        false => Err(std::io::ErrorKind::NotFound.into()),
    }
}

fn no_board(name: &At<String>, path: &str, error: &std::io::Error, files: &dyn Files, log: &Log) {
    let message = match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no board `{}`", name.value),
        _ => format!("the board `{}` cannot be read: {error}", name.value),
    };
    let boards = files.boards();
    let known = boards.iter().map(String::as_str);
    log.add(Diagnostic::new(Code::NoBoard, message, name.place, path).maybe_help(suggest::help(
        &name.value,
        "the boards are",
        known,
    )));
}
