//! From bytes of memory to values, by their types.

use super::types::{Kind, Member, Type, TypeId, Types, Variant, part};
use super::value::Value;
use crate::memory::{Memory, word};

/// How deep values are followed into each other.
const DEEPEST: u32 = 16;
/// The most elements of an array that are decoded.
const MOST_ELEMENTS: u64 = 1024;
/// The longest text that is read, in bytes.
const LONGEST_TEXT: u64 = 4096;

/// The value of type `of` that `bytes` hold; strings and slices are looked up in `memory`.
#[must_use]
pub fn decode(types: &Types, of: TypeId, bytes: &[u8], memory: &dyn Memory) -> Value {
    Decoder { types, memory }.value(of, bytes, DEEPEST)
}

fn bad(why: impl Into<String>) -> Value {
    Value::Bad(why.into())
}

struct Decoder<'d> {
    types: &'d Types,
    memory: &'d dyn Memory,
}

impl Decoder<'_> {
    fn value(&self, of: TypeId, bytes: &[u8], depth: u32) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return bad("nested too deep") };
        let (offset, of) = self.types.peel(of);
        let Some(found) = self.types.get(of) else { return bad("of unknown type") };
        let Some(bytes) = part(bytes, offset, self.types.size(of)) else {
            return bad("larger than its place");
        };
        match &found.kind {
            Kind::Base(encoding) => base(*encoding, &found.name, bytes),
            Kind::Struct(members) => self.structure(found, members, bytes, depth),
            Kind::Union(members) => self.union(found, members, bytes, depth),
            Kind::Enum { tag, variants } => self.variant(tag.as_ref(), variants, bytes, depth),
            Kind::Names { enumerators, .. } => {
                let number = cut(word(bytes), found.size);
                let named = enumerators.iter().find(|one| cut(one.value, found.size) == number);
                named.map_or_else(
                    || bad(format!("no {} is {number}", found.name)),
                    |one| Value::Name(one.name.clone()),
                )
            }
            Kind::Pointer(_) => Value::Address(word(bytes)),
            Kind::Array(element, count) => self.array(*element, *count, bytes, depth),
            Kind::Alias(_) | Kind::Other => bad(format!("a {}", found.name)),
        }
    }

    fn structure(&self, found: &Type, members: &[Member], bytes: &[u8], depth: u32) -> Value {
        if let Some(value) = self.slice(found, members, bytes, depth) {
            return value;
        }
        let value = |member: &Member| match bytes.get(member.offset as usize..) {
            Some(bytes) => self.value(member.of, bytes, depth),
            None => bad("outside its struct"),
        };
        let mut members: Vec<&Member> = members.iter().collect();
        if members.is_empty() {
            return Value::Name(found.name.clone());
        }
        if members.iter().all(|member| member.name.starts_with("__")) {
            members.sort_by_key(|member| member.name[2..].parse::<u32>().unwrap_or(u32::MAX));
            return Value::Tuple(found.name.clone(), members.into_iter().map(value).collect());
        }
        let fields = members.into_iter().map(|member| (member.name.clone(), value(member)));
        Value::Struct(found.name.clone(), fields.collect())
    }

    /// `&str` and `&[T]`, with what they point at.
    fn slice(&self, found: &Type, members: &[Member], bytes: &[u8], depth: u32) -> Option<Value> {
        let pointer = members.iter().find(|member| member.name == "data_ptr")?;
        let length = members.iter().find(|member| member.name == "length")?;
        let address = word(part(bytes, pointer.offset, 8)?);
        let length = word(part(bytes, length.offset, 8)?);
        if found.name.ends_with("str") {
            return Some(match self.memory.bytes(address, length.min(LONGEST_TEXT)) {
                Ok(text) => Value::Text(String::from_utf8_lossy(&text).into_owned()),
                Err(error) => bad(error.to_string()),
            });
        }
        let Kind::Pointer(Some(element)) = self.types.get(pointer.of)?.kind else { return None };
        let taken = length.min(MOST_ELEMENTS);
        Some(match self.memory.bytes(address, taken.saturating_mul(self.types.size(element))) {
            Ok(bytes) => self.elements(element, taken, length - taken, &bytes, depth),
            Err(error) => bad(error.to_string()),
        })
    }

    fn union(&self, found: &Type, members: &[Member], bytes: &[u8], depth: u32) -> Value {
        let fields = members.iter().map(|member| {
            let bytes = bytes.get(member.offset as usize..).unwrap_or_default();
            (member.name.clone(), self.value(member.of, bytes, depth))
        });
        Value::Struct(found.name.clone(), fields.collect())
    }

    fn variant(
        &self,
        tag: Option<&Member>,
        variants: &[Variant],
        bytes: &[u8],
        depth: u32,
    ) -> Value {
        let tag = tag.and_then(|member| {
            let size = self.types.size(member.of);
            Some((cut(word(part(bytes, member.offset, size.min(8))?), size), size))
        });
        let named = variants.iter().find(|variant| match (tag, variant.tag) {
            (Some((tag, size)), Some(of)) => cut(of, size) == tag,
            _ => false,
        });
        let other = || variants.iter().find(|variant| variant.tag.is_none());
        let Some(variant) = named.or_else(other) else {
            let tag = tag.map_or(0, |(tag, _)| tag);
            return bad(format!("no variant has tag {tag}"));
        };
        let Some((offset, of)) = variant.of else { return Value::Name(variant.name.clone()) };
        let bytes = bytes.get(offset as usize..).unwrap_or_default();
        match self.value(of, bytes, depth) {
            Value::Name(_) => Value::Name(variant.name.clone()),
            value => Value::Variant(variant.name.clone(), Box::new(value)),
        }
    }

    fn array(&self, element: Option<TypeId>, count: u64, bytes: &[u8], depth: u32) -> Value {
        let Some(element) = element else { return bad("an array of unknown type") };
        let taken = count.min(MOST_ELEMENTS);
        self.elements(element, taken, count - taken, bytes, depth)
    }

    fn elements(&self, element: TypeId, count: u64, more: u64, bytes: &[u8], depth: u32) -> Value {
        let size = self.types.size(element);
        let elements = (0..count).map(|i| {
            part(bytes, i.saturating_mul(size), size)
                .map_or_else(|| bad("outside its array"), |bytes| self.value(element, bytes, depth))
        });
        Value::List(elements.collect(), more)
    }
}

