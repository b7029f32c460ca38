//! One pass over `.debug_info`.

use super::types::{Enumerator, Kind, Member, Type, TypeId, Types, Variable, Variant};
use crate::program::Reader;
use gimli::{AttributeValue, DebuggingInformationEntry, EntriesTreeNode, Operation, Unit};

type Entry = DebuggingInformationEntry<Reader>;
type Node<'a, 'b> = EntriesTreeNode<'a, 'b, Reader>;

/// Deeper nesting is damage.
const DEEPEST: u32 = 64;

impl Types {
    /// Reads all there is; units that are damaged are left out from the damage on.
    pub(crate) fn read(dwarf: &gimli::Dwarf<Reader>) -> Self {
        let mut types = Self::default();
        let mut headers = dwarf.units();
        while let Ok(Some(header)) = headers.next() {
            if let Ok(unit) = dwarf.unit(header) {
                let mut walk = Walk { dwarf, unit: &unit, found: &mut types };
                let _ = walk.unit();
            }
        }
        types
    }
}

struct Walk<'w> {
    dwarf: &'w gimli::Dwarf<Reader>,
    unit: &'w Unit<Reader>,
    found: &'w mut Types,
}

impl Walk<'_> {
    fn unit(&mut self) -> gimli::Result<()> {
        let mut tree = self.unit.entries_tree(None)?;
        self.children(tree.root()?, "", DEEPEST)
    }

    fn children(&mut self, node: Node<'_, '_>, path: &str, depth: u32) -> gimli::Result<()> {
        let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
        let mut children = node.children();
        while let Some(child) = children.next()? {
            self.visit(child, path, depth)?;
        }
        Ok(())
    }

    fn visit(&mut self, node: Node<'_, '_>, path: &str, depth: u32) -> gimli::Result<()> {
        let entry = node.entry();
        let Some(kind) = self.simple_kind(entry) else {
            return match entry.tag() {
                gimli::DW_TAG_structure_type
                | gimli::DW_TAG_union_type
                | gimli::DW_TAG_enumeration_type
                | gimli::DW_TAG_array_type => self.compound(node, path, depth),
                gimli::DW_TAG_variable => {
                    self.variable(entry, path);
                    Ok(())
                }
                gimli::DW_TAG_namespace | gimli::DW_TAG_module => {
                    let path = join(path, &self.name(entry));
                    self.children(node, &path, depth)
                }
                _ => self.children(node, path, depth),
            };
        };
        self.define(entry, path, kind);
        Ok(())
    }

    fn simple_kind(&self, entry: &Entry) -> Option<Kind> {
        Some(match entry.tag() {
            gimli::DW_TAG_base_type => match entry.attr_value(gimli::DW_AT_encoding) {
                Some(AttributeValue::Encoding(encoding)) => Kind::Base(encoding),
                _ => Kind::Other,
            },
            gimli::DW_TAG_pointer_type | gimli::DW_TAG_reference_type => {
                Kind::Pointer(self.type_of(entry))
            }
            gimli::DW_TAG_typedef
            | gimli::DW_TAG_const_type
            | gimli::DW_TAG_volatile_type
            | gimli::DW_TAG_restrict_type => Kind::Alias(self.type_of(entry)),
            gimli::DW_TAG_subroutine_type | gimli::DW_TAG_unspecified_type => Kind::Other,
            _ => return None,
        })
    }

    fn define(&mut self, entry: &Entry, path: &str, kind: Kind) {
        let name = self.name(entry);
        let size = match kind {
            Kind::Pointer(_) => 8,
            _ => unsigned(entry, gimli::DW_AT_byte_size).unwrap_or(0),
        };
        if let Some(id) = self.id(entry) {
            let path = join(path, &name);
            self.found.types.insert(id, Type { path, name, size, kind });
        }
    }

    /// A type described by its children.
    fn compound(&mut self, node: Node<'_, '_>, path: &str, depth: u32) -> gimli::Result<()> {
        let entry = node.entry().clone();
        let inner = join(path, &self.name(&entry));
        let mut parts = Parts::default();
        let mut children = node.children();
        while let Some(child) = children.next()? {
            match child.entry().tag() {
                gimli::DW_TAG_member => parts.members.extend(self.member(child.entry())),
                gimli::DW_TAG_enumerator => {
                    parts.enumerators.extend(self.enumerator(child.entry()))
                }
                gimli::DW_TAG_subrange_type => parts.count = count(child.entry()),
                gimli::DW_TAG_variant_part => self.variant_part(child, &mut parts)?,
                _ if depth > 0 => self.visit(child, &inner, depth - 1)?,
                _ => (),
            }
        }
        let kind = self.compound_kind(&entry, parts);
        self.define(&entry, path, kind);
        Ok(())
    }

    fn compound_kind(&self, entry: &Entry, parts: Parts) -> Kind {
        match entry.tag() {
            gimli::DW_TAG_union_type => Kind::Union(parts.members),
            gimli::DW_TAG_enumeration_type => {
                Kind::Names { number: self.type_of(entry), enumerators: parts.enumerators }
            }
            gimli::DW_TAG_array_type => Kind::Array(self.type_of(entry), parts.count.unwrap_or(0)),
            _ if parts.variants.is_empty() => Kind::Struct(parts.members),
            _ => Kind::Enum { tag: parts.tag, variants: parts.variants },
        }
    }

    fn variant_part(&mut self, node: Node<'_, '_>, parts: &mut Parts) -> gimli::Result<()> {
        let tag = match node.entry().attr_value(gimli::DW_AT_discr) {
            Some(AttributeValue::UnitRef(offset)) => Some(offset),
            _ => None,
        };
        let mut children = node.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            if entry.tag() == gimli::DW_TAG_member && Some(entry.offset()) == tag {
                parts.tag = self.member(entry);
            } else if entry.tag() == gimli::DW_TAG_variant {
                let tag = unsigned(entry, gimli::DW_AT_discr_value);
                parts.variants.push(self.variant(child, tag)?);
            }
        }
        Ok(())
    }

    fn variant(&mut self, node: Node<'_, '_>, tag: Option<u64>) -> gimli::Result<Variant> {
        let mut variant = Variant { tag, name: String::new(), of: None };
        let mut children = node.children();
        while let Some(child) = children.next()? {
            if child.entry().tag() == gimli::DW_TAG_member
                && let Some(member) = self.member(child.entry())
            {
                variant.name = member.name;
                variant.of = Some((member.offset, member.of));
            }
        }
        Ok(variant)
    }

    fn member(&self, entry: &Entry) -> Option<Member> {
        Some(Member {
            name: self.name(entry),
            offset: unsigned(entry, gimli::DW_AT_data_member_location).unwrap_or(0),
            of: self.type_of(entry)?,
        })
    }

    fn enumerator(&self, entry: &Entry) -> Option<Enumerator> {
        let value = unsigned(entry, gimli::DW_AT_const_value)?;
        Some(Enumerator { name: self.name(entry), value })
    }

    /// Keeps a variable that has one address for ever.
    fn variable(&mut self, entry: &Entry, path: &str) {
        let Some(AttributeValue::Exprloc(expression)) = entry.attr_value(gimli::DW_AT_location)
        else {
            return;
        };
        let address = self.address(expression).unwrap_or(0);
        if let Some(of) = self.type_of(entry).filter(|_| address != 0) {
            let name = self.name(entry);
            self.found.variables.push(Variable { path: join(path, &name), name, address, of });
        }
    }

    /// An address, and what is added to it where the compiler made one variable of several.
    fn address(&self, expression: gimli::Expression<Reader>) -> Option<u64> {
        let mut operations = expression.operations(self.unit.encoding());
        let mut address = match operations.next().ok()?? {
            Operation::Address { address } => address,
            Operation::AddressIndex { index } => self.dwarf.address(self.unit, index).ok()?,
            _ => return None,
        };
        while let Some(operation) = operations.next().ok()? {
            match operation {
                Operation::PlusConstant { value } => address = address.wrapping_add(value),
                _ => return None,
            }
        }
        Some(address)
    }

    fn name(&self, entry: &Entry) -> String {
        entry
            .attr_value(gimli::DW_AT_name)
            .and_then(|value| self.dwarf.attr_string(self.unit, value).ok())
            .and_then(|name| Some(gimli::Reader::to_string_lossy(&name).ok()?.into_owned()))
            .unwrap_or_default()
    }

    fn id(&self, entry: &Entry) -> Option<TypeId> {
        Some(TypeId(entry.offset().to_debug_info_offset(&self.unit.header)?.0))
    }

    fn type_of(&self, entry: &Entry) -> Option<TypeId> {
        match entry.attr_value(gimli::DW_AT_type)? {
            AttributeValue::UnitRef(offset) => {
                Some(TypeId(offset.to_debug_info_offset(&self.unit.header)?.0))
            }
            AttributeValue::DebugInfoRef(offset) => Some(TypeId(offset.0)),
            _ => None,
        }
    }
}

/// What the children of a type say.
#[derive(Default)]
struct Parts {
    members: Vec<Member>,
    enumerators: Vec<Enumerator>,
    variants: Vec<Variant>,
    tag: Option<Member>,
    count: Option<u64>,
}

fn join(path: &str, name: &str) -> String {
    match (path, name) {
        ("", name) => name.to_owned(),
        (path, "") => path.to_owned(),
        (path, name) => format!("{path}::{name}"),
    }
}

/// A constant, cut to 64 bits.
fn unsigned(entry: &Entry, name: gimli::DwAt) -> Option<u64> {
    let value = entry.attr_value(name)?;
    value.udata_value().or_else(|| value.sdata_value().map(|value| value as u64))
}

fn count(entry: &Entry) -> Option<u64> {
    let upper = || unsigned(entry, gimli::DW_AT_upper_bound)?.checked_add(1);
    unsigned(entry, gimli::DW_AT_count).or_else(upper)
}
