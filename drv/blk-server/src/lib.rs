//! What the servers of `idl/blk.idl` have in common: the part of the disk that each client has, and what
//! they all answer alike.
//!
//! A server has a field `partitions: Clients<Part, CLIENTS>` in its `config!`, makes [`Shares`] of
//! it, and asks these where a client's sectors are, on every request.

#![no_std]
#![forbid(unsafe_code)]

mod part;
mod shares;

pub use drv_partition::{NotRead, Reach};
pub use part::{CLIENTS, Part};
pub use shares::{Shares, refusal, told};

/// The operations of [`Blk`](blk_api::server::Blk) on shared memory, for a server whose clients' memory no
/// device reaches: they lend instead. To stand in its `impl`, with [`InOrder`](userlib::ipc::InOrder) answers.
#[macro_export]
macro_rules! nothing_shared {
    () => {
        fn share(
            &mut self,
            _: ::userlib::ipc::Caller,
            _: u32,
        ) -> Result<u64, ::blk_api::server::Refuse<::blk_api::BlkError>> {
            Err(::blk_api::BlkError::NotShared.into())
        }

        fn read_shared(
            &mut self,
            _: ::userlib::ipc::Caller,
            _: u64,
            _: u64,
            _: u32,
            _: u32,
        ) -> Result<(), ::blk_api::server::Refuse<::blk_api::BlkError>> {
            Err(::blk_api::BlkError::NotShared.into())
        }

        fn write_shared(
            &mut self,
            _: ::userlib::ipc::Caller,
            _: u64,
            _: u64,
            _: u32,
            _: u32,
        ) -> Result<(), ::blk_api::server::Refuse<::blk_api::BlkError>> {
            Err(::blk_api::BlkError::NotShared.into())
        }
    };
}
