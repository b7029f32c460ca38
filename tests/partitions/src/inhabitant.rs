//! A client with a partition: it uses all of it, and tries everything to get out.

use crate::disk::{Client, LARGEST, Layout};
use crate::report::Report;
use blk_api::BlkError;
use blk_api::client::Blk;
use static_cell::ConstStaticCell;
use userlib::ipc::ClientError;

/// Sectors at each end of the partition that are written.
const EDGE: u64 = 16;
/// The most sectors that are asked for at once.
const MOST: usize = 8;

static BUFFER: ConstStaticCell<[u8; MOST * LARGEST]> = ConstStaticCell::new([0xee; MOST * LARGEST]);

pub fn play(report: &mut Report, disk: &Blk, name: &str, client: Client) {
    let info = disk.info();
    let layout = Layout::of(info.map_or(512, |info| info.sector_size));
    let sectors = info.map(|info| info.sectors);
    let same =
        if sectors == Ok(layout.sectors) { Ok(()) } else { Err(format_args!("{sectors:?}")) };
    report.test(format_args!("{name}: its partition is its disk"), same);
    let own = Own { disk, layout, client };
    let name_of_test = format_args!("{name}: it is its own from the first sector to the last");
    report.is(name_of_test, own.write().is_ok());
    let outside = own.get_out(BUFFER.take());
    let name_of_test = format_args!("{name}: nothing outside can be named");
    match outside {
        None => report.test(name_of_test, Ok(())),
        Some((operation, first, count)) => {
            let wrong = format_args!("{operation} of {count} from {first} on");
            report.test(name_of_test, Err(wrong));
        }
    }
    report.is(format_args!("{name}: its own is as it was"), own.is_there() == Ok(true));
    // What it has is where it was: nobody minds.
    report.is(format_args!("{name}: the table can be read anew"), disk.rescan() == Ok(()));
}

/// Its partition.
struct Own<'d> {
    disk: &'d Blk,
    layout: Layout,
    client: Client,
}

impl Own<'_> {
    /// The first sectors and the last ones.
    fn edges(&self) -> impl Iterator<Item = u64> + use<> {
        let sectors = self.layout.sectors;
        (0..EDGE).chain(sectors - EDGE..sectors)
    }

    fn write(&self) -> Result<(), ClientError<BlkError>> {
        let Self { disk, layout, client } = self;
        self.edges()
            .try_for_each(|sector| disk.write(sector, &client.content(sector)[..layout.sector]))?;
        disk.flush()
    }

    fn is_there(&self) -> Result<bool, ClientError<BlkError>> {
        let mut bytes = [0; LARGEST];
        let bytes = &mut bytes[..self.layout.sector];
        for sector in self.edges() {
            self.disk.read(sector, bytes)?;
            if *bytes != self.client.content(sector)[..bytes.len()] {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What was not refused, or in another way than it ought to be.
    fn get_out(&self, buffer: &mut [u8]) -> Option<(&'static str, u64, u64)> {
        let Self { disk, layout, .. } = self;
        let refused = |result| result == Err(ClientError::Server(BlkError::OutOfRange));
        for (first, count) in outside(layout.sectors) {
            let piece = &mut buffer[..count as usize * layout.sector];
            if !refused(disk.write(first, piece)) {
                return Some(("write", first, count));
            }
            if !refused(disk.read(first, piece)) {
                return Some(("read", first, count));
            }
            for count in [count, u64::MAX, layout.sectors + 1] {
                if !refused(disk.discard(first, count)) {
                    return Some(("discard", first, count));
                }
                if !refused(disk.write_zeroes(first, count)) {
                    return Some(("write_zeroes", first, count));
                }
            }
        }
        None
    }
}

/// Sectors outside: just behind the end, those of others, and those that come round to them when
/// something is added without care. So many sectors are asked for.
const fn outside(sectors: u64) -> [(u64, u64); 12] {
    [
        (sectors, 1),
        (sectors - 1, 2),
        (sectors - 7, 8),
        (sectors + 1, 1),
        (2 * sectors, 1),
        (2 * sectors + 255, 1),
        (u64::MAX, 1),
        (u64::MAX, 2),
        (u64::MAX - 255, 1),
        (u64::MAX - 255 - sectors, 8),
        (1 << 55, 1),
        (1 << 63, 8),
    ]
}
