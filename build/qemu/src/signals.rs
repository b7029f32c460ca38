//! Ctrl-C and its like, while a guest runs.
//!
//! The first is an event like others, so that the terminal is restored, a dump written and QEMU
//! ended. The second one ends this program at once. While no guest runs, signals do what they
//! always do.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

struct State {
    /// Whether the next signal ends the program.
    deadly: Arc<AtomicBool>,
    received: Arc<AtomicBool>,
    guests: Mutex<usize>,
}

static STATE: OnceLock<State> = OnceLock::new();

fn state() -> &'static State {
    STATE.get_or_init(|| {
        let deadly = Arc::new(AtomicBool::new(true));
        let received = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal makes the second deadly. Without them a signal is
            // as rude as ever, which is no reason not to run.
            let _ = flag::register_conditional_default(signal, deadly.clone());
            let _ = flag::register(signal, received.clone());
            let _ = flag::register(signal, deadly.clone());
        }
        State { deadly, received, guests: Mutex::new(0) }
    })
}

/// Signals wait while one of these lives.
pub struct Guard(());

impl Guard {
    /// Begins.
    pub fn new() -> Self {
        let state = state();
        *state.guests.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        if !received() {
            state.deadly.store(false, Ordering::SeqCst);
        }
        Self(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let state = state();
        let mut guests = state.guests.lock().unwrap_or_else(PoisonError::into_inner);
        *guests -= 1;
        if *guests == 0 {
            state.deadly.store(true, Ordering::SeqCst);
        }
    }
}

/// Whether the user wants to end.
pub fn received() -> bool {
    state().received.load(Ordering::SeqCst)
}
