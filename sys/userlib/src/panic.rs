//! A task's panic: the message goes to the kernel, which keeps it for the supervisor and the
//! debugger.

use core::fmt::Write;

struct Text {
    bytes: [u8; abi::MAX_MESSAGE],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.len() - self.length;
        let taken = text.len().min(room);
        self.bytes[self.length..self.length + taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.length += taken;
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let mut text = Text { bytes: [0; abi::MAX_MESSAGE], length: 0 };
    let _ = write!(text, "{info}");
    crate::sys::panic(&text.bytes[..text.length])
}
