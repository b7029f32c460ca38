//! What a task links: entry, system calls, resources.
