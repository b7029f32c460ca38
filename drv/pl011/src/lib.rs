//! The Arm PL011 UART, without a task around it.
