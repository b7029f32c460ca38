//! Which line gives way to another.

use crate::cache::Cache;
use drv_block::{Block, Error};

impl<B: Block> Cache<'_, B> {
    /// A line that holds nothing the device does not have, for the one of this number. One that the
    /// device does not take stays.
    pub(crate) fn make_room(&mut self, number: u64) -> Result<usize, Error> {
        let index = self.behind(number).or(self.oldest(false)).ok_or(Error::Failed)?;
        match self.write_back(index) {
            Ok(()) => Ok(index),
            Err(error) => self.oldest(true).ok_or(error),
        }
    }

    /// The line unused for longest, of all or of those that hold nothing new.
    fn oldest(&self, clean: bool) -> Option<usize> {
        let lines = self.tags.iter().enumerate().filter(|(_, tag)| !clean || tag.dirty == 0);
        lines.min_by_key(|(_, tag)| tag.used).map(|(index, _)| index)
    }

    /// The one behind that which comes before this number on the device, so that they can be written
    /// together; if it is not of the half that was used last.
    fn behind(&self, number: u64) -> Option<usize> {
        let before = number.checked_sub(1)?;
        let index = self.tags.iter().position(|tag| tag.is(before))? + 1;
        let used = self.tags.get(index)?.used;
        let older = self.tags.iter().filter(|tag| tag.used < used).count();
        (2 * older < self.tags.len()).then_some(index)
    }
}
