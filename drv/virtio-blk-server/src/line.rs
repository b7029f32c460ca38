//! The engine, with the interrupt and the alarm that drive it.

use crate::asked::{Asked, Own};
use crate::{Busy, Entry, LOG, Refused};
use blk_api::BlkError;
use drv_block::{Block, Error, Geometry};
use drv_virtio_blk::SERIAL;
use drv_virtio_blk_server::{Kind, Request};
use userlib::ipc::{Bits, Kept, Refuse};
use userlib::{sys, time};

/// The line to the disk.
pub struct Line {
    /// Or why there is none.
    pub engine: Result<&'static mut Busy, BlkError>,
    /// There is none because the device did not confirm a reset.
    pub held: bool,
    pub irq: Bits,
    pub timer: Bits,
    /// The alarm is set, to no later than the device is late.
    pub armed: bool,
    pub own: &'static Own,
    /// The serial that the disk must have, until it is known to have it.
    pub wanted: Option<&'static str>,
}

impl Line {
    /// The engine, if there is one.
    pub fn engine(&self) -> Result<&Busy, BlkError> {
        self.engine.as_deref().map_err(|reason| *reason)
    }

    /// The same, for who shares memory: the device may be at work with it for an earlier life.
    pub fn shared_engine(&self) -> Result<&Busy, BlkError> {
        self.engine().map_err(|reason| if self.held { BlkError::Held } else { reason })
    }

    /// Answers later, or says why not.
    pub fn request<V>(&mut self, asked: Asked, request: Request) -> Result<V, Refused> {
        if self.wanted.is_some() {
            self.verify()?;
        }
        self.begin(asked, request)?;
        Err(Refuse::Later(Kept::elsewhere()))
    }

    fn begin(&mut self, asked: Asked, request: Request) -> Result<(), BlkError> {
        let engine = self.engine.as_mut().map_err(|reason| *reason)?;
        engine.request(time::now(), asked, request)?;
        if !self.armed {
            self.arm();
        }
        Ok(())
    }

    /// Sets the alarm for when the device will be late. It is not taken back when the device
    /// answers: a look too many costs less than that.
    fn arm(&mut self) {
        let deadline = self.engine().ok().and_then(|engine| engine.deadline());
        self.armed = deadline.is_some();
        if let Some(deadline) = deadline {
            sys::set_timer(deadline, self.timer.mask());
        }
    }

    pub fn notified(&mut self, bits: Bits) {
        let Ok(engine) = &mut self.engine else { return };
        if bits.contains(self.irq) {
            engine.interrupt(time::now());
            sys::irq_control(self.irq.mask(), true);
        }
        if bits.contains(self.timer) {
            engine.tick(time::now());
            self.arm();
        } else if !self.armed {
            self.arm();
        }
    }

    /// Lets the engine go on without looking for clients. Whatever it is working on ends, at the
    /// latest when the device is late.
    fn wait(&mut self) {
        let bits = sys::recv_notification((self.irq | self.timer).mask());
        self.notified(Bits::new(bits));
    }

    /// Waits until nothing is under way.
    pub fn finish(&mut self) {
        while self.engine().is_ok_and(|engine| engine.deadline().is_some()) {
            self.wait();
        }
    }

    /// Carries out a request of the server's own; its bytes are then there.
    fn ask(&mut self, request: Request) -> Result<(), BlkError> {
        while !self.engine()?.has_room() {
            self.wait();
        }
        self.own.take_answer();
        self.begin(Asked::Own(self.own), request)?;
        loop {
            match self.own.take_answer() {
                Some(answer) => return answer,
                None => self.wait(),
            }
        }
    }

    /// Whether it is the right disk, as far as that is not known. One with another serial is not
    /// used; one that fails is asked again the next time.
    pub fn verify(&mut self) -> Result<(), BlkError> {
        self.engine()?;
        let Some(wanted) = self.wanted else { return Ok(()) };
        self.ask(Request::of_all(Kind::Serial))?;
        let mut bytes = [0; SERIAL];
        self.own.copy_to(&mut bytes);
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(SERIAL);
        if bytes.get(..end) != Some(wanted.as_bytes()) {
            LOG.record(Entry::WrongDisk);
            self.engine = Err(BlkError::WrongDisk);
        }
        self.wanted = None;
        self.engine().map(drop)
    }
}

/// For reading the partition table.
impl Block for &mut Line {
    fn geometry(&mut self) -> Result<Geometry, Error> {
        let info = self.engine().map_err(|_| Error::NoDevice)?.info();
        let (sectors, sector_size) = (info.sectors, info.sector_size);
        Ok(Geometry { sectors, sector_size, read_only: true, discard: false })
    }

    fn read(&mut self, first: u64, into: &mut [u8]) -> Result<(), Error> {
        let sectors = self.geometry()?.sectors_of(first, into.len())?;
        self.verify().map_err(|_| Error::Failed)?;
        self.ask(Request { kind: Kind::Read, first, sectors }).map_err(|_| Error::Failed)?;
        self.own.copy_to(into);
        Ok(())
    }

    fn write(&mut self, _: u64, _: &[u8]) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    fn flush(&mut self) -> Result<(), Error> {
        Err(Error::Unsupported)
    }
}
