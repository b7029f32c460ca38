//! What is asked of the device, and how it answers (virtio 1.2, section 5.2.6).

use drv_dma::{Buffer, Data};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Sectors to memory.
    Read = 0,
    /// Memory to sectors.
    Write = 1,
    /// The device's cache to the medium.
    Flush = 4,
    /// The device's serial, [`SERIAL`] bytes, filled up with zeros.
    Serial = 8,
    /// Nobody needs these sectors' content any more.
    Discard = 11,
    /// These sectors are to read as zeros.
    WriteZeroes = 13,
}

/// Bytes of a serial.
pub const SERIAL: usize = 20;

/// Bytes that name a range to discard or to set to zero.
const RANGE: usize = 16;

/// The 16 bytes that begin each request, and the data that belongs to it. `first` and `sectors` in
/// units of 512 bytes. The buffer is large enough, or the data is refused later.
pub fn encode(
    operation: Operation,
    first: u64,
    sectors: u64,
    buffer: Option<Buffer>,
) -> ([u8; 16], Data) {
    let ranged = matches!(operation, Operation::Discard | Operation::WriteZeroes);
    let sector = if ranged { 0 } else { first };
    let head = u128::from(operation as u32) | u128::from(sector) << 64;
    let bytes = (sectors as usize) << 9;
    let data = match (operation, buffer) {
        (_, None) => Data::None,
        (Operation::Read, Some(buffer)) => Data::FromDevice(buffer, bytes),
        (Operation::Serial, Some(buffer)) => Data::FromDevice(buffer, SERIAL),
        (Operation::Write, Some(buffer)) => Data::ToDevice(buffer, bytes),
        (_, Some(mut buffer)) => {
            // No flags: what is set to zero stays allocated.
            let range = u128::from(first) | u128::from(sectors as u32) << 64;
            if let Some(place) = buffer.bytes_mut().first_chunk_mut() {
                *place = range.to_le_bytes();
            }
            Data::ToDevice(buffer, RANGE)
        }
    };
    (head.to_le_bytes(), data)
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, all of it.
    Done,
    /// The medium failed.
    Failed,
    /// The device does not do such a thing.
    Unsupported,
}

/// What a status byte means. The status is the last byte the device writes, after the data: an
/// answer that wrote less than the data, or more than there was room for, did not do its work.
pub fn outcome(status: u8, written: Option<usize>, writable: usize) -> Outcome {
    let data = writable.saturating_sub(1);
    match status {
        0 if written.is_some_and(|written| written >= data) => Outcome::Done,
        2 => Outcome::Unsupported,
        _ => Outcome::Failed,
    }
}
