//! `image.elf`: the image as one segment of an ELF, at physical addresses.

use crate::assemble::Image;

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const EM_AARCH64: u16 = 183;
/// Where the segment begins in the file; congruent to its address modulo the page.
const OFFSET: usize = 4096;

/// The ELF's bytes.
pub fn wrap(image: &Image) -> Vec<u8> {
    let mut file = Vec::with_capacity(OFFSET + image.bytes.len());
    file.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    half(&mut file, 2); // ET_EXEC
    half(&mut file, EM_AARCH64);
    word(&mut file, 1); // version
    long(&mut file, image.load_address); // entry
    long(&mut file, HEADER as u64); // program headers
    long(&mut file, 0); // no section headers
    word(&mut file, 0); // flags
    half(&mut file, HEADER as u16);
    half(&mut file, PROGRAM_HEADER as u16);
    half(&mut file, 1);
    half(&mut file, 64); // section headers, had there been any
    half(&mut file, 0);
    half(&mut file, 0);
    let size = image.bytes.len() as u64;
    word(&mut file, 1); // PT_LOAD
    word(&mut file, 0b101); // read, execute
    long(&mut file, OFFSET as u64);
    long(&mut file, image.load_address);
    long(&mut file, image.load_address);
    long(&mut file, size);
    long(&mut file, size);
    long(&mut file, OFFSET as u64); // alignment
    file.resize(OFFSET, 0);
    file.extend_from_slice(&image.bytes);
    file
}

fn half(file: &mut Vec<u8>, value: u16) {
    file.extend_from_slice(&value.to_le_bytes());
}

fn word(file: &mut Vec<u8>, value: u32) {
    file.extend_from_slice(&value.to_le_bytes());
}

fn long(file: &mut Vec<u8>, value: u64) {
    file.extend_from_slice(&value.to_le_bytes());
}
