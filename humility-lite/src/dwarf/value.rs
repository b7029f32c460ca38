//! Decoded values, for people and for programs.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::fmt;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Number(i128),
    /// A truth value.
    Truth(bool),
    /// A character.
    Character(char),
    /// A number with a fraction.
    Fraction(f64),
    /// A string.
    Text(String),
    /// A pointer.
    Address(u64),
    /// A struct with named fields.
    Struct(String, Vec<(String, Value)>),
    /// A tuple or a struct without names.
    Tuple(String, Vec<Value>),
    /// A form of an enum that has fields.
    Variant(String, Box<Value>),
    /// A form of an enum that has none, or a struct that has none.
    Name(String),
    /// Elements, and how many more there are.
    List(Vec<Value>, u64),
    /// It makes no sense.
    Bad(String),
}

/// The most elements of a list that are shown to people.
const MOST_SHOWN: usize = 32;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Character(character) => write!(f, "{character:?}"),
            Self::Fraction(number) => write!(f, "{number:?}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Address(address) => write!(f, "{address:#x}"),
            Self::Struct(name, fields) => {
                write!(f, "{name} {{ ")?;
                show_fields(f, fields)?;
                f.write_str(" }")
            }
            Self::Tuple(name, items) => {
                if !name.starts_with('(') {
                    f.write_str(name)?;
                }
                show_items(f, ('(', ')'), items, 0)
            }
            Self::Variant(name, value) => match value.as_ref() {
                Self::Struct(_, fields) => {
                    write!(f, "{name} {{ ")?;
                    show_fields(f, fields)?;
                    f.write_str(" }")
                }
                Self::Tuple(_, items) => {
                    f.write_str(name)?;
                    show_items(f, ('(', ')'), items, 0)
                }
                value => write!(f, "{name}({value})"),
            },
            Self::Name(name) => f.write_str(name),
            Self::List(items, more) => show_items(f, ('[', ']'), items, *more),
            Self::Bad(why) => write!(f, "<{why}>"),
        }
    }
}

fn show_fields(f: &mut fmt::Formatter<'_>, fields: &[(String, Value)]) -> fmt::Result {
    for (i, (name, value)) in fields.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        write!(f, "{comma}{name}: {value}")?;
    }
    Ok(())
}

fn show_items(
    f: &mut fmt::Formatter<'_>,
    (open, close): (char, char),
    items: &[Value],
    more: u64,
) -> fmt::Result {
    write!(f, "{open}")?;
    let all = items.len() as u64 + more;
    if all > 4 && more == 0 && items.windows(2).all(|pair| pair[0] == pair[1]) {
        return write!(f, "{}; {all}{close}", items[0]);
    }
    for (i, item) in items.iter().take(MOST_SHOWN).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        write!(f, "{comma}{item}")?;
    }
    let shown = items.len().min(MOST_SHOWN) as u64;
    if all > shown {
        write!(f, ", … {} more", all - shown)?;
    }
    write!(f, "{close}")
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => match (u64::try_from(*number), i64::try_from(*number)) {
                (Ok(number), _) => to.serialize_u64(number),
                (_, Ok(number)) => to.serialize_i64(number),
                _ => to.collect_str(number),
            },
            Self::Truth(truth) => to.serialize_bool(*truth),
            Self::Character(character) => to.serialize_char(*character),
            Self::Fraction(number) => to.serialize_f64(*number),
            Self::Text(text) | Self::Name(text) => to.serialize_str(text),
            Self::Address(address) => to.serialize_u64(*address),
            Self::Struct(_, fields) => {
                to.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
            Self::Tuple(_, items) => match items.as_slice() {
                [only] => only.serialize(to),
                items => to.collect_seq(items),
            },
            Self::Variant(name, value) => one(to, name, value),
            Self::List(items, _) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Bad(why) => one(to, "unreadable", why),
        }
    }
}

fn one<S: Serializer>(to: S, name: &str, value: impl Serialize) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry(name, &value)?;
    map.end()
}
