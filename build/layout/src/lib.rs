//! From sizes to addresses: slots, regions, physical memory.
