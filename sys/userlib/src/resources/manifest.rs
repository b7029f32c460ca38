//! What a task asks for, as its object file says it.

/// Length of the manifest text.
#[doc(hidden)]
#[must_use]
pub const fn manifest_length(lines: &[(&str, &str)]) -> usize {
    let mut length = 0;
    let mut i = 0;
    while i < lines.len() {
        length += lines[i].0.len() + lines[i].1.len() + 2;
        i += 1;
    }
    length
}

/// The manifest text: `KIND NAME` lines.
#[doc(hidden)]
#[must_use]
pub const fn manifest<const N: usize>(lines: &[(&str, &str)]) -> [u8; N] {
    let mut text = [b'\n'; N];
    let mut at = 0;
    let mut i = 0;
    while i < lines.len() {
        at = put(&mut text, at, lines[i].0);
        text[at] = b' ';
        at = put(&mut text, at + 1, lines[i].1) + 1;
        i += 1;
    }
    text
}

const fn put<const N: usize>(text: &mut [u8; N], mut at: usize, word: &str) -> usize {
    let bytes = word.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        text[at] = bytes[i];
        at += 1;
        i += 1;
    }
    at
}

/// Declares what the task takes from `app.toml`. Field types are the resources of
/// [this module](mod@crate::resources), [`Mounts`](crate::Mounts) (named `mounts`) and
/// [`Mounted`](crate::Mounted) (named `mounted`); a `-` in `app.toml` is a `_` here.
#[macro_export]
macro_rules! resources {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident : $kind:ident),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* pub $field: $crate::$kind,)*
        }

        const _: () = {
            use $crate::resources::{Records, Resource, manifest, manifest_length};
            const LINES: &[(&str, &str)] =
                &[$((<$crate::$kind as Resource>::KIND, stringify!($field))),*];
            #[used]
            #[unsafe(link_section = ".aidos.manifest")]
            static MANIFEST: [u8; manifest_length(LINES)] = manifest(LINES);
            #[used]
            #[unsafe(link_section = ".aidos.resources")]
            static RECORDS: [[u64; 2]; 0 $(+ <$crate::$kind as Resource>::RECORDS)*] =
                [[0; 2]; 0 $(+ <$crate::$kind as Resource>::RECORDS)*];

            impl $name {
                #[doc(hidden)]
                #[allow(unused_mut, unused_variables, reason = "a task may take nothing")]
                fn from_image() -> Self {
                    let mut records = Records::new(&RECORDS);
                    Self { $($field: <$crate::$kind as Resource>::from_records(&mut records),)* }
                }
            }
        };
    };
}

/// Names the function a task begins with: `fn(Resources) -> !`.
#[macro_export]
macro_rules! task {
    ($start:path) => {
        #[unsafe(no_mangle)]
        extern "C" fn aidos_main() -> ! {
            $start(Resources::from_image())
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_a_line_for_each_resource() {
        const LINES: &[(&str, &str)] = &[("device", "uart0"), ("slot", "out")];
        const TEXT: [u8; manifest_length(LINES)] = manifest(LINES);
        assert_eq!(&TEXT, b"device uart0\nslot out\n");
    }
}
