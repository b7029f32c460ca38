//! The assistant: a server whose operations are a test case's to choose.

use crate::{fatal, raw};
use abi::{Handle, ReplyFault};
use test_protocol::{RawCall, assist};
use userlib::sys::{self, Message, Received};
use userlib::time;
use zerocopy::{FromBytes, IntoBytes};

#[derive(Default)]
struct Assistant {
    sum: u64,
    bits: u32,
    waiting: Option<Handle>,
}

/// Serves the operations of [`assist`].
pub fn serve() -> ! {
    let mut assistant = Assistant::default();
    let mut buffer = [0; abi::MAX_MESSAGE];
    loop {
        match sys::recv(sys::Whom::ANY, &mut buffer, u32::MAX) {
            Received::Notification(bits) => assistant.bits |= bits,
            Received::Message(message) => {
                let length = message.length.min(buffer.len());
                assistant.serve(&message, &buffer[..length]);
            }
            Received::Dead(_) => (),
        }
    }
}

impl Assistant {
    fn serve(&mut self, message: &Message, bytes: &[u8]) {
        let caller = message.caller;
        let word = u64::read_from_prefix(bytes).map_or(0, |(word, _)| word);
        match message.operation {
            assist::ECHO => {
                sys::reply(caller, 0, bytes);
            }
            assist::RAW | assist::BORROW => {
                let mut call = RawCall::read_from_bytes(bytes).unwrap_or_default();
                if message.operation == assist::BORROW {
                    call.x[0] = caller.0;
                }
                sys::reply(caller, 0, raw(&call).as_bytes());
            }
            assist::ADD => {
                self.sum += word;
                sys::reply(caller, 0, self.sum.as_bytes());
            }
            assist::BITS => {
                sys::reply(caller, 0, core::mem::take(&mut self.bits).as_bytes());
            }
            assist::COPY => {
                sys::reply(caller, 0, copy_leases(caller).as_bytes());
            }
            assist::WAIT => self.waiting = Some(caller),
            assist::RELEASE => {
                let waited = self.waiting.take().is_some_and(|waiting| sys::reply(waiting, 0, &[]));
                sys::reply(caller, 0, u32::from(waited).as_bytes());
            }
            assist::WORK => {
                let end = time::now() + word;
                while time::now() < end {}
                sys::reply(caller, 0, &[]);
            }
            assist::REFUSE => {
                let reason = ReplyFault::from_number(word & 0xffff_ffff);
                sys::reply_fault(caller, reason.unwrap_or(ReplyFault::UndefinedOperation));
            }
            operation => {
                let value = fatal::attempt(operation, word);
                sys::reply(caller, 0, value.as_bytes());
            }
        }
    }
}

fn copy_leases(caller: Handle) -> u32 {
    let mut chunk = [0; 512];
    let mut done = 0;
    loop {
        let Ok(read) = sys::borrow_read(caller, 0, done, &mut chunk) else { return done as u32 };
        if read == 0 {
            return done as u32;
        }
        let Ok(written) = sys::borrow_write(caller, 1, done, &chunk[..read]) else {
            return done as u32;
        };
        done += written;
        if written < read {
            return done as u32;
        }
    }
}
