//! From directory to directory, each left where it was and taken up again there.

use console_api::Text;
use core::fmt::{self, Write};
use fs_api::client::Fs;
use fs_api::{Entry, File, Info, Kind, MAX_PATH};
use userlib::ipc::zerocopy::TryFromBytes;

/// Directories in each other.
const DEEPEST: usize = 16;
/// Of no size that a disk knows, so that reads begin and end anywhere.
const PIECE: usize = 10_007;
const CRC_32: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// What a walk works in.
pub struct Memory {
    entries: [u8; 4096],
    piece: [u8; PIECE],
    path: [u8; MAX_PATH],
    /// Of each directory on the way, where its path ends and where it goes on.
    levels: [(usize, u64); DEEPEST],
}

impl Memory {
    pub const fn new() -> Self {
        Self {
            entries: [0; 4096],
            piece: [0; PIECE],
            path: [0; MAX_PATH],
            levels: [(0, 0); DEEPEST],
        }
    }
}

/// Prints everything.
pub fn print(fs: &Fs, memory: &mut Memory, report: &mut Text) -> fmt::Result {
    let Memory { entries, piece, path, levels } = memory;
    let mut depth = 1_usize;
    while let Some(level) = depth.checked_sub(1) {
        let (end, cookie) = levels[level];
        let listed = match fs.list(cookie, &path[..end], entries) {
            Ok(listed) => listed,
            Err(failure) => {
                writeln!(report, "{} | cannot be listed: {failure:?}", text(&path[..end]))?;
                depth -= 1;
                continue;
            }
        };
        let mut rest = &entries[..listed.bytes as usize];
        let mut deeper = false;
        while let (Ok((entry, more)), false) = (Entry::try_read_from_prefix(rest), deeper) {
            let length = entry.name_length as usize;
            let whole = join(path, end, &more[..length]);
            levels[level].1 = entry.next;
            one(fs, text(&path[..whole]), &entry.info, piece, report)?;
            deeper = entry.info.kind == Kind::Directory && depth < DEEPEST;
            if deeper {
                levels[depth] = (whole, 0);
            }
            rest = more.get(length.next_multiple_of(8)..).unwrap_or(&[]);
        }
        match (deeper, listed.next) {
            (true, _) => depth += 1,
            (false, 0) => depth -= 1,
            (false, _) => {}
        }
    }
    Ok(())
}

/// Puts a name behind the path that ends there; says where it ends then.
fn join(path: &mut [u8; MAX_PATH], end: usize, name: &[u8]) -> usize {
    let begin = if end == 0 { 0 } else { end + 1 };
    if begin > 0 {
        path[end] = b'/';
    }
    path[begin..begin + name.len()].copy_from_slice(name);
    begin + name.len()
}

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or("?")
}

/// Prints one name.
fn one(
    fs: &Fs,
    path: &str,
    info: &Info,
    piece: &mut [u8; PIECE],
    report: &mut Text,
) -> fmt::Result {
    let Info { size, modified, mode, user, group, .. } = *info;
    write!(report, "{path} | {:?} {mode:o} {user} {group} {modified}", info.kind)?;
    match info.kind {
        Kind::File => content(fs, path, size, piece, report)?,
        Kind::Link => link(fs, path, piece, report)?,
        _ => writeln!(report)?,
    }
    attributes(fs, path, report)
}

/// Prints the sum of a file's bytes.
fn content(
    fs: &Fs,
    path: &str,
    size: u64,
    piece: &mut [u8; PIECE],
    report: &mut Text,
) -> fmt::Result {
    let (mut digest, mut all) = (CRC_32.digest(), 0);
    let ended = File::open(fs, path).and_then(|mut file| {
        loop {
            let count = file.read(piece)?;
            digest.update(&piece[..count]);
            all += count as u64;
            if count < piece.len() {
                return Ok(all == size && file.size()? == size);
            }
        }
    });
    match ended {
        Ok(true) => writeln!(report, " {size} {:08x}", digest.finalize()),
        other => writeln!(report, " {size}, of which {all}: {other:?}"),
    }
}

/// Prints where a link leads, and what is there.
fn link(fs: &Fs, path: &str, room: &mut [u8; PIECE], report: &mut Text) -> fmt::Result {
    match fs.read_link(path.as_bytes(), &mut room[..MAX_PATH]) {
        Ok(length) => write!(report, " {}", text(&room[..length as usize]))?,
        Err(failure) => write!(report, " {failure:?}")?,
    }
    match fs.stat(1, path.as_bytes()) {
        Ok(info) => writeln!(report, " -> {:?} {}", info.kind, info.size),
        Err(failure) => writeln!(report, " -> {failure:?}"),
    }
}

/// Prints all extended attributes.
fn attributes(fs: &Fs, path: &str, report: &mut Text) -> fmt::Result {
    let (mut names, mut value) = ([0; 1024], [0; 4096]);
    let length = match fs.list_attributes(path.as_bytes(), &mut names) {
        Ok(length) => length as usize,
        Err(failure) => return writeln!(report, "{path} | attributes: {failure:?}"),
    };
    for name in names[..length].split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        write!(report, "{path} | attribute {}", text(name))?;
        match fs.get_attribute(path.as_bytes(), name, &mut value) {
            Ok(length) => {
                let sum = CRC_32.checksum(&value[..length as usize]);
                writeln!(report, " {length} {sum:08x}")?;
            }
            Err(failure) => writeln!(report, " {failure:?}")?,
        }
    }
    Ok(())
}
