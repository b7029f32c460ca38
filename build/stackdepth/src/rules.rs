//! What a program's owner declares of it.

use crate::graph::Function;
use crate::name::matches;

/// Declarations. Names are readable ones; a `*` in a pattern stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Functions, and those that their indirect calls may reach: only these.
    pub indirect: Vec<(String, Vec<String>)>,
    /// Functions, and how many activations of each there are at most at a time.
    pub recursion: Vec<(String, u32)>,
}

impl Rules {
    /// Whom a function's indirect calls may reach, if that is declared.
    pub(crate) fn declared(&self, functions: &[Function], caller: &str) -> Option<Vec<usize>> {
        let own: Vec<_> =
            self.indirect.iter().filter(|(pattern, _)| matches(pattern, caller)).collect();
        let targets = || own.iter().flat_map(|(_, targets)| targets);
        let is_target = |function: &Function| targets().any(|it| matches(it, &function.name));
        let all = functions.iter().enumerate().filter(|(_, function)| is_target(function));
        (!own.is_empty()).then(|| all.map(|(index, _)| index).collect())
    }

    /// Patterns that no function's name is like.
    pub(crate) fn idle(&self, functions: &[Function]) -> Vec<String> {
        let indirect =
            self.indirect.iter().flat_map(|(caller, targets)| [caller].into_iter().chain(targets));
        let all = indirect.chain(self.recursion.iter().map(|(pattern, _)| pattern));
        let idle = |pattern: &&String| !functions.iter().any(|it| matches(pattern, &it.name));
        all.filter(idle).cloned().collect()
    }
}
