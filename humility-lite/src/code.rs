//! Instructions of one ELF: where calls are.

use crate::memory::word;
use object::{Object, ObjectSection};

/// Bytes of one section of instructions.
struct Section {
    address: u64,
    bytes: Vec<u8>,
}

/// All instructions.
pub struct Code(Vec<Section>);

impl Code {
    /// Those of an ELF.
    #[must_use]
    pub fn read(elf: &object::File<'_>) -> Self {
        let text = elf.sections().filter(|section| section.kind() == object::SectionKind::Text);
        let section = |section: object::Section<'_, '_>| Section {
            address: section.address(),
            bytes: section.data().unwrap_or_default().to_vec(),
        };
        Self(text.map(section).collect())
    }

    /// Whether there can be an instruction.
    #[must_use]
    pub fn contains(&self, address: u64) -> bool {
        self.0.iter().any(|section| {
            let offset = address.wrapping_sub(section.address);
            offset < section.bytes.len() as u64
        })
    }

    /// Whether the instruction is a call.
    #[must_use]
    pub fn is_call(&self, address: u64) -> bool {
        let at = |section: &Section| {
            let offset = usize::try_from(address.checked_sub(section.address)?).ok()?;
            Some(word(section.bytes.get(offset..offset.checked_add(4)?)?) as u32)
        };
        self.0.iter().find_map(at).is_some_and(|instruction| {
            is_branch_with_link(instruction) || is_branch_to_register_with_link(instruction)
        })
    }

    /// Where all calls of the function at `callee` return to.
    #[must_use]
    pub fn calls_of(&self, callee: u64) -> Vec<u64> {
        let mut calls = Vec::new();
        for section in &self.0 {
            let addresses = (section.address..).step_by(4);
            for (address, bytes) in addresses.zip(section.bytes.chunks_exact(4)) {
                let instruction = word(bytes) as u32;
                if is_branch_with_link(instruction) && destination(address, instruction) == callee {
                    calls.push(address.wrapping_add(4));
                }
            }
        }
        calls
    }
}

/// `BL` (Arm ARM C6.2.36).
const fn is_branch_with_link(instruction: u32) -> bool {
    instruction >> 26 == 0b100101
}

/// `BLR` (Arm ARM C6.2.37).
const fn is_branch_to_register_with_link(instruction: u32) -> bool {
    instruction & 0xffff_fc1f == 0xd63f_0000
}

/// Of a `BL` at `address`.
const fn destination(address: u64, instruction: u32) -> u64 {
    let words = (instruction << 6) as i32 >> 6;
    address.wrapping_add_signed(words as i64 * 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_in_both_directions() {
        // bl .+8; nop; blr x3; bl .-4
        let words: [u32; 4] = [0x9400_0002, 0xd503_201f, 0xd63f_0060, 0x97ff_ffff];
        let bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let code = Code(vec![Section { address: 0x1000, bytes }]);
        assert_eq!(code.calls_of(0x1008), [0x1004, 0x1010]);
        let calls = [0x1000, 0x1004, 0x1008, 0x100c, 0x1010].map(|at| code.is_call(at));
        assert_eq!(calls, [true, false, true, true, false]);
        assert!(code.contains(0x100f) && !code.contains(0x1010) && !code.contains(0xfff));
    }
}
