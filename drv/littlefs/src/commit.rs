//! Commits: what is said together in a log is true together, or not at all.

use crate::checksum::Checksum;
use crate::live::Live;
use crate::log::{Piece, Place};
use crate::note::{Data, Note};
use crate::tag::{NO_ID, Pair, Tag, class, kind};
use crate::{Littlefs, Result};
use drv_block::Block;
use drv_fs_core::Error;

/// What a commit ends with at most: a statement about the memory behind it, and its checksum.
const END: u32 = 5 * 4;

/// A commit being written.
pub(crate) struct Commit {
    pub block: u32,
    pub at: u32,
    previous: Tag,
    sum: Checksum,
    begin: u32,
    limit: u32,
}

/// Why a commit was given up.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The log has no room for it.
    Full,
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What became of a piece that was committed to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Done,
    /// One of its blocks is another now; who points to it must be told.
    Moved,
    /// It is empty, and the piece before it, this one, can leave it out.
    Empty(Piece),
}

/// Whether a piece may be left out when nothing remains in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfEmpty {
    LeaveOut,
    Keep,
}

impl<B: Block, const N: usize> Littlefs<'_, B, N> {
    /// A commit that continues a log, or begins one.
    pub(crate) fn begin_commit(&mut self, block: u32, at: u32, previous: Tag) -> Commit {
        self.memory.log.begin(block, at);
        let limit = self.room.saturating_sub(8);
        Commit { block, at, previous, sum: Checksum::new(), begin: at, limit }
    }

    pub(crate) fn put_bytes(&mut self, commit: &mut Commit, bytes: &[u8]) -> Result<()> {
        commit.sum.add(bytes);
        commit.at += bytes.len() as u32;
        self.memory.log.put(&mut self.device, bytes)
    }

    pub(crate) fn put(
        &mut self,
        commit: &mut Commit,
        tag: Tag,
        place: Place<'_>,
    ) -> core::result::Result<(), Stop> {
        if tag.span() > commit.limit.saturating_sub(commit.at) {
            return Err(Stop::Full);
        }
        let word = tag.0 ^ commit.previous.0;
        self.put_bytes(commit, &word.to_be_bytes())?;
        commit.previous = tag;
        match place {
            Place::Memory(bytes) => self.put_bytes(commit, bytes)?,
            Place::Pair(bytes) => self.put_bytes(commit, &bytes)?,
            Place::Disk(block, at) => self.put_copy(commit, block, at, tag.length())?,
        }
        Ok(())
    }

    fn put_copy(&mut self, commit: &mut Commit, block: u32, at: u32, length: u32) -> Result<()> {
        let mut some = [0; 64];
        let mut done = 0;
        while done < length {
            let some = &mut some[..(length - done).min(64) as usize];
            self.device.read(block, at + done, some)?;
            self.put_bytes(commit, some)?;
            done += some.len() as u32;
        }
        Ok(())
    }

    fn put_note(&mut self, commit: &mut Commit, note: &Note<'_>) -> core::result::Result<(), Stop> {
        match note.data {
            Data::Bytes(bytes) => self.put(commit, note.tag, Place::Memory(bytes)),
            Data::Pair(bytes) => self.put(commit, note.tag, Place::Pair(bytes)),
            Data::Moved(piece, id) => {
                let mut live = Live::new(&piece, &[], id);
                while let Some((tag, place)) = self.next_live(&mut live, &[])? {
                    if tag.class() != class::NAME {
                        self.put(commit, tag.with_id(note.tag.id()), place)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Says what has changed of the state of the whole file system.
    pub(crate) fn put_global(
        &mut self,
        commit: &mut Commit,
        piece: &Piece,
        change: crate::global::Global,
    ) -> core::result::Result<(), Stop> {
        if change.stored().is_zero() {
            return Ok(());
        }
        let old = crate::global::Global::from_bytes(self.global_of(piece)?);
        let bytes = change.stored().xor(old).to_bytes();
        self.put(commit, Tag::new(kind::GLOBAL, NO_ID, 12), Place::Memory(&bytes))
    }

    /// Ends a commit: checksum, and what the memory behind it held, so that a write which was cut
    /// off is noticed. Returns when it is on the medium and read again.
    pub(crate) fn seal(&mut self, commit: &mut Commit) -> core::result::Result<(), Stop> {
        let (sector, size) = (self.device.sector, self.device.block_size);
        let end = (commit.at + END).min(size).next_multiple_of(sector);
        let mut first = None;
        while commit.at < end {
            let mut next = (end - (commit.at + 4)).min(0x3fe) + commit.at + 4;
            if next < end {
                next = next.min(end - END);
            }
            let mut flip = false;
            if next >= end && next <= size - sector {
                flip = self.put_forward(commit, next)?;
            }
            let length = (next - (commit.at + 4)) as u16;
            let tag = Tag::new(kind::COMMIT + u16::from(flip), NO_ID, length);
            let word = tag.0 ^ commit.previous.0;
            self.put_bytes(commit, &word.to_be_bytes())?;
            let sum = commit.sum.value();
            first.get_or_insert((commit.at, sum));
            self.put_bytes(commit, &sum.to_le_bytes())?;
            self.memory.log.fill(&mut self.device, next)?;
            commit.at = next;
            commit.previous = Tag(tag.0 ^ u32::from(flip) << 31);
            commit.sum = Checksum::new();
        }
        self.memory.log.drain(&mut self.device)?;
        self.device.flush()?;
        first.map_or(Ok(()), |(at, sum)| self.check_written(commit, at, sum))
    }

    /// Whether what comes next has to be flipped so that what is there now does not pass for it.
    fn put_forward(&mut self, commit: &mut Commit, next: u32) -> core::result::Result<bool, Stop> {
        let sector = self.device.sector;
        let mut sum = Checksum::new();
        self.device.sum(commit.block, next, sector, &mut sum)?;
        let mut leading = [0];
        self.device.read(commit.block, next, &mut leading)?;
        let said = u64::from(sum.value()) << 32 | u64::from(sector);
        let tag = Tag::new(kind::FORWARD, NO_ID, 8);
        self.put(commit, tag, Place::Memory(&said.to_le_bytes()))?;
        Ok(leading[0] >> 7 == 0)
    }

    fn check_written(
        &mut self,
        commit: &Commit,
        at: u32,
        sum: u32,
    ) -> core::result::Result<(), Stop> {
        let mut found = Checksum::new();
        self.device.sum(commit.block, commit.begin, at - commit.begin, &mut found)?;
        let written = u32::from_le_bytes(self.device.word(commit.block, at)?);
        if found.value() == sum && written == sum {
            Ok(())
        } else {
            Err(Stop::Error(Error::Corrupt))
        }
    }

    /// Continues a piece's log; false if it has to be written anew.
    fn append(&mut self, piece: &mut Piece, notes: &[Note<'_>]) -> Result<bool> {
        let known = self.known_log(piece.block(), piece.end);
        let known = known.map(|slot| (slot, self.device.watched[slot].whole));
        let mut commit = self.begin_commit(piece.block(), piece.end, piece.last);
        match self.append_notes(&mut commit, piece, notes) {
            Ok(()) => {}
            Err(Stop::Full | Stop::Error(Error::Corrupt)) => return Ok(false),
            Err(Stop::Error(error)) => {
                self.doubt = true;
                return Err(error);
            }
        }
        (piece.end, piece.last) = (commit.at, commit.previous);
        // Nobody knows what is behind the last sector of a block.
        piece.open_end = commit.at < self.device.block_size;
        if let Some((slot, whole)) = known {
            self.know_more(slot, piece, whole);
        }
        (self.global_on_disk, self.global_change) = (self.global, Default::default());
        Ok(true)
    }

    fn append_notes(
        &mut self,
        commit: &mut Commit,
        piece: &Piece,
        notes: &[Note<'_>],
    ) -> core::result::Result<(), Stop> {
        for note in notes {
            self.put_note(commit, note)?;
        }
        let change = self.global.xor(self.global_on_disk).xor(self.global_change);
        self.put_global(commit, piece, change)?;
        self.seal(commit)
    }

    pub(crate) fn end_of(commit: &Commit) -> (u32, Tag) {
        (commit.at, commit.previous)
    }

    /// Commits to one piece, whoever points to it.
    fn commit_one(
        &mut self,
        piece: &mut Piece,
        notes: &[Note<'_>],
        if_empty: IfEmpty,
    ) -> Result<Outcome> {
        self.forget_leaves(piece.pair, notes);
        let (old, source) = (piece.pair, *piece);
        let mut deletes = false;
        for note in notes {
            match (note.tag.class(), note.data) {
                (class::SPLICE, _) if note.tag.kind() == kind::CREATE => piece.count += 1,
                (class::SPLICE, _) => {
                    piece.count = piece.count.checked_sub(1).ok_or(Error::Corrupt)?;
                    deletes = true;
                }
                (class::TAIL, Data::Pair(pair)) => {
                    (piece.more, piece.tail) = (note.tag.flag(), Pair::from_bytes(pair));
                }
                _ => {}
            }
        }
        if deletes
            && piece.count == 0
            && if_empty == IfEmpty::LeaveOut
            && let Some(before) = self.before(old)?.filter(|before| before.more)
        {
            self.track(old, piece, notes)?;
            self.retreat(old, &before);
            return Ok(Outcome::Empty(before));
        }
        let mut moved = false;
        if !piece.open_end || !self.append(piece, notes)? {
            self.memory.names.clear();
            moved = self.compact(piece, notes, &source)?;
            self.know(piece);
        }
        self.track(old, piece, notes)?;
        Ok(if moved { Outcome::Moved } else { Outcome::Done })
    }

    /// Commits to a piece and tells those who point to it if it moved.
    pub(crate) fn commit(&mut self, piece: &mut Piece, notes: &[Note<'_>]) -> Result<()> {
        if self.commit_and_tell(piece, notes)? {
            self.find_lost(false)?;
        }
        Ok(())
    }

    /// The same; true if directories may be lost now, because bad blocks led to bad blocks.
    pub(crate) fn commit_and_tell(
        &mut self,
        piece: &mut Piece,
        notes: &[Note<'_>],
    ) -> Result<bool> {
        let may_move = self.may_move;
        let lost = self.commit_and_follow(piece, notes);
        self.may_move = may_move;
        lost
    }

    fn commit_and_follow(&mut self, piece: &mut Piece, notes: &[Note<'_>]) -> Result<bool> {
        let mut old = piece.pair;
        let mut outcome = self.commit_one(piece, notes, IfEmpty::LeaveOut)?;
        // Who points to what moved stays where it is, so that a cut leaves one thing to mend.
        self.may_move = false;
        let mut now = *piece;
        if let Outcome::Empty(before) = outcome {
            self.take_global(piece)?;
            (old, now) = (before.pair, before);
            let notes = [Note::tail(piece.more, piece.tail)];
            outcome = self.commit_one(&mut now, &notes, IfEmpty::Keep)?;
        }
        let mut lost = false;
        // Each turn is caused by a block that was given up, so the allocator ends this.
        while matches!(outcome, Outcome::Moved) {
            if old.meets(self.root) {
                self.root = now.pair;
            }
            let parent = self.parent(old)?;
            let has_parent = parent.is_some();
            if let Some((mut parent, id)) = parent {
                self.global.begin_losing();
                let place = parent.pair;
                let note = Note::pair(kind::PAIR, id, now.pair);
                outcome = self.commit_beside_move(&mut parent, note)?;
                if matches!(outcome, Outcome::Moved) {
                    (old, now, lost) = (place, parent, true);
                    continue;
                }
            }
            let Some(mut before) = self.before(old)? else { break };
            if has_parent {
                self.global.end_losing();
            }
            let note = Note::tail(before.more, now.pair);
            old = before.pair;
            outcome = self.commit_beside_move(&mut before, note)?;
            now = before;
        }
        Ok(lost)
    }

    /// Commits a note to a piece. If something is being moved away from there, it is deleted at the
    /// same time: its id might change else, and what is known of the move would be wrong.
    fn commit_beside_move(&mut self, piece: &mut Piece, note: Note<'_>) -> Result<Outcome> {
        let Some(id) = self.global.moved_from(piece.pair) else {
            return self.commit_one(piece, &[note], IfEmpty::Keep);
        };
        self.global.set_moved(None);
        self.commit_one(piece, &[note, Note::delete(id)], IfEmpty::Keep)
    }

    /// The same for who must know whether moves followed.
    pub(crate) fn retail(&mut self, piece: &mut Piece, tail: Pair) -> Result<bool> {
        let note = Note::tail(piece.more, tail);
        let Some(id) = self.global.moved_from(piece.pair) else {
            return self.commit_and_tell(piece, &[note]);
        };
        self.global.set_moved(None);
        self.commit_and_tell(piece, &[note, Note::delete(id)])
    }

    /// What a piece said of the whole, before it is left out.
    pub(crate) fn take_global(&mut self, piece: &Piece) -> Result<()> {
        let said = crate::global::Global::from_bytes(self.global_of(piece)?);
        self.global_change = self.global_change.xor(said);
        Ok(())
    }
}
