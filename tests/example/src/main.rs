//! A server of the IDL compiler's own example.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::convert::Infallible;
use test_example_api::server::{self, Refuse, reply};
use test_example_api::{Balance, ExampleError, Point, State, Value, Volume};
use userlib::ipc::{
    Bits, Caller, Lease, List, NoAnswer, Pending, Pipelined, Read, ReadWrite, ReplyFault, Write,
};

userlib::resources! {
    struct Resources {
        release: Notification,
    }
}
userlib::task!(start);

fn start(resources: Resources) -> ! {
    let state = State {
        counter: 0,
        at: [Point { x: 0, y: 0 }; 2],
        volume: Volume::Silent,
        muted: false,
        balance: Balance::Middle,
        reserved: [0; 4],
    };
    server::serve(resources.release, Server { state, waiting: Pending::new(), calls: 0 })
}

struct Server {
    state: State,
    waiting: Pending<(reply::Wait, u16), 1>,
    calls: u32,
}

impl server::Example for Server {
    type Order = Pipelined<1>;

    fn ping(&mut self, _: Caller) -> Result<(), Refuse<Infallible, Self::Order>> {
        self.calls += 1;
        Ok(())
    }

    fn add(
        &mut self,
        _: Caller,
        small: u8,
        big: u64,
        sign: bool,
    ) -> Result<u64, Refuse<ExampleError, Self::Order>> {
        let small = u64::from(small);
        let sum = if sign { big.checked_sub(small) } else { big.checked_add(small) };
        Ok(sum.ok_or(ExampleError::TooMuch)?)
    }

    fn set(
        &mut self,
        _: Caller,
        state: State,
        volume: Volume,
    ) -> Result<(), Refuse<ExampleError, Self::Order>> {
        self.state = State { volume, ..state };
        server::notify::changed();
        Ok(())
    }

    fn get(&mut self, _: Caller) -> Result<State, Refuse<Infallible, Self::Order>> {
        Ok(self.state)
    }

    fn reverse(
        &mut self,
        _: Caller,
        data: Lease<Read>,
        offset: u32,
        copy: Lease<Write>,
    ) -> Result<u32, Refuse<ExampleError, Self::Order>> {
        let mut bytes = [0; 1000];
        let length = data.read(offset as usize, &mut bytes)?;
        if length == 0 {
            return Err(ExampleError::Empty.into());
        }
        bytes[..length].reverse();
        Ok(copy.write(0, &bytes[..length])? as u32)
    }

    fn increment(
        &mut self,
        _: Caller,
        bytes: Lease<ReadWrite>,
    ) -> Result<bool, Refuse<Infallible, Self::Order>> {
        let mut copy = [0; 64];
        let length = bytes.read(0, &mut copy)?;
        copy[..length].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
        bytes.write(0, &copy[..length])?;
        Ok(length > 0)
    }

    fn wait(
        &mut self,
        caller: Caller,
        number: u16,
    ) -> Result<[u16; 3], Refuse<ExampleError, Self::Order>> {
        let kept = self.waiting.keep((reply::Wait::to(caller), number));
        Err(kept.map_or(ExampleError::TooMuch.into(), Refuse::Later))
    }

    fn put(
        &mut self,
        _: Caller,
        place: u16,
        value: Value,
    ) -> Result<Value, Refuse<ExampleError, Self::Order>> {
        if place == 0 { Err(ExampleError::Empty.into()) } else { Ok(value) }
    }

    fn count(&mut self, _: Caller) -> Result<u32, Refuse<Infallible, Self::Order>> {
        Ok(self.calls)
    }

    /// Refuses three silent ones; dies of three loud ones.
    fn die(
        &mut self,
        _: Caller,
        hollow: [Volume; 3],
    ) -> Result<Balance, Refuse<Infallible, Self::Order>> {
        assert!(hollow != [Volume::Loud; 3], "asked to die");
        Err(Refuse::Fault(ReplyFault::AccessViolation))
    }

    fn repeat(
        &mut self,
        _: Caller,
        times: u8,
        letters: &[u8],
    ) -> Result<List<u8, 100>, Refuse<ExampleError, Self::Order>> {
        let mut repeated = List::new();
        for &letter in (0..times).flat_map(|_| letters) {
            repeated.push(letter).map_err(|_| ExampleError::TooMuch)?;
        }
        Ok(repeated)
    }

    fn center(
        &mut self,
        _: Caller,
        places: &[Point],
        weight: u64,
    ) -> Result<List<Point, 1>, Refuse<Infallible, Self::Order>> {
        let mut center = List::new();
        if let (Some(first), Some(last)) = (places.first(), places.last())
            && weight > 0
        {
            let middle = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2) as i32;
            let _ = center.push(Point { x: middle(first.x, last.x), y: middle(first.y, last.y) });
        }
        Ok(center)
    }

    fn transfer(
        &mut self,
        _: Caller,
        data: Option<Lease<Read>>,
        copy: Option<Lease<Write>>,
    ) -> Result<u8, Refuse<Infallible, Self::Order>> {
        let mut bytes = [0; 16];
        let length = data.as_ref().map_or(Ok(0), |data| data.read(0, &mut bytes))?;
        if let Some(copy) = &copy {
            copy.write(0, &bytes[..length])?;
        }
        Ok(u8::from(data.is_some()) | u8::from(copy.is_some()) << 1)
    }

    fn stop(&mut self, _: Caller, code: u32) -> NoAnswer {
        if code == 0 { NoAnswer::Silence } else { NoAnswer::Fault(ReplyFault::AccessViolation) }
    }

    fn notified(&mut self, _: Bits) {
        if let Some((reply, number)) = self.waiting.take(|_| true) {
            reply.send(Ok([number; 3]));
        }
    }
}
