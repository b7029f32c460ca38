//! `logs`: the last lines of the log that the logger keeps on disk.

use crate::files::{Failure, Files, complain};
use crate::terminal::Terminal;
use core::fmt::{self, Write};
use fs_api::{FsError, flags};
use userlib::Text;
use userlib::ipc::ClientError;

/// Bytes of a path of a file: a directory and a name.
const ROOM: usize = 80;
/// Files that are looked at, at most.
const FILES: u8 = 16;
/// Bytes read at a time.
const PIECE: usize = 1024;
/// What the logger's own lines begin with.
const MARK: u8 = 0x1e;

/// Of one of the files in a directory.
fn path_of(directory: &str, file: u8) -> Text<ROOM> {
    Text::of(format_args!("{directory}/console.{file}"))
}

/// Prints the last lines, of as many files as it takes.
pub fn show(files: &Files, directory: &str, lines: u32, out: &mut Terminal) -> fmt::Result {
    let (mut wanted, mut first, mut offset) = (lines, None, 0);
    for file in 0..FILES {
        let path = path_of(directory, file);
        match start(files, path.as_str(), wanted) {
            Ok((begin, found)) => {
                (first, offset, wanted) = (Some(file), begin, wanted.saturating_sub(found));
            }
            Err(ClientError::Server(FsError::NotFound)) if first.is_some() => break,
            Err(failure) => return complain(path.as_str(), failure, out),
        }
        if wanted == 0 {
            break;
        }
    }
    for file in (0..=first.unwrap_or(0)).rev() {
        let path = path_of(directory, file);
        if let Err(failure) = print(files, path.as_str(), offset, out)? {
            complain(path.as_str(), failure, out)?;
        }
        offset = 0;
    }
    Ok(())
}

/// Where the last lines of a file begin, and how many there are up to `wanted`.
fn start(files: &Files, path: &str, wanted: u32) -> Result<(u64, u32), Failure> {
    let mut file = files.tree().open(path, flags::READ)?;
    let mut piece = [0; PIECE];
    let size = file.size()?;
    let (mut end, mut found) = (size, 0);
    while end > 0 {
        let begin = end.saturating_sub(PIECE as u64);
        let count = file.read_at(begin, &mut piece[..(end - begin) as usize])?;
        for index in (0..count).rev() {
            let at = begin + index as u64;
            // The end of the file is no line's beginning.
            if piece[index] == b'\n' && at + 1 < size {
                found += 1;
                if found == wanted {
                    return Ok((at + 1, found));
                }
            }
        }
        end = begin;
    }
    Ok((0, if size > 0 { found + 1 } else { 0 }))
}

fn print(
    files: &Files,
    path: &str,
    offset: u64,
    out: &mut Terminal,
) -> Result<Result<(), Failure>, fmt::Error> {
    let mut file = match files.tree().open(path, flags::READ) {
        Ok(file) => file,
        Err(failure) => return Ok(Err(failure)),
    };
    let (mut piece, mut at, mut last) = ([0; PIECE], offset, b'\n');
    loop {
        let count = match file.read_at(at, &mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(failure) => return Ok(Err(failure)),
        };
        for &byte in &piece[..count] {
            match byte {
                MARK if last == b'\n' => out.write_str("--")?,
                MARK => out.write_str("\n--")?,
                // Only what makes no mess of the screen.
                0..0x20 | 0x7f if byte != b'\n' && byte != b'\t' => {}
                _ => out.bytes(&[byte])?,
            }
            last = byte;
        }
        at += count as u64;
    }
    if last != b'\n' {
        out.write_char('\n')?;
    }
    Ok(Ok(()))
}
