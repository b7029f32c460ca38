//! Types and variables of one program, and ways to find them.

use std::collections::HashMap;

/// A type, by the place of its description in `.debug_info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeId(pub usize);

/// A type.
#[derive(Clone, Debug)]
pub struct Type {
    /// Name with its path.
    pub path: String,
    /// Name alone.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// What it is made of.
    pub kind: Kind,
}

/// What a type is made of.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A number, a truth value or a character.
    Base(gimli::DwAte),
    /// Fields. Tuples too, with fields `__0` and so on.
    Struct(Vec<Member>),
    /// Fields over each other.
    Union(Vec<Member>),
    /// One of several, each with fields or none.
    Enum {
        /// The number that tells which, if it is stored.
        tag: Option<Member>,
        /// What it may be.
        variants: Vec<Variant>,
    },
    /// One of several names for numbers.
    Names {
        /// The number's type.
        number: Option<TypeId>,
        /// The names.
        enumerators: Vec<Enumerator>,
    },
    /// A pointer, to that if it is known.
    Pointer(Option<TypeId>),
    /// So many of one type.
    Array(Option<TypeId>, u64),
    /// Another name for a type.
    Alias(Option<TypeId>),
    /// Anything else.
    Other,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Bytes from the beginning.
    pub offset: u64,
    /// Its type.
    pub of: TypeId,
}

/// One form of an enum.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The tag's value; `None` if it is meant by all values not named.
    pub tag: Option<u64>,
    /// Its name.
    pub name: String,
    /// The type of its fields, at the enum's beginning plus an offset.
    pub of: Option<(u64, TypeId)>,
}

/// A named number.
#[derive(Clone, Debug)]
pub struct Enumerator {
    /// The name.
    pub name: String,
    /// The number, as far as it fits.
    pub value: u64,
}

/// A static variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Name with its path.
    pub path: String,
    /// Name alone.
    pub name: String,
    /// Where it is.
    pub address: u64,
    /// Its type.
    pub of: TypeId,
}

impl Variable {
    /// Whether `wanted` is its name, or its name with some of its path.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        self.path == wanted
            || self.path.strip_suffix(wanted).is_some_and(|path| path.ends_with("::"))
    }
}

/// How deep types are followed into each other.
const DEEPEST: u32 = 24;

/// All types and variables of a program.
#[derive(Debug, Default)]
pub struct Types {
    pub(super) types: HashMap<TypeId, Type>,
    /// Static variables.
    pub variables: Vec<Variable>,
}

impl Types {
    /// A type, other names for it resolved.
    #[must_use]
    pub fn get(&self, mut id: TypeId) -> Option<&Type> {
        for _ in 0..DEEPEST {
            match self.types.get(&id)? {
                Type { kind: Kind::Alias(target), .. } => id = (*target)?,
                found => return Some(found),
            }
        }
        None
    }

    /// The size of a type in bytes; 0 if it is not known.
    #[must_use]
    pub fn size(&self, of: TypeId) -> u64 {
        self.size_within(of, DEEPEST)
    }

    fn size_within(&self, of: TypeId, depth: u32) -> u64 {
        match (self.get(of), depth) {
            (None, _) | (_, 0) => 0,
            (Some(&Type { kind: Kind::Array(Some(element), count), .. }), _) => {
                self.size_within(element, depth - 1).saturating_mul(count)
            }
            (Some(found), _) => found.size,
        }
    }

    /// The struct whose path begins like that, generic arguments included.
    #[must_use]
    pub fn structure(&self, path: &str) -> Option<TypeId> {
        let mut ids: Vec<_> = self
            .types
            .iter()
            .filter(|(_, found)| {
                matches!(found.kind, Kind::Struct(_)) && found.path.starts_with(path)
            })
            .map(|(&id, _)| id)
            .collect();
        ids.sort_by_key(|id| id.0);
        ids.first().copied()
    }

    /// A field of a struct, wrappers like cells looked through: offset and type.
    #[must_use]
    pub fn field(&self, of: TypeId, name: &str) -> Option<(u64, TypeId)> {
        let (base, of) = self.peel(of);
        let (Kind::Struct(members) | Kind::Union(members)) = &self.get(of)?.kind else {
            return None;
        };
        let member = members.iter().find(|member| member.name == name)?;
        let (inner, of) = self.peel(member.of);
        Some((base.checked_add(member.offset)?.checked_add(inner)?, of))
    }

    /// The first field of that name in a struct or in what it is made of.
    #[must_use]
    pub fn field_within(&self, of: TypeId, name: &str) -> Option<(u64, TypeId)> {
        self.search(of, name, DEEPEST)
    }

    fn search(&self, of: TypeId, name: &str, depth: u32) -> Option<(u64, TypeId)> {
        if let Some(found) = self.field(of, name) {
            return Some(found);
        }
        let (Kind::Struct(members) | Kind::Union(members)) = &self.get(of)?.kind else {
            return None;
        };
        let depth = depth.checked_sub(1)?;
        members.iter().find_map(|member| {
            let (offset, found) = self.search(member.of, name, depth)?;
            Some((offset.checked_add(member.offset)?, found))
        })
    }

    /// What is inside cells, atomics and other wrappers of one field: offset and type.
    #[must_use]
    pub fn peel(&self, mut of: TypeId) -> (u64, TypeId) {
        let mut offset = 0_u64;
        for _ in 0..DEEPEST {
            let Some(member) = self.get(of).and_then(|outer| self.only_member(outer)) else {
                break;
            };
            offset = offset.saturating_add(member.offset);
            of = member.of;
        }
        (offset, of)
    }

    /// The field of a transparent wrapper.
    fn only_member<'t>(&'t self, outer: &'t Type) -> Option<&'t Member> {
        const WRAPPERS: [&str; 5] =
            ["core::cell::", "core::mem::", "core::sync::atomic::", "core::num::", "core::ptr::"];
        if !WRAPPERS.iter().any(|path| outer.path.starts_with(path)) {
            return None;
        }
        let (Kind::Struct(members) | Kind::Union(members)) = &outer.kind else { return None };
        let mut solid = members.iter().filter(|member| self.size(member.of) > 0);
        solid.next().filter(|_| solid.next().is_none())
    }

    /// The unsigned number a value of this type is: a number, a name for one, or a struct of one
    /// field that is.
    #[must_use]
    pub fn number(&self, of: TypeId, bytes: &[u8]) -> Option<u64> {
        let mut at = 0_u64;
        let mut of = of;
        for _ in 0..DEEPEST {
            let found = self.get(of)?;
            match &found.kind {
                Kind::Struct(members) => {
                    let [member] = members.as_slice() else { return None };
                    at = at.checked_add(member.offset)?;
                    of = member.of;
                }
                Kind::Base(_) | Kind::Names { .. } | Kind::Pointer(_) if found.size <= 8 => {
                    return Some(crate::memory::word(part(bytes, at, found.size)?));
                }
                _ => return None,
            }
        }
        None
    }
}

/// `size` bytes at `offset`.
pub(super) fn part(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    bytes.get(start..end)
}
