//! The 32 bytes of a slot in a directory.

use hadris_fat_raw::{
    ATTR_DIRECTORY, ATTR_LONG_NAME, ATTR_VOLUME_ID, ENTRY_END, ENTRY_FREE, ENTRY_SIZE,
    LFN_LAST_ENTRY, lfn_checksum,
};

pub const DOT: [u8; 11] = *b".          ";
pub const DOT_DOT: [u8; 11] = *b"..         ";
/// No name has these. (Some others are not allowed either, but are seen.)
const NO_NAME: &[u8] = b"\"*./:<>?\\|\x7f";
/// Attributes that mean nothing.
const NO_ATTRIBUTES: u8 = 0xc0;
/// The most slots of a long name.
const MOST: u8 = 20;

/// A slot of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub [u8; ENTRY_SIZE]);

impl Slot {
    pub const fn is_end(&self) -> bool {
        self.0[0] == ENTRY_END
    }

    pub const fn is_free(&self) -> bool {
        self.0[0] == ENTRY_FREE
    }

    /// A part of a long name.
    pub const fn is_long(&self) -> bool {
        self.0[11] == ATTR_LONG_NAME && !self.is_free() && !self.is_end()
    }

    /// Its number, counted down to 1, the checksum of the short name, and whether it is the first on
    /// the disk.
    pub fn long(&self) -> Option<(u8, u8, bool)> {
        let (number, first) = (self.0[0] & !LFN_LAST_ENTRY, self.0[0] & LFN_LAST_ENTRY != 0);
        let sound = (1..=MOST).contains(&number)
            && self.0[12] == 0
            && self.0[26..28] == [0, 0]
            && self.letters().take_while(|&letter| letter != 0).all(can_be_in_name);
        sound.then_some((number, self.0[13], first))
    }

    /// The letters of a part of a long name.
    pub fn letters(&self) -> impl Iterator<Item = u16> + '_ {
        let bytes = self.0[1..11].iter().chain(&self.0[14..26]).chain(&self.0[28..32]);
        let (low, high) = (bytes.clone().step_by(2), bytes.skip(1).step_by(2));
        low.zip(high).map(|(&low, &high)| u16::from_le_bytes([low, high]))
    }

    pub fn name(&self) -> [u8; 11] {
        let mut name = [0; 11];
        name.copy_from_slice(&self.0[..11]);
        name
    }

    pub fn checksum(&self) -> u8 {
        lfn_checksum(&self.name())
    }

    pub const fn is_directory(&self) -> bool {
        self.0[11] & ATTR_DIRECTORY != 0
    }

    pub const fn is_label(&self) -> bool {
        self.0[11] & ATTR_VOLUME_ID != 0
    }

    pub const fn is_dots(&self) -> bool {
        self.0[0] == b'.'
    }

    /// Something that has a name: no part of one, no label, and neither `.` nor `..`.
    pub const fn is_file_or_directory(&self) -> bool {
        !(self.is_end() || self.is_free() || self.is_long() || self.is_label() || self.is_dots())
    }

    /// Whether it can be the entry of a file, a directory, or a label.
    pub fn is_sensible(&self) -> bool {
        if self.0[11] & NO_ATTRIBUTES != 0 {
            return false;
        }
        if self.is_label() {
            return !self.is_directory() && self.0[..11].iter().all(|&byte| byte >= b' ');
        }
        if self.is_dots() {
            return self.is_directory() && [DOT, DOT_DOT].contains(&self.name());
        }
        let is_of_name = |(index, &byte): (usize, &u8)| {
            // 0x05 stands for 0xe5, which would mean that the slot is free.
            index == 0 && byte == 0x05 || byte >= b' ' && !NO_NAME.contains(&byte)
        };
        self.0[0] != b' ' && self.0[..11].iter().enumerate().all(is_of_name)
    }

    /// The high half is only of FAT32.
    pub const fn cluster(&self, wide: bool) -> u32 {
        let low = u16::from_le_bytes([self.0[26], self.0[27]]) as u32;
        let high = u16::from_le_bytes([self.0[20], self.0[21]]) as u32;
        if wide { (high << 16 | low) & 0x0fff_ffff } else { low }
    }

    pub fn set_cluster(&mut self, cluster: u32, wide: bool) {
        let [a, b, c, d] = cluster.to_le_bytes();
        self.0[26..28].copy_from_slice(&[a, b]);
        if wide {
            self.0[20..22].copy_from_slice(&[c, d]);
        }
    }

    /// Takes away a mark that some systems have for a short name that is none: this one is.
    pub const fn clear_mark(&mut self) {
        self.0[12] &= !0x20;
    }

    pub const fn size(&self) -> u32 {
        u32::from_le_bytes([self.0[28], self.0[29], self.0[30], self.0[31]])
    }

    pub fn set_size(&mut self, size: u32) {
        self.0[28..32].copy_from_slice(&size.to_le_bytes());
    }

    /// The entry of a directory of the same times, for itself or its parent.
    pub fn dots(&self, name: [u8; 11], cluster: u32, wide: bool) -> Self {
        let mut dots = *self;
        dots.0[..11].copy_from_slice(&name);
        dots.0[11..13].copy_from_slice(&[ATTR_DIRECTORY, 0]);
        dots.set_cluster(cluster, wide);
        dots.set_size(0);
        dots
    }
}

/// Whether a long name can have this letter. It may be one of those that two are needed for.
fn can_be_in_name(letter: u16) -> bool {
    u8::try_from(letter).is_ok_and(|byte| byte >= b' ' && !b"\"*/:<>?\\|".contains(&byte))
        || letter > 0xff
}
