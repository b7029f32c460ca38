//! The device with a byte queue on either side.

use crate::{Interrupts, LineError, Pl011};
use mmio::Bus;
use ringbuf::LocalRb;
use ringbuf::storage::Array;
use ringbuf::traits::Observer;

/// A PL011 between two queues: `TX` bytes wait to be sent, `RX` bytes wait to be read.
///
/// Nothing that arrived is dropped here. When the receive queue is full, what arrives stays in the
/// device with its interrupt held back; if the device runs over as well, it says so itself.
pub struct Queued<B, const TX: usize, const RX: usize> {
    uart: Pl011<B>,
    outgoing: LocalRb<Array<u8, TX>>,
    incoming: LocalRb<Array<u8, RX>>,
    error: Option<LineError>,
}

impl<B: Bus, const TX: usize, const RX: usize> Queued<B, TX, RX> {
    /// Puts the queues in place and starts to listen.
    pub fn new(uart: Pl011<B>) -> Self {
        let outgoing = LocalRb::default();
        let incoming = LocalRb::default();
        let mut queued = Self { uart, outgoing, incoming, error: None };
        queued.service();
        queued
    }

    /// Does what the device is ready for, in both directions. To be called when its interrupt
    /// came.
    pub fn service(&mut self) {
        self.uart.acknowledge_receive();
        self.take_arrived();
        self.send_waiting();
        self.listen();
    }

    /// Queues as many of `bytes` as fit, and says how many that were.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let taken = self.outgoing.push_slice(bytes);
        self.send_waiting();
        self.listen();
        taken
    }

    /// How many bytes [`write`](Self::write) would take.
    pub fn room(&self) -> usize {
        self.outgoing.vacant_len()
    }

    /// Whether everything written has left on the line.
    pub fn is_flushed(&self) -> bool {
        self.outgoing.is_empty() && self.uart.is_idle()
    }

    /// Bytes that arrived, oldest first; possibly not all of them.
    pub fn arrived(&mut self) -> &[u8] {
        self.incoming.as_slices().0
    }

    /// Forgets the `count` oldest bytes that arrived.
    pub fn consume(&mut self, count: usize) {
        self.incoming.skip(count);
        self.take_arrived();
        self.listen();
    }

    /// What went wrong on the line since this was asked last; the latest, if several things.
    pub fn take_error(&mut self) -> Option<LineError> {
        self.error.take()
    }

    fn take_arrived(&mut self) {
        while !self.incoming.is_full() {
            match self.uart.receive() {
                None => return,
                Some(Err(error)) => self.error = Some(error),
                // There is room: the loop's condition.
                Some(Ok(byte)) => _ = self.incoming.try_push(byte),
            }
        }
    }

    /// Fills the device. If bytes are left, the device was full, so it will pass the level at
    /// which the transmit interrupt comes: the interrupt marks a passage, not a state (DDI 0183G
    /// 2.8.2), and would not come to a device that was never filled.
    fn send_waiting(&mut self) {
        while self.uart.can_send() {
            let Some(byte) = self.outgoing.try_pop() else { return };
            self.uart.send(byte);
        }
    }

    fn listen(&mut self) {
        let receive = !self.incoming.is_full();
        let transmit = !self.outgoing.is_empty();
        self.uart.listen(Interrupts { receive, transmit });
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::fake::{DEPTH, Fake};
    use crate::registers::{DR_FRAMING, DR_OVERRUN};
    use std::vec::Vec;

    fn line<const TX: usize, const RX: usize>() -> (Fake, Queued<Fake, TX, RX>) {
        let device = Fake::default();
        let queued = Queued::new(Pl011::new(device.bus(), None));
        (device, queued)
    }

    fn text(length: usize) -> Vec<u8> {
        (0..length).map(|i| b'a' + (i % 26) as u8).collect()
    }

    /// Serves the interrupt until it stays away; returns how often it came.
    fn run<const TX: usize, const RX: usize>(
        device: &Fake,
        queued: &mut Queued<Fake, TX, RX>,
    ) -> usize {
        let mut interrupts = 0;
        loop {
            device.transmit_all();
            if !device.interrupts() {
                return interrupts;
            }
            interrupts += 1;
            assert!(interrupts < 10_000, "the interrupt never goes away");
            queued.service();
        }
    }

    #[test]
    fn what_is_written_leaves_in_order_by_interrupts_alone() {
        let (device, mut queued) = line::<200, 8>();
        let bytes = text(200);
        assert_eq!(queued.write(&bytes), 200);
        assert!(!queued.is_flushed());
        assert!(run(&device, &mut queued) >= (200 - DEPTH) / DEPTH);
        assert_eq!(device.sent(), bytes);
        assert!(queued.is_flushed());
    }

    #[test]
    fn a_full_queue_takes_part_and_later_the_rest() {
        let (device, mut queued) = line::<8, 8>();
        let bytes = text(100);
        let mut done = 0;
        while done < bytes.len() {
            done += queued.write(&bytes[done..]);
            run(&device, &mut queued);
        }
        assert_eq!(device.sent(), bytes);
    }

    #[test]
    fn an_empty_queue_leaves_no_transmit_interrupt_on() {
        let (device, mut queued) = line::<64, 8>();
        queued.write(b"hi");
        device.transmit_all();
        assert!(!device.interrupts());
    }

    #[test]
    fn what_arrives_is_read_in_order() {
        let (device, mut queued) = line::<8, 64>();
        device.arrive(b"hello");
        assert!(device.interrupts());
        queued.service();
        assert!(!device.interrupts());
        assert_eq!(queued.arrived(), b"hello");
        queued.consume(2);
        assert_eq!(queued.arrived(), b"llo");
    }

    #[test]
    fn a_full_receive_queue_holds_the_line_back_and_loses_nothing() {
        let (device, mut queued) = line::<8, 4>();
        device.arrive(b"0123456789");
        queued.service();
        assert!(!device.interrupts(), "nothing can be done for it now");
        let mut read = Vec::new();
        while !queued.arrived().is_empty() {
            read.push(queued.arrived()[0]);
            queued.consume(1);
        }
        assert_eq!(read, b"0123456789");
        device.arrive(b"x");
        assert!(device.interrupts(), "it listens again");
    }

    #[test]
    fn errors_are_told_once() {
        let (device, mut queued) = line::<8, 64>();
        device.arrive(b"a");
        device.arrive_word(DR_FRAMING);
        device.arrive(b"b");
        queued.service();
        assert_eq!(queued.arrived(), b"ab");
        assert_eq!(queued.take_error(), Some(LineError::Framing));
        assert_eq!(queued.take_error(), None);
        device.arrive_word(DR_OVERRUN);
        queued.service();
        assert_eq!(queued.take_error(), Some(LineError::Overrun));
    }
}
