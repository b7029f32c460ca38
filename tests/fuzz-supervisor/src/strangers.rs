//! Messages that mean nothing: the hostile task's attempts on this one.

use abi::ReplyFault;
use userlib::sys::{self, Message};

/// Answers in one of several ways, by the operation.
pub fn answer(message: &Message, bytes: &[u8]) {
    let caller = message.caller;
    match message.operation % 4 {
        0 => {
            sys::reply_fault(caller, ReplyFault::UndefinedOperation);
        }
        1 => {
            borrow(message);
            sys::reply(caller, 1, &[]);
        }
        2 => {
            let length = bytes.len().min(message.reply_capacity);
            sys::reply(caller, 2, &bytes[..length]);
        }
        operation => {
            sys::reply(caller, operation.into(), &[]);
        }
    }
}

/// Takes up every offer, wherever it points.
fn borrow(message: &Message) {
    let mut buffer = [0; abi::MAX_MESSAGE];
    for lease in 0..message.leases {
        let gone = sys::borrow_info(message.caller, lease).is_err()
            || sys::borrow_read(message.caller, lease, 0, &mut buffer)
                == Err(sys::BorrowError::Gone)
            || sys::borrow_write(message.caller, lease, 0, &buffer) == Err(sys::BorrowError::Gone);
        if gone {
            return;
        }
    }
}
