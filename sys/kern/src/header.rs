//! What the build tool must know to reserve the kernel's arrays.

use crate::arch::Frame;
use crate::arch::fp::FP_STATE;
use abi::trace::TraceRing;
use config::{KernelHeader, TaskDesc};
use kerncore::{TIMERS_PER_TASK, Task, TimerEntry};

#[used]
// SAFETY: the section is read by the build tool and not loaded; nothing at run time knows it.
#[unsafe(link_section = ".aidos.kernel")]
static HEADER: KernelHeader = KernelHeader {
    magic: KernelHeader::MAGIC,
    version: KernelHeader::VERSION,
    task_desc_size: size_of::<TaskDesc>() as u32,
    task_size: size_of::<Task<'static, Frame>>() as u32,
    task_align: align_of::<Task<'static, Frame>>() as u32,
    timer_size: size_of::<TimerEntry>() as u32,
    timers_per_task: TIMERS_PER_TASK as u32,
    fpu_size: FP_STATE as u32,
    trace_size: size_of::<TraceRing>() as u32,
};
