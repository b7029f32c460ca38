//! Memory that a device reaches too.

/// Memory that a device reaches too: where the task sees it, and where the device does.
///
/// Like [`Registers`](crate::Registers), the value is the permission: whoever holds it is the only
/// one in the task that may hand this memory to a device.
#[derive(Debug)]
pub struct DmaMemory {
    base: usize,
    size: usize,
    physical: u64,
}

impl DmaMemory {
    /// `size` bytes at `base`, which the device sees at `physical`.
    ///
    /// # Safety
    ///
    /// The memory must be mapped readable and writable, for as long as the program runs; the
    /// device must see it, one piece, at `physical`; and nothing else in the program may name it.
    #[must_use]
    pub const unsafe fn new(base: usize, size: usize, physical: u64) -> Self {
        Self { base, size, physical }
    }

    /// Address of the first byte.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// Bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Address of the first byte as the device sees it.
    #[must_use]
    pub const fn physical(&self) -> u64 {
        self.physical
    }
}

/// Memory of another task that a device may reach for it. Here it is nothing but an address for the
/// device: this task does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedMemory {
    physical: u64,
    size: u64,
}

impl SharedMemory {
    /// `size` bytes, which the device sees at `physical`.
    ///
    /// # Safety
    ///
    /// Its owner must have agreed to what devices do there, the device must see it in one piece at
    /// `physical`, and nothing in this program may refer to it.
    #[must_use]
    pub const unsafe fn new(physical: u64, size: u64) -> Self {
        Self { physical, size }
    }

    /// Bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// So many bytes of it, if it has them.
    #[must_use]
    pub const fn piece(&self, offset: u64, length: u32) -> Option<Piece> {
        match offset.checked_add(length as u64) {
            Some(end) if end <= self.size => {
                Some(Piece { address: self.physical + offset, length })
            }
            _ => None,
        }
    }
}

/// Some bytes of [`SharedMemory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    address: u64,
    length: u32,
}

impl Piece {
    /// No bytes.
    pub const EMPTY: Self = Self { address: 0, length: 0 };

    /// Where the device sees it.
    #[must_use]
    pub const fn address(&self) -> u64 {
        self.address
    }

    /// Bytes.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// A part of it, if it has it.
    #[must_use]
    pub const fn part(&self, offset: u32, length: u32) -> Option<Self> {
        match offset.checked_add(length) {
            Some(end) if end <= self.length => {
                Some(Self { address: self.address + offset as u64, length })
            }
            _ => None,
        }
    }

    /// This and what follows it at once, as one.
    #[must_use]
    pub const fn joined(&self, next: &Self) -> Option<Self> {
        if self.address + self.length as u64 != next.address {
            return None;
        }
        match self.length.checked_add(next.length) {
            Some(length) => Some(Self { address: self.address, length }),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lie_in_their_memory() {
        // SAFETY: no device hears of it.
        let memory = unsafe { SharedMemory::new(0x8000_0000, 0x3000) };
        let all = memory.piece(0, 0x3000).unwrap();
        assert_eq!((all.address(), all.length()), (0x8000_0000, 0x3000));
        let outside = [(0, 0x3001), (0x2000, 0x1001), (0x3000, 1), (u64::MAX, 1), (1, u32::MAX)];
        assert!(outside.iter().all(|&(offset, length)| memory.piece(offset, length).is_none()));
        let page = all.part(0x1000, 0x1000).unwrap();
        assert_eq!(page.address(), 0x8000_1000);
        assert!(page.part(0xfff, 2).is_none() && page.part(u32::MAX, 2).is_none());
        let next = all.part(0x2000, 0x1000).unwrap();
        assert_eq!(page.joined(&next), memory.piece(0x1000, 0x2000));
        assert_eq!(next.joined(&page), None);
    }
}
