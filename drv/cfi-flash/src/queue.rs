//! Requests of several askers, of which those that must wait for an erase do.

use crate::{Chips, Clock, Error, Memo, WORD};
use mmio::Bus;

/// Bytes that are read or programmed at once.
const PIECE: usize = 4096;

/// The asker no longer waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Who asked.
pub trait Asker {
    /// Fills `into` with what is to be programmed, from its byte `at` on.
    ///
    /// # Errors
    /// [`Gone`].
    fn fetch(&self, at: usize, into: &mut [u8]) -> Result<(), Gone>;

    /// Hands over what was read, from its byte `at` on.
    ///
    /// # Errors
    /// [`Gone`].
    fn deliver(&self, at: usize, from: &[u8]) -> Result<(), Gone>;

    /// Says how it went.
    fn answer(self, result: Result<(), Error>);
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Read so many bytes.
    Read(usize),
    /// Program so many bytes.
    Program(usize),
    /// Erase a block.
    Erase,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What.
    pub kind: Kind,
    /// Where.
    pub offset: u64,
}

/// What was done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reads, programs and erases that were carried out.
    pub reads: u64,
    /// See `reads`.
    pub programs: u64,
    /// See `reads`.
    pub erases: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Bytes that were programmed.
    pub bytes_programmed: u64,
    /// Requests that were answered with an error.
    pub errors: u64,
    /// Requests that had to wait for an erase.
    pub delayed: u64,
}

/// A request, and how far it has got.
#[derive(Debug)]
struct Job<A> {
    asker: A,
    request: Request,
    done: usize,
}

/// Why a job is not finished.
enum Stop {
    Error(Error),
    Gone,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Chips, and at most `N` requests that wait for an erase.
#[derive(Debug)]
pub struct Queue<B, C, M, A, const N: usize> {
    pub(crate) chips: Chips<B, C, M>,
    /// Who waits for the erase that goes on.
    eraser: Option<A>,
    /// The first are there, in the order in which they came.
    waiting: [Option<Job<A>>; N],
    counts: Counts,
}

impl<B: Bus, C: Clock, M: Memo, A: Asker, const N: usize> Queue<B, C, M, A, N> {
    /// Nobody asks anything of the chips yet.
    #[must_use]
    pub const fn new(chips: Chips<B, C, M>) -> Self {
        let waiting = [const { None }; N];
        let counts = Counts {
            reads: 0,
            programs: 0,
            erases: 0,
            bytes_read: 0,
            bytes_programmed: 0,
            errors: 0,
            delayed: 0,
        };
        Self { chips, eraser: None, waiting, counts }
    }

    /// The chips.
    #[must_use]
    pub const fn chips(&self) -> &Chips<B, C, M> {
        &self.chips
    }

    /// What was done.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether another request can wait.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.waiting.iter().any(Option::is_none)
    }

    /// Whether an erase goes on, so that [`Self::look`] is to be called now and then.
    #[must_use]
    pub const fn is_erasing(&self) -> bool {
        self.chips.is_erasing()
    }

    /// Carries out a request, or keeps it for later. Its asker is answered when it is done.
    pub fn request(&mut self, asker: A, request: Request) {
        self.look();
        if let Err(error) = self.check(request) {
            return self.end(asker, Err(error));
        }
        let job = Job { asker, request, done: 0 };
        let Some(job) = self.go(job) else { return };
        self.counts.delayed += 1;
        match self.waiting.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(job),
            None => self.end(job.asker, Err(Error::Busy)),
        }
    }

    /// Before any of it is done.
    fn check(&self, request: Request) -> Result<(), Error> {
        let bytes = match request.kind {
            Kind::Read(bytes) | Kind::Program(bytes) => bytes,
            Kind::Erase => 0,
        };
        let end = request.offset.checked_add(bytes as u64);
        if end.is_none_or(|end| end > self.chips.query().size) {
            return Err(Error::OutOfRange);
        }
        let whole = request.offset.is_multiple_of(WORD as u64) && bytes.is_multiple_of(WORD);
        match request.kind {
            Kind::Program(_) if bytes == 0 || !whole => Err(Error::Unaligned),
            _ => Ok(()),
        }
    }

    /// Looks whether the erase is over, and goes on with what waits.
    pub fn look(&mut self) {
        self.finish_erase();
        let mut left = 0;
        for i in 0..N {
            let Some(job) = self.waiting[i].take() else { break };
            if let Some(job) = self.go(job) {
                self.waiting[left] = Some(job);
                left += 1;
            }
        }
    }

    fn finish_erase(&mut self) {
        let Some(done) = self.chips.erased() else { return };
        if let Some(asker) = self.eraser.take() {
            self.counts.erases += u64::from(done.is_ok());
            self.end(asker, done);
        }
    }

    fn end(&mut self, asker: A, result: Result<(), Error>) {
        self.counts.errors += u64::from(result.is_err());
        asker.answer(result);
    }

    /// Carries out a job as far as that is possible now. Gives it back if it has to wait.
    fn go(&mut self, mut job: Job<A>) -> Option<Job<A>> {
        if job.request.kind == Kind::Erase {
            return self.begin_erase(job);
        }
        match self.transfer(&mut job) {
            Err(Stop::Error(Error::Busy)) => return Some(job),
            Err(Stop::Gone) => {}
            Err(Stop::Error(error)) => self.end(job.asker, Err(error)),
            Ok(()) => {
                match job.request.kind {
                    Kind::Read(_) => self.counts.reads += 1,
                    _ => self.counts.programs += 1,
                }
                self.end(job.asker, Ok(()));
            }
        }
        None
    }

    fn begin_erase(&mut self, job: Job<A>) -> Option<Job<A>> {
        match self.chips.begin_erase(job.request.offset) {
            Err(Error::Busy) => return Some(job),
            Err(error) => self.end(job.asker, Err(error)),
            Ok(()) => {
                self.eraser = Some(job.asker);
                // Some need no time.
                self.finish_erase();
            }
        }
        None
    }

    fn transfer(&mut self, job: &mut Job<A>) -> Result<(), Stop> {
        let mut piece = [0; PIECE];
        let (reads, bytes) = match job.request.kind {
            Kind::Read(bytes) => (true, bytes),
            Kind::Program(bytes) => (false, bytes),
            Kind::Erase => (false, 0),
        };
        while job.done < bytes {
            let piece = &mut piece[..(bytes - job.done).min(PIECE)];
            let place = job.request.offset + job.done as u64;
            if reads {
                self.chips.read(place, piece)?;
                job.asker.deliver(job.done, piece)?;
                self.counts.bytes_read += piece.len() as u64;
            } else {
                job.asker.fetch(job.done, piece)?;
                self.chips.program(place, piece)?;
                self.counts.bytes_programmed += piece.len() as u64;
            }
            job.done += piece.len();
        }
        Ok(())
    }
}
