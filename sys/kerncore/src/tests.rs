//! Tests of the kernel's decisions.
