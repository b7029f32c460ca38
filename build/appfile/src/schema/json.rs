//! JSON schemas, for editors. They say as much as a schema can: types, ranges, spellings; that
//! names mean something is the build tool's to check.

use super::{APP, BOARD, Kind, Need, Table};
use serde_json::{Map, Value, json};

const NAME: &str = "^[a-z][a-z0-9-]*$";
const PACKAGE: &str = "^[A-Za-z][A-Za-z0-9_-]*$";
const SIZE: &str = "^[0-9]+ *(B|KiB|MiB|GiB)$";
const DURATION: &str = "^[0-9]+ *(us|ms|s)$";

/// Of app files. One that inherits may leave out what others say.
#[must_use]
pub fn app_schema() -> Value {
    let mut schema = head("app.toml");
    schema.insert("if".into(), json!({ "required": ["inherit"] }));
    schema.insert("then".into(), table(&APP, false));
    schema.insert("else".into(), table(&APP, true));
    Value::Object(schema)
}

/// Of board files.
#[must_use]
pub fn board_schema() -> Value {
    let mut schema = head("board file");
    if let Value::Object(table) = table(&BOARD, true) {
        schema.extend(table);
    }
    Value::Object(schema)
}

fn head(title: &str) -> Map<String, Value> {
    let mut head = Map::new();
    head.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
    head.insert("title".into(), format!("Aidos {title}").into());
    head
}

fn table(of: &Table, whole: bool) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in of.keys() {
        let mut value = kind(&key.kind, whole);
        value["description"] = key.doc.into();
        properties.insert(key.name.into(), value);
        if whole && matches!(key.need, Need::Needed) {
            required.push(key.name);
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn kind(of: &Kind, whole: bool) -> Value {
    match of {
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Name => json!({ "type": "string", "pattern": NAME }),
        Kind::NameOrAll => json!({ "anyOf": [{ "const": "*" }, kind(&Kind::Name, whole)] }),
        Kind::Package => json!({ "type": "string", "pattern": PACKAGE }),
        Kind::Text(_) => json!({ "type": "string" }),
        Kind::Integer(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Size => json!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": crate::units::MAX_SIZE },
            { "type": "string", "pattern": SIZE },
        ] }),
        Kind::Duration | Kind::Time => json!({ "type": "string", "pattern": DURATION }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::List(inner) => json!({ "type": "array", "items": kind(inner, whole) }),
        Kind::Map(inner) => {
            json!({ "type": "object", "additionalProperties": kind(inner, whole) })
        }
        Kind::Any => json!({}),
        Kind::Table(inner) => table(inner, whole),
        Kind::AnyOf(kinds) => {
            let kinds: Vec<Value> = kinds.iter().map(|one| kind(one, whole)).collect();
            json!({ "anyOf": kinds })
        }
    }
}
