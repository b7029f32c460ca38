//! Watches its own registers and memory while others misbehave.
//!
//! It is in nobody's way: it runs when nobody else wants to, and is interrupted wherever it is.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::hint::black_box;
use test_assist::keep_registers;
use test_protocol::watch;
use userlib::Region;

userlib::resources! {
    struct Resources {
        watch: Region,
    }
}
userlib::task!(start);

const WORDS: usize = 256;

fn start(resources: Resources) -> ! {
    let mut watch = resources.watch;
    let mut errors = 0u64;
    put(&mut watch, watch::ERRORS, errors);
    let mut memory = pattern(0);
    for round in 1.. {
        let challenge = get(&watch, watch::CHALLENGE);
        let kept = keep_registers(round) && *black_box(&memory) == pattern(round - 1);
        memory = pattern(round);
        if !kept {
            errors += 1;
            put(&mut watch, watch::ERRORS, errors);
        }
        put(&mut watch, watch::ANSWER, challenge);
    }
    unreachable!("more rounds than there are numbers")
}

fn pattern(round: u64) -> [u64; WORDS] {
    core::array::from_fn(|i| round.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ i as u64)
}

fn get(region: &Region, at: usize) -> u64 {
    let mut bytes = [0; 8];
    region.read(at, &mut bytes);
    u64::from_le_bytes(bytes)
}

fn put(region: &mut Region, at: usize, value: u64) {
    region.write(at, &value.to_le_bytes());
}
