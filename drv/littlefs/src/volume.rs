//! A whole file system: making one, and finding one on a device.

use crate::allocate::{WINDOW, Window};
use crate::chain::Trail;
use crate::device::{Device, Writer};
use crate::directory::{CURSORS, Cursor};
use crate::file::File;
use crate::global::Global;
use crate::known::{Known, PAIRS};
use crate::leaf::{Leaf, NAMES};
use crate::log::Piece;
use crate::note::Note;
use crate::stretch::Stretch;
use crate::tag::{Pair, Tag, kind};
use crate::tree::Tails;
use crate::{Result, UNIT};
use drv_block::Block;
use drv_fs_core::{Error, MAX_NAME, Names, OpenTable};

/// What a superblock begins with, as a name.
const MAGIC: &[u8] = b"littlefs";
/// The version written: 2.1, the first that notices writes that were cut off.
const VERSION: u32 = 0x0002_0001;
/// Sizes that other implementations bear.
const LIMITS: [u32; 3] = [255, i32::MAX as u32, 1022];
/// What a file may take in its directory.
const MAX_INLINE: u32 = 1022;

/// How a file system is made, and used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes in a block, the unit of erasing: a multiple of the sector, from 512 bytes to 16 MiB.
    /// `None`: as it was made; 4096 if it is to be made.
    pub block_size: Option<u32>,
    /// Blocks are discarded before they are written: flash memory needs it.
    pub erase: bool,
    /// How often a pair of blocks is written anew until it is moved elsewhere, to wear all blocks
    /// alike. `None`: never.
    pub cycles: Option<u32>,
    /// Bytes of a block that a directory's log may fill. More makes directories slower and wears
    /// blocks less.
    pub log: u32,
}

impl Default for Settings {
    /// For a disk.
    fn default() -> Self {
        Self { block_size: None, erase: false, cycles: None, log: 16384 }
    }
}

impl Settings {
    /// For flash memory with erase blocks of this size.
    #[must_use]
    pub fn flash(block_size: u32) -> Self {
        Self { block_size: Some(block_size), erase: true, cycles: Some(500), ..Self::default() }
    }
}

/// Memory of a file system with at most `N` open files.
#[derive(Debug)]
pub struct Memory<const N: usize> {
    line: [u8; UNIT],
    parts: Parts<N>,
}

#[derive(Debug)]
pub(crate) struct Parts<const N: usize> {
    pub log: Writer,
    pub free: [u8; WINDOW],
    pub known: [Known; PAIRS],
    pub names: Names<Leaf, NAMES>,
    pub files: [Writer; N],
    pub stretches: [Stretch; N],
}

impl<const N: usize> Memory<N> {
    /// Memory, not yet anybody's.
    #[must_use]
    pub const fn new() -> Self {
        let files = [const { Writer::new() }; N];
        let parts = Parts {
            log: Writer::new(),
            free: [0; WINDOW],
            names: Names::new(),
            known: [const { Known::NOTHING }; PAIRS],
            files,
            stretches: [const { Stretch::NONE }; N],
        };
        Self { line: [0; UNIT], parts }
    }
}

impl<const N: usize> Default for Memory<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// A littlefs file system.
pub struct Littlefs<'m, B, const N: usize> {
    pub(crate) device: Device<'m, B>,
    pub(crate) memory: &'m mut Parts<N>,
    pub(crate) settings: Settings,
    pub(crate) mounted: bool,
    pub(crate) open: OpenTable<File, N>,
    pub(crate) cursors: [Cursor; CURSORS],
    pub(crate) clock: u64,
    pub(crate) root: Pair,
    pub(crate) window: Window,
    pub(crate) trail: Trail,
    pub(crate) seed: u32,
    /// Of what is known of pairs.
    pub(crate) uses: u32,
    /// The pair used last.
    pub(crate) recent: usize,
    /// The state of the whole file system, as it is; as the disk has it; and what has to be said
    /// because who said it is gone.
    pub(crate) global: Global,
    pub(crate) global_on_disk: Global,
    pub(crate) global_change: Global,
    /// Pairs that were written often may be moved now.
    pub(crate) may_move: bool,
    /// The device failed in the middle of a commit: it may be on the medium or not.
    pub(crate) doubt: bool,
    /// Bytes of a block for a log.
    pub(crate) room: u32,
    /// The largest file that lies in its directory.
    pub(crate) inline: u32,
    pub(crate) max_name: u32,
    pub(crate) max_file: u32,
    pub(crate) max_attribute: u32,
}

/// What a superblock says.
#[derive(Clone, Copy, Debug)]
struct Superblock {
    version: u32,
    block_size: u32,
    blocks: u32,
    max_name: u32,
    max_file: u32,
    max_attribute: u32,
}

