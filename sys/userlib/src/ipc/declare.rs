//! What an interface's two sides leave in a task's object for the build tool, and what it fills in.
//!
//! Both sides leave lines among those of [`resources`](crate::resources), so that the tool can
//! compare them: the client `client INTERFACE HASH BYTES`, with the length of its longest message,
//! the server `server INTERFACE HASH BYTES`, then `operation NAME NUMBER` and `event NAME` for
//! each. For the server it fills in two tables: who may call what, and who hears of what.

use super::server::Request;
use crate::sys;
use abi::{Generation, TaskId};
use config::LISTENERS;

/// Who may call which operation. As compiled it allows everything; the build tool adds a rule for
/// each operation that `callers` in `app.toml` names.
#[derive(Debug)]
#[repr(C)]
pub struct Callers<const N: usize> {
    rules: u64,
    /// Operation, then one bit for each task that may call it.
    table: [[u64; 5]; N],
}

impl<const N: usize> Callers<N> {
    /// Everyone.
    #[must_use]
    pub const fn everyone() -> Self {
        Self { rules: 0, table: [[0; 5]; N] }
    }

    /// Whether the caller may call this.
    #[inline(always)]
    pub fn allow(&self, request: &Request<'_>) -> bool {
        filled_in(&self.rules) == 0 || self.rule_allows(request)
    }

    #[inline(never)]
    fn rule_allows(&self, request: &Request<'_>) -> bool {
        let caller = request.caller().task().index();
        let (word, bit) = (1 + caller / 64, 1 << (caller % 64));
        let count = filled_in(&self.rules) as usize;
        let rules = self.table.iter().take(count);
        let mut ours = rules.filter(|rule| filled_in(&rule[0]) == request.operation().into());
        ours.next().is_none_or(|rule| rule.get(word).is_some_and(|w| filled_in(w) & bit != 0))
    }
}

/// Who hears of an event, by which notification bits. The build tool fills it in.
#[derive(Debug)]
#[repr(C)]
pub struct Listeners([[u64; 2]; LISTENERS]);

impl Listeners {
    /// Nobody.
    #[must_use]
    pub const fn nobody() -> Self {
        Self([[0; 2]; LISTENERS])
    }

    /// Tells everyone whom `app.toml` names.
    pub fn post(&self) {
        self.post_where(|_| true);
    }

    /// Tells this task, if `app.toml` names it. False if not.
    pub fn post_to(&self, task: TaskId) -> bool {
        self.post_where(|index| index == task.index())
    }

    fn post_where(&self, is_meant: impl Fn(usize) -> bool) -> bool {
        let mut told = false;
        for [task, bits] in &self.0 {
            let (task, bits) = (filled_in(task) as usize, filled_in(bits) as u32);
            if bits != 0 && is_meant(task) {
                let task = sys::refresh_task_id(TaskId::new(task, Generation(0)));
                // One that dies meanwhile hears nothing.
                told |= sys::post(task, bits).is_ok();
            }
        }
        told
    }
}

/// Reads what the compiler believes to be as it was compiled.
#[inline(always)]
fn filled_in(word: &u64) -> u64 {
    // SAFETY: `word` is a reference. Volatile, because the linker filled it in after the compiler
    // had seen its zero.
    unsafe { core::ptr::read_volatile(word) }
}

/// The lines of one side, kept in the object wherever `declare` can be reached.
#[doc(hidden)]
#[macro_export]
macro_rules! declared {
    ($($kind:literal $text:literal,)*) => {
        const LINES: &[(&str, &str)] = &[$(($kind, $text)),*];
        #[cfg_attr(target_os = "none", unsafe(link_section = ".aidos.manifest"))]
        static DECLARED: [u8; $crate::resources::manifest_length(LINES)] =
            $crate::resources::manifest(LINES);

        /// Leaves what this side is in the object; does nothing at run time.
        #[inline(always)]
        fn declare() {
            #[cfg(target_os = "none")]
            // SAFETY: a comment that names the lines, and no instruction.
            unsafe {
                ::core::arch::asm!("/* {} */", sym DECLARED, options(nomem, nostack, preserves_flags));
            }
            #[cfg(not(target_os = "none"))]
            let _ = &DECLARED;
        }
    };
}

/// The tables that the build tool fills in for a server.
#[doc(hidden)]
#[macro_export]
macro_rules! filled_in {
    ($callers:ident: $operations:literal, $events:ident: $count:literal) => {
        #[cfg_attr(target_os = "none", unsafe(link_section = ".aidos.callers"))]
        static $callers: $crate::ipc::Callers<$operations> = $crate::ipc::Callers::everyone();
        #[cfg_attr(target_os = "none", unsafe(link_section = ".aidos.events"))]
        static $events: [$crate::ipc::Listeners; $count] =
            [const { $crate::ipc::Listeners::nobody() }; $count];
    };
    ($callers:ident: $operations:literal) => {
        #[cfg_attr(target_os = "none", unsafe(link_section = ".aidos.callers"))]
        static $callers: $crate::ipc::Callers<$operations> = $crate::ipc::Callers::everyone();
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::Incoming;
    use abi::Handle;
    use abi::call::SendInfo;

    fn allowed(callers: &Callers<2>, operation: u16, caller: usize) -> bool {
        let (words, info) = ([0; 4], SendInfo::new(operation, 0, 0));
        let caller = Handle::first(caller, Generation(9));
        callers.allow(&Request::new(Incoming { caller, info, words, reply_capacity: 0 }, &[]))
    }

    #[test]
    fn an_operation_with_a_rule_is_for_those_it_names() {
        let rules = [[7, 1 << 3, 0, 0, 1 << 63], [8, 0, 0, 0, 0]];
        let callers = Callers { rules: 2, table: rules };
        for (operation, caller, expected) in [
            (7, 3, true),
            (7, 255, true),
            (7, 4, false),
            (7, 67, false),
            (8, 3, false),
            (9, 3, true),
            (0, 3, true),
        ] {
            assert_eq!(allowed(&callers, operation, caller), expected, "{operation} {caller}");
        }
        assert!(allowed(&Callers { rules: 1, table: rules }, 8, 3), "a rule that is not there");
        assert!(allowed(&Callers::everyone(), 7, 4));
    }
}
