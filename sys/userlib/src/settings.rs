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
//! variant in one byte, a text as its length in two bytes and `N` bytes. What may be left out is
//! `?type`, one byte before its record; `clients[type;N]` has `N` times a task's index in two bytes,
//! `0xffff` for none, and a record; `form(N;disk|label:*)` is a text of one of these forms.

mod description;

#[doc(hidden)]
pub use description::{description, description_length};

use crate::Text;

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
    /// What may be left out.
    Optional(&'static Type),
    /// A value for each of at most so many clients.
    Clients(&'static Type, usize),
    /// A text of at most so many bytes and of one of these forms, with `|` between them. In a form,
    /// `*` at the end is any further text, `#` a number from 1 on, `%` a GUID.
    Form(usize, &'static str),
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
        Self::stored(record.take(), length)
    }
}

impl<T: Setting, const N: usize> Setting for [T; N] {
    const TYPE: Type = Type::Array(&T::TYPE, N);
    const SIZE: usize = T::SIZE * N;
    fn read(record: &mut Record) -> Self {
        core::array::from_fn(|_| T::read(record))
    }
}

impl<T: Setting> Setting for Option<T> {
    const TYPE: Type = Type::Optional(&T::TYPE);
    const SIZE: usize = 1 + T::SIZE;
    fn read(record: &mut Record) -> Self {
        let there = bool::read(record);
        let value = T::read(record);
        there.then_some(value)
    }
}

/// What `app.toml` says for each client of this task that it names: at most `N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clients<T, const N: usize>([(u16, T); N]);

/// No task has this index.
const NOBODY: u16 = u16::MAX;

impl<T, const N: usize> Clients<T, N> {
    /// The index of each task that is named, and what is said for it.
    pub fn named(&self) -> impl Iterator<Item = (u16, &T)> {
        let named = self.0.iter().filter(|(task, _)| *task != NOBODY);
        named.map(|(task, value)| (*task, value))
    }
}

impl<T: Setting, const N: usize> Setting for Clients<T, N> {
    const TYPE: Type = Type::Clients(&T::TYPE, N);
    const SIZE: usize = N * (2 + T::SIZE);
    fn read(record: &mut Record) -> Self {
        Self(core::array::from_fn(|_| (u16::read(record), T::read(record))))
    }
}

/// Declares what the task wants to be told in `[tasks.NAME.config]`: a struct, and behind it
/// further structs and enums that it has in it. Fields are `bool`, integers, [`Text`], arrays,
/// those structs and enums, and [`Clients`] with one of these for each. An integer may have a range:
/// `where 1..=60_000`. An [`Option`] may be left out, as may all of `Clients`. A `-` in `app.toml`
/// is a `_` here, and an enum's `FastMode` is `"fast-mode"` there.
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

    config! {
        /// What may be left out.
        struct Sparse {
            limit: Option<u16> where 1..=9,
            label: Option<Text<2>>,
            shares: Clients<Share, 2>,
        }
        struct Share {
            percent: u8,
        }
    }

    #[test]
    fn what_may_be_left_out_says_so() {
        const TYPE: Type = <Sparse as Setting>::TYPE;
        const TEXT: [u8; description_length(TYPE)] = description(TYPE);
        let text = core::str::from_utf8(&TEXT).unwrap();
        assert_eq!(text, "{limit:?u16(1..9),label:?text(2),shares:clients[{percent:u8};2]}\n");
        static RECORD: [u8; 14] = [0, 0, 0, 1, 1, 0, b'x', 0, 3, 0, 40, 0xff, 0xff, 0];
        assert_eq!(<Sparse as Setting>::SIZE, RECORD.len());
        // The build tool has filled nothing in here.
        assert_eq!(Sparse::get().limit, None);
        let sparse = Sparse::read(&mut Record::new(&RECORD));
        assert_eq!((sparse.limit, sparse.label.unwrap().as_str()), (None, "x"));
        let mut named = sparse.shares.named();
        assert_eq!(named.next(), Some((3, &Share { percent: 40 })));
        assert_eq!(named.next(), None);
    }

    #[test]
    fn a_form_is_described() {
        const TYPE: Type = Type::Form(64, "disk|label:*");
        const TEXT: [u8; description_length(TYPE)] = description(TYPE);
        assert_eq!(core::str::from_utf8(&TEXT).unwrap(), "form(64;disk|label:*)\n");
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
}
