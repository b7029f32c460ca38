//! Sleeps until an interrupt comes.
