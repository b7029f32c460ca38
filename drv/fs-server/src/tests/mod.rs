//! Clients, a file system and a block server, with the host in the kernel's place.

mod ahead;
mod clients;
mod links;
mod reads;
mod redirects;

mod setup;
mod shared;
mod syncs;
