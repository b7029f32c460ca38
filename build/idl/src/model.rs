//! A checked interface: what the generators read.

/// Everything about one interface.
#[derive(Clone, Debug)]
pub struct Model {
    pub name: String,
    pub docs: Vec<String>,
    pub types: Vec<TypeDef>,
    pub errors: Vec<ErrorDef>,
    pub operations: Vec<Operation>,
    /// What servers can tell clients without being asked.
    pub events: Vec<Event>,
}

/// A notification from a server to its clients.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub docs: Vec<String>,
}

/// A basic type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basic {
    Bool,
    Unsigned(u8),
    Signed(u8),
}

impl Basic {
    /// The basic type with this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "bool" => Self::Bool,
            "u8" => Self::Unsigned(1),
            "u16" => Self::Unsigned(2),
            "u32" => Self::Unsigned(4),
            "u64" => Self::Unsigned(8),
            "i8" => Self::Signed(1),
            "i16" => Self::Signed(2),
            "i32" => Self::Signed(4),
            "i64" => Self::Signed(8),
            _ => return None,
        })
    }

    pub fn name(self) -> String {
        match self {
            Self::Bool => "bool".into(),
            Self::Unsigned(bytes) => format!("u{}", bytes * 8),
            Self::Signed(bytes) => format!("i{}", bytes * 8),
        }
    }

    pub const fn size(self) -> u64 {
        match self {
            Self::Bool => 1,
            Self::Unsigned(bytes) | Self::Signed(bytes) => bytes as u64,
        }
    }

    /// Whether it is an integer that holds this value.
    pub fn holds(self, value: i128) -> bool {
        match self {
            Self::Bool => false,
            Self::Unsigned(bytes) => value >= 0 && value < 1 << (bytes * 8),
            Self::Signed(bytes) => (-(1 << (bytes * 8 - 1))..1 << (bytes * 8 - 1)).contains(&value),
        }
    }
}

/// A type where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Basic(Basic),
    Array(Box<Type>, u64),
    /// A struct or enum, by its place in `Model::types`.
    Defined(usize),
}

/// What a type needs in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub size: u64,
    pub align: u64,
    /// The most bytes ssmarshal makes of it.
    pub packed: u64,
}

/// A struct or enum.
#[derive(Clone, Debug)]
pub struct TypeDef {
    pub name: String,
    pub docs: Vec<String>,
    pub body: Body,
    pub layout: Layout,
    /// Travels in a fixed layout.
    pub fixed: bool,
    /// Travels by ssmarshal.
    pub packed: bool,
}

/// What a type consists of.
#[derive(Clone, Debug)]
pub enum Body {
    Struct(Vec<Field>),
    /// An enum without data.
    Plain(Basic, Vec<Value>),
    /// An enum with data.
    Data(Vec<Choice>),
}

/// A field of a struct, or an argument in a message.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub docs: Vec<String>,
    pub ty: Type,
    /// From the beginning of the struct or message. Without meaning under ssmarshal.
    pub offset: u64,
}

/// A named number.
#[derive(Clone, Debug)]
pub struct Value {
    pub name: String,
    pub docs: Vec<String>,
    pub value: i128,
}

/// A variant with data, or among such.
#[derive(Clone, Debug)]
pub struct Choice {
    pub name: String,
    pub docs: Vec<String>,
    pub data: Vec<Type>,
}

/// What a server may answer instead of a value.
#[derive(Clone, Debug)]
pub struct ErrorDef {
    pub name: String,
    pub docs: Vec<String>,
    pub values: Vec<Value>,
}

/// How values become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Fixed,
    Ssmarshal,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    pub number: u16,
    pub name: String,
    pub docs: Vec<String>,
    pub idempotent: bool,
    pub encoding: Encoding,
    /// In the order in which they are written.
    pub arguments: Vec<Argument>,
    /// What the message holds, in its order.
    pub message: Vec<Field>,
    /// The message's length, or the most it can have.
    pub message_size: u64,
    /// Zero bytes at the end of `message`.
    pub padding: u64,
    /// What stands behind `message`, as an argument and by its place.
    pub list: Option<(List, Field)>,
    pub result: Returns,
    /// The answer's length, or the most it can have.
    pub result_size: u64,
    /// An error, by name.
    pub error: Option<String>,
}

/// `[T] up to N`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub element: Type,
    pub limit: u64,
}

/// What an operation answers, if it is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returns {
    Nothing,
    Value(Type),
    List(List),
    /// It does not return.
    Never,
}

/// An argument.
#[derive(Clone, Debug)]
pub struct Argument {
    pub name: String,
    pub kind: ArgumentKind,
}

/// How an argument reaches the server.
#[derive(Clone, Debug)]
pub enum ArgumentKind {
    Value(Type),
    List(List),
    Lease { direction: crate::syntax::Direction, limit: u32, optional: bool },
}

impl Model {
    /// How a type is written, with `prefix` before names of the file's own types.
    pub fn type_name(&self, ty: &Type, prefix: &str) -> String {
        match ty {
            Type::Basic(basic) => basic.name(),
            Type::Array(element, count) => {
                format!("[{}; {count}]", self.type_name(element, prefix))
            }
            Type::Defined(index) => format!("{prefix}{}", self.types[*index].name),
        }
    }
}

impl Operation {
    /// Its leases in their order.
    pub fn leases(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|a| matches!(a.kind, ArgumentKind::Lease { .. }))
    }
}
