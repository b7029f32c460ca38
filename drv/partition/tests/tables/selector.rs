//! The texts that say which partition is meant.

use drv_partition::{BadSelector, Guid, Selector};

#[test]
fn the_four_forms_are_read_and_written_alike() {
    for text in
        ["disk", "label:a b:c", "guid:00112233-4455-6677-8899-aabbccddeeff", "index:4294967295"]
    {
        assert_eq!(Selector::parse(text).expect("it selects").to_string(), text);
    }
    let guid = Guid::parse("00112233-4455-6677-8899-AABBCCDDEEFF").expect("a GUID");
    assert_eq!(guid.0[..8], [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66]);
}

#[test]
fn nothing_else_is() {
    for text in [
        "",
        "Disk",
        "boot",
        "label:",
        "label",
        "index:",
        "index:0",
        "index:+1",
        "index:4294967296",
        "guid:00112233445566778899aabbccddeeff",
        "guid:00112233-4455-6677-8899-aabbccddeef",
        "guid:00112233-4455-6677-8899-aabbccddeeffa",
        "guid:0011223g-4455-6677-8899-aabbccddeeff",
        "guid:ü0112233-4455-6677-8899-aabbccddeef",
    ] {
        assert_eq!(Selector::parse(text), Err(BadSelector), "{text}");
    }
}