/// The lowest `size` bytes.
const fn cut(value: u64, size: u64) -> u64 {
    if size >= 8 { value } else { value & ((1 << (size * 8)) - 1) }
}

fn base(encoding: gimli::DwAte, name: &str, bytes: &[u8]) -> Value {
    let mut wide = [0; 16];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    let unsigned = u128::from_le_bytes(wide);
    match encoding {
        gimli::DW_ATE_boolean if unsigned > 1 => bad(format!("no bool is {unsigned}")),
        gimli::DW_ATE_boolean => Value::Truth(unsigned == 1),
        gimli::DW_ATE_UTF => u32::try_from(unsigned)
            .ok()
            .and_then(char::from_u32)
            .map_or_else(|| bad(format!("no char is {unsigned:#x}")), Value::Character),
        gimli::DW_ATE_float if bytes.len() == 4 => {
            Value::Fraction(f64::from(f32::from_bits(unsigned as u32)))
        }
        gimli::DW_ATE_float if bytes.len() == 8 => Value::Fraction(f64::from_bits(unsigned as u64)),
        gimli::DW_ATE_signed | gimli::DW_ATE_signed_char => {
            let unused = 128_u32.saturating_sub(bytes.len() as u32 * 8).min(127);
            Value::Number((unsigned as i128) << unused >> unused)
        }
        _ if bytes.is_empty() => Value::Name(name.to_owned()),
        _ => Value::Number(unsigned as i128),
    }
}
