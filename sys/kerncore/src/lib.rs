//! Every decision of the kernel, without hardware.
