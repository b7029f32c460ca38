//! Which life of a server has what is not on the medium yet.

use core::cell::Cell;
use userlib::ipc::TaskId;

/// What was changed on a volume and not synced.
#[derive(Clone, Debug, Default)]
pub struct Unsynced(Cell<Held>);

/// Who has it in memory.
#[derive(Clone, Copy, Debug, Default)]
enum Held {
    /// There is nothing.
    #[default]
    Nothing,
    /// This life of the server.
    By(TaskId),
    /// Several, of which at most one lives.
    BySeveral,
}

impl Unsynced {
    /// Something was changed that this life of the server answered for.
    pub fn add(&self, life: TaskId) {
        self.0.set(match self.0.get() {
            Held::Nothing => Held::By(life),
            Held::By(same) if same == life => Held::By(same),
            Held::By(_) | Held::BySeveral => Held::BySeveral,
        });
    }

    /// This life has synced all that it had: whether that is all there was. There is nothing then.
    pub fn settle(&self, life: TaskId) -> bool {
        match self.0.take() {
            Held::Nothing => true,
            Held::By(one) => one == life,
            Held::BySeveral => false,
        }
    }
}
