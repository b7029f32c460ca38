//! A file as it is written: nothing here is checked but the grammar.

use crate::diagnostic::Span;

/// A name and its place.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// A number and its place.
#[derive(Clone, Debug)]
pub struct Number {
    pub value: i128,
    pub span: Span,
}

/// A whole file.
#[derive(Debug, Default)]
pub struct File {
    pub docs: Vec<String>,
    pub types: Vec<TypeItem>,
    pub interfaces: Vec<Interface>,
}

/// `interface Name { … }`
#[derive(Debug)]
pub struct Interface {
    pub docs: Vec<String>,
    pub name: Name,
    pub encodings: Vec<Name>,
    pub types: Vec<TypeItem>,
    pub operations: Vec<Operation>,
    pub events: Vec<Event>,
}

/// `notify name;`
#[derive(Debug)]
pub struct Event {
    pub docs: Vec<String>,
    pub name: Name,
}

/// A type that the file declares.
#[derive(Debug)]
pub struct TypeItem {
    pub docs: Vec<String>,
    pub name: Name,
    pub body: Body,
}

/// What a declared type consists of.
#[derive(Debug)]
pub enum Body {
    Struct(Vec<Field>),
    Enum {
        repr: Option<Name>,
        variants: Vec<Variant>,
    },
    Error(Vec<Variant>),
    /// Already reported.
    Broken,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    pub docs: Vec<String>,
    pub name: Name,
    pub ty: Type,
}

/// A variant of an enum or error.
#[derive(Debug)]
pub struct Variant {
    pub docs: Vec<String>,
    pub name: Name,
    pub value: Option<Number>,
    pub data: Option<Vec<Type>>,
}

/// A type where it is used.
#[derive(Clone, Debug)]
pub struct Type {
    pub kind: TypeKind,
    pub span: Span,
}

/// The forms a type has.
#[derive(Clone, Debug)]
pub enum TypeKind {
    Named(String),
    Array(Box<Type>, Number),
    Slice(Box<Type>),
}

/// `1: idempotent name(…) -> T or E;`
#[derive(Debug)]
pub struct Operation {
    pub docs: Vec<String>,
    pub number: Number,
    pub idempotent: bool,
    pub encoding: Option<Name>,
    pub name: Name,
    pub arguments: Vec<Argument>,
    pub result: Option<Returns>,
    pub error: Option<Name>,
}

/// What stands behind `->`.
#[derive(Debug)]
pub enum Returns {
    /// `T`, or `[T] up to N`.
    Value(Type, Option<Number>),
    /// `!`
    Never,
}

/// What a server may do with what is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Read,
    Write,
    ReadWrite,
}

/// `name: T`, `name: [T] up to N` or `optional lend name: [u8] up to N`
#[derive(Debug)]
pub struct Argument {
    pub optional: bool,
    pub lend: Option<Direction>,
    pub name: Name,
    pub ty: Type,
    pub limit: Option<Number>,
}
