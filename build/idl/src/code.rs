//! A code for each rule, so that messages can be looked up and tests can name them: `I` and four
//! digits.

codes::codes! {
    /// A character that no word has.
    Character = "I0001",
    /// Not a number.
    Numeral = "I0002",
    /// A word where the language has another.
    Unexpected = "I0003",
    /// No `;`, or no `}`.
    Unclosed = "I0004",

    /// No interface, or two.
    InterfaceCount = "I0010",
    /// No encoding that is known, or two.
    Encoding = "I0011",
    /// A declaration with nothing in it.
    Empty = "I0012",

    /// A name of another form than its kind.
    NameForm = "I0020",
    /// A name that Rust or the generated code needs.
    ReservedName = "I0021",
    /// One name for two things.
    NameTwice = "I0022",

    /// No type has this name.
    UnknownType = "I0030",
    /// An error that is no answer's, or an answer's that is none.
    ErrorPlace = "I0031",
    /// A type of endless size.
    ContainsItself = "I0032",
    /// Types in types in types.
    TooDeep = "I0033",
    /// An array of no length, or of one that fits nowhere.
    ArrayLength = "I0034",
    /// `[T]` where a value belongs.
    SliceAsValue = "I0035",
    /// Bytes of a struct that belong to no field.
    Padding = "I0036",

    /// An enum of which nobody knows how large it is.
    IntegerType = "I0040",
    /// A variant without a number of its own.
    VariantNumber = "I0041",
    /// An enum with data that is said to be a number.
    DataNumbered = "I0042",
    /// Data without ssmarshal.
    DataLayout = "I0043",
    /// What ssmarshal cannot carry.
    Unpackable = "I0044",

    /// An operation without a number of its own.
    OperationNumber = "I0050",
    /// More than a message holds.
    TooLarge = "I0051",
    /// An answer of what does not answer.
    NeverReturns = "I0052",

    /// A lease or a list without a limit.
    Limit = "I0060",
    /// A limit of what has none.
    LimitForNothing = "I0061",
    /// Two lists in one message.
    ListTwice = "I0062",
    /// A lease of something else than bytes.
    LendsBytes = "I0063",
    /// More leases than a call has.
    LeaseCount = "I0064",
    /// A call that may be repeated, and changes what it reads.
    InoutRepeated = "I0065",
}
