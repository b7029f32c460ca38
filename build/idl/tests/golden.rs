//! What the compiler makes of `example.idl`, and of random text.

use proptest::prelude::*;

const EXAMPLE: &str = include_str!("example.idl");

/// Rust that other tests compile and run; `generated.rs` includes it. Run with `IDL_UPDATE=1` to
/// write it anew after a change, and read the difference.
#[test]
fn rust_is_as_expected() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/example.rs");
    let module = idl::rust("example.idl", EXAMPLE).unwrap();
    if std::env::var_os("IDL_UPDATE").is_some() {
        std::fs::write(path, &module).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    assert!(module == expected, "differs from {path}: run again with IDL_UPDATE=1 and compare");
}

#[test]
fn json_is_as_expected() {
    let json: serde_json::Value =
        serde_json::from_str(&idl::json("example.idl", EXAMPLE).unwrap()).unwrap();
    insta::assert_snapshot!("example.json", serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn json_escapes_what_comments_hold() {
    let text = "//! \"quoted\" \\ \t\u{1} ü\ninterface T { 1: a(); }";
    let json: serde_json::Value = serde_json::from_str(&idl::json("x", text).unwrap()).unwrap();
    assert_eq!(json["docs"], "\"quoted\" \\ \t\u{1} ü");
}

fn hash(text: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(&idl::json("x", text).unwrap()).unwrap();
    json["hash"].as_str().unwrap().into()
}

#[test]
fn the_hash_is_of_what_travels() {
    let plain = hash("interface T { error E { A = 1 } 1: a(x: u32) or E; }");
    assert_eq!(
        plain,
        hash("//! Docs\ninterface T {\n/// Docs\nerror E { A = 1, } 1: a(x: u32) or E; }")
    );
    for other in [
        "interface T { error E { A = 2 } 1: a(x: u32) or E; }",
        "interface T { error E { A = 1 } 2: a(x: u32) or E; }",
        "interface T { error E { A = 1 } 1: a(x: i32) or E; }",
        "interface T { error E { A = 1 } 1: encoding ssmarshal a(x: u32) or E; }",
        "interface T { error E { A = 1 } 1: a(x: u32) -> u8 or E; }",
        "interface T { error E { A = 1 } 1: a(x: u32); }",
    ] {
        assert_ne!(plain, hash(other), "{other}");
    }
}

/// Pieces from which something like an interface may come about.
fn pieces() -> impl Strategy<Value = String> {
    let words = [
        "interface",
        "struct",
        "enum",
        "error",
        "encoding",
        "ssmarshal",
        "idempotent",
        "lend",
        "mut",
        "inout",
        "up",
        "to",
        "or",
        "u8",
        "u32",
        "bool",
        "[u8]",
        "[u8; 4]",
        "[T; 3]",
        "T",
        "E",
        "name",
        "other",
        "1",
        "2",
        "0x10",
        "-",
        "->",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        ";",
        ",",
        "=",
        "///  x\n",
        "//! y\n",
        "// z\n",
        "\n",
        "\"",
        "ü",
        "/*",
        "self",
        "99999999999",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..80)
        .prop_map(|words| words.join(" "))
}

/// `example.idl` with a few bytes of it replaced or left out.
fn damaged() -> impl Strategy<Value = String> {
    let place = (0..EXAMPLE.len(), 0..12_usize, pieces());
    proptest::collection::vec(place, 1..4).prop_map(|places| {
        let mut text = EXAMPLE.to_string();
        for (at, length, piece) in places {
            let start = at.min(text.len());
            let end = (start + length).min(text.len());
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, piece.get(..length).unwrap_or(""));
            }
        }
        text
    })
}

/// Neither panics; refusals say something; what is accepted is so by both.
fn is_answered(text: &str) {
    match (idl::rust("x", text), idl::json("x", text)) {
        (Ok(_), Ok(json)) => drop(serde_json::from_str::<serde_json::Value>(&json).unwrap()),
        (Err(errors), Err(_)) => {
            assert!(!errors.list().is_empty());
            assert!(errors.to_string().matches("error[I").count() >= errors.list().len());
        }
        _ => panic!("Rust and JSON differ on {text}"),
    }
}

proptest! {
    #[test]
    fn random_text_is_answered(text in any::<String>()) {
        is_answered(&text);
    }

    #[test]
    fn random_words_are_answered(text in pieces()) {
        is_answered(&text);
    }

    #[test]
    fn damaged_interfaces_are_answered(text in damaged()) {
        is_answered(&text);
    }
}
