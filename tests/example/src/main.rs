//! A server of the IDL compiler's own example.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use test_example_api::server::{self, Refuse, reply};
use test_example_api::{Balance, ExampleError, Point, State, Value, Volume};
use userlib::ipc::{Bits, Caller, Lease, Read, ReadWrite, ReplyFault, Write};

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
    server::serve(resources.release, Server { state, waiting: None, calls: 0 })
}

struct Server {
    state: State,
    waiting: Option<(reply::Wait, u16)>,
    calls: u32,
}

impl server::Example for Server {
    fn ping(&mut self, _: Caller) -> Result<(), Refuse> {
        self.calls += 1;
        Ok(())
    }

    fn add(
        &mut self,
        _: Caller,
        small: u8,
        big: u64,
        sign: bool,
    ) -> Result<u64, Refuse<ExampleError>> {
        let small = u64::from(small);
        let sum = if sign { big.checked_sub(small) } else { big.checked_add(small) };
        Ok(sum.ok_or(ExampleError::TooMuch)?)
    }

    fn set(&mut self, _: Caller, state: State, volume: Volume) -> Result<(), Refuse<ExampleError>> {
        self.state = State { volume, ..state };
        Ok(())
    }

    fn get(&mut self, _: Caller) -> Result<State, Refuse> {
        Ok(self.state)
    }

    fn reverse(
        &mut self,
        _: Caller,
        data: Lease<Read>,
        offset: u32,
        copy: Lease<Write>,
    ) -> Result<u32, Refuse<ExampleError>> {
        let mut bytes = [0; 1000];
        let length = data.read(offset as usize, &mut bytes)?;
        if length == 0 {
            return Err(ExampleError::Empty.into());
        }
        bytes[..length].reverse();
        Ok(copy.write(0, &bytes[..length])? as u32)
    }

    fn increment(&mut self, _: Caller, bytes: Lease<ReadWrite>) -> Result<bool, Refuse> {
        let mut copy = [0; 64];
        let length = bytes.read(0, &mut copy)?;
        copy[..length].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
        bytes.write(0, &copy[..length])?;
        Ok(length > 0)
    }

    fn wait(&mut self, caller: Caller, number: u16) -> Result<[u16; 3], Refuse<ExampleError>> {
        self.waiting = Some((reply::Wait::to(caller), number));
        Err(Refuse::Later)
    }

    fn put(&mut self, _: Caller, place: u16, value: Value) -> Result<Value, Refuse<ExampleError>> {
        if place == 0 { Err(ExampleError::Empty.into()) } else { Ok(value) }
    }

    fn count(&mut self, _: Caller) -> Result<u32, Refuse> {
        Ok(self.calls)
    }

    /// Refuses three silent ones; dies of three loud ones.
    fn die(&mut self, _: Caller, hollow: [Volume; 3]) -> Result<Balance, Refuse> {
        assert!(hollow != [Volume::Loud; 3], "asked to die");
        Err(Refuse::Fault(ReplyFault::AccessViolation))
    }

    fn notified(&mut self, _: Bits) {
        if let Some((reply, number)) = self.waiting.take() {
            reply.send(Ok([number; 3]));
        }
    }
}
