//! Those who have no part in a case, and must not notice it.

use crate::{Resources, task};
use abi::kipc::{TaskStatus, state};
use test_protocol::watch;
use userlib::{kipc, time};

/// The bystanders as they were when the case began.
pub struct Bystander {
    spinning: TaskStatus,
    waiting: TaskStatus,
}

impl Bystander {
    /// Waits until the bystander is at work.
    pub fn begin(resources: &Resources) -> Self {
        challenge(resources);
        Self::now()
    }

    fn now() -> Self {
        let (spinning, waiting) =
            (kipc::read_status(task::BYSTANDER), kipc::read_status(task::LOW));
        Self { spinning, waiting }
    }

    /// The bystander works on, has found nothing changed, and neither it nor one who waits has
    /// begun another life.
    pub fn end(&self, resources: &Resources) {
        challenge(resources);
        assert_eq!(get(resources, watch::ERRORS), 0, "registers or memory of a bystander changed");
        let now = Self::now();
        for (before, after) in [(self.spinning, now.spinning), (self.waiting, now.waiting)] {
            let life = |status: TaskStatus| (status.generation, status.restarts);
            assert_eq!(life(before), life(after), "a bystander died");
        }
        assert_eq!(now.spinning.state, state::READY);
        assert_eq!((now.waiting.state, now.waiting.peer), (state::IN_RECV, u32::MAX));
    }
}

/// Returns when the bystander has lived through a whole round since.
fn challenge(resources: &Resources) {
    let challenge = ask(resources);
    resources.until(|| has_answered(resources, challenge));
}

/// Asks the bystander whether it is well.
pub fn ask(resources: &Resources) -> u64 {
    let challenge = time::now();
    resources.watch.borrow_mut().write(watch::CHALLENGE, &challenge.to_le_bytes());
    challenge
}

/// Whether it has had the time to say so.
pub fn has_answered(resources: &Resources, challenge: u64) -> bool {
    get(resources, watch::ANSWER) == challenge
}

fn get(resources: &Resources, at: usize) -> u64 {
    let mut bytes = [0; 8];
    resources.watch.borrow().read(at, &mut bytes);
    u64::from_le_bytes(bytes)
}
