//! What `[tasks.NAME.config]` says, as values with types.
//!
//! [`config!`](crate::config) leaves two things in the object file: a description of the type
//! (section `.aidos.config.type`, not loaded), by which the build tool checks `app.toml`, and a
//! record (section `.aidos.config`, read-only) that it fills in when it links. So one crate can be
//! several tasks that are set up differently.
//!
//! The description is one line: `{name:type,…}` for a struct, `<A|B>` for an enum, `[type;N]` for
//! an array, `text(N)`, `bool`, or an integer's name, with a range as in `u32(1..60000)`. The record
//! holds the fields in this order without gaps, numbers little-endian, an enum as the number of its
//! variant in one byte, a text as its length in two bytes and `N` bytes.

/// A type that can be set in `app.toml`. Implemented here, and by [`config!`](crate::config).
pub trait Setting: Sized {
    /// What the build tool must know of it.
    const TYPE: Type;
    /// Bytes of its record.
    const SIZE: usize;
    /// From its record.
    fn read(record: &mut Record) -> Self;
}

/// A type as the build tool is told of it.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// An integer by its name in Rust.
    Integer(&'static str),
    /// At most so many bytes of text.
    Text(usize),
    /// So many values.
    Array(&'static Type, usize),
    /// Fields by name.
    Struct(&'static [Field]),
    /// Variants by name.
    Enum(&'static [&'static str]),
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As Rust spells it.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Type,
    /// Of an integer: the least and the most.
    pub range: Option<(i128, i128)>,
}

/// A text of at most `N` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or(&self.bytes);
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// A record being read. The compiler believes it to be zero.
#[derive(Debug)]
pub struct Record {
    rest: &'static [u8],
}

impl Record {
    /// From its first byte on.
    #[must_use]
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for (byte, from) in bytes.iter_mut().zip(self.rest) {
            // SAFETY: `from` is a reference. Volatile, because the build tool filled the record
            // after the compiler had seen its zeros.
            *byte = unsafe { core::ptr::read_volatile(from) };
        }
        self.rest = self.rest.get(N..).unwrap_or(&[]);
        bytes
    }

    /// The number of an enum's variant.
    #[doc(hidden)]
    pub fn variant(&mut self) -> usize {
        let [number] = self.take();
        number.into()
    }
}

impl Setting for bool {
    const TYPE: Type = Type::Bool;
    const SIZE: usize = 1;
    fn read(record: &mut Record) -> Self {
        record.take() != [0]
    }
}

macro_rules! integers {
    ($($integer:ident)*) => {
        $(impl Setting for $integer {
            const TYPE: Type = Type::Integer(stringify!($integer));
            const SIZE: usize = size_of::<$integer>();
            fn read(record: &mut Record) -> Self {
                Self::from_le_bytes(record.take())
            }
        })*
    };
}

integers!(u8 u16 u32 u64 i8 i16 i32 i64);

impl<const N: usize> Setting for Text<N> {
    const TYPE: Type = Type::Text(N);
    const SIZE: usize = 2 + N;
    fn read(record: &mut Record) -> Self {
        let length = u16::from_le_bytes(record.take()).into();
        Self { length, bytes: record.take() }
    }
}

impl<T: Setting, const N: usize> Setting for [T; N] {
    const TYPE: Type = Type::Array(&T::TYPE, N);
    const SIZE: usize = T::SIZE * N;
    fn read(record: &mut Record) -> Self {
        core::array::from_fn(|_| T::read(record))
    }
}

/// Bytes of a type's description and the end of its line.
#[doc(hidden)]
#[must_use]
pub const fn description_length(of: Type) -> usize {
    let mut counted = Counted::<0> { bytes: [], length: 0 };
    counted.description(of);
    counted.length + 1
}

/// The description and the end of its line.
#[doc(hidden)]
#[must_use]
pub const fn description<const N: usize>(of: Type) -> [u8; N] {
    let mut counted = Counted { bytes: [b'\n'; N], length: 0 };
    counted.description(of);
    counted.bytes
}

/// As many bytes as fit, and how many there are.
struct Counted<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Counted<N> {
    const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn word(&mut self, word: &str) {
        let mut i = 0;
        while i < word.len() {
            self.byte(word.as_bytes()[i]);
            i += 1;
        }
    }

    const fn number(&mut self, number: i128) {
        if number < 0 {
            self.byte(b'-');
        }
        let mut power = 1;
        while number.unsigned_abs() / power >= 10 {
            power *= 10;
        }
        while power > 0 {
            self.byte(b'0' + (number.unsigned_abs() / power % 10) as u8);
            power /= 10;
        }
    }

    const fn description(&mut self, of: Type) {
        match of {
            Type::Bool => self.word("bool"),
            Type::Integer(name) => self.word(name),
            Type::Text(bytes) => {
                self.word("text(");
                self.number(bytes as i128);
                self.byte(b')');
            }
            Type::Array(entry, count) => {
                self.byte(b'[');
                self.description(*entry);
                self.byte(b';');
                self.number(count as i128);
                self.byte(b']');
            }
            Type::Struct(fields) => self.fields(fields),
            Type::Enum(names) => self.variants(names),
        }
    }

    const fn fields(&mut self, fields: &[Field]) {
        let mut i = 0;
        while i < fields.len() {
            self.byte(if i == 0 { b'{' } else { b',' });
            self.word(fields[i].name);
            self.byte(b':');
            self.description(fields[i].kind);
            if let Some((least, most)) = fields[i].range {
                self.byte(b'(');
                self.number(least);
                self.word("..");
                self.number(most);
                self.byte(b')');
            }
            i += 1;
        }
        self.byte(b'}');
    }

