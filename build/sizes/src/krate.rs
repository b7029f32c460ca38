//! The crate that a function comes from, by its name.

/// Functions of the compiler's runtime library, without a path.
const RUNTIME: [&str; 6] = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "__"];

/// The crate of a symbol. Methods belong to their type's crate, methods of the language's own types
/// to the trait's; what has no path is of the runtime library, or assembly.
#[must_use]
pub fn krate(symbol: &str) -> String {
    let path = format!("{:#}", rustc_demangle::demangle(symbol));
    match of_path(&path) {
        Some(name) => name.to_owned(),
        None if RUNTIME.iter().any(|prefix| path.starts_with(prefix)) => "compiler_builtins".into(),
        None => "(unmangled)".into(),
    }
}

/// The first name that is followed by `::`, without the generic arguments of a type that is not
/// its own: `<&[u8] as core::fmt::Debug>::fmt` is of `core`.
fn of_path(path: &str) -> Option<&str> {
    let end = path.find("::")?;
    let start = path[..end].rfind(|at: char| !(at.is_alphanumeric() || at == '_'));
    let name = &path[start.map_or(0, |at| at + 1)..end];
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_belong_to_the_first_crate_in_their_name() {
        for (path, expected) in [
            ("kern::fail::leave", "kern"),
            ("<kerncore::kernel::Kernel<kern::machine::Hardware>>::alarm", "kerncore"),
            ("<u64 as core::fmt::LowerHex>::fmt", "core"),
            ("<&mut drv_dma::Queue as virtio_drivers::Hal>::share", "drv_dma"),
        ] {
            assert_eq!(of_path(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn names_without_a_path_are_told_apart() {
        assert_eq!(krate("memcpy"), "compiler_builtins");
        assert_eq!(krate("__aeabi_memset"), "compiler_builtins");
        assert_eq!(krate("aidos_send"), "(unmangled)");
        assert_eq!(krate(""), "(unmangled)");
        assert_eq!(krate("::"), "(unmangled)");
    }
}
