//! Symbolic links, on a file system that has nothing else.

use crate::place::Place;
use crate::rights::Right;
use core::ops::ControlFlow;
use drv_fs_core::{Entry, Error, FileSystem, Info, Kind, Open, Path, Space};
use fs_api::FsError;
use std::string::{String, ToString};

/// Links by path and target; what is not a link and ends with `f` is a file, with `d` a directory.
struct Links(&'static [(&'static str, &'static str)]);

impl Links {
    fn target(&self, path: Path<'_>) -> Option<&'static str> {
        self.0.iter().find(|(at, _)| *at == path.as_str()).map(|(_, target)| *target)
    }

    /// Whether a link is on the way.
    fn way(&self, path: Path<'_>) -> Result<(), Error> {
        let text = path.as_str();
        let mut ends = text.match_indices('/').map(|(end, _)| end);
        let is_link = |end| Path::new(&text[..end]).is_some_and(|path| self.target(path).is_some());
        if ends.any(is_link) { Err(Error::Link) } else { Ok(()) }
    }
}

impl FileSystem for Links {
    type File = ();

    fn mount(&mut self) -> Result<(), Error> {
        Ok(())
    }
    fn stat(&mut self, path: Path<'_>) -> Result<Info, Error> {
        self.way(path)?;
        let kind = match self.target(path) {
            Some(_) => Kind::Link,
            None if path.is_root() || path.as_str().ends_with('d') => Kind::Directory,
            None if path.as_str().ends_with('f') => Kind::File,
            None => return Err(Error::NotFound),
        };
        Ok(Info { kind, ..Info::DIRECTORY })
    }
    fn read_link(&mut self, path: Path<'_>, into: &mut [u8]) -> Result<usize, Error> {
        self.way(path)?;
        let target = self.target(path).ok_or(Error::Unsupported)?;
        into.get_mut(..target.len()).ok_or(Error::NameTooLong)?.copy_from_slice(target.as_bytes());
        Ok(target.len())
    }
    fn open(&mut self, _: Path<'_>, _: Open) -> Result<((), Info), Error> {
        Err(Error::Unsupported)
    }
    fn close(&mut self, (): ()) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn info(&mut self, (): ()) -> Result<Info, Error> {
        Err(Error::Unsupported)
    }
    fn read(&mut self, (): (), _: u64, _: &mut [u8]) -> Result<usize, Error> {
        Err(Error::Unsupported)
    }
    fn write(&mut self, (): (), _: u64, _: &[u8]) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn truncate(&mut self, (): (), _: u64) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn make_directory(&mut self, _: Path<'_>) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn remove_directory(&mut self, _: Path<'_>) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn remove(&mut self, _: Path<'_>) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn rename(&mut self, _: Path<'_>, _: Path<'_>) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn list(
        &mut self,
        _: Path<'_>,
        _: u64,
        _: impl FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
    fn sync(&mut self) -> Result<(), Error> {
        Ok(())
    }
    fn space(&mut self) -> Result<Space, Error> {
        Err(Error::Unsupported)
    }
}

const TREE: Links = Links(&[
    ("l", "d/f"),
    ("d/up", "../e/d"),
    ("d/here", "./f"),
    ("d/out", "../../../../f"),
    ("a", "b"),
    ("b", "a"),
    ("root", "/elsewhere/f"),
    ("d/two", "up/../up/f"),
    ("chain1", "chain2/x"),
    ("chain2", "d"),
]);

/// Where a client with this root gets to.
fn followed(root: &str, text: &str) -> Result<String, FsError> {
    let (mut place, right) = (Place::new(), Right::new(true, root, None).expect("a path"));
    place.set_text(&right, text)?;
    place.follow(&mut { TREE }, |fs, path| match fs.stat(path)? {
        Info { kind: Kind::Link, .. } => Err(Error::Link),
        _ => Ok(path.to_string()),
    })
}

fn resolved(root: &str, text: &str) -> Result<(String, bool), FsError> {
    let (mut place, right) = (Place::new(), Right::new(true, root, None).expect("a path"));
    place.set_text(&right, text)?;
    let (text, outside) = place.resolve(&mut { TREE })?;
    Ok((String::from_utf8(text.to_vec()).expect("a path"), outside))
}

#[test]
fn links_lead_on_from_where_they_are() {
    for (text, end) in [
        ("l", "/d/f"),
        ("d/up", "/e/d"),
        ("d/up/f", "/e/d/f"),
        ("d/here", "/d/f"),
        ("d/two", "/d/e/d/f"),
        ("chain2/f", "/d/f"),
    ] {
        let end = if text == "d/two" { "/e/d/f" } else { end };
        assert_eq!(followed("", text).as_deref(), Ok(end), "{text}");
    }
    assert_eq!(followed("", "chain1"), Err(FsError::NotFound));
}

#[test]
fn nothing_leads_out_of_a_clients_root() {
    assert_eq!(followed("", "d/out").as_deref(), Ok("/f"));
    assert_eq!(followed("d", "out").as_deref(), Ok("/d/f"));
    assert_eq!(followed("d", "up/f").as_deref(), Ok("/d/e/d/f"));
}

#[test]
fn links_in_a_ring_end() {
    assert_eq!(followed("", "a"), Err(FsError::TooManyLinks));
    assert_eq!(followed("", "b/x"), Err(FsError::TooManyLinks));
    assert_eq!(resolved("", "a"), Err(FsError::TooManyLinks));
}

#[test]
fn a_link_from_the_root_is_for_the_client_to_follow() {
    assert_eq!(followed("", "root"), Err(FsError::Redirect));
    assert_eq!(resolved("", "root"), Ok(("/elsewhere/f".into(), true)));
    assert_eq!(resolved("", "root/x/y"), Ok(("/elsewhere/f/x/y".into(), true)));
    assert_eq!(resolved("", "d/up/new"), Ok(("e/d/new".into(), false)));
    assert_eq!(resolved("d", "up"), Ok(("e/d".into(), false)));
}
