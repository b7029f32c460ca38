//! app.toml and board files: parsed, checked, explained.
