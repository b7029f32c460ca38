//! One running guest.

use crate::PROGRAM;
use crate::qmp::Qmp;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long QEMU may take to open its sockets.
const START: Duration = Duration::from_secs(20);

/// How to start it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The image.
    pub image: PathBuf,
    /// `-machine`.
    pub machine: String,
    /// `-cpu`.
    pub cpu: String,
    /// `-m`.
    pub memory: String,
    /// Disk image on the first virtio slot.
    pub disk: Option<PathBuf>,
    /// Old virtio register layout instead of the present one.
    pub legacy_virtio: bool,
    /// Guest memory in this file.
    pub ram: Option<PathBuf>,
    /// Wait for a debugger on TCP port 1234.
    pub gdb: bool,
    /// Further arguments.
    pub arguments: Vec<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The guest printed this.
    Output(Vec<u8>),
    /// The guest was reset.
    Reset,
    /// The guest switched itself off.
    Shutdown,
    /// QEMU is no more.
    Gone,
}

/// A running guest. Dropping it ends it.
pub struct Machine {
    child: Child,
    console: UnixStream,
    qmp: Qmp,
    events: Receiver<Event>,
    folder: TempDir,
}

impl Machine {
    /// Starts a guest, its console connected before its first instruction.
    pub fn start(options: &Options) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let (console, monitor) = (folder.path().join("console"), folder.path().join("monitor"));
        let mut child = command(options, &console, &monitor)?
            .spawn()
            .with_context(|| format!("cannot run {PROGRAM}"))?;
        let (sender, events) = channel();
        let connected = connect(&console, &mut child)
            .and_then(|console| Ok((console, connect(&monitor, &mut child)?)));
        let (console, monitor) = match connected {
            Ok(streams) => streams,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        let qmp = Qmp::new(monitor, notify(sender.clone()))?;
        let reader = console.try_clone().context("cannot share the console")?;
        std::thread::spawn(move || listen(reader, &sender));
        let mut machine = Self { child, console, qmp, events, folder };
        if !options.gdb {
            machine.qmp.command("cont", json!({}))?;
        }
        Ok(machine)
    }

    /// The next event, if one comes in time.
    pub fn next(&mut self, patience: Duration) -> Option<Event> {
        match self.events.recv_timeout(patience) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Event::Gone),
        }
    }

    /// Types on the guest's console.
    pub fn type_in(&mut self, bytes: &[u8]) -> Result<()> {
        self.console.write_all(bytes).context("the guest's console is closed")
    }

    /// Another handle on the console's input.
    pub fn input(&self) -> Result<impl Write + Send + 'static> {
        self.console.try_clone().context("cannot share the console")
    }

    /// Writes an ELF core of the stopped guest.
    pub fn dump(&mut self, path: &Path) -> Result<()> {
        self.qmp.command("stop", json!({}))?;
        let path = std::path::absolute(path)?;
        let protocol = format!("file:{}", path.display());
        let arguments = json!({"paging": false, "protocol": protocol});
        self.qmp.command("dump-guest-memory", arguments)?;
        Ok(())
    }

    /// Reads guest memory at a physical address.
    pub fn read(&mut self, physical: u64, size: u64) -> Result<Vec<u8>> {
        let path = self.folder.path().join("memory");
        let arguments = json!({"val": physical, "size": size, "filename": path});
        self.qmp.command("pmemsave", arguments)?;
        std::fs::read(&path).context("QEMU wrote no memory")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(options: &Options, console: &Path, monitor: &Path) -> Result<Command> {
    let mut command = Command::new(PROGRAM);
    let socket = |id: &str, path: &Path| {
        format!("socket,id={id},path={},server=on,wait=off", path.display())
    };
    let mut machine = options.machine.clone();
    if let Some(path) = &options.ram {
        // A file that holds the last run's memory would look like a warm reset.
        std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let path = std::path::absolute(path)?;
        let object = format!(
            "memory-backend-file,id=ram,share=on,size={},mem-path={}",
            options.memory,
            path.display()
        );
        command.args(["-object", &object]);
        machine.push_str(",memory-backend=ram");
    }
    command
        .args(["-machine", &machine, "-cpu", &options.cpu, "-m", &options.memory])
        .args(["-display", "none", "-nic", "none", "-S", "-no-shutdown"])
        .args(["-chardev", &socket("console", console), "-serial", "chardev:console"])
        .args(["-chardev", &socket("monitor", monitor), "-mon", "chardev=monitor,mode=control"])
        .arg("-kernel")
        .arg(&options.image);
    if let Some(disk) = &options.disk {
        // A comma in a file name is doubled for QEMU.
        let file = disk.display().to_string().replace(',', ",,");
        let drive = format!("if=none,id=disk0,format=raw,file={file}");
        let device = "virtio-blk-device,drive=disk0,bus=virtio-mmio-bus.0";
        command.args(["-drive", &drive, "-device", device]);
    }
    if !options.legacy_virtio {
        command.args(["-global", "virtio-mmio.force-legacy=false"]);
    }
    if options.gdb {
        command.arg("-s");
    }
    command.args(&options.arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command)
}

fn connect(path: &Path, child: &mut Child) -> Result<UnixStream> {
    let start = Instant::now();
    loop {
        if let Ok(stream) = UnixStream::connect(path) {
            return Ok(stream);
        }
        if let Some(status) = child.try_wait()? {
            bail!("QEMU did not start ({status})");
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
            "RESET" => Event::Reset,
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
