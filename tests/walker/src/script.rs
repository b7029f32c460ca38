//! What to do: numbers and bytes, one after the other.

use test_walker::Operation;
use userlib::Region;

/// Where in it one is.
pub struct Script {
    memory: Region,
    at: usize,
}

impl Script {
    pub const fn new(memory: Region) -> Self {
        Self { memory, at: 0 }
    }

    /// The next number.
    pub fn number(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.at += self.memory.read(self.at, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// The next operation; what is none is the end.
    pub fn operation(&mut self) -> Operation {
        Operation::of(self.number())
    }

    /// The next bytes, in the beginning of `into`; says how many.
    pub fn bytes<'b>(&mut self, into: &'b mut [u8]) -> &'b [u8] {
        let length = (self.number() as usize).min(into.len());
        let length = self.memory.read(self.at, &mut into[..length]);
        self.at += length.next_multiple_of(4);
        &into[..length]
    }
}
