//! The clients' requests: which may begin, and which go together.

use crate::job::{Client, Job, Kind, Request};
use crate::set::Set;

/// At most `JOBS` requests, at most 32.
#[derive(Debug)]
pub struct Table<C, const JOBS: usize> {
    jobs: [Option<Job<C>>; JOBS],
    /// Those the device is not working on.
    waiting: Set,
    used: Set,
    /// Those that change sectors, and the flushes.
    changes: Set,
    flushes: Set,
    /// Those whose data the device reaches itself, where it is.
    shared: Set,
    settles: Set,
    arrived: u64,
}

/// Neighbours' requests, or one request, or a piece of one.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub members: Set,
    pub first: u64,
    pub sectors: u64,
}

impl<C: Client, const JOBS: usize> Table<C, JOBS> {
    const FITS: () = assert!(JOBS > 0 && JOBS <= 32, "a set holds no more");

    pub const fn new() -> Self {
        let () = Self::FITS;
        let none = Set::below(0);
        Self {
            jobs: [const { None }; JOBS],
            waiting: none,
            used: none,
            changes: none,
            flushes: none,
            shared: none,
            settles: none,
            arrived: 0,
        }
    }

    pub const fn is_full(&self) -> bool {
        self.used.len() as usize == JOBS
    }

    pub const fn waiting(&self) -> Set {
        self.waiting
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut Job<C>> {
        self.jobs.get_mut(index)?.as_mut()
    }

    pub fn get(&self, index: usize) -> Option<&Job<C>> {
        self.jobs.get(index)?.as_ref()
    }

    /// Takes a request in; gives it back if there is no room.
    pub fn insert(&mut self, client: C, asked: Request) -> Result<(), C> {
        let free = Set::below(JOBS).without(self.used).first();
        let Some((index, place)) = free.and_then(|at| Some((at, self.jobs.get_mut(at)?))) else {
            return Err(client);
        };
        let shared = client.piece().is_some();
        *place = Some(Job::new(client, asked, self.arrived));
        self.arrived += 1;
        self.used.insert(index);
        self.waiting.insert(index);
        if asked.kind.changes() {
            self.changes.insert(index);
        } else if asked.kind == Kind::Flush {
            self.flushes.insert(index);
        } else if asked.kind == Kind::Settle {
            self.settles.insert(index);
        }
        if shared {
            self.shared.insert(index);
        }
        Ok(())
    }

    /// Takes a request out.
    pub fn remove(&mut self, index: usize) -> Option<Job<C>> {
        let sets = [&mut self.waiting, &mut self.used, &mut self.changes, &mut self.flushes];
        sets.into_iter().for_each(|set| set.remove(index));
        self.shared.remove(index);
        self.settles.remove(index);
        self.jobs.get_mut(index)?.take()
    }

    /// The device works on it.
    pub fn depart(&mut self, index: usize, piece: u64) {
        self.waiting.remove(index);
        if let Some(job) = self.get_mut(index) {
            job.piece = piece;
        }
    }

    /// The device does not work on it any more, and it is not done.
    pub fn come_back(&mut self, index: usize) {
        self.waiting.insert(index);
    }

    /// The one that has waited longest of those that may begin.
    pub fn next(&self) -> Option<usize> {
        let age = |index| Some((self.get(index)?.number, index));
        let ready = self.waiting.filter(|&index| self.may_begin(index));
        ready.filter_map(age).min().map(|(_, index)| index)
    }

    /// Whether the device reaches its data itself.
    pub const fn is_shared(&self, index: usize) -> bool {
        self.shared.contains(index)
    }

    /// A flush waits for the changes that were asked for before it, and later changes wait for the
    /// flush. Who settles waits for what the client asked for before, or an earlier life of it,
    /// with its memory. Reads wait for nothing.
    fn may_begin(&self, index: usize) -> bool {
        let Some(job) = self.get(index) else { return false };
        let obstacles = match job.asked.kind {
            Kind::Settle => return !{ self.shared }.any(|other| self.is_before(other, job)),
            Kind::Flush => self.changes,
            kind if kind.changes() => self.flushes,
            _ => return true,
        };
        let older = |other| self.get(other).is_some_and(|other| other.number < job.number);
        obstacles.is_empty() || !{ obstacles }.any(older)
    }

    /// Whether a request is the same client's, and older.
    fn is_before(&self, other: usize, job: &Job<C>) -> bool {
        self.get(other).is_some_and(|other| {
            other.number < job.number && other.client.number() == job.client.number()
        })
    }

    /// All flushes that may begin.
    pub fn flushes(&self) -> Set {
        self.ready(self.flushes)
    }

    /// All who settle and need not wait for anything more.
    pub fn settled(&self) -> Set {
        self.ready(self.settles)
    }

    fn ready(&self, of: Set) -> Set {
        let waiting = of.without(of.without(self.waiting));
        let mut ready = waiting;
        for index in waiting {
            if !self.may_begin(index) {
                ready.remove(index);
            }
        }
        ready
    }

    /// The request `index`, as much of it as goes at once, and those that may begin and continue
    /// it or are continued by it: of those whose data the device reaches itself no more than it
    /// takes pieces, and none else.
    pub fn span(&self, index: usize, most: u64, pieces: u32) -> Span {
        let Some(leader) = self.get(index) else {
            return Span { members: Set::of(index), first: 0, sectors: 0 };
        };
        let sectors = leader.left().min(most);
        let mut span = Span { members: Set::of(index), first: leader.next(), sectors };
        let alike = if self.is_shared(index) {
            self.shared.without(self.shared.without(self.waiting))
        } else {
            self.waiting.without(self.shared)
        };
        let mut others = alike.without(span.members);
        if others.is_empty() || leader.alone || leader.left() > most {
            return span;
        }
        let kind = leader.asked.kind;
        while span.members.len() < pieces
            && let Some((other, joined)) =
                { others }.find_map(|other| Some((other, self.joined(other, kind, span, most)?)))
        {
            others.remove(other);
            span = joined;
        }
        span
    }

    /// The span with a request that lies next to it.
    fn joined(&self, index: usize, kind: Kind, span: Span, most: u64) -> Option<Span> {
        let job = self.get(index).filter(|job| job.asked.kind == kind && !job.alone)?;
        let before = job.next() + job.left() == span.first;
        let sectors = span.sectors + job.left();
        if !before && job.next() != span.first + span.sectors || sectors > most {
            return None;
        }
        let mut members = span.members;
        members.insert(index);
        let first = if before { job.next() } else { span.first };
        self.may_begin(index).then_some(Span { members, first, sectors })
    }
}
