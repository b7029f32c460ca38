//! Who asked, and for what.

use crate::told;
use drv_cfi_flash::{Asker, Error, Gone};
use flash_api::server::reply;
use userlib::ipc::{Lease, Read, Write};

/// A request whose answer is to come.
pub enum Asked {
    Read(reply::Read, Lease<Write>),
    Program(reply::Program, Lease<Read>),
    Erase(reply::Erase),
}

impl Asker for Asked {
    fn fetch(&self, at: usize, into: &mut [u8]) -> Result<(), Gone> {
        let Self::Program(_, lease) = self else { return Ok(()) };
        lease.read(at, into).map(|_| ()).map_err(|_| Gone)
    }

    fn deliver(&self, at: usize, from: &[u8]) -> Result<(), Gone> {
        let Self::Read(_, lease) = self else { return Ok(()) };
        lease.write(at, from).map(|_| ()).map_err(|_| Gone)
    }

    fn answer(self, result: Result<(), Error>) {
        let result = result.map_err(told);
        match self {
            Self::Read(reply, _) => _ = reply.send(result),
            Self::Program(reply, _) => _ = reply.send(result),
            Self::Erase(reply) => _ = reply.send(result),
        }
    }
}
