//! The files, and what should be in them.

use core::fmt::Write;
use flash_api::{FlashError, Statistics};
use fs_api::client::Fs;
use fs_api::{File, FsError, flags};
use userlib::Text;
use userlib::ipc::ClientError;

/// Files, bytes in the largest, and bytes that are written and read at once.
const FILES: usize = 6;
const LARGEST: usize = 20_000;
const PIECE: usize = 4096;
/// How often something is tried of which a server dies.
const TRIES: usize = 300;

/// What went wrong.
pub enum Wrong {
    Refused(ClientError<FsError>),
    Flash(ClientError<FlashError>),
    Bytes(usize, usize),
    What(&'static str),
    Deaths(u32),
}

impl From<ClientError<FsError>> for Wrong {
    fn from(error: ClientError<FsError>) -> Self {
        Self::Refused(error)
    }
}

impl From<ClientError<FlashError>> for Wrong {
    fn from(error: ClientError<FlashError>) -> Self {
        Self::Flash(error)
    }
}

type Done = Result<(), Wrong>;

/// What a file holds: bytes that follow from a seed.
#[derive(Clone, Copy)]
struct Content {
    seed: u32,
    length: usize,
}

impl Content {
    fn byte(self, at: usize) -> u8 {
        ((at as u32).wrapping_add(self.seed).wrapping_mul(2_654_435_761) >> 23) as u8
    }

    fn fill(self, at: usize, piece: &mut [u8]) {
        piece.iter_mut().zip(at..).for_each(|(byte, at)| *byte = self.byte(at));
    }
}

/// All files.
pub struct Files {
    contents: [Option<Content>; FILES],
    /// The one that was written last.
    last: usize,
    random: u64,
    /// Bytes of the host that were right.
    host: usize,
    piece: [u8; PIECE],
}

/// A line or a name.
type Line = Text<160>;

fn name_of(file: usize) -> Line {
    Line::of(format_args!("files/number {file}.bin"))
}

/// Again, if a server died meanwhile: it is not known then whether it was done.
fn patient<T>(mut ask: impl FnMut() -> Result<T, ClientError<FsError>>) -> Result<T, Wrong> {
    for _ in 0..TRIES {
        match ask() {
            Err(ClientError::ServerDied)
            | Err(ClientError::Server(FsError::Lost | FsError::BadHandle | FsError::DeviceError)) =>
                {}
            answer => return Ok(answer?),
        }
    }
    Ok(ask()?)
}

impl Files {
    pub const fn new() -> Self {
        let random = 0x2545_f491_4f6c_dd1d;
        Self { contents: [None; FILES], last: 0, random, host: 0, piece: [0; PIECE] }
    }

