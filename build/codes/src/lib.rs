//! Codes of messages, and the page of each: an `enum` of rules.
//!
//! Both languages of the project, app files and interfaces, have one. A crate that uses [`codes!`]
//! keeps the pages in its folder `explain`, beside `src`.

#![forbid(unsafe_code)]

/// Makes `Code`, an `enum` of the rules that a file can break. Each has a name, what messages
/// write, and the page `explain/CODE.md`, whose first line is `# CODE: RULE`.
///
/// To be used in a file of the crate's `src`.
#[macro_export]
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal,)*) => {
        /// Which rule is broken. Its page explains it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As messages write it: a letter and four digits.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }

            /// What it means, why, and what to do: Markdown, its first line `# CODE: RULE`.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../explain/", $id, ".md")),)*
                }
            }

            /// The code that is written so, in capitals or not.
            #[must_use]
            pub fn named(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
            }

            /// The rule, in one line.
            #[must_use]
            pub fn rule(self) -> &'static str {
                let title = self.page().lines().next().unwrap_or_default();
                title.split_once(": ").map_or(title, |(_, rule)| rule)
            }
        }

        impl ::std::fmt::Display for Code {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}
