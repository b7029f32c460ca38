//! `readmem`: bytes.

use crate::memory::{Memory, Unreadable};
use crate::space::Owner;
use crate::target::{Physical, Target};
use anyhow::{Result, ensure};
use serde::Serialize;
use std::fmt;

/// The most bytes at once.
const MOST: u64 = 16 << 20;
const LINE: u64 = 16;

/// Where an address is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In an address space.
    Of(Owner),
    /// In physical memory.
    Physical,
}

impl Place {
    /// The place the user names, or the one that has the address.
    pub fn new(target: &Target, address: u64, task: Option<&str>, physical: bool) -> Result<Self> {
        if physical {
            return Ok(Self::Physical);
        }
        if let Some(task) = task {
            return Ok(Self::Of(target.owner(task)?));
        }
        if let Some((owner, _)) = target.owner_of(address) {
            return Ok(Self::Of(owner));
        }
        let in_dump = |&(base, size): &(u64, u64)| address.wrapping_sub(base) < size;
        ensure!(
            target.core()?.extents().iter().any(in_dump),
            "{address:#x} is {}, and no physical address in the dump",
            target.explain(address, Owner::Kernel)
        );
        Ok(Self::Physical)
    }
}

/// Bytes, where they could be read.
#[derive(Serialize)]
pub struct Answer {
    /// A task's name, `kernel` or `physical`.
    space: String,
    address: u64,
    /// `null` where memory could not be read.
    bytes: Vec<Option<u8>>,
}

pub fn answer(target: &Target, place: Place, address: u64, length: u64) -> Result<Answer> {
    target.core()?;
    ensure!(length <= MOST, "at most {MOST:#x} bytes at once");
    ensure!(
        address.checked_add(length).is_some(),
        "{length:#x} bytes at {address:#x} pass the end of memory"
    );
    let mut bytes = Vec::new();
    let mut at = address;
    let end = address + length;
    while at < end {
        let step = (LINE - at % LINE).min(end - at);
        match read(target, place, at, step) {
            Ok(read) => bytes.extend(read.into_iter().map(Some)),
            Err(_) => bytes.extend((0..step).map(|i| one(target, place, at + i))),
        }
        at += step;
    }
    let space = match place {
        Place::Of(owner) => target.name(owner).to_owned(),
        Place::Physical => "physical".to_owned(),
    };
    Ok(Answer { space, address, bytes })
}

fn read(target: &Target, place: Place, at: u64, length: u64) -> Result<Vec<u8>, Unreadable> {
    match place {
        Place::Of(owner) => target.space(owner).bytes(at, length),
        Place::Physical => Physical(target).bytes(at, length),
    }
}

/// One byte; says why not, once for each region.
fn one(target: &Target, place: Place, at: u64) -> Option<u8> {
    match read(target, place, at, 1) {
        Ok(bytes) => bytes.first().copied(),
        Err(error) => {
            if at.is_multiple_of(4096) || target.problems().is_empty() {
                target.problem(error.to_string());
            }
            None
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.address + self.bytes.len() as u64;
        writeln!(f, "{} {:#x} to {last:#x}", self.space, self.address)?;
        let mut at = self.address - self.address % LINE;
        while at < last {
            let byte = |i: u64| {
                let index = (at + i).checked_sub(self.address)?;
                self.bytes.get(usize::try_from(index).ok()?).copied()
            };
            write!(f, "{at:>16x} ")?;
            for i in 0..LINE {
                let gap = if i == 8 { " " } else { "" };
                match byte(i) {
                    Some(Some(byte)) => write!(f, "{gap} {byte:02x}")?,
                    Some(None) => write!(f, "{gap} ??")?,
                    None => write!(f, "{gap}   ")?,
                }
            }
            writeln!(f, "  {}", (0..LINE).map(|i| letter(byte(i))).collect::<String>().trim_end())?;
            at += LINE;
        }
        Ok(())
    }
}

fn letter(byte: Option<Option<u8>>) -> char {
    match byte {
        Some(Some(byte)) if byte.is_ascii_graphic() || byte == b' ' => char::from(byte),
        Some(_) => '.',
        None => ' ',
    }
}