    const fn variants(&mut self, names: &[&str]) {
        let mut i = 0;
        while i < names.len() {
            self.byte(if i == 0 { b'<' } else { b'|' });
            self.word(names[i]);
            i += 1;
        }
        self.byte(b'>');
    }
}

/// Declares what the task wants to be told in `[tasks.NAME.config]`: a struct, and behind it
/// further structs and enums that it has in it. Fields are `bool`, integers, [`Text`], arrays, and
/// those structs and enums. An integer may have a range: `where 1..=60_000`. A `-` in `app.toml` is
/// a `_` here, and an enum's `FastMode` is `"fast-mode"` there.
///
/// ```
/// userlib::config! {
///     /// How it blinks.
///     pub struct Config {
///         /// In milliseconds.
///         pub period_ms: u32 where 1..=60_000,
///         pub name: Text<16>,
///         pub gains: [i16; 4],
///         pub mode: Mode,
///     }
///     pub enum Mode { Off, Slow, Fast }
/// }
/// use userlib::Text;
///
/// fn start() {
///     let config = Config::get();
///     let _ = config.period_ms;
/// }
/// ```
#[macro_export]
macro_rules! config {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($fields:tt)* } $($more:tt)*) => {
        $crate::config_types! { $(#[$meta])* $vis struct $name { $($fields)* } $($more)* }

        const _: () = {
            use $crate::settings::{Record, Setting, description, description_length};
            #[used]
            #[unsafe(link_section = ".aidos.config.type")]
            static TYPE: [u8; description_length(<$name as Setting>::TYPE)] =
                description(<$name as Setting>::TYPE);
            #[used]
            #[unsafe(link_section = ".aidos.config")]
            static RECORD: [u8; <$name as Setting>::SIZE] = [0; <$name as Setting>::SIZE];

            impl $name {
                /// What `app.toml` says.
                #[must_use]
                pub fn get() -> Self {
                    Setting::read(&mut Record::new(&RECORD))
                }
            }
        };
    };
}

/// The types of [`config!`](crate::config), one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! config_types {
    () => {};
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty
            $(where $least:literal ..= $most:literal)?),* $(,)?
    } $($more:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        impl $crate::settings::Setting for $name {
            const TYPE: $crate::settings::Type =
                $crate::settings::Type::Struct(&[$($crate::settings::Field {
                    name: stringify!($field),
                    kind: <$type as $crate::settings::Setting>::TYPE,
                    range: $crate::config_range!($($least, $most)?),
                }),*]);
            const SIZE: usize = 0 $(+ <$type as $crate::settings::Setting>::SIZE)*;
            fn read(record: &mut $crate::settings::Record) -> Self {
                Self { $($field: $crate::settings::Setting::read(record),)* }
            }
        }
        $crate::config_types! { $($more)* }
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident),* $(,)?
    } $($more:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $crate::settings::Setting for $name {
            const TYPE: $crate::settings::Type =
                $crate::settings::Type::Enum(&[$(stringify!($variant)),*]);
            const SIZE: usize = 1;
            fn read(record: &mut $crate::settings::Record) -> Self {
                const ALL: &[$name] = &[$($name::$variant),*];
                // The build tool writes no other number.
                ALL[record.variant() % ALL.len()]
            }
        }
        $crate::config_types! { $($more)* }
    };
}

/// The range of a field that has one.
#[doc(hidden)]
#[macro_export]
macro_rules! config_range {
    () => {
        None
    };
    ($least:literal, $most:literal) => {
        Some(($least as i128, $most as i128))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    config! {
        /// One of everything.
        struct Config {
            period_ms: u32 where 1..=60_000,
            offset: i16 where -5..=5,
            name: Text<4>,
            gains: [[i8; 2]; 3],
            on: bool,
            inner: Inner,
            modes: [Mode; 2],
        }
        struct Inner {
            big: u64,
        }
        enum Mode {
            Off,
            FastMode,
        }
    }

    #[test]
    fn the_description_has_names_types_and_ranges() {
        const TYPE: Type = <Config as Setting>::TYPE;
        const TEXT: [u8; description_length(TYPE)] = description(TYPE);
        let text = core::str::from_utf8(&TEXT).unwrap();
        let expected = "{period_ms:u32(1..60000),offset:i16(-5..5),name:text(4),gains:[[i8;2];3],\
                        on:bool,inner:{big:u64},modes:[<Off|FastMode>;2]}\n";
        assert_eq!(text, expected);
        assert_eq!(<Config as Setting>::SIZE, 4 + 2 + 6 + 6 + 1 + 8 + 2);
    }

    #[test]
    fn a_record_is_read_field_by_field() {
        static RECORD: [u8; 29] = [
            0x10, 0x27, 0, 0, 0xfe, 0xff, 2, 0, b'h', b'i', 0, 0, 1, 2, 3, 4, 5, 0xff, 1, 8, 7, 6,
            5, 4, 3, 2, 1, 1, 0,
        ];
        let config = Config::read(&mut Record::new(&RECORD));
        assert_eq!((config.period_ms, config.offset, config.name.as_str()), (10_000, -2, "hi"));
        assert_eq!((config.gains, config.on), ([[1, 2], [3, 4], [5, -1]], true));
        assert_eq!(config.inner.big, 0x0102_0304_0506_0708);
        assert_eq!(config.modes, [Mode::FastMode, Mode::Off]);
    }

    #[test]
    fn unfilled_it_is_zero() {
        let config = Config::get();
        assert_eq!((config.period_ms, config.name.as_str(), config.modes[0]), (0, "", Mode::Off));
    }

    #[test]
    fn a_damaged_text_is_some_text() {
        let text = Text { bytes: [0xff, b'a'], length: 9 };
        assert_eq!(text.as_str(), "");
    }
}
