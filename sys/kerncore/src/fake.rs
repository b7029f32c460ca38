//! A machine for tests.
