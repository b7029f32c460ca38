//! Every way to change something, and what it is answered.

use console_api::Text;
use core::fmt::{self, Write};
use fs_api::FsError;
use fs_api::client::Fs;
use fs_api::{Change, flags, which};
use userlib::ipc::ClientError;

/// A file that is on the volume, and a directory.
const FILE: &[u8] = b"plain";
const DIRECTORY: &[u8] = b"many";

pub fn print(fs: &Fs, report: &mut Text) -> fmt::Result {
    let open = |how: u32, path: &[u8]| fs.close(fs.open(how | flags::WRITE, path)?.handle);
    let change = Change {
        modified: 1,
        attributes: 0,
        mode: 0,
        user: 0,
        group: 0,
        which: which::MODIFIED,
        reserved: 0,
    };
    let all: [(&str, Result<(), ClientError<FsError>>); 11] = [
        ("create", open(flags::CREATE, b"new")),
        ("cut", open(flags::TRUNCATE, FILE)),
        ("write", write(fs)),
        ("change", fs.change(change, FILE)),
        ("make link", fs.make_link(b"link", FILE)),
        ("set attribute", fs.set_attribute(0, FILE, b"user.lfs.01", b"new")),
        ("remove attribute", fs.remove_attribute(FILE, b"user.lfs.41")),
        ("make directory", fs.make_directory(b"folder")),
        ("remove directory", fs.remove_directory(DIRECTORY)),
        ("rename", fs.rename(FILE, b"folder/moved")),
        ("remove", fs.remove(b"new")),
    ];
    for (name, answer) in all {
        writeln!(report, "{name}: {answer:?}")?;
    }
    Ok(())
}

/// A file can be opened so that it could be written, if it could.
fn write(fs: &Fs) -> Result<(), ClientError<FsError>> {
    let opened = fs.open(flags::READ | flags::WRITE, FILE)?;
    let written = fs.write(opened.handle, 0, b"x");
    fs.close(opened.handle)?;
    written
}
