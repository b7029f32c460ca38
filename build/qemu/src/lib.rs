//! Running an image in QEMU: start, converse, dump.
