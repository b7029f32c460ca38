//! Uses a disk through the cache that it shares with another task, and looks at what the disk hears of it.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use blk_api::BlkError;
use blk_api::client::Blk;
use console_api::Text;
use core::fmt::{self, Write};
use pong_api::client::Pong;
use test_cached::{Request, SECTOR, print};
use userlib::ipc::ClientError;

userlib::resources! {
    struct Resources {
        console: Slot,
        /// The cache, and the disk below it.
        cache: Slot,
        below: Slot,
        /// The other task at the cache.
        other: Slot,
    }
}
userlib::task!(start);

/// Sectors of a line of the cache.
const LINE: u32 = 32;

/// What is wrong.
enum Wrong {
    /// This, and of it so many.
    Is(&'static str, u64),
    Disk(ClientError<BlkError>),
    Other(ClientError),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(what, number) => write!(f, "{what} {number}"),
            Self::Disk(error) => write!(f, "a disk says {error:?}"),
            Self::Other(error) => write!(f, "the other task says {error:?}"),
        }
    }
}

/// Fine, or not.
const fn so(right: bool, what: &'static str, number: u64) -> Result<(), Wrong> {
    if right { Ok(()) } else { Err(Wrong::Is(what, number)) }
}

impl From<ClientError<BlkError>> for Wrong {
    fn from(error: ClientError<BlkError>) -> Self {
        Self::Disk(error)
    }
}

/// Whether all bytes are this one.
fn filled(bytes: &[u8], byte: u8) -> bool {
    bytes.iter().all(|&read| read == byte)
}

/// Who there is.
struct All {
    cache: Blk,
    below: Blk,
    other: Pong,
}

impl All {
    /// The other task does this; says what it then has of the sector.
    fn other(&self, request: Request) -> Result<u64, Wrong> {
        self.other.ping(request.number()).map_err(Wrong::Other)
    }

    /// The other task sees these bytes in a sector.
    fn other_sees(&self, sector: u32, bytes: &[u8]) -> Result<(), Wrong> {
        let seen = self.other(Request::Read(sector))?;
        so(seen == print(bytes), "the other task sees other bytes in sector", sector.into())
    }

    /// This task sees this byte everywhere in some sectors.
    fn sees(&self, first: u32, sectors: u32, byte: u8) -> Result<(), Wrong> {
        let mut bytes = [!byte; LINE as usize * SECTOR];
        let bytes = &mut bytes[..sectors as usize * SECTOR];
        self.cache.read(first.into(), bytes)?;
        so(filled(bytes, byte), "other bytes are read from sector", first.into())
    }

    /// The disk below has this byte everywhere in a sector.
    fn holds(&self, sector: u32, byte: u8) -> Result<(), Wrong> {
        let mut bytes = [!byte; SECTOR];
        self.below.read(sector.into(), &mut bytes)?;
        so(filled(&bytes, byte), "the disk holds other bytes in sector", sector.into())
    }

    /// Reads and writes that the disk below was asked for.
    fn asked(&self) -> Result<(u64, u64), Wrong> {
        let counts = self.below.statistics()?;
        Ok((counts.reads, counts.writes))
    }

    fn waiting(&self, wanted: u64) -> Result<(), Wrong> {
        let waiting = self.cache.cache_statistics()?.waiting;
        so(waiting == wanted, "sectors that wait:", waiting)
    }
}

type Test = fn(&All) -> Result<(), Wrong>;

const TESTS: [(&str, Test); 4] = [
    ("what one has read is read for the other without the disk", read),
    ("what one has written the other sees before the disk does", write),
    ("what goes past the lines is seen by who has them", past),
    ("a flush of one brings what the other wrote to the disk", flush),
];

fn start(resources: Resources) -> ! {
    let Resources { console, cache, below, other } = resources;
    let all = All { cache: Blk::new(cache), below: Blk::new(below), other: Pong::new(other) };
    let mut text = Text::new(console);
    let _ = writeln!(text, "suite: begin {}", TESTS.len());
    for (name, test) in TESTS {
        let _ = match test(&all) {
            Ok(()) => writeln!(text, "test {name} ... ok"),
            Err(wrong) => writeln!(text, "test {name} ... FAILED: {wrong}"),
        };
    }
    let _ = writeln!(text, "suite: end");
    let _ = text.flush();
    loop {
        userlib::sys::recv_notification(0);
    }
}

fn read(all: &All) -> Result<(), Wrong> {
    // Bytes that the cache did not see when they were written.
    for sector in 3..5 {
        all.below.write(sector, &[sector as u8; SECTOR])?;
    }
    let (reads, _) = all.asked()?;
    all.sees(3, 1, 3)?;
    all.sees(4, 1, 4)?;
    let (now, _) = all.asked()?;
    so(now > reads, "reads of the disk, which must be asked:", 0)?;
    let before = all.cache.cache_statistics()?;
    all.other_sees(3, &[3; SECTOR])?;
    all.other_sees(4, &[4; SECTOR])?;
    let after = all.cache.cache_statistics()?;
    so(after.misses == before.misses, "misses:", after.misses - before.misses)?;
    so(after.hits == before.hits + 2, "hits:", after.hits - before.hits)?;
    let (later, _) = all.asked()?;
    so(later == now, "reads of the disk:", later - now)
}

fn write(all: &All) -> Result<(), Wrong> {
    let (_, writes) = all.asked()?;
    all.cache.write(7, &[0x11; SECTOR])?;
    all.other_sees(7, &[0x11; SECTOR])?;
    all.other(Request::Fill(7, 0x22))?;
    all.other(Request::Fill(8, 0x22))?;
    all.sees(7, 2, 0x22)?;
    all.waiting(2)?;
    all.holds(7, 0)?;
    let (_, now) = all.asked()?;
    so(now == writes, "writes of the disk:", now - writes)
}

fn past(all: &All) -> Result<(), Wrong> {
    // The other has a sector near, and this one writes all of its line on the disk.
    all.other_sees(LINE + 5, &[0; SECTOR])?;
    all.cache.write(LINE.into(), &[0x33; LINE as usize * SECTOR])?;
    all.other_sees(LINE + 5, &[0x33; SECTOR])?;
    // What the other wrote waits, and this one reads all of its line from the disk.
    let mut bytes = [0; LINE as usize * SECTOR];
    all.other(Request::Fill(LINE + 6, 0x44))?;
    all.cache.read(LINE.into(), &mut bytes)?;
    let (before, rest) = bytes.split_at(6 * SECTOR);
    let (written, after) = rest.split_at(SECTOR);
    let right = filled(before, 0x33) && filled(written, 0x44) && filled(after, 0x33);
    so(right, "other bytes are read from sector", LINE.into())
}

fn flush(all: &All) -> Result<(), Wrong> {
    all.other(Request::Fill(200, 0x55))?;
    all.holds(200, 0)?;
    all.cache.flush()?;
    all.holds(200, 0x55)?;
    all.holds(7, 0x22)?;
    all.waiting(0)
}
