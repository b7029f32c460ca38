//! One running guest.

use crate::epitaph::{self, Watch};
use crate::options::{Options, command};
use crate::qmp::Qmp;
use crate::{PROGRAM, signals};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long QEMU may take to open its sockets.
const START: Duration = Duration::from_secs(20);
/// How long a reset kernel may take to put away its previous epitaph.
const BOOT: Duration = Duration::from_secs(2);
/// Between looks at what does not announce itself.
const LOOK: Duration = Duration::from_millis(100);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The guest printed this.
    Output(Vec<u8>),
    /// The guest was reset, and why if it said so.
    Reset(Option<String>),
    /// The kernel has stopped, and says why.
    Stopped(String),
    /// The guest switched itself off.
    Shutdown,
    /// The user wants to end: Ctrl-C.
    Interrupted,
    /// QEMU is no more.
    Gone,
}

/// A running guest. Dropping it ends it; so does the end of the thread that started it.
pub struct Machine {
    qmp: Qmp,
    console: UnixStream,
    events: Receiver<Event>,
    watch: Watch,
    previous_epitaph: Option<u64>,
    _child: Running,
    folder: TempDir,
    _signals: signals::Guard,
}

impl Machine {
    /// Starts a guest, its console connected before its first instruction.
    ///
    /// # Errors
    /// If QEMU cannot be started. What it has to say has gone to standard error.
    pub fn start(options: &Options) -> Result<Self> {
        let signals = signals::Guard::new();
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let (console, monitor) = (folder.path().join("console"), folder.path().join("monitor"));
        let child = command(options, &console, &monitor)?.spawn();
        let mut child = Running(child.with_context(|| format!("cannot run {PROGRAM}"))?);
        let console = connect(&console, &mut child.0)?;
        let monitor = connect(&monitor, &mut child.0)?;
        let (sender, events) = channel();
        let mut qmp = Qmp::new(monitor, notify(sender.clone()))?;
        let reader = console.try_clone().context("cannot share the console")?;
        std::thread::spawn(move || listen(reader, &sender));
        if !options.gdb {
            qmp.command("cont", json!({}))?;
        }
        Ok(Self {
            qmp,
            console,
            events,
            watch: Watch::new(options.epitaph),
            previous_epitaph: options.previous_epitaph,
            _child: child,
            folder,
            _signals: signals,
        })
    }

    /// The next event, if one comes in time.
    ///
    /// # Errors
    /// If QEMU does not answer.
    pub fn next(&mut self, patience: Duration) -> Result<Option<Event>> {
        let end = Instant::now() + patience;
        loop {
            if signals::received() {
                return Ok(Some(Event::Interrupted));
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left.min(LOOK)) {
                Ok(Event::Reset(_)) => {
                    self.watch.forget();
                    return Ok(Some(Event::Reset(self.reason_of_reset())));
                }
                Ok(event) => return Ok(Some(event)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Some(Event::Gone)),
                // The guest has nothing to say: what it printed before it stopped is out.
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(words) = self.look()? {
                        return Ok(Some(Event::Stopped(words)));
                    }
                }
            }
            if Instant::now() >= end {
                return Ok(None);
            }
        }
    }

    /// What the kernel's epitaph says, once it is certain that nothing follows.
    fn look(&mut self) -> Result<Option<String>> {
        let Some(address) = self.watch.due(Instant::now()) else { return Ok(None) };
        let seen = epitaph::describe(&self.read(address, epitaph::SIZE)?);
        Ok(self.watch.saw(seen, Instant::now()))
    }

    /// The previous boot's epitaph: still in its place, or already where the kernel keeps it.
    fn reason_of_reset(&mut self) -> Option<String> {
        let places = [self.watch.address(), self.previous_epitaph];
        let start = Instant::now();
        while start.elapsed() < BOOT {
            for place in places.into_iter().flatten() {
                let bytes = self.read(place, epitaph::SIZE).ok()?;
                if let Some(words) = epitaph::describe(&bytes) {
                    self.watch.told(&words);
                    return Some(words);
                }
            }
            std::thread::sleep(LOOK);
        }
        None
    }

    /// Types on the guest's console.
    ///
    /// # Errors
    /// If QEMU is gone.
    pub fn type_in(&mut self, bytes: &[u8]) -> Result<()> {
        self.console.write_all(bytes).context("the guest's console is closed")
    }

    /// Another handle on the console's input.
    ///
    /// # Errors
    /// If the system has no more handles.
    pub fn input(&self) -> Result<impl Write + Send + 'static> {
        self.console.try_clone().context("cannot share the console")
    }

    /// Stops the guest and writes an ELF core of it.
    ///
    /// # Errors
    /// If QEMU is gone or cannot write there.
    pub fn dump(&mut self, path: &Path) -> Result<()> {
        self.qmp.command("stop", json!({}))?;
        let path = std::path::absolute(path)?;
        let protocol = format!("file:{}", path.display());
        let arguments = json!({"paging": false, "protocol": protocol});
        self.qmp.command("dump-guest-memory", arguments)?;
        Ok(())
    }

    /// Reads guest memory at a physical address.
    ///
    /// # Errors
    /// If QEMU is gone or there is no such memory.
    pub fn read(&mut self, physical: u64, size: u64) -> Result<Vec<u8>> {
        let path = self.folder.path().join("memory");
        let arguments = json!({"val": physical, "size": size, "filename": path});
        self.qmp.command("pmemsave", arguments)?;
        std::fs::read(&path).context("QEMU wrote no memory")
    }
}

/// QEMU's process, ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn connect(path: &Path, child: &mut Child) -> Result<UnixStream> {
    let start = Instant::now();
    loop {
        if let Ok(stream) = UnixStream::connect(path) {
            return Ok(stream);
        }
        if let Some(status) = child.try_wait()? {
            bail!("QEMU did not start ({status}), as it said above");
        }
        if start.elapsed() > START {
            bail!("QEMU does not open {}", path.display());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn notify(sender: Sender<Event>) -> impl Fn(&str) + Send + 'static {
    move |event| {
        let event = match event {
            "RESET" => Event::Reset(None),
            "SHUTDOWN" => Event::Shutdown,
            _ => return,
        };
        let _ = sender.send(event);
    }
}

fn listen(mut console: UnixStream, sender: &Sender<Event>) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = console.read(&mut buffer) {
        if sender.send(Event::Output(buffer[..length].to_vec())).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::Gone);
}
