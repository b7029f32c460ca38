//! The part of the memory that each client has: whole blocks, as app.toml says.

use drv_cfi_flash::Query;
use flash_api::FlashError;
use userlib::Clients;
use userlib::ipc::Caller;

/// Clients that can have a part of their own.
const CLIENTS: usize = 16;

userlib::config! {
    /// How the memory is shared.
    struct Config {
        /// The part that each client has. Where nobody is named, everyone has all of it.
        parts: Clients<Part, CLIENTS>,
    }
    /// Some blocks of the memory.
    struct Part {
        /// The first of them, counted from 0.
        first_block: u32,
        /// How many.
        blocks: u32 where 1..=0xffff_ffff,
    }
}

/// Where a client's bytes are.
pub struct Reach {
    first: u64,
    /// How many it has.
    pub size: u64,
}

impl Reach {
    /// Where so many of the client's bytes begin.
    pub fn place(&self, offset: u64, bytes: u64) -> Result<u64, FlashError> {
        let end = offset.checked_add(bytes).filter(|&end| end <= self.size);
        end.map(|_| self.first + offset).ok_or(FlashError::OutOfRange)
    }
}

/// The parts of all clients.
pub struct Parts([Option<(u16, u32, u32)>; CLIENTS]);

impl Parts {
    /// As app.toml says.
    pub fn from_config() -> Self {
        let mut parts = [None; CLIENTS];
        for (place, (task, part)) in parts.iter_mut().zip(Config::get().parts.named()) {
            *place = Some((task, part.first_block, part.blocks));
        }
        Self(parts)
    }

    /// What a client reaches.
    pub fn of(&self, caller: Caller, query: &Query) -> Result<Reach, FlashError> {
        if self.0[0].is_none() {
            return Ok(Reach { first: 0, size: query.size });
        }
        let index = caller.task().index();
        let own = self.0.iter().flatten().find(|(task, ..)| usize::from(*task) == index);
        let &(_, first, blocks) = own.ok_or(FlashError::NoPart)?;
        let block = u64::from(query.erase_size);
        let (first, size) = (u64::from(first) * block, u64::from(blocks) * block);
        if first + size > query.size {
            return Err(FlashError::NoPart);
        }
        Ok(Reach { first, size })
    }
}
