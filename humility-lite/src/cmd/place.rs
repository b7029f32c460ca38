//! How places in the source are shown to people.

use crate::program::Place;

/// A place, as `function (file:line)`.
pub fn show(place: &Place) -> String {
    let function = plain_type(&short_function(&place.function));
    match (place.file.as_deref().map(short_file), place.line) {
        (Some(file), Some(line)) => format!("{function} ({file}:{line})"),
        (Some(file), None) => format!("{function} ({file})"),
        _ => function,
    }
}

/// Whether a function is of this crate, or of a type of it.
pub fn is_of(place: &Place, krate: &str) -> bool {
    let module = krate.replace('-', "_");
    let function = place.function.trim_start_matches(['<', '&', '*', '[', '(']);
    function.strip_prefix(&module).is_some_and(|rest| rest.starts_with("::"))
}

/// Without the generic arguments.
fn short_function(function: &str) -> String {
    let mut short = String::new();
    let mut rest = function;
    while let Some(at) = rest.find("::<") {
        let (before, arguments) = rest.split_at(at);
        short.push_str(before);
        rest = after_brackets(&arguments[2..]);
    }
    short.push_str(rest);
    short
}

/// `<a::B>::f` as `a::B::f`.
fn plain_type(function: &str) -> String {
    if !function.starts_with('<') {
        return function.to_owned();
    }
    let rest = after_brackets(function);
    let inside = &function[1..function.len() - rest.len()];
    match inside.strip_suffix('>') {
        Some(inside) if inside.starts_with(char::is_alphabetic) && !inside.contains(" as ") => {
            format!("{inside}{rest}")
        }
        _ => function.to_owned(),
    }
}

/// What follows the brackets that the text begins with.
fn after_brackets(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut last = ' ';
    for (at, letter) in text.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' if last != '-' => depth = depth.saturating_sub(1),
            _ => (),
        }
        if depth == 0 {
            return &text[at + letter.len_utf8()..];
        }
        last = letter;
    }
    ""
}

/// What a build script wrote has a long path that says nothing.
fn short_file(file: &str) -> &str {
    match file.rsplit_once("/out/") {
        Some((folder, generated)) if folder.contains("/build/") => generated,
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_left_out() {
        let function = "a::f::<b::C<u8, fn() -> d>, E>::{closure#0}";
        assert_eq!(short_function(function), "a::f::{closure#0}");
        assert_eq!(short_function("<a::B<c> as D>::f"), "<a::B<c> as D>::f");
        assert_eq!(short_function("broken::<"), "broken");
    }

    #[test]
    fn own_functions_of_a_type_need_no_brackets() {
        assert_eq!(plain_type("<a::B<c>>::f::{closure#0}"), "a::B<c>::f::{closure#0}");
        assert_eq!(plain_type("<a::B as c::D>::f"), "<a::B as c::D>::f");
        assert_eq!(plain_type("<[T]>::f"), "<[T]>::f");
        assert_eq!(plain_type("<"), "<");
    }

    #[test]
    fn the_crate_is_the_first_name() {
        let place = |function: &str| Place {
            function: function.to_owned(),
            file: None,
            line: None,
            inlined: false,
        };
        assert!(is_of(&place("task_ping::start"), "task-ping"));
        assert!(is_of(&place("<task_ping::Server as api::Pong>::f"), "task-ping"));
        assert!(!is_of(&place("task_pinger::start"), "task-ping"));
        assert!(!is_of(&place("userlib::serve::<task_ping::Server>"), "task-ping"));
    }

    #[test]
    fn generated_files_have_no_folder() {
        assert_eq!(short_file("target/build/x/build/api-1/out/api.rs"), "api.rs");
        assert_eq!(short_file("task/out/main.rs"), "task/out/main.rs");
    }
}