impl Superblock {
    fn from_bytes(bytes: [u8; 24]) -> Self {
        let mut words = [0; 6];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
        }
        let [version, block_size, blocks, max_name, max_file, max_attribute] = words;
        Self { version, block_size, blocks, max_name, max_file, max_attribute }
    }

    fn to_bytes(self) -> [u8; 24] {
        let limits = [self.max_name, self.max_file, self.max_attribute];
        let words = [self.version, self.block_size, self.blocks];
        let mut bytes = [0; 24];
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(words.into_iter().chain(limits)) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}

impl<'m, B: Block, const N: usize> Littlefs<'m, B, N> {
    /// A file system on a device, not yet mounted.
    pub const fn new(device: B, memory: &'m mut Memory<N>, settings: Settings) -> Self {
        Self {
            device: Device::new(device, &mut memory.line),
            memory: &mut memory.parts,
            settings,
            mounted: false,
            open: OpenTable::new(),
            cursors: [Cursor::NONE; CURSORS],
            clock: 0,
            root: Pair::FIRST,
            window: Window::new(),
            trail: Trail::NONE,
            seed: 0,
            uses: 0,
            recent: 0,
            global: Global::ZERO,
            global_on_disk: Global::ZERO,
            global_change: Global::ZERO,
            may_move: true,
            doubt: false,
            room: 512,
            inline: 64,
            max_name: LIMITS[0],
            max_file: LIMITS[1],
            max_attribute: LIMITS[2],
        }
    }

    /// Gives it memory for what it reads ahead of files. In the beginning it has none.
    pub fn take_room(&mut self, room: &'m mut [u8]) {
        self.device.take_room(room);
    }

    /// The device.
    pub fn into_device(self) -> B {
        self.device.below
    }

    /// Makes an empty file system. What the device held is gone.
    ///
    /// # Errors
    /// [`Error::NoSpace`] of a device of less than two blocks; those of a device.
    pub fn format(&mut self) -> Result<()> {
        let block_size = self.settings.block_size.unwrap_or(4096);
        let blocks = self.device.set_up(block_size)?;
        if self.device.read_only {
            return Err(Error::ReadOnly);
        }
        if blocks < 2 {
            return Err(Error::NoSpace);
        }
        self.settle();
        self.device.erases = self.settings.erase;
        let [max_name, max_file, max_attribute] = LIMITS;
        let version = VERSION;
        let said = Superblock { version, block_size, blocks, max_name, max_file, max_attribute }
            .to_bytes();
        let notes = [
            Note::create(0),
            Note::new(kind::SUPERBLOCK, 0, MAGIC),
            Note::new(kind::INLINE, 0, &said),
        ];
        // Newer than both blocks seem to be, whatever they hold.
        let first = u32::from_le_bytes(self.device.word(0, 0)?);
        let second = u32::from_le_bytes(self.device.word(1, 0)?);
        let newer = if (second.wrapping_sub(first) as i32) > 0 { second } else { first };
        let empty = Piece::new(Pair::FIRST, newer);
        let mut piece = empty;
        // Both blocks, so that nothing of before is left.
        self.rewrite(&mut piece, &notes, &empty, 0..1)?;
        let source = piece;
        self.rewrite(&mut piece, &[], &source, 0..1)?;
        self.mounted = false;
        Ok(())
    }

    /// Begins afresh, with a device that is set up.
    fn settle(&mut self) {
        self.open = OpenTable::new();
        self.cursors = [Cursor::NONE; CURSORS];
        self.memory.names.clear();
        (self.root, self.seed, self.trail) = (Pair::FIRST, 0, Trail::NONE);
        let zero = Global::ZERO;
        (self.global, self.global_on_disk, self.global_change) = (zero, zero, zero);
        self.doubt = false;
        let block = self.device.block_size;
        // Room for a name and an inline file, at least; commits end on sectors.
        let least = self.device.sector.max(512);
        self.room = self.settings.log.max(least).min(block);
        self.inline = (self.room / 8).min(MAX_INLINE);
        self.window.begin(0, self.device.blocks);
    }

    pub(crate) fn mount_now(&mut self) -> Result<()> {
        if self.mounted {
            return Ok(());
        }
        let superblock = match self.settings.block_size {
            Some(size) => self.try_size(size)?,
            None => self.find_size()?,
        };
        self.device.erases = self.settings.erase;
        self.max_name = superblock.max_name.min(MAX_NAME as u32);
        self.max_file = superblock.max_file.min(LIMITS[1]);
        self.max_attribute = superblock.max_attribute.min(LIMITS[2]);
        self.window.begin(self.seed % self.device.blocks, self.device.blocks);
        self.mounted = true;
        if self.device.read_only {
            return Ok(());
        }
        let mended = self.mend(superblock);
        // A full disk can be read, and mended when something was removed.
        let bad = mended.is_err_and(|error| error != Error::NoSpace);
        self.mounted = !bad;
        if bad { mended } else { Ok(()) }
    }

