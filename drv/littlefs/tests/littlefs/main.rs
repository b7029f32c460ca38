//! The power-safe file system on the host: against a model, power cuts, damage, and the reference.

mod attributes;
mod coherence;
mod common;
mod cuts;
mod damage;
mod flash;
mod random;
mod reference;