    /// Marsaglia's xorshift.
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) as usize % end
    }

    /// What the host may have left: `host/NUMBER.bin`, its bytes as of a file here with this seed.
    pub fn read_host(&mut self, fs: &Fs) -> Done {
        for seed in 0..4 {
            let mut name = Line::new();
            let _ = write!(name, "host/{seed}.bin");
            let mut file = match File::open(fs, name.as_str()) {
                Err(ClientError::Server(FsError::NotFound)) => continue,
                file => file?,
            };
            let length = usize::try_from(file.size()?).unwrap_or(0);
            let content = Content { seed, length };
            self.compare(seed as usize, content, |at, piece| file.read_at(at, piece))?;
            self.host += length;
        }
        match fs.make_directory(b"files") {
            Err(ClientError::Server(FsError::AlreadyExists)) => Ok(()),
            done => Ok(done?),
        }
    }

    fn compare(
        &mut self,
        file: usize,
        content: Content,
        mut read: impl FnMut(u64, &mut [u8]) -> Result<usize, ClientError<FsError>>,
    ) -> Done {
        let mut at = 0;
        while at < content.length {
            let piece = &mut self.piece[..PIECE.min(content.length - at)];
            let count = patient(|| read(at as u64, piece))?;
            let right = |(byte, at): (&u8, usize)| *byte == content.byte(at);
            if count == 0 || !piece[..count].iter().zip(at..).all(right) {
                return Err(Wrong::Bytes(file, at));
            }
            at += count;
        }
        Ok(())
    }

    /// Writes a file anew and syncs it, as often as it takes.
    pub fn write_one(&mut self, fs: &Fs) -> Done {
        let file = self.below(FILES);
        let length = [60, 900, 5000, LARGEST][self.below(4)] - self.below(50);
        let content = Content { seed: self.below(1 << 20) as u32, length };
        let name = name_of(file);
        patient(|| self.write(fs, name.as_str(), content))?;
        (self.contents[file], self.last) = (Some(content), file);
        Ok(())
    }

    fn write(&mut self, fs: &Fs, name: &str, content: Content) -> Result<(), ClientError<FsError>> {
        let how = flags::WRITE | flags::CREATE | flags::TRUNCATE;
        let mut file = File::open_with(fs, name, how)?;
        for at in (0..content.length).step_by(PIECE) {
            let piece = &mut self.piece[..PIECE.min(content.length - at)];
            content.fill(at, piece);
            file.write(piece)?;
        }
        file.sync()
    }

    /// Whether a file is as it was written.
    fn check(&mut self, fs: &Fs, file: usize) -> Done {
        let name = name_of(file);
        let open = patient(|| match File::open(fs, name.as_str()) {
            Err(ClientError::Server(FsError::NotFound)) => Ok(None),
            open => open.map(Some),
        });
        match (open?, self.contents[file]) {
            (None, None) => Ok(()),
            (Some(mut open), Some(content)) => {
                if patient(|| open.size())? != content.length as u64 {
                    return Err(Wrong::Bytes(file, content.length));
                }
                self.compare(file, content, |at, piece| open.read_at(at, piece))
            }
            (None, _) => Err(Wrong::What("a file is gone")),
            (_, None) => Err(Wrong::What("a file is there that should not be")),
        }
    }

    /// The one that was written last, and another.
    pub fn check_one(&mut self, fs: &Fs) -> Done {
        self.check(fs, self.last)?;
        let other = self.below(FILES);
        self.check(fs, other)
    }

    pub fn check_all(&mut self, fs: &Fs) -> Done {
        (0..FILES).try_for_each(|file| self.check(fs, file))
    }

    /// Some of everything, while nobody dies.
    pub fn change(&mut self, fs: &Fs) -> Done {
        for file in 0..FILES {
            match fs.remove(name_of(file).as_str().as_bytes()) {
                Err(ClientError::Server(FsError::NotFound)) => {}
                done => done?,
            }
        }
        for _ in 0..40 {
            self.write_one(fs)?;
            let (from, to) = (self.below(FILES), self.below(FILES));
            if self.contents[from].is_some() && from != to {
                let (old, new) = (name_of(from), name_of(to));
                fs.rename(old.as_str().as_bytes(), new.as_str().as_bytes())?;
                self.contents[to] = self.contents[from].take();
            }
            let gone = self.below(4 * FILES);
            if self.contents.get(gone).is_some_and(Option::is_some) {
                fs.remove(name_of(gone).as_str().as_bytes())?;
                self.contents[gone] = None;
            }
            self.check_all(fs)?;
        }
        Ok(())
    }

    /// Writes down what is there.
    pub fn report(&mut self, fs: &Fs, statistics: &Statistics) -> Done {
        let Statistics { reads, programs, erases, errors, bytes_programmed, .. } = *statistics;
        if erases == 0 || programs < erases || bytes_programmed < 4 * programs {
            return Err(Wrong::What("nothing was erased or programmed"));
        }
        let mut report = File::create(fs, "report.txt")?;
        let mut line = Line::new();
        let _ = writeln!(line, "host {}", self.host);
        report.write(line.as_str().as_bytes())?;
        let mut line = Line::new();
        let _ = writeln!(
            line,
            "flash reads {reads} programs {programs} bytes {bytes_programmed} erases {erases} errors {errors}"
        );
        report.write(line.as_str().as_bytes())?;
        for file in 0..FILES {
            let Some(Content { seed, length }) = self.contents[file] else { continue };
            let mut line = Line::new();
            let _ = writeln!(line, "file {seed} {length} {}", name_of(file).as_str());
            report.write(line.as_str().as_bytes())?;
        }
        report.sync()?;
        Ok(())
    }
}
