//! A check against a JSON schema, as far as ours go. A word of the schema that it does not know is a
//! complaint, so that nothing is passed over.

use regex::Regex;
use serde_json::Value;

/// What is wrong with the value; empty if nothing is.
pub fn complaints(schema: &Value, value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    check(schema, value, "", &mut all);
    all
}

fn fits(schema: &Value, value: &Value) -> bool {
    complaints(schema, value).is_empty()
}

fn check(schema: &Value, value: &Value, at: &str, all: &mut Vec<String>) {
    let Value::Object(words) = schema else { return all.push(format!("{at}: no schema")) };
    for (word, wanted) in words {
        let good = match word.as_str() {
            "$schema" | "title" | "description" => true,
            "type" => is_a(value, wanted),
            "const" => value == wanted,
            "enum" => items(wanted).contains(value),
            "pattern" => value.as_str().is_none_or(|text| matches(wanted, text)),
            "minimum" => value.as_i64().is_none_or(|number| number >= wanted.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|number| number <= wanted.as_i64().unwrap()),
            "anyOf" => items(wanted).iter().any(|schema| fits(schema, value)),
            "required" => {
                items(wanted).iter().all(|key| value.get(key.as_str().unwrap()).is_some())
            }
            "if" => {
                let branch = if fits(wanted, value) { "then" } else { "else" };
                check(&words[branch], value, at, all);
                true
            }
            "then" | "else" => words.contains_key("if"),
            "items" => {
                let entries = value.as_array().into_iter().flatten();
                entries.for_each(|entry| check(wanted, entry, &format!("{at}[]"), all));
                true
            }
            "properties" => true,
            "additionalProperties" => {
                properties(words.get("properties"), wanted, value, at, all);
                true
            }
            _ => false,
        };
        if !good {
            all.push(format!("{at}: `{word}`: {wanted} does not hold for {value}"));
        }
    }
}

/// Checks every entry of a table by the schema of its key, or else by the one for all others.
fn properties(
    known: Option<&Value>,
    others: &Value,
    value: &Value,
    at: &str,
    all: &mut Vec<String>,
) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{key}");
        match known.and_then(|known| known.get(key)) {
            Some(schema) => check(schema, value, &at, all),
            None if others == &Value::Bool(false) => all.push(format!("{at}: unknown")),
            None => check(others, value, &at, all),
        }
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn matches(pattern: &Value, text: &str) -> bool {
    Regex::new(pattern.as_str().unwrap()).unwrap().is_match(text)
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => false,
    }
}
