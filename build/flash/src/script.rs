//! The script that U-Boot runs.
//!
//! It is `boot.scr` and not `extlinux/extlinux.conf`, because a script can name the address: see
//! `doc/decisions.md`.

use crate::plan::{Boot, IMAGE};
use crc::{CRC_32_ISO_HDLC, Crc};

/// U-Boot's legacy image header (`include/image.h` of U-Boot): magic, operating system Linux,
/// architecture arm64, type script, not compressed.
const MAGIC: u32 = 0x2705_1956;
const LINUX_ARM64_SCRIPT_PLAIN: [u8; 4] = [5, 22, 6, 0];
/// Bytes of the header's name.
const NAME: usize = 32;
/// Where in the header its own checksum is.
const HEADER_CHECKSUM: std::ops::Range<usize> = 4..8;

/// `boot.scr`: the text and the header U-Boot wants before it.
#[must_use]
pub fn boot_script(boot: &Boot) -> Vec<u8> {
    let text = text(boot);
    // A script is a list of parts; this one has a single part.
    let mut body = Vec::new();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    [length, 0].iter().for_each(|word| body.extend(word.to_be_bytes()));
    body.extend(text.as_bytes());
    let mut file = header(&boot.app, &body);
    file.extend(body);
    file
}

/// What U-Boot does. Its variables say from which disk the script came. The device tree is
/// U-Boot's own: `booti` wants one, and the image does not look at it.
fn text(Boot { app, image_id, load_address, .. }: &Boot) -> String {
    format!(
        "echo \"Aidos: {app}, image {image_id:016x}, to {load_address:#x}\"\n\
         if load ${{devtype}} ${{devnum}}:${{distro_bootpart}} {load_address:#x} /{IMAGE}; then\n\
         \x20 booti {load_address:#x} - ${{fdtcontroladdr}}\n\
         fi\n\
         echo \"Aidos was not started.\"\n"
    )
}

fn header(app: &str, body: &[u8]) -> Vec<u8> {
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let size = u32::try_from(body.len()).unwrap_or(u32::MAX);
    // Its time is the epoch, so that the same image makes the same disk.
    let (time, load, entry) = (0, 0, 0);
    let mut header = Vec::new();
    for word in [MAGIC, 0, time, size, load, entry, crc.checksum(body)] {
        header.extend(word.to_be_bytes());
    }
    header.extend(LINUX_ARM64_SCRIPT_PLAIN);
    let mut name: Vec<u8> = app.bytes().take(NAME - 1).collect();
    name.resize(NAME, 0);
    header.extend(name);
    let checksum = crc.checksum(&header);
    header[HEADER_CHECKSUM].copy_from_slice(&checksum.to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot() -> Boot {
        Boot {
            app: "demo".into(),
            image_id: 0xabc,
            load_address: 0x4008_0000,
            image: vec![1; 100],
            files: Vec::new(),
        }
    }

    #[test]
    fn the_image_goes_where_it_is_linked_for() {
        let text = text(&boot());
        assert!(text.contains(" 0x40080000 /image.bin; then"), "{text}");
        assert!(text.contains("booti 0x40080000 - ${fdtcontroladdr}\n"), "{text}");
    }

    #[test]
    fn both_checksums_hold() {
        let file = boot_script(&boot());
        let (header, body) = file.split_at(64);
        let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
        assert_eq!(header[12..16], (body.len() as u32).to_be_bytes());
        assert_eq!(header[24..28], crc.checksum(body).to_be_bytes());
        let mut zeroed = header.to_vec();
        zeroed[HEADER_CHECKSUM].fill(0);
        assert_eq!(header[HEADER_CHECKSUM], crc.checksum(&zeroed).to_be_bytes());
    }
}
