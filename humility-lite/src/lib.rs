//! A debugger for machines that have died.
