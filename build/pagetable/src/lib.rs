//! Regions to translation tables as bytes, and back.
