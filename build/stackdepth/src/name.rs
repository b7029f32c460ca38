//! What a function's name tells.

/// A name as people read it: without hashes.
pub fn readable(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}

/// A function of the formatting machinery: `core::fmt` itself.
pub fn is_formatting(name: &str) -> bool {
    name.starts_with("core::fmt::") || name.starts_with("<core::fmt::")
}

/// An implementation of one of the traits of `core::fmt`: `<T as core::fmt::Display>::fmt` and the
/// like.
pub fn is_formatter(name: &str) -> bool {
    core_fmt_trait(name).is_some()
}

/// One of those that text is written to.
pub fn is_writer(name: &str) -> bool {
    core_fmt_trait(name) == Some("Write")
}

fn core_fmt_trait(name: &str) -> Option<&str> {
    const PATH: &str = " as core::fmt::";
    if !name.starts_with('<') {
        return None;
    }
    let (_, behind) = name.rsplit_once(PATH)?;
    let (word, method) = behind.split_once(">::")?;
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain(word) && plain(method)).then_some(word)
}

/// The end of a panic, which a crate's `#[panic_handler]` becomes.
pub fn is_panic_handler(name: &str) -> bool {
    name == "rust_begin_unwind" || name.ends_with("::rust_begin_unwind")
}

/// Where panics come together in `core`.
pub fn is_panic_hub(name: &str) -> bool {
    matches!(name, "core::panicking::panic_fmt" | "core::panicking::panic_nounwind_fmt")
}

/// A function of `core`; together with never coming back, one that panics.
pub fn is_core(name: &str) -> bool {
    name.starts_with("core::") || name.starts_with("<core::")
}

/// Whether a name is what a pattern says, whose `*` stands for anything.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatters_are_known_by_their_trait() {
        assert!(is_formatter("<u32 as core::fmt::Display>::fmt"));
        assert!(is_formatter("<shell::Shown<<A as B>::C> as core::fmt::Debug>::fmt"));
        assert!(is_writer("<userlib::panic::Text as core::fmt::Write>::write_str"));
        assert!(!is_writer("<u32 as core::fmt::Display>::fmt"));
        assert!(!is_formatter("core::fmt::write"));
        assert!(!is_formatter("<A as my::Trait<B as core::fmt::Display>>::run"));
    }

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("a::b", "a::b"));
        assert!(!matches("a::b", "a::bc"));
        assert!(matches("a::*", "a::bc"));
        assert!(matches("*::run", "<shell::Shell>::run"));
        assert!(matches("<*>::r*n", "<shell::Shell>::run"));
        assert!(!matches("*::run", "shell::runs"));
        assert!(matches("*", ""));
    }

    #[test]
    fn both_manglings_are_read() {
        assert_eq!(
            readable("_RNvNtCs2vld_10task_shell5files8complain"),
            "task_shell::files::complain"
        );
        assert_eq!(
            readable("_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE"),
            "<&T as core::fmt::Debug>::fmt"
        );
        assert_eq!(readable("_start"), "_start");
    }
}
