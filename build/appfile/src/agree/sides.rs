//! The two sides of each interface: what servers and clients say of it.

/// The interfaces of one task. See `userlib::ipc::declare` for the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Those it serves.
    pub serves: Vec<Served>,
    /// Those it asks.
    pub asks: Vec<Interface>,
}

/// An interface as one side was compiled with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `Files`
    pub name: String,
    /// Of all that both sides must agree on.
    pub hash: String,
    /// Bytes of the longest message.
    pub longest: u64,
}

/// An interface and what a server has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Which.
    pub interface: Interface,
    /// Names and numbers.
    pub operations: Vec<(String, u16)>,
    /// In the order of their tables.
    pub events: Vec<String>,
}

impl Sides {
    /// Takes a line in. False if it is about something else.
    pub(super) fn take(&mut self, kind: &str, words: &str) -> Result<bool, String> {
        let damaged = || format!("`{kind} {words}` is damaged");
        match kind {
            "client" => self.asks.push(interface(words).ok_or_else(damaged)?),
            "server" => {
                let interface = interface(words).ok_or_else(damaged)?;
                let (operations, events) = (Vec::new(), Vec::new());
                self.serves.push(Served { interface, operations, events });
            }
            "operation" => {
                let (name, number) = words.split_once(' ').ok_or_else(damaged)?;
                let number = number.parse().map_err(|_| damaged())?;
                let served = self.serves.last_mut().ok_or_else(damaged)?;
                served.operations.push((name.to_owned(), number));
            }
            "event" => {
                let served = self.serves.last_mut().ok_or_else(damaged)?;
                served.events.push(words.to_owned());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// `NAME HASH BYTES`
fn interface(words: &str) -> Option<Interface> {
    let [name, hash, longest] = words.split(' ').collect::<Vec<_>>()[..] else { return None };
    Some(Interface { name: name.into(), hash: hash.into(), longest: longest.parse().ok()? })
}
