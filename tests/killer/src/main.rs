//! Kills a task at random times, again and again.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use userlib::{kipc, time};

#[cfg(not(feature = "more-important"))]
userlib::resources! {
    struct Resources {
        /// Whom. Nothing is ever sent there.
        victim: Slot,
        timer: Notification,
    }
}
#[cfg(feature = "more-important")]
userlib::resources! {
    struct Resources {
        /// A slot would be downhill.
        task_table: Table,
        timer: Notification,
    }
}
#[cfg(feature = "more-important")]
userlib::config! {
    struct Config {
        /// Whom.
        victim: userlib::Text<24>,
        /// The most between two killings.
        longest_ms: u32 where 1..=10_000,
    }
}
userlib::task!(start);

#[cfg(not(feature = "more-important"))]
const fn victim(resources: &Resources) -> usize {
    resources.victim.index()
}

/// So that it dies at work, too, not only while it waits.
#[cfg(feature = "more-important")]
fn victim(resources: &Resources) -> usize {
    let victim = Config::get().victim;
    let (tasks, _) = resources.task_table.tasks();
    let wanted = victim.as_str().as_bytes();
    let is_it = |name: &[u8]| name.split(|&byte| byte == 0).next() == Some(wanted);
    tasks.iter().position(|task| is_it(&task.name)).expect("the victim is a task")
}

/// The most between two killings, in microseconds.
#[cfg(not(feature = "more-important"))]
const fn longest() -> u64 {
    4_000
}

#[cfg(feature = "more-important")]
fn longest() -> u64 {
    u64::from(Config::get().longest_ms) * 1000
}

fn start(resources: Resources) -> ! {
    let victim = victim(&resources);
    let mut random = time::now() | 1;
    loop {
        // Marsaglia's xorshift.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let pause = random % (longest() * time::frequency() / 1_000_000);
        time::sleep_until(time::now() + pause, resources.timer.bits());
        kipc::fault(victim);
    }
}
