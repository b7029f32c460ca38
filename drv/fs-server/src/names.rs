//! Names of extended attributes.

use fs_api::FsError;
use userlib::ipc::{Lease, Read};

/// The longest, in bytes.
pub const LONGEST: usize = 255;

/// The name a client lends.
pub fn taken<'t>(
    lease: &Lease<Read>,
    text: &'t mut [u8; LONGEST],
) -> Result<&'t str, crate::place::Astray> {
    let length = lease.read(0, text)?;
    let name = core::str::from_utf8(text.get(..length).unwrap_or(&[]));
    let name = name.map_err(|_| FsError::BadPath)?;
    if name.is_empty() || name.contains('\0') {
        return Err(FsError::BadPath.into());
    }
    Ok(name)
}
