//! `BORROW_READ`, `BORROW_WRITE` and `BORROW_INFO`: memory of a caller, for the time of its call.

use crate::call::Outcome;
use crate::kernel::{Kernel, Next};
use crate::machine::{Frame, Machine};
use crate::region::{self, Read, Write};
use crate::task::TaskIndex;
use abi::call::{BorrowResult, SendInfo};
use abi::{Handle, LeaseAttributes, LeaseDesc, MAX_BORROW, Usage};
use zerocopy::FromBytes;

const LEASE_TABLE: usize = 12;

/// A lease that exists, whose descriptor was read this once.
struct Found {
    lender: TaskIndex,
    desc: LeaseDesc,
}

impl<M: Machine> Kernel<'_, M> {
    pub(crate) fn borrow_read(&mut self, me: TaskIndex) -> Outcome {
        self.transfer(me, LeaseAttributes::READ, |kernel, lender, theirs, mine, length| {
            let from = region::check::<Read>(kernel.tasks[lender].regions, theirs, length);
            let Some(from) = from else { return Ok(false) };
            let to = region::check::<Write>(kernel.tasks[me].regions, mine, length);
            kernel.machine.copy(to.ok_or(Usage::InvalidSlice)?, from);
            Ok(true)
        })
    }

    pub(crate) fn borrow_write(&mut self, me: TaskIndex) -> Outcome {
        self.transfer(me, LeaseAttributes::WRITE, |kernel, lender, theirs, mine, length| {
            let to = region::check::<Write>(kernel.tasks[lender].regions, theirs, length);
            let Some(to) = to else { return Ok(false) };
            let from = region::check::<Read>(kernel.tasks[me].regions, mine, length);
            kernel.machine.copy(to, from.ok_or(Usage::InvalidSlice)?);
            Ok(true)
        })
    }

    pub(crate) fn borrow_info(&mut self, me: TaskIndex) -> Outcome {
        if let Some(found) = self.find_lease(me)? {
            let frame = self.frame(me);
            frame.set(0, BorrowResult::OK.0);
            frame.set(1, u64::from(found.desc.attributes.0));
            frame.set(2, u64::from(found.desc.length));
        }
        Ok(Next::Choose)
    }

    /// One direction or the other: `copy` gets lender, address there, own address and length, and
    /// says whether the lender's side was the lender's to lend.
    #[inline]
    fn transfer(
        &mut self,
        me: TaskIndex,
        direction: LeaseAttributes,
        copy: impl FnOnce(&mut Self, TaskIndex, u64, u64, usize) -> Result<bool, Usage>,
    ) -> Outcome {
        let Some(Found { lender, desc }) = self.find_lease(me)? else { return Ok(Next::Choose) };
        if !desc.attributes.allows(direction) {
            self.set_results(me, BorrowResult::NOT_ALLOWED.0, 0);
            return Ok(Next::Same);
        }
        let (offset, mine, wanted) = (self.arg(me, 2), self.arg(me, 3), self.arg(me, 4));
        let left = u64::from(desc.length).checked_sub(offset).ok_or(Usage::OffsetOutOfRange)?;
        let length = wanted.min(left).min(MAX_BORROW as u64);
        let theirs = desc.address.wrapping_add(offset);
        if copy(self, lender, theirs, mine, length as usize)? {
            self.set_results(me, BorrowResult::OK.0, length);
            return Ok(Next::Same);
        }
        self.fault_lender(me, lender);
        Ok(Next::Choose)
    }

    /// The lease that x0 and x1 name. `None`: the results say that its lender has gone.
    fn find_lease(&mut self, me: TaskIndex) -> Result<Option<Found>, Usage> {
        let Some(lender) = self.caller(me, Handle(self.arg(me, 0))) else {
            self.set_results(me, BorrowResult::GONE.0, 0);
            return Ok(None);
        };
        let index = self.arg(me, 1);
        if index >= SendInfo(self.arg(lender, 1)).leases() as u64 {
            return Err(Usage::LeaseOutOfRange);
        }
        let size = size_of::<LeaseDesc>();
        let address = self.arg(lender, LEASE_TABLE).wrapping_add(index * size as u64);
        let Some(entry) = region::check::<Read>(self.tasks[lender].regions, address, size) else {
            self.fault_lender(me, lender);
            return Ok(None);
        };
        let mut bytes = [0; size_of::<LeaseDesc>()];
        self.machine.read(entry, &mut bytes);
        let desc = LeaseDesc::read_from_bytes(&bytes).map_err(|_| Usage::LeaseOutOfRange)?;
        Ok(Some(Found { lender, desc }))
    }

    /// It lent what it does not have: that is its fault, not the borrower's.
    fn fault_lender(&mut self, me: TaskIndex, lender: TaskIndex) {
        self.set_results(me, BorrowResult::GONE.0, 0);
        self.fault_usage(lender, Usage::InvalidSlice);
    }
}
