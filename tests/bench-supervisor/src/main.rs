//! Supervisor of the benchmark image: prints figures, restarts what dies on purpose.
//!
//! What it prints, and nothing else does:
//!
//! ```text
//! bench: begin
//! bench: NAME REPEATS total MEDIAN LEAST MOST kernel MEDIAN LEAST MOST
//! bench: end
//! ```

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use abi::{FAULT_NOTIFICATION, Handle, ReplyFault, TaskId};
use core::fmt::Write;
use drv_pl011::Pl011;
use mmio::Registers;
use test_bench::protocol::{Begin, Figure, supervisor};
use test_bench::{Board, Place, Stamp, boot, calls};
use userlib::{kipc, sys};
use zerocopy::FromBytes;

userlib::resources! {
    struct Resources {
        uart0: Device,
        board: Region,
        fault: Notification,
    }
}
userlib::task!(start);

struct Supervisor {
    console: Pl011<Registers>,
    board: Board,
    boot: u32,
    server: Option<usize>,
}

fn start(resources: Resources) -> ! {
    let start = boot::read();
    let board = Board::new(&resources.board);
    let boot = boot::instructions(&board, start);
    let console = Pl011::new(resources.uart0.registers(), None);
    let mut supervisor = Supervisor { console, board, boot, server: None };
    let mut buffer = [0; size_of::<Figure>()];
    loop {
        let received = calls::receive(TaskId::ANY, &mut buffer, resources.fault.bits());
        if received.caller == Handle::KERNEL {
            supervisor.notified(received.words[0] as u32, received.stamp);
            continue;
        }
        let length = received.info.length().min(buffer.len());
        if length <= abi::INLINE {
            for (bytes, word) in buffer.chunks_exact_mut(8).zip(received.words) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        if supervisor.serve(received.info.operation(), &buffer[..length]) {
            sys::reply(received.caller, 0, &[]);
        } else {
            sys::reply_fault(received.caller, ReplyFault::BadMessageContents);
        }
    }
}

impl Supervisor {
    /// False if the message makes no sense.
    fn serve(&mut self, operation: u16, bytes: &[u8]) -> bool {
        match operation {
            supervisor::BEGIN => {
                let Ok(begin) = Begin::read_from_bytes(bytes) else { return false };
                self.server = Some(begin.server as usize);
                let _ = writeln!(self.console, "bench: begin");
                let boot = self.boot.wrapping_sub(begin.reading);
                self.print("boot_to_first_task", 1, [boot; 3], [boot; 3]);
            }
            supervisor::FIGURE => {
                let Ok(figure) = Figure::read_from_bytes(bytes) else { return false };
                let name = core::str::from_utf8(&figure.name).unwrap_or("?");
                let name = name.trim_end_matches('\0');
                self.print(name, figure.repeats, figure.total, figure.kernel);
            }
            supervisor::END => {
                let _ = writeln!(self.console, "bench: end");
            }
            _ => return false,
        }
        true
    }

    fn print(&mut self, name: &str, repeats: u32, total: [u32; 3], kernel: [u32; 3]) {
        let [t, k] = [total, kernel];
        let _ = writeln!(
            self.console,
            "bench: {name} {repeats} total {} {} {} kernel {} {} {}",
            t[0], t[1], t[2], k[0], k[1], k[2]
        );
    }

    fn notified(&mut self, bits: u32, stamp: Stamp) {
        if bits & FAULT_NOTIFICATION == 0 {
            return;
        }
        match (kipc::find_faulted(0), self.server) {
            (Some(task), Some(server))
                if task == server && self.board.get(Place::Expected) != 0 =>
            {
                self.board.put(Place::Expected, 0);
                self.board.put_stamp(Place::FaultEnd, stamp);
                let sent = calls::restart(server);
                self.board.put_stamp(Place::RestartStart, sent.span.start);
                self.board.put_stamp(Place::RestartEnd, sent.span.end);
            }
            (Some(task), _) => self.report(task),
            (None, _) => (),
        }
    }

    /// Something died that should not.
    fn report(&mut self, task: usize) {
        let fault = kipc::read_status(task).fault;
        let mut text = [0; abi::MAX_MESSAGE];
        let length = kipc::read_panic_message(task, &mut text).unwrap_or(0);
        let _ = write!(self.console, "bench: task {task} died: {fault:x?} ");
        for &byte in &text[..length] {
            let byte = if byte == b'\n' { b' ' } else { byte };
            let _ = self.console.write_char(char::from(byte));
        }
        let _ = writeln!(self.console);
        kipc::stop(task);
    }
}