    fn mend(&mut self, superblock: Superblock) -> Result<()> {
        self.checkpoint();
        if superblock.version != VERSION {
            // An older reader would stumble over what is about to be written.
            let said = Superblock { version: VERSION, ..superblock }.to_bytes();
            let mut piece = self.fetch(self.root)?;
            self.commit(&mut piece, &[Note::new(kind::INLINE, 0, &said)])?;
        }
        self.begin_change()
    }

    /// The block size is on the disk, but where, depends on it.
    fn find_size(&mut self) -> Result<Superblock> {
        let mut worst = Error::NotRecognized;
        for size in [4096].into_iter().chain((9..=24).map(|bits| 1 << bits)) {
            match self.try_size(size) {
                Ok(superblock) => return Ok(superblock),
                Err(Error::NotRecognized | Error::Unsupported) => {}
                Err(Error::Corrupt) => worst = Error::Corrupt,
                Err(error) => return Err(error),
            }
        }
        Err(worst)
    }

    fn try_size(&mut self, block_size: u32) -> Result<Superblock> {
        if self.device.set_up(block_size)? < 2 {
            return Err(Error::NotRecognized);
        }
        self.settle();
        let superblock = match self.superblock(Pair::FIRST) {
            Err(Error::Corrupt) if !self.has_magic()? => return Err(Error::NotRecognized),
            superblock => superblock?.ok_or(Error::NotRecognized)?,
        };
        if superblock.version >> 16 != VERSION >> 16 || superblock.version > VERSION {
            return Err(Error::NotRecognized);
        }
        if superblock.block_size != block_size {
            return Err(Error::NotRecognized);
        }
        if superblock.blocks > self.device.blocks || superblock.blocks < 2 {
            return Err(Error::Corrupt);
        }
        self.device.blocks = superblock.blocks;
        self.read_list()?;
        Ok(superblock)
    }

    /// Whether a damaged device was one of this format.
    fn has_magic(&mut self) -> Result<bool> {
        let mut found = [[0; 8]; 2];
        for (block, magic) in (0..).zip(&mut found) {
            self.device.read(block, 8, magic)?;
        }
        Ok(found.iter().any(|magic| magic == MAGIC))
    }

    /// Asks the medium what became of a commit in the middle of which the device failed.
    pub(crate) fn settle_doubt(&mut self) -> Result<()> {
        if !self.doubt {
            return Ok(());
        }
        self.memory.names.clear();
        self.trail.forget();
        self.device.forget();
        self.global_change = Global::ZERO;
        self.read_list()?;
        self.doubt = false;
        Ok(())
    }

    /// Walks along all pieces: which is the root, and what they say of the whole.
    fn read_list(&mut self) -> Result<()> {
        let mut global = Global::ZERO;
        let mut tails = Tails::from(Pair::FIRST);
        while let Some(pair) = tails.next()? {
            let piece = self.fetch(pair)?;
            if self.superblock_of(&piece)?.is_some() {
                self.root = piece.pair;
            }
            global = global.xor(Global::from_bytes(self.global_of(&piece)?));
            tails.after(&piece);
        }
        if !global.is_sound() {
            return Err(Error::Corrupt);
        }
        self.global = global.mounted();
        self.global_on_disk = self.global;
        Ok(())
    }

    fn superblock(&mut self, pair: Pair) -> Result<Option<Superblock>> {
        let piece = self.fetch(pair)?;
        self.superblock_of(&piece)
    }

    fn superblock_of(&mut self, piece: &Piece) -> Result<Option<Superblock>> {
        if piece.count == 0 {
            return Ok(None);
        }
        let (tag, place) = self.name(piece, 0)?;
        let mut magic = [0; 8];
        let named = tag.kind() == kind::SUPERBLOCK && tag.length() == 8;
        if !named || self.copy(tag, place, &mut magic)? != 8 || magic != *MAGIC {
            return Ok(None);
        }
        let (tag, place): (Tag, _) = self.body(piece, 0)?;
        let mut bytes = [0; 24];
        if tag.kind() != kind::INLINE || self.copy(tag, place, &mut bytes)? != 24 {
            return Err(Error::Corrupt);
        }
        Ok(Some(Superblock::from_bytes(bytes)))
    }
}
