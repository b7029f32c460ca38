//! A client with the whole disk, that looks what became of it.

use crate::disk::{Client, LARGEST, Layout};
use crate::report::Report;
use blk_api::BlkError;
use blk_api::client::Blk;
use userlib::ipc::ClientError;

type Answer<T> = Result<T, ClientError<BlkError>>;

pub fn play(report: &mut Report, disk: &Blk) {
    let layout = Layout::of(disk.info().map_or(512, |info| info.sector_size));
    let all = All { disk, layout };
    let clients = [Client::Left, Client::Right];
    let found = clients.into_iter().all(|client| all.has_edges_of(client) == Ok(true));
    report.is(format_args!("judge: each has written its own sectors"), found);
    let around = [0, layout.first(Client::Left) - 1, layout.end(), layout.end() + 255];
    let clean = around.map(|sector| all.is_unmarked(sector) == Ok(true)) == [true; 4];
    report.is(format_args!("judge: nobody has written around them"), clean);
    let in_use = Err(ClientError::Server(BlkError::InUse));
    let refused = all.read_without_table() == in_use;
    report.is(format_args!("judge: what is in use does not go with its table"), refused);
    report.is(format_args!("judge: with the table all is well"), disk.rescan() == Ok(()));
}

/// The whole disk.
struct All<'d> {
    disk: &'d Blk,
    layout: Layout,
}

impl All<'_> {
    /// The first bytes of a sector hold what there is of it.
    fn sector(&self, first: u64) -> Answer<[u8; LARGEST]> {
        let mut bytes = [0; LARGEST];
        self.disk.read(first, &mut bytes[..self.layout.sector]).map(|()| bytes)
    }

    fn write(&self, first: u64, bytes: &[u8; LARGEST]) -> Answer<()> {
        self.disk.write(first, &bytes[..self.layout.sector])
    }

    /// Whether the first and the last sector of a client's place hold what it wrote.
    fn has_edges_of(&self, client: Client) -> Answer<bool> {
        let Layout { sector, sectors, .. } = self.layout;
        for own in [0, sectors - 1] {
            let bytes = self.sector(self.layout.first(client) + own)?;
            if bytes[..sector] != client.content(own)[..sector] {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether nobody has written its mark, or what it tried to get out with. It is wiped off, so
    /// that the next run does not find it.
    fn is_unmarked(&self, first: u64) -> Answer<bool> {
        let bytes = self.sector(first)?;
        let bytes = &bytes[8..self.layout.sector];
        let marks = [Client::Left.mark(), Client::Right.mark(), 0xee];
        let clean = marks.into_iter().all(|mark| bytes.iter().any(|&byte| byte != mark));
        if !clean {
            self.write(first, &[0; LARGEST])?;
        }
        Ok(clean)
    }

    /// What comes of reading the table when it is gone. It is put back.
    fn read_without_table(&self) -> Answer<()> {
        let table = self.sector(0)?;
        self.write(0, &[0; LARGEST])?;
        let result = self.disk.rescan();
        self.write(0, &table)?;
        result
    }
}
