//! Giving requests to the device.

use super::{Engine, Flight};
use crate::job::{Client, Kind};
use crate::pieces::Pieces;
use crate::table::Span;
use blk_api::BlkError;
use drv_virtio_blk::{Buffer, Geometry, Rejected, SERIAL, Ticket};
use virtio_drivers::transport::Transport;

/// The most bytes of one request to the device.
const MOST: u64 = 128 * 1024;
/// The same where the device reaches the clients' memory itself.
const MOST_SHARED: u64 = 1024 * 1024;

impl<T: Transport, C: Client, const FLIGHTS: usize, const JOBS: usize> Engine<T, C, FLIGHTS, JOBS> {
    /// Sends a request, and what goes along with it. False if it has to wait.
    pub(super) fn launch(&mut self, index: usize, now: u64) -> bool {
        let Some(job) = self.table.get(index) else { return true };
        let kind = job.asked.kind;
        if let Some(verdict) = job.verdict {
            self.finish(index, Err(verdict));
            return true;
        }
        match kind {
            Kind::Flush => return self.launch_flush(now),
            Kind::Settle => {
                self.finish(index, Ok(()));
                return true;
            }
            _ if self.table.is_shared(index) => return self.launch_shared(kind, index, now),
            _ => {}
        }
        let geometry = *self.disk.geometry();
        let size = u64::from(geometry.sector_size);
        let most = match kind {
            Kind::Discard => u64::from(geometry.discard),
            Kind::WriteZeroes => u64::from(geometry.write_zeroes),
            _ => MOST.min(geometry.most.into()) / size,
        };
        let mut span = self.table.span(index, most, u32::MAX);
        let moves = matches!(kind, Kind::Read | Kind::Write);
        let bytes = if moves { geometry.bytes(span.sectors as usize) } else { SERIAL };
        let Some(mut buffer) = self.disk.take(bytes) else { return false };
        if buffer.bytes().len() < bytes {
            // Not all of it finds room: only the one whose turn it is, or a piece of that.
            span = self.table.span(index, 0, 1);
            let room = buffer.bytes().len() as u64 / size;
            span.sectors = self.table.get(index).map_or(0, |job| job.left().min(room));
        }
        if kind == Kind::Write
            && let Err(gone) = self.load(span, &geometry, &mut buffer)
        {
            self.disk.put_back(buffer);
            self.drop_client(gone);
            return true;
        }
        self.depart(kind, span, Some(buffer), now);
        true
    }

    /// The device moves the data from or to where the clients have it.
    fn launch_shared(&mut self, kind: Kind, index: usize, now: u64) -> bool {
        let geometry = *self.disk.geometry();
        let most = MOST_SHARED.min(geometry.most.into()) / u64::from(geometry.sector_size);
        let span = self.table.span(index, most, geometry.pieces);
        let mut pieces = Pieces::default();
        let mut next = span.first;
        // In the order of the disk: of the requests that make up the span, one begins here.
        while next < span.first + span.sectors {
            let begins =
                |index: &usize| self.table.get(*index).is_some_and(|job| job.next() == next);
            let Some(job) = { span.members }.find(begins).and_then(|index| self.table.get(index))
            else {
                break;
            };
            let sectors = job.left().min(span.sectors);
            let (done, length) =
                (geometry.bytes(job.done as usize), geometry.bytes(sectors as usize));
            let piece = job.client.piece().and_then(|all| all.part(done as u32, length as u32));
            if let Some(piece) = piece {
                pieces.push(piece);
            }
            next += sectors;
        }
        let sectors = span.sectors as usize;
        let sent =
            self.disk.submit_pieces(kind == Kind::Write, span.first, sectors, pieces.as_slice());
        self.sent(kind, span, sent, now);
        true
    }

    /// Fills a buffer with what is to be written; the error is whose client is gone.
    fn load(&self, span: Span, geometry: &Geometry, buffer: &mut Buffer) -> Result<(), usize> {
        for index in span.members {
            let Some(job) = self.table.get(index) else { continue };
            let from = geometry.bytes((job.next() - span.first) as usize);
            let length = geometry.bytes(job.left().min(span.sectors) as usize);
            let Some(place) = buffer.bytes_mut().get_mut(from..from + length) else { continue };
            job.client.fetch(geometry.bytes(job.done as usize), place).map_err(|_| index)?;
        }
        Ok(())
    }

    /// All flushes that may begin are one. A device without a cache has nothing to do (virtio 1.2,
    /// section 5.2.5).
    fn launch_flush(&mut self, now: u64) -> bool {
        let members = self.table.flushes();
        if self.disk.geometry().cached {
            self.depart(Kind::Flush, Span { members, first: 0, sectors: 0 }, None, now);
        } else {
            members.for_each(|index| self.finish(index, Ok(())));
        }
        true
    }

    fn depart(&mut self, kind: Kind, span: Span, buffer: Option<Buffer>, now: u64) {
        let sent = self.disk.submit(kind.operation(), span.first, span.sectors as usize, buffer);
        self.sent(kind, span, sent, now);
    }

    /// Books what the device was given.
    fn sent(&mut self, kind: Kind, span: Span, sent: Result<Ticket, Rejected>, now: u64) {
        let Ok(Ticket(ticket)) = sent else {
            // It was checked on arrival: the disk has become another one.
            return span.members.for_each(|index| self.finish(index, Err(BlkError::DeviceError)));
        };
        for index in span.members {
            let piece = self.table.get(index).map_or(0, |job| job.left().min(span.sectors));
            self.table.depart(index, piece);
        }
        let deadline = now.saturating_add(self.patience);
        if let Some(place) = self.flights.get_mut(usize::from(ticket)) {
            *place = Some(Flight { kind, span, deadline });
        }
        self.air.insert(ticket.into());
        self.counts.requests += 1;
        if kind != Kind::Flush {
            self.counts.coalesced += u64::from(span.members.len() - 1);
        }
        self.counts.most_in_flight = self.counts.most_in_flight.max(self.air.len());
    }
}
