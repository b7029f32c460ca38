//! Paths as files name each other. They are compared as they are written: nothing here looks at
//! the disk.

/// The path of a file that another one names: counted from the other's folder.
pub(crate) fn beside(other: &str, path: &str) -> String {
    match other.rfind('/') {
        Some(slash) if !path.starts_with('/') => normal(&format!("{}/{path}", &other[..slash])),
        _ => normal(path),
    }
}

/// Without `.` and, where it can be seen what they undo, `..`.
pub(crate) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            (".", _) => {}
            ("", Some(_)) => {}
            ("..", Some(&last)) if last != ".." && !last.is_empty() => {
                parts.pop();
            }
            ("..", Some(&"")) => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_counted_from_who_says_them() {
        assert_eq!(beside("app.toml", "base.toml"), "base.toml");
        assert_eq!(beside("tests/apps/a.toml", "b.toml"), "tests/apps/b.toml");
        assert_eq!(beside("tests/apps/a.toml", "../b.toml"), "tests/b.toml");
        assert_eq!(beside("../a.toml", "../b.toml"), "../../b.toml");
        assert_eq!(beside("tests/a.toml", "/b.toml"), "/b.toml");
        assert_eq!(beside("/x/a.toml", "../../b.toml"), "/b.toml");
        assert_eq!(normal("./a//./b/../c.toml"), "a/c.toml");
    }
}
